"""T30 to T32: what machines answer is no text, and what machines report is.

`bounces.txt` has a mail for each program, as it writes them; behind its name stands what becomes
of it at the address of a conversation, and at a plain number's from a listed machine with the null
sender.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridge.compose import subjects
from bridge.core.model import Refusal
from bridge.core.promises import Mail

if TYPE_CHECKING:
    from tests.compose.conftest import Compose

TABLE = Path(__file__).with_name("bounces.txt").read_text(encoding="utf-8")
TOKEN = "7kq2pab3xd"
REFUSED = "550 5.7.1 automatic answers are not texted"


def rows() -> list[tuple[str, bytes, str, str]]:
    """Name, mail, and both verdicts of each row."""
    found = []
    for each in TABLE.split("=== ")[1:]:
        head, _, mail = each.partition("\n")
        name, conversation, number = head.split(" | ")
        found.append((name, mail.encode().replace(b"\n", b"\r\n"), conversation, number))
    return found


ROWS = rows()


def verdict(found: object) -> str:
    """In the table's words."""
    if isinstance(found, Refusal):
        assert str(found) == REFUSED
        return "refused"
    return "sent"


@pytest.mark.parametrize(("_name", "mail", "told", "_number"), ROWS, ids=[r[0] for r in ROWS])
def test_at_a_conversations_address(
    send: Compose, _name: str, mail: bytes, told: str, _number: str
) -> None:
    found = send(mail, token=TOKEN, user="", reverse_path="someone@example.com")
    assert verdict(found) == told


@pytest.mark.parametrize(("_name", "mail", "_told", "number"), ROWS, ids=[r[0] for r in ROWS])
def test_at_a_numbers_from_a_listed_machine_with_the_null_sender(
    send: Compose, _name: str, mail: bytes, _told: str, number: str
) -> None:
    assert verdict(send(mail, user="", reverse_path="")) == number


@pytest.mark.parametrize(("_name", "mail", "_told", "_number"), ROWS, ids=[r[0] for r in ROWS])
def test_with_the_null_sender_nothing_reaches_a_conversation(
    send: Compose, _name: str, mail: bytes, _told: str, _number: str
) -> None:
    assert verdict(send(mail, token=TOKEN, user="", reverse_path="")) == "refused"


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        ("In-Reply-To: <in.4f2a@sms.example.com>", "refused"),
        ("References: <root@example.com> <in.4f2a@SMS.example.com>", "refused"),
        ("In-Reply-To: <ticket-7@example.com>", "sent"),  # a monitor's thread of its own
        ("X-Thread: none", "sent"),
    ],
)
@pytest.mark.parametrize(
    "mark",
    [
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Precedence: bulk",
        "Precedence: list",
        "Subject: Automatic reply: Friday",
    ],
)
def test_at_a_number_an_alert_s_marks_count_only_where_it_answers_us(
    send: Compose, answered: str, told: str, mark: str
) -> None:
    mail = f"From: jo@example.com\r\n{answered}\r\n{mark}\r\n\r\nDisk full\r\n"
    assert verdict(send(mail.encode(), user="", reverse_path="nagios@example.com")) == told


@pytest.mark.parametrize(
    ("token", "headers", "answers"),
    [
        pytest.param(TOKEN, "Subject: Friday", True, id="to a conversation"),
        pytest.param("", "In-Reply-To: <in.4f2a@sms.example.com>", True, id="to a mail of ours"),
        pytest.param("", "In-Reply-To: <a@example.com>", False, id="to another mail"),
        pytest.param("", "Subject: Re: Friday", False, id="by its subject alone"),
    ],
)
def test_t35_what_answers_us_is_counted(
    send: Compose, token: str, headers: str, answers: bool
) -> None:
    found = send(f"{headers}\r\n\r\nYes\r\n".encode(), token=token)
    assert isinstance(found, Mail)
    assert found.answers_us is answers


AWAY = [
    *("Automatic reply: Friday", "Auto: Friday", "Autoreply", "AUTO-REPLY Friday", "OOO: Friday"),
    *("Out of Office: Friday", "Out of the office", "I am out of the office until Monday"),
    *("Automatische Antwort: Friday", "Abwesenheitsnotiz: Friday", "Réponse automatique : Friday"),
    *("Respuesta automática: Friday", "Risposta automatica: Friday", "Automatisch antwoord: x"),
    *("Automatiskt svar: Friday", "Automatisk svar: Friday", "Autosvar: Friday"),
    *("Automatická odpověď: Friday", "Odpowiedź automatyczna: Friday", "Automatikus válasz: x"),
    *("自动回复: Friday", "自動応答: Friday", "自动回复您的邮件", "자동 응답: Friday"),
    *("Автоматический ответ: Friday", "[example.com #17] AutoReply: Friday"),
]
PEOPLE = [
    *("Re: Automatic reply: Friday", "Re: Friday", "Automatic doors", "Autos", "Automation", ""),
    *("Office party", "Who is out of office today?", "Autoreplying", "[urgent] Friday", "Out"),
    *("Returning your call", "Delivery on Friday", "Mail me", "Message from Sam", "Warning lights"),
]


@pytest.mark.parametrize("subject", AWAY)
def test_subjects_that_tell_of_absence(subject: str) -> None:
    assert subjects.tells_of_absence(subject)


@pytest.mark.parametrize("subject", PEOPLE)
def test_subjects_of_people(subject: str) -> None:
    assert not subjects.tells_of_absence(subject)
    assert not subjects.tells_of_failure(subject)
