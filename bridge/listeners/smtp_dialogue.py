"""What is said at the SMTP door: the commands, their order and their answers (RFC 5321).

A session that may not send hears so at every RCPT; what a recipient or a mail is answered is
`smtp_intake`'s; lines, octets and clocks are `smtp_connection`'s.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from bridge import maillog
from bridge.core.model import Refusal, Session
from bridge.core.policy import admitted
from bridge.listeners.admission import household
from bridge.listeners.smtp_auth import MECHANISMS, LogIn
from bridge.listeners.smtp_data import BUSY, DataDecoder, Ends, Share
from bridge.listeners.smtp_door import CLOSING, Client, Door
from bridge.listeners.smtp_intake import TRY_LATER
from bridge.listeners.smtp_own import MIXED
from bridge.listeners.smtp_transaction import Transaction
from bridge.listeners.smtp_wire import mail_from, rcpt_to

LINE_MAX = 2048  # RFC 5321 says 512; ORCPT and ENVID add some 600 (RFC 3461, 4)
TURNS = 100
LEAST_ROOM = 16 * 1024  # octets that a mail of unknown size must find

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_FOREIGN = re.compile(rb"[A-Z]+ \S+ HTTP/[0-9.]+|[!-9;-~]+:.*")  # a request; a mail's header
_ERRORS = (500, 501, 502, 503, 504, 555)


class SmtpDialogue:
    """The server's side of one session."""

    def __init__(self, door: Door, client: Client) -> None:
        self._door = door
        self._options = door.options
        self._client = client
        self._login = LogIn(door, client)
        self._greeted = False
        self._mail: Transaction | None = None
        self._of_a_mail = False
        self._errors = 0
        self._talked = 0

    async def run(self) -> None:
        """Greet, and answer line after line until one side has enough."""
        client, patience, turn = self._client, self._options.first_command, 0
        await client.push(f"220 {self._door.policy.hostname} ESMTP Bridge")
        while not client.over:
            if self._door.closing:
                client.part(CLOSING)
                return
            line = await client.line(patience)
            if line is None:
                return
            await self._obey(line)
            patience, turn = self._options.idle, turn + 1
            if self._talked > self._options.small_talk and not client.over:
                client.cut_off("421 4.7.0 much talk and no mail, goodbye")
            if turn % TURNS == 0:
                await asyncio.sleep(0)  # a client that pipelines thousands is not alone

    async def _obey(self, line: bytes) -> None:
        verb, _, argument = line.partition(b" ")
        command = _COMMANDS.get(verb.upper())
        self._of_a_mail = command in _OF_A_MAIL
        self._talked += not self._of_a_mail
        try:
            if _FOREIGN.fullmatch(line):
                self._client.cut_off("521 5.5.1 that is no SMTP")
            elif _CONTROL.search(line):
                await self._no(501, "5.5.2", "control characters in a command")
            elif len(line) > LINE_MAX and verb.upper() != b"AUTH":
                await self._no(500, "5.5.2", "the line is too long")
            elif command is None:
                await self._no(500, "5.5.1", "that command is not known here")
            else:
                await command(self, argument.decode().strip())
        except UnicodeDecodeError:
            await self._no(501, "5.5.2", "that is no UTF-8")
        except ConnectionError:
            raise
        except Exception as error:  # the SMTP hook: any fault of ours is 451
            maillog.fault("smtp", error)
            self._client.part(str(TRY_LATER))

    async def _yes(self, reply: str) -> None:
        await self._client.push(reply)

    async def _no(self, code: int, enhanced: str, sentence: str) -> None:
        await self._refuse(Refusal(code, enhanced, sentence))

    async def _refuse(self, no: Refusal, *, forgiven: bool = False) -> None:
        """Say no, and note it if it is to a mail.

        A client that makes nothing but mistakes, which nobody forgives, is shown the door.
        """
        self._errors += no.code in _ERRORS and not forgiven
        if self._errors >= self._options.bad_commands:
            self._client.cut_off("421 4.7.0 too many errors, goodbye")  # which is noted there
        else:
            if self._of_a_mail:
                self._door.intake.refusals.tell(self._session, f"{no.code} {no.enhanced}")
            await self._client.push(str(no))

    @property
    def _session(self) -> Session:
        return Session(self._client.peer, self._login.user, self._client.tls)

    @property
    def _known(self) -> bool:
        """Whether this session may send."""
        return admitted(self._door.policy, self._session)

    # ---------------------------------------------------------------- greetings and small talk

    async def _helo(self, name: str) -> None:
        if await self._greet(name):
            await self._yes(f"250 {self._door.policy.hostname}")

    async def _ehlo(self, name: str) -> None:
        if not await self._greet(name):
            return
        tls = self._options.tls and not self._client.tls
        offers = [
            self._door.policy.hostname,
            "PIPELINING",
            f"SIZE {self._options.max_size}",
            "8BITMIME",
            "SMTPUTF8",
            "DSN",
            *(["STARTTLS"] if tls else []),
            *([f"AUTH {' '.join(MECHANISMS)}"] if self._login.offered else []),
        ]
        lines = [f"250-{each}\r\n" for each in offers]
        await self._client.push("".join(lines).encode() + b"250 ENHANCEDSTATUSCODES")

    async def _greet(self, name: str) -> bool:
        old = self._client.old
        if not name and old is None:
            await self._no(501, "5.5.4", "say who you are")
            return False
        if not name and old is not None:
            old.does("an empty HELO")
        self._greeted, self._mail = True, None
        return True

    async def _noop(self, _: str) -> None:
        await self._yes("250 2.0.0 ok")

    async def _rset(self, argument: str) -> None:
        if argument:
            await self._no(501, "5.5.4", "RSET takes nothing")
            return
        self._mail = None
        await self._yes("250 2.0.0 ok")

    async def _vrfy(self, _: str) -> None:
        await self._yes("252 2.5.0 send it and see")

    async def _expn(self, _: str) -> None:
        await self._no(502, "5.5.1", "nobody is told who is in a group")

    async def _help(self, _: str) -> None:
        await self._yes(f"214 2.0.0 write to <number>@{self._door.policy.domain}")

    async def _quit(self, _: str) -> None:
        self._client.part("221 2.0.0 goodbye")

    # ---------------------------------------------------------------- STARTTLS and AUTH

    async def _starttls(self, argument: str) -> None:
        context = self._options.tls
        if argument:
            await self._no(501, "5.5.4", "STARTTLS takes nothing")
        elif self._client.tls:
            await self._no(503, "5.5.1", "this is TLS already")
        elif context is None:
            await self._no(502, "5.5.1", "TLS is not offered")
        else:
            await self._yes("220 2.0.0 go ahead")
            if await self._client.secure(context):
                self._login.user, self._greeted, self._mail = "", False, None

    async def _auth(self, argument: str) -> None:
        if not self._greeted or self._mail:
            await self._no(503, "5.5.1", "not now")
            return
        if self._client.old and not argument.partition(" ")[0].isupper():
            self._client.old.does("AUTH in lower case")
        answer = await self._login.attempt(argument)
        if isinstance(answer, Refusal):
            await self._refuse(answer)
        elif answer:
            await self._yes(answer)

    # ---------------------------------------------------------------- the mail

    async def _from(self, argument: str) -> None:
        if not self._greeted or self._mail:
            await self._no(503, "5.5.1", "one mail is open" if self._mail else "say EHLO first")
            return
        said = mail_from(argument)
        if isinstance(said, Refusal):
            await self._refuse(said)
        elif said.size > self._options.max_size:
            await self._no(552, "5.3.4", f"the limit is {self._options.max_size} octets")
        elif no := await self._door.intake.room():
            await self._refuse(no)
        else:
            self._mail = Transaction(said)
            await self._yes("250 2.1.0 ok")

    async def _to(self, argument: str) -> None:
        if self._mail is None:
            await self._no(503, "5.5.1", "say MAIL first")
            return
        said = rcpt_to(argument, utf8=self._mail.said.utf8)
        if isinstance(said, Refusal):  # who may send may have a list with mistakes in it
            await self._refuse(said, forgiven=self._known)
            return
        no = await self._door.intake.recipient(self._session, self._mail, said)
        self._talked += no is not None and no.code >= 500 and not self._known
        await self._yes(str(no) if no else "250 2.1.5 ok")

    async def _data(self, argument: str) -> None:
        mail = self._mail
        if argument:
            await self._no_data(Refusal(501, "5.5.4", "DATA takes nothing"))
        elif mail is None or not (mail.taken or mail.refused):
            await self._no_data(Refusal(503, "5.5.1", "say MAIL and RCPT first"))
        elif not mail.taken:
            await self._no_data(Refusal(554, "5.5.1", "no recipient was taken"))
        elif mail.mixed:
            await self._no_data(replace(MIXED, code=554))
        else:
            room, limit = self._door.room_for(self._session)
            if mail.said.size > limit:
                await self._no_data(Refusal(552, "5.3.4", f"the limit is {limit} octets"))
                return
            with Share(room, household(self._client.peer)) as share:
                await self._take(mail, share, limit)

    async def _no_data(self, no: Refusal) -> None:
        """Refuse DATA.  What came behind it must be the mail (RFC 2920, 3.1), and no commands."""
        if self._client.ahead:
            self._client.cut_off(str(no))
        else:
            await self._refuse(no)

    async def _take(self, mail: Transaction, share: Share, limit: int) -> None:
        self._mail = None
        if not share.holds(max(mail.said.size, LEAST_ROOM)):
            await self._no_data(BUSY)
            return
        await self._yes("354 end the mail with a line that is a dot")
        ends = self._client.old.ends if self._client.old else Ends.CRLF
        content = await self._client.mail(DataDecoder(limit, share, ends=ends))
        if content is None:
            return
        self._talked = 0
        if isinstance(content, Refusal):
            await self._refuse(content)
            return
        answer = await self._door.intake.take(self._session, mail, content)
        if isinstance(answer, Refusal):
            await self._yes(str(answer))
            return
        self._errors = 0
        await self._yes(f"250 2.0.0 queued as {answer}")
        if await self._client.heard():
            self._door.intake.answered(answer)


_Command: TypeAlias = Callable[[SmtpDialogue, str], Awaitable[None]]
_COMMANDS: Mapping[bytes, _Command] = MappingProxyType(
    {
        b"HELO": SmtpDialogue._helo,
        b"EHLO": SmtpDialogue._ehlo,
        b"STARTTLS": SmtpDialogue._starttls,
        b"AUTH": SmtpDialogue._auth,
        b"MAIL": SmtpDialogue._from,
        b"RCPT": SmtpDialogue._to,
        b"DATA": SmtpDialogue._data,
        b"RSET": SmtpDialogue._rset,
        b"NOOP": SmtpDialogue._noop,
        b"VRFY": SmtpDialogue._vrfy,
        b"EXPN": SmtpDialogue._expn,
        b"HELP": SmtpDialogue._help,
        b"QUIT": SmtpDialogue._quit,
    }
)
_OF_A_MAIL = (SmtpDialogue._from, SmtpDialogue._to, SmtpDialogue._data)
