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
    *("Automatic reply: Friday", "Auto: Re: Friday", "Autoreply", "AUTO-REPLY: Friday"),
    *("OOO: Re: Friday", "Out of office Re: Friday", "[Auto-Reply] Re: Friday"),
    *("(Auto) Re: Friday", "Auto-Reply from Jo Smith: gone", "Lesebestätigung: Friday"),
    *("Mensaje de ausencia: Friday", "Assente dall'ufficio: Friday"),
    *("[Request received] Friday", "Ticket Received - Friday"),
    "AUTO: Jo Smith is out of the office (returning 23/11/2026)",
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
    *("Auto: fixed the pump", "OOO: I'm off", "Out of office supplies?", "Out of office today"),
    *("Abwesenheit Freitag", "Ausência do Pedro", "Reading list", "Read this", "Absence of proof"),
    *("Returning your call", "Delivery on Friday", "Mail me", "Message from Sam", "Warning lights"),
]


@pytest.mark.parametrize("subject", AWAY)
def test_subjects_that_tell_of_absence(subject: str) -> None:
    assert subjects.tells_of_absence(subject)


@pytest.mark.parametrize("subject", PEOPLE)
def test_subjects_of_people(subject: str) -> None:
    assert not subjects.tells_of_absence(subject)
    assert not subjects.tells_of_failure(subject)


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("Undelivered Mail Returned to Sender", True),
        ("failure notice", True),
        ("Mail delivery failed: returning message to sender", True),
        ("Warning: message 1abcde-0001 delayed 24 hours", True),
        ("Delivery Status Notification (Failure)", True),
        ("Delivery problem with order 42", False),
        ("Delivery notification: parcel 7 at 4pm", False),
        ("Message failed to print", False),
        ("Email failed on my phone", False),
        ("Warning: message queue long", False),
        ("Undelivered parcels", False),
        ("Undelivered: 3 boxes", False),
        ("Mail delivery failed for 3 customers", False),
    ],
)
def test_a_bounce_s_subject_is_no_person_s(send: Compose, subject: str, told: bool) -> None:
    """What people write too counts where a mail system writes it."""
    assert subjects.is_bounce(subject) is told
    assert subjects.tells_of_failure(subject)
    mail = f"From: {{}}@example.com\r\nSubject: {subject}\r\n\r\nHi\r\n"
    person = send(mail.format("jo").encode(), token=TOKEN)
    assert verdict(person) == ("refused" if told else "sent")
    assert verdict(send(mail.format("postmaster").encode(), token=TOKEN)) == "refused"


BY_BOTH = [
    *("Read: {}", "Not read: {}", "Recall: {}", "Gelesen: {}", "Absence : {}", "Abwesend: {}"),
    *("Fravær: {}", "Frånvaro: {}", "Nieobecność: {}", "Assente: {}", "Undelivered: {}"),
    *("Undeliverable: {}", "Unzustellbar: {}", "Mail delivery failed: {}"),
]


@pytest.mark.parametrize("beginning", BY_BOTH)
@pytest.mark.parametrize(
    ("rest", "header", "told"),
    [
        pytest.param("the van", "From: jo@example.com", "sent", id="a person's"),
        pytest.param("Friday", "From: jo@example.com", "refused", id="of the thread"),
        pytest.param("Re: Friday [ORDER-42]", "From: jo@example.com", "refused", id="of our mail"),
        pytest.param("the van", "Auto-Submitted: auto-generated", "refused", id="generated"),
        pytest.param("the van", "In-Reply-To: <in.4f2a@sms.example.com>", "refused", id="no Re"),
    ],
)
def test_a_beginning_that_people_write_too_needs_another_sign(
    send: Compose, beginning: str, rest: str, header: str, told: str
) -> None:
    subject = beginning.format(rest)
    mail = f"{header}\r\nSubject: {subject}\r\n\r\nHi\r\n".encode()
    assert verdict(send(mail, token=TOKEN)) == told


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ("Precedence: list\nList-Id: <team.example.com>\nSubject: Re: Friday", "sent"),
        ("X-Precedence: list\nSubject: AW: Friday", "sent"),
        ("Precedence: list\nSubject: Friday", "refused"),
        ("Precedence: bulk\nSubject: Re: Friday", "refused"),
        ("X-OTRS-Loop: no\nSubject: Re: Friday", "sent"),
        ("X-Loop: false\nSubject: Re: Friday", "sent"),
        ("In-Reply-To: <in.4f2a@sms.example.com>\nSubject: Read", "sent"),
        ("X-Mailer: vacation 1.2\nSubject: Re: Friday", "refused"),
        ("X-Mailer: Vacations Ltd\nSubject: Re: Friday", "sent"),
    ],
)
def test_people_answer_through_mailing_lists_and_ticket_systems(
    send: Compose, headers: str, told: str
) -> None:
    mail = f"From: jo@example.com\n{headers}\n\nYes\n".replace("\n", "\r\n")
    assert verdict(send(mail.encode(), token=TOKEN)) == told


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Jo Smith is out of the office (returning 1 Jan)", "Hi"),
        ("Friday", "Hello,\r\n\r\nJo Smith is currently out of office.\r\n"),
        ("Friday", "Jo Schmidt ist bis Montag ausser Haus."),
    ],
)
@pytest.mark.parametrize(
    ("mark", "told"), [("Auto-Submitted: auto-generated", "refused"), ("X-Mark: none", "sent")]
)
def test_who_is_out_says_so_by_himself_or_generated(
    send: Compose, subject: str, words: str, mark: str, told: str
) -> None:
    mail = f"From: jo@example.com\r\nSubject: {subject}\r\n{mark}\r\n\r\n{words}\r\n"
    assert verdict(send(mail.encode(), token=TOKEN)) == told
    assert verdict(send(mail.encode())) == "sent"


@pytest.mark.parametrize(
    "mark",
    [
        "X-Loop: autoresponder@example.com",
        "X-OTRS-Loop: yes",
        "From: Shop <no-reply@example.com>",
        "From: noreply-help@example.com",
        "From: do_not_reply@example.com",
        "From: autoresponder@example.com",
        "Content-Type: text/calendar; method=REPLY",
        "Content-Type: text/calendar; Method=Reply; charset=utf-8",
    ],
)
@pytest.mark.parametrize(("token", "told"), [(TOKEN, "refused"), ("", "sent")])
def test_what_alerts_have_too_marks_a_machine_s_answer(
    send: Compose, mark: str, token: str, told: str
) -> None:
    mail = f"{mark}\r\nSubject: Re: Friday\r\n\r\nWe received your message\r\n"
    assert verdict(send(mail.encode(), token=token)) == told


@pytest.mark.parametrize(
    "mark", ["X-Autoresponse: yes", "X-Auto-Reply: 1", "X-Vacation: yes", "X-Yahoo-AutoReply: 1"]
)
def test_what_only_answers_have_marks_them_anywhere(send: Compose, mark: str) -> None:
    mail = f"From: jo@example.com\r\n{mark}\r\nSubject: Re: Friday\r\n\r\nI am away\r\n"
    assert verdict(send(mail.encode())) == "refused"


@pytest.mark.parametrize(
    "mark",
    [
        "From: Jo Noreply <jo@example.com>",
        "From: norman@example.com",
        "Content-Type: text/calendar; method=REQUEST",
    ],
)
def test_what_people_have_marks_nothing(send: Compose, mark: str) -> None:
    ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Lunch\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    mail = f"{mark}\r\nSubject: Re: Friday\r\n\r\n{ics}"
    assert verdict(send(mail.encode(), token=TOKEN)) == "sent"
