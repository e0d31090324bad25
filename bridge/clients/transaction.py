"""One mail over one SMTP connection, and what each answer means for each recipient.

What was not sent and what may have been sent are never confused: up to the final dot of DATA
nothing was taken; after it, only an answer says whether it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiosmtplib import SMTP, SMTPResponse, SMTPResponseException, SMTPServerDisconnected

from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.notices.render import Notice

_START_INPUT = 354
_CLOSING = 421
_TOO_MANY = 552  # at RCPT, of old: RFC 5321, 4.5.3.1.10
_LOGIN_CODES = frozenset({530, 534, 535, 538})  # RFC 4954, 6: our login, whatever the command was
_LINE_END = re.compile(rb"\r\n|\r|\n")
_PATH = re.compile(
    r'("([^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*"|[^\s<>"\x00-\x1f\x7f]+)@[^\s<>"@]+'
)


class Transaction:
    """One mail's commands and answers, and what they mean for each recipient so far.

    The client is connected and has greeted.  Time-outs are in seconds.
    """

    def __init__(
        self, client: SMTP, notice: Notice, step_timeout: float, data_timeout: float
    ) -> None:
        self._client = client
        self._notice = notice
        self._step_timeout = step_timeout
        self._data_timeout = data_timeout
        self._content_left = False
        self.begun = False  # the server answered MAIL: the connection was alive
        self.ended = False  # the server answered the final dot: the connection is as new
        self.outcomes: dict[str, Outcome] = {}

    async def run(self) -> None:
        """MAIL, RCPT, DATA; raises what aiosmtplib raises."""
        sendable = self._sendable()
        if not sendable:
            return
        answer = await self._say(self._mail(sendable))
        if answer.code == _CLOSING:
            raise SMTPServerDisconnected(spoken(answer.code, answer.message))
        self.begun = True
        if not _yes(answer):
            self._all(sendable, answer)
            return
        taken = await self._recipients(sendable)
        if not taken:
            return
        answer = await self._say("DATA")
        if answer.code != _START_INPUT:
            self._all(taken, answer)
            return
        answer = await self._content()
        self.ended = answer.code != _CLOSING
        self._all(taken, answer, final=True)

    def lost(self, error: Exception) -> None:
        """What an error means for everyone who has no outcome yet."""
        reason = meaning(error)
        doubt = InDoubt("LOST", f"the mail left and no answer came: {reason}")
        outcome = doubt if self._content_left else Deferred("LOST", reason)
        for each in self._notice.recipients:
            self.outcomes.setdefault(each, outcome)

    def _sendable(self) -> list[str]:
        """The recipients that can be named to this server; the others are refused."""
        for each in self._notice.recipients:
            if not _PATH.fullmatch(each):
                self.outcomes[each] = Refused("ADDRESS", f"{each!r} is no address")
            elif not _wire(each).isascii() and not self._client.supports_extension("smtputf8"):
                reason = f"the mail server takes no address outside ASCII (SMTPUTF8): {each}"
                self.outcomes[each] = Refused("SMTPUTF8", reason)
        return [each for each in self._notice.recipients if each not in self.outcomes]

    def _mail(self, sendable: Sequence[str]) -> str:
        command = f"MAIL FROM:<{self._notice.reverse_path}>"
        if self._client.supports_extension("size"):
            command += f" SIZE={len(self._notice.content)}"
        if not all(_wire(each).isascii() for each in sendable):
            command += " SMTPUTF8"
        return command

    async def _recipients(self, sendable: Sequence[str]) -> list[str]:
        taken = []
        for each in sendable:
            answer = await self._say(f"RCPT TO:<{_wire(each)}>")
            if _yes(answer):
                taken.append(each)
            elif answer.code == _TOO_MANY:
                self.outcomes[each] = Deferred(
                    str(answer.code), spoken(answer.code, answer.message)
                )
            else:
                self.outcomes[each] = _verdict(answer)
        return taken

    async def _content(self) -> SMTPResponse:
        """Send the mail and wait for the answer to its final dot."""
        protocol = self._client.protocol
        if protocol is None:
            raise SMTPServerDisconnected("connection lost")
        self._content_left = True
        protocol.write(_dotted(self._notice.content))
        return await protocol.read_response(timeout=self._data_timeout)

    async def _say(self, command: str) -> SMTPResponse:
        answer = await self._client.execute_command(command.encode(), timeout=self._step_timeout)
        if answer.code == _CLOSING and self.begun:
            raise SMTPServerDisconnected(spoken(answer.code, answer.message))
        return answer

    def _all(self, recipients: Sequence[str], answer: SMTPResponse, *, final: bool = False) -> None:
        outcome = _final(answer) if final else _verdict(answer)
        self.outcomes |= dict.fromkeys(recipients, outcome)


# ---------------------------------------------------------------- what answers mean


def _yes(answer: SMTPResponse) -> bool:
    return 200 <= answer.code < 300


def _verdict(answer: SMTPResponse) -> Outcome:
    """The meaning of a no, before anything was taken."""
    token, reason = str(answer.code), spoken(answer.code, answer.message)
    if answer.code in _LOGIN_CODES:
        return Blocked(token, reason)
    return Refused(token, reason) if 500 <= answer.code < 600 else Deferred(token, reason)


def _final(answer: SMTPResponse) -> Outcome:
    """The meaning of the answer to the final dot."""
    if _yes(answer):
        return Accepted(" ".join(answer.message.split()))
    if 400 <= answer.code < 600:
        return _verdict(answer)
    return InDoubt(str(answer.code), spoken(answer.code, answer.message))


def meaning(error: Exception) -> str:
    """An error of aiosmtplib or of the network in a line."""
    if isinstance(error, SMTPResponseException):
        return spoken(error.code, error.message)
    return " ".join(str(error).split()) or type(error).__name__


def spoken(code: int, message: str) -> str:
    """A server's answer in a line."""
    return f"{code} {' '.join(message.split())}"


def _dotted(content: bytes) -> bytes:
    """A mail as DATA carries it (RFC 5321, 4.5.2): CRLF ends each line, a dot the mail."""
    lines = _LINE_END.split(content.removesuffix(b"\r\n"))
    return (
        b"".join((b"." + each if each[:1] == b"." else each) + b"\r\n" for each in lines) + b".\r\n"
    )


def _wire(address: str) -> str:
    """An address as the command carries it: a domain outside ASCII in its ASCII form."""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address
