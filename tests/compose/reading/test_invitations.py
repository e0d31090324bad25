"""An invitation as a line: each row is what an event says and what is told of it."""

from __future__ import annotations

import pytest

from bridge.compose.reading import invitations, letters, mime
from bridge.compose.reading.letters import Letter

LUNCH = (
    "SUMMARY:Lunch",
    "LOCATION:Cafe Roma",
    "DTSTART;TZID=Europe/London:20261120T120000",
    "DTEND;TZID=Europe/London:20261120T130000",
)
LINE = "Invitation: Lunch, Fri 20 Nov 2026 12:00 to 13:00 Europe/London, Cafe Roma"


def calendar(*event: str, method: str = "REQUEST", end: str = "\r\n") -> bytes:
    lines = ("BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT", *event)
    return end.join((*lines, "END:VEVENT", "END:VCALENDAR", "")).encode()


ROWS = [
    ("what, when and where", calendar(*LUNCH), LINE),
    ("bare LF", calendar(*LUNCH, end="\n"), LINE),
    ("cancelled", calendar(*LUNCH, method="CANCEL"), LINE.replace("Invitation", "Cancelled")),
    (
        "cancelled by its status",
        calendar(*LUNCH, "STATUS:CANCELLED"),
        LINE.replace("Invitation", "Cancelled"),
    ),
    ("published", calendar(*LUNCH, method="PUBLISH"), LINE.replace("Invitation", "Event")),
    (
        "accepted",
        calendar(*LUNCH, 'ATTENDEE;PARTSTAT=ACCEPTED;CN="Jo Smith":mailto:jo@x', method="REPLY"),
        LINE.replace("Invitation", "Jo Smith accepted"),
    ),
    (
        "declined by somebody without a name",
        calendar(*LUNCH, "ATTENDEE;PARTSTAT=DECLINED:mailto:jo@example.com", method="REPLY"),
        LINE.replace("Invitation", "jo@example.com declined"),
    ),
    (
        "another time",
        calendar(*LUNCH, method="COUNTER"),
        LINE.replace("Invitation", "Another time proposed"),
    ),
    (
        "a whole day",
        calendar("SUMMARY:Fair", "DTSTART;VALUE=DATE:20261120", "DTEND;VALUE=DATE:20261121"),
        "Invitation: Fair, Fri 20 Nov 2026",
    ),
    (
        "whole days",
        calendar("SUMMARY:Fair", "DTSTART;VALUE=DATE:20261120", "DTEND;VALUE=DATE:20261123"),
        "Invitation: Fair, Fri 20 Nov 2026 to Sun 22 Nov 2026",
    ),
    (
        "UTC, into the night",
        calendar("SUMMARY:Shift", "DTSTART:20261120T220000Z", "DTEND:20261121T060000Z"),
        "Invitation: Shift, Fri 20 Nov 2026 22:00 to Sat 21 Nov 2026 06:00 UTC",
    ),
    (
        "a duration",
        calendar("SUMMARY:Call", "DTSTART:20261120T120000", "DURATION:PT1H30M"),
        "Invitation: Call, Fri 20 Nov 2026 12:00 to 13:30",
    ),
    (
        "no end",
        calendar("SUMMARY:Call", "DTSTART:20261120T120000Z"),
        "Invitation: Call, Fri 20 Nov 2026 12:00 UTC",
    ),
    (
        "each week",
        calendar("SUMMARY:Call", "DTSTART:20261120T120000Z", "RRULE:FREQ=WEEKLY;COUNT=3"),
        "Invitation: Call, Fri 20 Nov 2026 12:00 UTC, weekly",
    ),
    (
        "between two zones",
        calendar(
            "SUMMARY:Flight",
            "DTSTART;TZID=Europe/London:20261120T120000",
            "DTEND;TZID=America/New_York:20261120T150000",
        ),
        "Invitation: Flight, Fri 20 Nov 2026 12:00 Europe/London to 15:00 America/New_York",
    ),
    (
        "a zone with a path, folded and escaped words",
        calendar(
            "SUMMARY:Lunch\\, lo",
            " ng\\nand good",
            "DTSTART;TZID=/citadel.org/20260101/Europe/Rome:20261120T120000",
        ),
        "Invitation: Lunch, long and good, Fri 20 Nov 2026 12:00 Europe/Rome",
    ),
    (
        "a zone of Windows",
        calendar("SUMMARY:A", 'DTSTART;TZID="GMT Standard Time":20261120T120000'),
        "Invitation: A, Fri 20 Nov 2026 12:00 GMT Standard Time",
    ),
    (
        "a zone that only its writer knows",
        calendar("SUMMARY:A", "DTSTART;TZID=Customized Time Zone:20261120T120000"),
        "Invitation: A, Fri 20 Nov 2026 12:00",
    ),
    (
        "an alarm has a summary too",
        calendar("BEGIN:VALARM", "SUMMARY:Alarm", "END:VALARM", *LUNCH),
        LINE,
    ),
    ("a day that is none", calendar("SUMMARY:A", "DTSTART:20261399T120000"), "Invitation: A"),
    ("a day before all others", calendar("SUMMARY:A", "DTSTART:00000101"), "Invitation: A"),
    (
        "an end beyond all days",
        calendar("SUMMARY:A", "DTSTART:99991231T120000", "DURATION:P999W"),
        "Invitation: A, Fri 31 Dec 9999 12:00",
    ),
    ("an event of nothing", calendar(), ""),
    ("a task", calendar(*LUNCH).replace(b"VEVENT", b"VTODO"), ""),
    ("garbage", b"\xff\x00" * 1000, ""),
]


@pytest.mark.parametrize(("raw", "line"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_an_invitation_says(raw: bytes, line: str) -> None:
    assert invitations.line(raw) == line


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        ("Lunch on Friday 20 November, 12:00, Cafe Roma", True),
        ("You have been invited: Lunch\nFri 20 Nov 2026 12pm - 1pm", True),
        ("Lunch at 12.00?", True),
        ("Lunch?", False),
        ("See you at 12:00", False),
        ("", False),
    ],
)
def test_the_line_is_left_out_where_the_words_tell_it(words: str, is_told: bool) -> None:
    assert invitations.is_told(words, LINE) is is_told


# ---------------------------------------------------------------- in a mail


def body(*parts: bytes, kind: bytes = b"alternative") -> str:
    joined = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    head = b"Subject: Lunch\r\nContent-Type: multipart/" + kind + b"; boundary=b\r\n\r\n"
    return read(head + joined + b"--b--\r\n").body


def read(content: bytes) -> Letter:
    entity = mime.parse(content)
    assert isinstance(entity, mime.Entity)
    letter = letters.read(entity)
    assert isinstance(letter, Letter)
    return letter


WORDS = b"Content-Type: text/plain\r\n\r\nCan you come?"
BLANK = b"Content-Type: text/plain\r\n\r\n \r\n"
INSIDE = b"Content-Type: text/calendar; method=REQUEST\r\n\r\n" + calendar(*LUNCH)
ATTACHED = (
    b"Content-Type: application/ics; name=invite.ics\r\nContent-Disposition: attachment\r\n\r\n"
    + calendar(*LUNCH)
)


def test_the_words_come_first_and_the_line_after() -> None:
    assert body(WORDS, INSIDE) == f"Can you come?\n\n{LINE}"


def test_an_invitation_without_words_is_its_line() -> None:
    assert body(BLANK, INSIDE) == LINE
    assert read(b"Content-Type: text/calendar\r\n\r\n" + calendar(*LUNCH)).body == LINE


def test_a_calendar_that_is_all_there_is_is_read() -> None:
    assert body(BLANK, ATTACHED, kind=b"mixed") == LINE


def test_a_calendar_beside_words_is_a_file() -> None:
    assert body(WORDS, ATTACHED, kind=b"mixed") == "Can you come?"


def test_a_calendar_is_no_file_where_the_invitation_was_read() -> None:
    content = (
        b"Subject: Lunch\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        + INSIDE
        + b"\r\n--b\r\n"
        + ATTACHED
        + b"\r\n--b--\r\n"
    )
    letter = read(content)
    assert letter.body == LINE
    assert letter.files == ()
