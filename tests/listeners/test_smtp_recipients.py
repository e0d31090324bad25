"""Who goes into one transaction: a mail answers one conversation."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from bridge.core.model import Facts

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor

SAM, ALEX = "447700900123", "447700900124"
FRIDAY, ORDER = "7kq2pab3xd", "2newtokenx"
KNOWN = Facts(partners={FRIDAY: frozenset({SAM, ALEX}), ORDER: frozenset({SAM, ALEX})})
OTHER = (
    "452 4.5.3 a mail answers one conversation; a mail server sends the rest by itself, "
    "a person please in a mail of its own"
)
FORM = "550 5.5.3 a mail answers one conversation; please send a form of its own to the other"


def to(local: str) -> str:
    return f"RCPT TO:<{local}@sms.example.com>"


@pytest.mark.parametrize(
    ("second", "answer"),
    [
        pytest.param(f"{ALEX}.{ORDER}", OTHER, id="another conversation"),
        pytest.param(f"{ALEX}.{FRIDAY}", "250 2.1.5 ok", id="the same"),
        pytest.param(f"+{ALEX}.{FRIDAY.upper()}", "250 2.1.5 ok", id="the same, spelt otherwise"),
        pytest.param(ALEX, "250 2.1.5 ok", id="none"),
        pytest.param(f"{SAM}.{ORDER}", "250 2.1.5 ok", id="another, of a number that was taken"),
    ],
)
async def test_a_mail_answers_one_conversation(
    smtp_door: SmtpDoor, second: str, answer: str
) -> None:
    house = await smtp_door()
    house.spool.known = KNOWN
    talk = await house.talk()
    await talk.ask("EHLO client")
    await talk.ask("MAIL FROM:<root@nas.example.com>")
    assert await talk.ask(to(f"{SAM}.{FRIDAY}")) == "250 2.1.5 ok"
    assert await talk.ask(to(second)) == answer
    assert (await talk.ask("DATA")).startswith("354")
    assert (await talk.ask("Subject: Friday\r\n\r\nYes\r\n.")).startswith("250")
    (envelope,) = house.envelopes
    assert {path.token for path in envelope.forward_paths} <= {FRIDAY, ""}


async def test_a_form_for_two_conversations_is_refused(smtp_door: SmtpDoor) -> None:
    """It would come again as it is."""
    house = await smtp_door()
    house.spool.known = KNOWN
    talk = await (await house.talk()).begin(to("sendsms"))
    form = EmailMessage()
    form.set_content(f"To: {SAM}.{FRIDAY}, {ALEX}.{ORDER}\n\nHi")
    assert await talk.ask(form.as_string().replace("\n", "\r\n") + ".") == FORM
    assert not house.envelopes
