"""The demo's story: a mail becomes a text, its answer a mail, the answer to that a text again.

Every step is looked for at its real place (the gateway, the spool, the inbox), and printed only
when it is there.
"""

from __future__ import annotations

import asyncio
import smtplib
import time
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

import click

from bridge.cli.playground import DOMAIN, OWNER, Playground
from bridge.sandbox.inbox import Mailed
from bridge.sandbox.taken import Taken

PHONE = "447700900006"
CONTEXT = "ORDER-42"
PATIENCE = 15.0
POLL = 0.05
QUESTION = "Hi Sam,\n\nCan you call me about Friday? I’m free till 4.\n\n-- \nJo, Acme Ltd\n"
ANSWER = "4pm it is"


class Story:
    """Tells the story; `await tell()` is true if every step happened."""

    def __init__(self, ground: Playground, say: Callable[[str], None] = click.echo) -> None:
        self._ground = ground
        self._say = say
        self._step = 0

    async def tell(self) -> bool:
        """Go through all steps; the first that does not happen ends the story."""
        try:
            asked = self._question()
            await self._mail(asked)
            text = await self._texted(lambda taken: taken.to == PHONE)
            await self._delivered(text)
            mail = await self._answered()
            await self._reply(mail)
            await self._texted(lambda taken: taken.to == PHONE and taken.id != text.id)
        except (TimeoutError, smtplib.SMTPException) as error:
            self._say(f"\nThis step did not happen: {error}")
            return False
        self._say("\nThe end: a whole conversation, and every step of it was durable.")
        return True

    def _title(self, words: str) -> None:
        self._step += 1
        self._say(f"\n{click.style(f'{self._step}. {words}', bold=True)}")

    def _show(self, **fields: object) -> None:
        width = max(len(name) for name in fields)
        for name, value in fields.items():
            first, *more = str(value).splitlines() or [""]
            self._say(f"   {name.replace('_', '-'):<{width}}  {first}")
            for line in more:
                self._say(f"   {'':<{width}}  {line}")

    def _question(self) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = f"Jo <{OWNER}>"
        mail["To"] = f"{PHONE}@{DOMAIN}"
        mail["Subject"] = "Friday"
        mail["Message-ID"] = make_msgid(domain="example.com")
        mail["UserContext"] = CONTEXT
        mail.set_content(QUESTION)
        return mail

    async def _mail(self, mail: EmailMessage) -> None:
        self._title("Jo mails a phone, with a user context")
        self._show(
            To=mail["To"], Subject=mail["Subject"], UserContext=CONTEXT, body=mail.get_content()
        )
        self._show(reply=await self._submit(mail))

    async def _submit(self, mail: EmailMessage) -> str:
        """Hand a mail to the bridge as any client would; what it answered."""
        return await asyncio.to_thread(_sent, mail, self._ground.smtp)

    async def _texted(self, wanted: Callable[[Taken], bool]) -> Taken:
        self._title("The gateway takes the text")
        text = await self._ground.sandbox.wait_for(wanted, PATIENCE)
        self._show(
            to=text.to,
            text=text.text,
            usercontext=text.usercontext,
            credits=text.credits,
            answer=f"ID:{text.id}",
        )
        return text

    async def _delivered(self, text: Taken) -> None:
        self._title("The network reports it delivered")

        async def stands() -> str:
            records = await self._ground.daemon.spool.browse(text.id)
            found = [r for r in records if r.what == "delivery"]
            return str(found[0].fields["state"]) if found else ""

        await _until(stands, "delivered")
        self._show(status="4 - Message Delivered", spool="delivered")

    async def _answered(self) -> Mailed:
        self._title("The phone answers, and the answer is mailed to Jo")
        mail = await self._ground.inbox.wait_for(
            lambda mail: OWNER in mail.forward_paths and CONTEXT in mail.subject, PATIENCE
        )
        headers = ("From", "To", "Subject", "In-Reply-To", "UserContext")
        self._show(**{name.replace("-", "_"): mail.message.get(name, "") for name in headers})
        self._show(body=mail.text)
        return mail

    async def _reply(self, mail: Mailed) -> None:
        self._title("Jo presses Reply; only the new words will be texted")
        reply = EmailMessage()
        reply["From"] = f"Jo <{OWNER}>"
        reply["To"] = mail.message["From"].addresses[0].addr_spec
        reply["Subject"] = mail.subject
        reply["Message-ID"] = make_msgid(domain="example.com")
        reply["In-Reply-To"] = mail.message["Message-ID"]
        quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
        reply.set_content(f"{ANSWER}\n\nOn Fri, 20 Nov 2026, Sam Jones wrote:\n{quoted}\n")
        self._show(To=reply["To"], Subject=reply["Subject"], body=reply.get_content())
        self._show(reply=await self._submit(reply))


def _sent(mail: EmailMessage, port: int) -> str:
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        client.ehlo_or_helo_if_needed()
        client.mail(OWNER)
        client.rcpt(str(mail["To"]))
        code, words = client.data(mail.as_bytes(policy=SMTP))
    if code != 250:
        raise smtplib.SMTPDataError(code, words)
    return f"{code} {words.decode()}"


async def _until(read: Callable[[], Awaitable[str]], wanted: str) -> None:
    until = time.monotonic() + PATIENCE
    while (found := await read()) != wanted:
        if time.monotonic() > until:
            raise TimeoutError(f"it stands as {found!r} in the spool, not as {wanted!r}")
        await asyncio.sleep(POLL)
