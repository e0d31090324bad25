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
TO_SAM = "447700900123@sms.example.com"


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
            try:
                heard.append(client.data(mail.as_bytes(policy=SMTP)))
            except smtplib.SMTPDataError as no:  # instead of 354
                words = no.smtp_error
                said = words if isinstance(words, bytes) else words.encode()
                heard.append((no.smtp_code, said))
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
    await house.spool.until(lambda: house.spool.acknowledgements == ["e1"])
    assert house.spool.told == [
        ListOrder(
            to="jo@example.com",
            list_name="MyAlerts",
            key="alerts",
            action="subscribe",
            numbers=(SAM, ALEX),
            unread=(),
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
        (letter("09061234567\n0770090012"), 550, "5.7.1 449061234567 is a premium-rate"),
        (
            letter("07700900123", Auto_Submitted="auto-replied"),
            550,
            "5.7.1 automatic answers change no list",
        ),
        (
            letter("07700900123", subject="Automatic reply: alerts"),
            550,
            "5.7.1 automatic answers change no list",
        ),
        (letter("07700900123", X_Bridge_Loop="yes"), 554, "5.4.6 this mail comes from a bridge"),
        (letter("07700900123\n" + "x\n" * LARGEST), 552, "5.3.4 such a mail has at most"),
        (letter("07700900123\n" * 1001), 550, "5.6.0 more than 1000 lines"),
    ],
    ids=[
        "no number",
        "barred",
        "an automatic answer",
        "by its subject",
        "a loop",
        "too large",
        "too many",
    ],
)
async def test_what_orders_nothing_is_refused_with_the_reason(
    smtp_door: SmtpDoor, mail: EmailMessage, code: int, sentence: str
) -> None:
    house = await smtp_door()
    (_, (answered, words)) = await post(house, mail)
    assert (answered, words[: len(sentence)]) == (code, sentence)
    assert house.spool.told == []


async def test_what_has_no_sender_is_no_order(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    heard = await post(house, letter("07700900123"), reverse_path="")
    assert heard[-1] == (550, "5.7.1 automatic answers change no list")
    assert house.spool.told == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Precedence": "bulk"},
        {"X_Auto_Response_Suppress": "All"},
        {"Auto_Submitted": "auto-generated"},
    ],
    ids=str,
)
async def test_a_manager_s_script_may_order(smtp_door: SmtpDoor, headers: dict[str, str]) -> None:
    house = await smtp_door()
    assert (await post(house, letter("07700900123", **headers)))[-1][0] == 250


BELOW = {
    "a signature": "Kind regards\nJo\n07700 900218",
    "an answer's quotation": "On Fri, 20 Nov 2026, Sam <sam@example.com> wrote:\n> 07700 900218",
    "an Outlook's": (
        "-----Original Message-----\nFrom: x\nSent: y\nTo: z\nSubject: q\n\n07700900218"
    ),
    "our own answer": (
        "From: alerts-subscribe@sms.example.com\nSent: Friday, November 20, 2026 1:50 PM\n"
        "To: Jo\nSubject: The list alerts\n\n- 07700 900218: subscribed"
    ),
}


@pytest.mark.parametrize("below", BELOW.values(), ids=BELOW)
async def test_what_stands_below_its_numbers_is_no_order(smtp_door: SmtpDoor, below: str) -> None:
    house = await smtp_door()
    await post(house, letter(f"07700 900123\n\n{below}\n"))
    (order,) = house.spool.told
    assert isinstance(order, ListOrder)
    assert order.numbers == (SAM,)


@pytest.mark.parametrize(
    ("user", "reverse_path", "to"),
    [
        ("jo", "jo@example.com", "jo@example.com"),
        ("kiosk", "somebody@example.org", "somebody@example.org"),
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


@pytest.mark.parametrize("to", [(TO_ADD, TO_SAM), (TO_SAM, TO_ADD)], ids=["and", "after"])
async def test_no_phone_is_texted_what_a_list_is_sent(
    smtp_door: SmtpDoor, to: tuple[str, str]
) -> None:
    house = await smtp_door()
    first, second, mail = await post(house, letter("07700900123"), *to)
    assert (first[0], second[0], mail[0]) == (250, 550, 554)
    assert "who would be texted its lines; nobody is texted" in second[1]
    assert (house.spool.told, house.spool.mails) == ([], [])


async def test_two_orders_are_two_mails(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    first, second, mail = await post(house, letter("07700900123"), TO_ADD, TO_REMOVE)
    assert (first[0], second[0], mail[0]) == (250, 452, 250)


async def test_a_full_disk_takes_no_order(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()

    def ordered() -> int:
        with smtplib.SMTP("127.0.0.1", house.port, timeout=10) as client:
            client.ehlo()
            client.login("jo", PASSWORDS["jo"])
            client.mail("jo@example.com")
            client.rcpt(TO_ADD)
            house.spool.fault = Full("no room")  # there was some when MAIL was answered
            return client.data(letter("07700900123").as_bytes(policy=SMTP))[0]

    assert await asyncio.to_thread(ordered) == 452
