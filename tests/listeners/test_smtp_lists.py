"""A list's addresses at the door: who may change it, and what a mail to it orders."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest

from bridge.compose.ordering import LARGEST
from bridge.core.events import ListOrder
from bridge.spool.contract import Full
from tests.listeners.conftest import PASSWORDS

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor, SmtpHouse

NOW = 1777680000.0
SAM, ALEX = "447700900123", "447700900124"
TO_ADD = "alerts-subscribe@sms.example.com"
TO_REMOVE = "Alerts-Unsubscribe@sms.example.com"


def letter(body: str, subject: str = "New people", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["Message-ID"] = "<one@example.com>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail


Reply = tuple[int, str]


def _post(
    port: int, mail: EmailMessage, to: tuple[str, ...], *, user: str, reverse_path: str
) -> tuple[Reply, ...]:
    """What a real client hears for each recipient and, if any was taken, for the mail."""
    heard: list[tuple[int, bytes]] = []
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.ehlo()
        if user:
            client.login(user, PASSWORDS[user])
        client.mail(reverse_path)
        heard += [client.rcpt(each) for each in to]
        if any(code == 250 for code, _ in heard):
            heard.append(client.data(mail.as_bytes(policy=SMTP)))
    return tuple((code, words.decode()) for code, words in heard)


async def post(
    house: SmtpHouse,
    mail: EmailMessage,
    *to: str,
    user: str = "jo",
    reverse_path: str = "jo@example.com",
) -> tuple[Reply, ...]:
    return await asyncio.to_thread(
        _post, house.port, mail, to or (TO_ADD,), user=user, reverse_path=reverse_path
    )


async def test_a_manager_s_mail_is_promised_as_an_order(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    body = "07700 900123\n+44 7700 900124  # Alex\n\nSent from my phone\n-- \nJo\n020 7946 0000\n"
    assert await post(house, letter(body)) == (
        (250, "2.1.5 ok"),
        (250, "2.0.0 queued as e1"),
    )
    assert house.spool.told == [
        ListOrder(
            to="jo@example.com",
            list_name="MyAlerts",
            key="alerts",
            action="subscribe",
            numbers=(SAM, ALEX),
            unread=("Sent from my phone is neither a number nor a name known here",),
            subject="New people",
            asked_in="<one@example.com>",
            at=NOW,
        )
    ]
    assert house.spool.mails == []


async def test_a_mail_in_html_is_read_by_its_words(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    mail = letter("")
    mail.set_content("<div>07700 900123</div><div>07700 900124</div>", subtype="html")
    await post(house, mail, TO_REMOVE)
    (order,) = house.spool.told
    assert isinstance(order, ListOrder)
    assert (order.action, order.numbers, order.unread) == ("unsubscribe", (SAM, ALEX), ())


@pytest.mark.parametrize(
    ("user", "reverse_path", "sentence"),
    [
        (
            "amy",
            "amy@example.com",
            "5.7.1 user amy is no manager of the list alerts (subscription_lists.alerts.managers)",
        ),
        (
            "",
            "root@nas.example.com",
            "5.7.1 the list alerts is changed by its managers alone; log in as one of them "
            "(subscription_lists.alerts.managers)",
        ),
    ],
    ids=["another user", "a trusted machine"],
)
async def test_nobody_else_may_change_it(
    smtp_door: SmtpDoor, user: str, reverse_path: str, sentence: str
) -> None:
    house = await smtp_door()
    heard = await post(house, letter("07700900123"), user=user, reverse_path=reverse_path)
    assert heard == ((550, sentence),)
    assert house.spool.told == []


@pytest.mark.parametrize(
    ("mail", "code", "sentence"),
    [
        (
            letter("Please add Sam and Alex"),
            550,
            "5.6.0 no line of this mail is a phone number; "
            "write one number a line, such as +447700900123",
        ),
        (letter("07700900123", Auto_Submitted="auto-replied"), 550, "5.7.1 automatic answers"),
        (letter("07700900123", X_Bridge_Loop="yes"), 554, "5.4.6 this mail comes from a bridge"),
        (letter("07700900123\n" + "x\n" * LARGEST), 552, "5.3.4 such a mail has at most"),
        (letter("07700900123\n" * 1001), 550, "5.6.0 more than 1000 lines"),
    ],
    ids=["no number", "an automatic answer", "a loop", "too large", "too many"],
)
async def test_what_orders_nothing_is_refused_with_the_reason(
    smtp_door: SmtpDoor, mail: EmailMessage, code: int, sentence: str
) -> None:
    house = await smtp_door()
    (_, (answered, words)) = await post(house, mail)
    assert (answered, words[: len(sentence)]) == (code, sentence)
    assert house.spool.told == []


@pytest.mark.parametrize(
    ("user", "reverse_path", "to"),
    [
        ("jo", "", "jo@example.com"),
        ("kiosk", "somebody@example.org", "somebody@example.org"),
        ("kiosk", "", ""),
        ("kiosk", "447700900123@sms.example.com", ""),
    ],
)
async def test_it_is_answered_to_a_mailbox_that_mail_can_reach(
    smtp_door: SmtpDoor, user: str, reverse_path: str, to: str
) -> None:
    house = await smtp_door()
    heard = await post(house, letter("07700900123"), user=user, reverse_path=reverse_path)
    if to:
        (order,) = house.spool.told
        assert isinstance(order, ListOrder)
        assert order.to == to
    else:
        assert heard[-1][0] == 550
        assert "no mail reaches the sender" in heard[-1][1]
        assert house.spool.told == []


@pytest.mark.parametrize(
    "to",
    [
        (TO_ADD, "447700900123@sms.example.com"),
        ("447700900123@sms.example.com", TO_ADD),
        (TO_ADD, TO_REMOVE),
    ],
    ids=["and a phone", "after a phone", "two orders"],
)
async def test_it_has_no_other_recipient(smtp_door: SmtpDoor, to: tuple[str, str]) -> None:
    house = await smtp_door()
    first, second, mail = await post(house, letter("07700900123"), *to)
    assert (first[0], second[0], mail[0]) == (250, 452, 250)


async def test_a_full_disk_takes_no_order(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    house.spool.fault = Full("no room")
    heard = await post(house, letter("07700900123"))
    assert heard[-1][0] == 452
