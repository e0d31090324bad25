"""A mail as a tree: headers with lines between them that are none, delimiters that do not match."""

from __future__ import annotations

import pytest

from bridge.compose.reading import letters, mime
from bridge.compose.reading.letters import Letter
from bridge.core.model import Refusal


def parsed(*lines: str) -> mime.Entity:
    """The mail of these lines; an empty one ends the headers."""
    entity = mime.parse("\r\n".join(lines).encode())
    assert isinstance(entity, mime.Entity)
    return entity


def body(entity: mime.Entity) -> str:
    letter = letters.read(entity)
    assert isinstance(letter, Letter)
    return letter.body


HTML = ("Content-Type: text/html", "Content-Transfer-Encoding: quoted-printable")
PAGE = "<p>W=C3=B6rds</p>"


# ---------------------------------------------------------------- headers


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(("Subject: S", "Mime-Version 1.0", *HTML), id="no colon"),
        pytest.param((*HTML, "Subject: S", "Mime-Version 1.0"), id="no colon, last"),
        pytest.param(("X-A: b", "X Spam Flag: no", "Subject: S", *HTML), id="spaces in a name"),
        pytest.param(("X-A: b", "X Flag: no", "\tmore", "Subject: S", *HTML), id="folded"),
        pytest.param(("X-A: b", "X-ü: no", "Subject: S", *HTML), id="a letter beyond ASCII"),
        pytest.param(("X-A: b", ">From root", "Subject: S", *HTML), id="a mailbox's line"),
        pytest.param(
            (*HTML, "Subject: S", ">From root Mon Jan  1 10:00"), id="a mailbox's line, last"
        ),
        pytest.param((">From root", "Subject: S", *HTML), id="a mailbox's line, first"),
        pytest.param((" Subject: S", *HTML), id="indented"),
        pytest.param(("\ufeffSubject: S", *HTML), id="a byte order mark"),
        pytest.param(("\ufeffX-A: b", "Subject: S", *HTML), id="a mark, another header"),
        pytest.param(
            ("Subject: S", HTML[0] + ";", 'charset="utf-8"', HTML[1]), id="a parameter unfolded"
        ),
        pytest.param(
            ("Subject: S", HTML[0], 'charset="utf-8"', HTML[1]), id="and without its semicolon"
        ),
    ],
)
def test_a_line_among_the_headers_that_is_none_is_passed_over(head: tuple[str, ...]) -> None:
    entity = parsed(*head, "", PAGE)
    assert entity.text("subject") == "S"
    assert body(entity) == "Wörds"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        pytest.param(("Subject: S",), ("Hi Sam: call me", "", "now"), id="no empty line"),
        pytest.param(
            ("From: jo@example.com", "Subject: S"),
            ("I got this:", "From: al", "Subject: x", "", "Bye"),
            id="headers that are quoted",
        ),
        pytest.param((), ("Hi Sam,", "Subject: no idea", "", "Jo"), id="no headers at all"),
        pytest.param((), ("  all: yes, all", "", "Jo"), id="an indented line that is no header"),
        pytest.param(("Subject: S",), ("name=Sam", "age=5"), id="a form"),
        pytest.param(("Content-Type: text/plain",), ("name=Sam", "age=5"), id="a form, its type"),
        pytest.param(("Subject: S",), ("From Monday on we are open",), id="a word like a header"),
        pytest.param((), ("From Monday on: open",), id="words like a mailbox's line"),
        pytest.param((), ("14:02 PUMP 3 TRIP", "LEVEL=88%"), id="an alarm with its time"),
        pytest.param((), ("ALARM: Pump 3 trip", "Level high now"), id="an alarm with its kind"),
        pytest.param((), ("ALARM: Pump 3 trip", "", "Level high"), id="an alarm, an empty line"),
        pytest.param((), ("ERROR: disk full",), id="an error alone"),
        pytest.param(("Subject: Pump",), ("Level: 88", "State: high"), id="values alone"),
        pytest.param(
            ("Subject: Pump", "X-Plc: 4"), ("Level: 88", "high since 4", "", "Bye"), id="and words"
        ),
        pytest.param(
            ("Subject: Pump",),
            ("Level: 88", "From: sensor 4", "Date: 5 May"),
            id="a From of theirs",
        ),
        pytest.param(
            ("Subject: A",),
            ("Pump 3 tripped", "From: sensor 4", "Level high", "", "Bye"),
            id="words above a From of theirs",
        ),
        pytest.param(
            ("Subject: A",),
            ("Pump 3 tripped", "To: ops@example.com", "Level high"),
            id="words above an address, and no empty line at all",
        ),
    ],
)
def test_a_body_without_an_empty_line_above_it_is_kept(
    head: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert body(parsed(*head, *words)) == "\n".join(words)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(("Subject: S", "Level: 88", *HTML), id="above those of MIME"),
        pytest.param(("Level: 88", "From: jo@example.com", "Subject: S", *HTML), id="at the top"),
        pytest.param((*HTML, "Subject: S", "Thread-Topic: S", "X-Level: 88"), id="known ones"),
    ],
)
def test_headers_are_headers_also_where_no_empty_line_ends_them(head: tuple[str, ...]) -> None:
    entity = parsed(*head, PAGE)
    assert entity.text("subject") == "S"
    assert body(entity) == "Wörds"


def test_headers_that_nobody_knows_are_headers_above_an_empty_line() -> None:
    entity = parsed("Subject: S", "Level: 88", "State: high", "", "Call me")
    assert entity.raw("level") == "88"
    assert body(entity) == "Call me"


def test_a_mail_of_headers_alone_has_no_words() -> None:
    assert body(parsed("Subject: S", "Importance: high", "X-Level: 88", "Level: 1", *HTML)) == ""


# ---------------------------------------------------------------- delimiters

PARTS = (
    "Content-Type: text/plain",
    "",
    "Plain words",
    "--{}",
    "Content-Type: text/html",
    "",
    "<p>Plain words</p>",
    "--{}--",
)


def multipart(kind: str, boundary: str) -> mime.Entity:
    """Two parts between lines of `boundary`; `kind` is what the header says."""
    lines = [f"Content-Type: multipart/{kind}", "Subject: S", "", "preamble", f"--{boundary}"]
    return parsed("\r\n".join(lines), *(line.replace("{}", boundary) for line in PARTS))


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        pytest.param('alternative; boundary="XX"', "YY", id="another"),
        pytest.param("alternative", "YY", id="none"),
        pytest.param("alternative; boundary='--abc'", "--abc", id="in single quotes"),
        pytest.param("alternative; boundary=a b", "a_b", id="changed on the way"),
        pytest.param('alternative;\r\nboundary="YY"', "YY", id="on a line of its own"),
        pytest.param("alternative; charset=utf-8; bo", "YY/e.example", id="broken off"),
        pytest.param('alternative; boundary="YY_"', "YY", id="longer"),
    ],
)
def test_parts_are_found_by_another_boundary(kind: str, boundary: str) -> None:
    entity = multipart(kind, boundary)
    assert [each.media_type for each in entity.children] == ["text/plain", "text/html"]
    assert body(entity) == "Plain words"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            ("Subject: S", "", "--web1", "Content-Type: was wrong", "--web1--"), id="no multipart"
        ),
        pytest.param(
            ("Content-Type: multipart/mixed", "", "--web1", "Disk full", "--"), id="no headers"
        ),
        pytest.param(
            ("Content-Type: multipart/mixed; boundary=q", "", "Hi -- Sam", "-- ", "Jo"), id="text"
        ),
    ],
)
def test_a_text_with_dashes_has_no_parts(lines: tuple[str, ...]) -> None:
    entity = parsed(*lines)
    assert entity.children == ()
    assert body(entity) == "\n".join(lines[2:])


def test_a_boundary_that_occurs_is_taken_before_one_that_only_looks_so() -> None:
    entity = parsed(
        *("Content-Type: multipart/mixed; boundary=b", ""),
        *("--b", "", "Look:", "--c", "Content-Type: text/plain", "", "quoted", "--b--"),
    )
    assert len(entity.children) == 1
    assert body(entity) == "Look:\n--c\nContent-Type: text/plain\n\nquoted"


@pytest.mark.parametrize(
    ("part", "words"),
    [
        pytest.param(("Zone: gate", "Motion seen"), "Zone: gate\nMotion seen", id="no headers"),
        pytest.param(("Zone: gate", "", "Seen"), "Zone: gate\n\nSeen", id="an empty line"),
        pytest.param(("Subject: gate", "Seen"), "Subject: gate\nSeen", id="a mail's, not a part's"),
        pytest.param(
            ("Content-Type: text/plain", "Zone: gate", "Seen"), "Zone: gate\nSeen", id="its type"
        ),
        pytest.param(("Zone: gate", "Content-Type: text/plain", "", "Seen"), "Seen", id="headers"),
        pytest.param(("X-Zone: gate", "", "Seen"), "Seen", id="a header of one's own"),
    ],
)
def test_a_part_s_headers_are_known_by_their_names(part: tuple[str, ...], words: str) -> None:
    entity = parsed("Content-Type: multipart/mixed; boundary=B", "", "--B", *part, "--B--")
    assert body(entity) == words


# ---------------------------------------------------------------- no mail at all

OUTLOOK = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + bytes.fromhex("3e000300feff0900") * 70


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(OUTLOOK + b"\xff" * 5000, id="a message of Outlook's"),
        pytest.param("Subject: Hi\r\n\r\nSam".encode("utf-16"), id="a mail in UTF-16"),
        pytest.param(b"PK\x03\x04" + bytes(60) + b"mimetype" * 8, id="an archive"),
    ],
)
def test_a_binary_file_is_no_mail(content: bytes) -> None:
    refusal = Refusal(554, "5.6.0", "this is no mail but a binary file, perhaps Outlook's .msg")
    assert mime.parse(content) == refusal


@pytest.mark.parametrize(
    "content", [b"Subject: x\r\n\r\n" + bytes(1000), b"Hi \0 Sam, this is text", b""]
)
def test_a_mail_with_zeros_in_it_is_one(content: bytes) -> None:
    assert isinstance(mime.parse(content), mime.Entity)
