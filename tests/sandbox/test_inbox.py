"""The inbox: it keeps what it gets, and refuses as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import pytest

from bridge.sandbox.inbox import Inbox, Stage


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with Inbox() as inbox:
        yield inbox


def mail(to: str = "jo@example.com") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", to, "Größe"
    message.set_content("Hello\n.\n")
    return message


async def deliver(inbox: Inbox, to: str = "jo@example.com") -> int:
    """The code that a mail is answered with."""
    host, port = inbox.address.split(":")
    try:
        await aiosmtplib.send(mail(to), hostname=host, port=int(port), start_tls=False)
    except aiosmtplib.SMTPResponseException as refused:
        return refused.code
    except aiosmtplib.SMTPRecipientsRefused as refused:
        return refused.recipients[0].code
    except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected):
        return 0
    return 250


async def test_a_mail_is_kept_with_its_envelope(inbox: Inbox) -> None:
    assert await deliver(inbox) == 250
    kept = await inbox.wait_for(lambda mailed: mailed.subject == "Größe")
    assert (kept.reverse_path, kept.forward_paths) == ("a@example.com", ("jo@example.com",))
    assert kept.text == "Hello\n.\n"
    assert kept.raw.startswith(b"From: a@example.com\r\n")


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
async def test_it_refuses_at_any_stage_as_often_as_told(inbox: Inbox, at: Stage) -> None:
    inbox.refuse("451 4.3.0 busy", at=at, times=2)
    assert [await deliver(inbox) for _ in range(3)] == [451, 451, 250]
    inbox.refuse("550 5.7.1 no", at=at)
    assert [await deliver(inbox) for _ in range(3)] == [550, 550, 550]
    inbox.accept()
    assert await deliver(inbox) == 250
    assert inbox.mails.total == 2


async def test_it_refuses_one_recipient_and_not_another(inbox: Inbox) -> None:
    inbox.refuse("550 5.1.1 nobody", at="RCPT", only="sam@")
    assert await deliver(inbox, "sam@example.com") == 550
    assert await deliver(inbox, "jo@example.com") == 250


async def test_it_goes_down_and_comes_back_at_the_same_address(inbox: Inbox) -> None:
    await inbox.down()
    assert await deliver(inbox) == 0
    await inbox.up()
    assert await deliver(inbox) == 250
