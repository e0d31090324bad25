"""A person's mailbox, over IMAP as mail programs look at it, and what those make of Reply."""

from __future__ import annotations

import asyncio
import email
import email.policy
import imaplib
import re
import smtplib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from tests.flows.conftest import until
from tests.mailbox.servers import DOMAIN, PASSWORD, MailServer

SHOWN = ("From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "Reply-To", "Date")


@dataclass(frozen=True)
class Mailbox:
    """The INBOX of `<name>@example.com`, in which copies of what was sent are kept as well."""

    server: MailServer
    name: str

    @property
    def address(self) -> str:
        """Its owner's address."""
        return f"{self.name}@{DOMAIN}"

    def empty(self) -> None:
        """Delete all there is."""
        with self._open() as imap:
            imap.uid("STORE", "1:*", "+FLAGS", r"\Deleted")
            imap.expunge()

    def mails(self) -> list[EmailMessage]:
        """What is there, in the order in which it came."""
        with self._open() as imap:
            _, found = imap.uid("FETCH", "1:*", "(BODY.PEEK[])")
        octets = [each[1] for each in found if isinstance(each, tuple)]
        return [email.message_from_bytes(each, policy=email.policy.default) for each in octets]

    def threads(self) -> str:
        """The mails by number as the server threads them (RFC 5256): `(1 2 3)` is one thread."""
        with self._open() as imap:
            _, found = imap.thread("REFERENCES", "UTF-8", "ALL")
        return str(found[0], "ascii")

    def structure(self, number: int) -> str:
        """What a mail is made of, as the server tells mail programs."""
        with self._open() as imap:
            _, (found,) = imap.fetch(str(number), "(BODYSTRUCTURE)")
        assert isinstance(found, bytes)
        return found.decode()

    async def comes(
        self, wanted: Callable[[EmailMessage], bool] = lambda _: True, *, after: int = 0
    ) -> EmailMessage:
        """Wait for a mail; `after` so many that were there before.  Its headers are printed.

        Raises `TimeoutError` with the mail server's log.
        """
        found: list[EmailMessage] = []

        async def there() -> bool:
            mails = await asyncio.to_thread(self.mails)
            found[:] = [each for each in mails[after:] if wanted(each)]
            return bool(found)

        try:
            await until(there)
        except TimeoutError as error:
            raise TimeoutError(self.server.log) from error
        show(found[0])
        return found[0]

    async def send(self, mail: EmailMessage, *, notify: str = "") -> EmailMessage:
        """Submit a mail to the mail server and keep a copy, as mail programs do.

        `notify` is what is to be reported (RFC 3461, 4.1).
        """
        await asyncio.to_thread(self._send, mail, [f"NOTIFY={notify}"] * bool(notify))
        show(mail)
        return mail

    def _send(self, mail: EmailMessage, options: Sequence[str]) -> None:
        self.keep(mail)  # first: what answers it is to come after it
        with smtplib.SMTP("127.0.0.1", self.server.smtp) as client:
            client.send_message(mail, rcpt_options=options)

    def keep(self, mail: EmailMessage) -> None:
        """Put a copy of a mail that was sent beside those that came."""
        with self._open() as imap:
            octets = mail.as_bytes(policy=email.policy.SMTP)
            imap.append("INBOX", r"(\Seen)", "", octets)

    @contextmanager
    def _open(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.server.imap) as imap:
            imap.login(self.address, PASSWORD)
            imap.select()
            yield imap


def written(author: str, to: str, subject: str, text: str, **headers: str) -> EmailMessage:
    """A new mail as a mail program makes it; `_` in a header's name stands for `-`."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = author, to, subject
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain="laptop.example.com")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def reply(mail: EmailMessage, author: str, words: str, *, references: bool = True) -> EmailMessage:
    """What a mail program makes of Reply (RFC 5322, 3.6.4): the new words above the quoted mail.

    `references=False` is a program that names the mail it answers and forgets the thread.
    """
    subject = str(mail["Subject"])
    answered = str(mail["Message-ID"])
    about = {"In_Reply_To": answered}
    if references:
        before = str(mail["References"] or mail["In-Reply-To"] or "")
        about["References"] = f"{before} {answered}".strip()
    return written(
        author,
        str(mail["Reply-To"] or mail["From"]),
        subject if re.match("(?i)re:", subject) else f"Re: {subject}",
        f"{words}\n\n{quoted(mail)}",
        **about,
    )


def quoted(mail: EmailMessage) -> str:
    """A mail's words below an answer."""
    body = mail.get_body(("plain",))
    assert body is not None
    lines = str(body.get_content()).splitlines()
    sender = mail["From"].addresses[0].display_name or mail["From"]
    return f"On {mail['Date']}, {sender} wrote:\n" + "\n".join(f"> {line}" for line in lines)


def show(mail: EmailMessage) -> None:
    """Print the headers that make a thread: a note can quote them (`pytest -s`)."""
    print("\n".join(f"{name}: {mail[name]}" for name in SHOWN if mail[name]), end="\n\n")
