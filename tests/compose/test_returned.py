"""What a mail to `bounces@` says of the mail of ours that came back."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from bridge.compose.returned import KEPT, LONGEST, MOST_RECIPIENTS, READ, returned
from bridge.core.events import Returned

OURS = "<in.0123456789abcdef0123456789abcdef@sms.example.com>"
OTHER = "<note.ffffffffffffffffffffffffffffffff@sms.example.com>"
NOW = 1_790_000_000.0
TABLE = Path(__file__).with_name("bounces.txt").read_text(encoding="utf-8")


def read(*lines: str) -> Returned:
    """What a mail of these lines says."""
    return returned("\r\n".join((*lines, "")).encode(), ("sms.example.com", "b.example"), NOW)


def report(*fields: str, original: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A DSN with one recipient's fields."""
    return (
        "From: MAILER-DAEMON@mx.example.net",
        "Subject: Undelivered",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        *("", "--b", "Content-Type: text/plain", "", "Something went wrong.", ""),
        *("--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx", ""),
        *fields,
        *original,
        "--b--",
    )


HEADERS = ("--b", "Content-Type: text/rfc822-headers", "")
MAIL = ("--b", "Content-Type: message/rfc822", "")
AS_WRITTEN = (f"References: {OTHER}", f"Message-ID: {OURS}", "Subject: x", "")


# ---------------------------------------------------------------- of a report


@pytest.mark.parametrize(
    ("fields", "recipients", "failed", "reason"),
    [
        pytest.param(
            (
                "Final-Recipient: rfc822; jo@example.com",
                "Action: failed",
                "Status: 5.1.1",
                "Diagnostic-Code: smtp; 550 5.1.1",
                "  no such user here",
            ),
            ("jo@example.com",),
            True,
            "failed: 550 5.1.1 no such user here",
            id="failed",
        ),
        pytest.param(
            (
                "Original-Recipient: rfc822;jo@example.com",
                "Final-Recipient: rfc822; jsmith@internal.example",
                "Action: failed",
                "Status: 5.2.2",
            ),
            ("jo@example.com",),
            True,
            "failed: 5.2.2",
            id="as we wrote it",
        ),
        pytest.param(
            (
                *("Final-Recipient: rfc822; jo@example.com", "Action: relayed", ""),
                *("Final-Recipient: rfc822; kim@example.com", "Action: failed"),
            ),
            ("kim@example.com",),
            True,
            "failed",
            id="one of two",
        ),
        pytest.param(
            ("Final-Recipient: rfc822; jo@example.com", "Action: delayed", "Status: 4.4.1"),
            ("jo@example.com",),
            False,
            "delayed: 4.4.1",
            id="delayed",
        ),
        pytest.param(
            ("Final-Recipient: rfc822; jo@example.com", "Action: delivered", "Status: 2.0.0"),
            ("jo@example.com",),
            False,
            "delivered: 2.0.0",
            id="delivered",
        ),
        pytest.param(
            ("Final-Recipient: rfc822; jo@example.com", "Status: 5.0.0"),
            ("jo@example.com",),
            True,
            "status: 5.0.0",
            id="a status alone",
        ),
        pytest.param(
            (
                "Final-Recipient: rfc822; jo@example.com",
                "Action: failed (mailbox)",
                "Status: 5.1.1",
            ),
            ("jo@example.com",),
            True,
            "failed: 5.1.1",
            id="a comment",
        ),
        pytest.param((), (), True, "Undelivered", id="no recipient at all"),
    ],
)
def test_a_report_says_whom_and_why(
    fields: tuple[str, ...], recipients: tuple[str, ...], failed: bool, reason: str
) -> None:
    found = read(*report(*fields))
    assert (found.recipients, found.failed, found.reason) == (recipients, failed, reason)


@pytest.mark.parametrize(
    ("original", "about"),
    [
        pytest.param((*HEADERS, *AS_WRITTEN), OURS, id="headers"),
        pytest.param((*MAIL, *AS_WRITTEN, "Hi"), OURS, id="the mail"),
        pytest.param((*MAIL, f"Message-ID:\r\n {OURS}", "", "Hi"), OURS, id="folded"),
        pytest.param((*MAIL, "Message-ID: <a@b.example>", "", ""), "", id="of another form"),
        pytest.param((*MAIL, f"Message-ID: {OURS[:-1]}.evil>", "", ""), "", id="another domain"),
        pytest.param((), "", id="none"),
    ],
)
def test_it_says_which_mail_of_ours(original: tuple[str, ...], about: str) -> None:
    assert read(*report("Action: failed", original=original)).about == about


# ---------------------------------------------------------------- of other mails

QMAIL = (
    *("From: MAILER-DAEMON@mx.example.net", "Subject: failure notice", ""),
    *("Hi. This is the qmail-send program at mx.example.net.", ""),
    *("<jo@example.com>:", "Sorry, no mailbox here by that name. (#5.1.1)", ""),
    *("--- Below this line is a copy of the message.", "", f"Message-ID: {OURS}", "", "Hi"),
)
EXIM = (
    *("From: Mail Delivery System <Mailer-Daemon@mx>", "Auto-Submitted: auto-replied"),
    *("X-Failed-Recipients: jo@example.com,", "  kim@example.com", f"References: {OURS}"),
    *("Subject: Mail delivery failed", "", "jo@example.com: 550 5.1.1 Unrouteable address"),
)
VACATION = (
    *("From: Jo <jo@example.com>", "Auto-Submitted: auto-replied", f"In-Reply-To: {OURS}"),
    *("Subject: Automatic reply: Text from Sam", "", "I am away; 550 5.1.1 is no failure"),
)
PLAIN = ("From: Jo <jo@example.com>", f"In-Reply-To: {OURS}", "Subject: Re: Text", "", "Thanks")


@pytest.mark.parametrize(
    ("mail", "about", "recipients", "failed", "reason"),
    [
        pytest.param(
            QMAIL,
            OURS,
            ("jo@example.com",),
            True,
            "Sorry, no mailbox here by that name. (#5.1.1)",
            id="qmail",
        ),
        pytest.param(
            EXIM, OURS, ("jo@example.com", "kim@example.com"), True, "failed: 5.1.1", id="exim"
        ),
        pytest.param(VACATION, OURS, (), False, "an automatic answer", id="vacation"),
        pytest.param(PLAIN, OURS, (), False, "an automatic answer", id="a person, by mistake"),
        pytest.param(("",), "", (), False, "an automatic answer", id="nothing"),
    ],
)
def test_other_mails(
    mail: tuple[str, ...], about: str, recipients: tuple[str, ...], failed: bool, reason: str
) -> None:
    found = read(*mail)
    assert (found.about, found.recipients, found.failed) == (about, recipients, failed)
    assert found.reason == reason


def test_a_return_without_a_form_says_its_subject() -> None:
    found = read("From: postmaster@example.com", "Subject: Undeliverable: Text", "", "no such user")
    assert (found.failed, found.reason) == (True, "Undeliverable: Text")


# ---------------------------------------------------------------- hostile ones


def sound(found: Returned) -> None:
    """Whether all is within its bounds, and fit for one line of a mail."""
    assert len(found.recipients) <= MOST_RECIPIENTS
    assert len(found.raw) <= KEPT
    for each in (found.reason, found.subject, *found.recipients):
        assert len(each) <= 330
        assert each.isprintable()
    assert len(found.reason) <= LONGEST


SOME = range(999)


def test_ten_megabytes_take_no_longer_than_their_beginning() -> None:
    began = time.process_time()
    huge = "\r\n".join(report("Action: failed", "x" * 10_000_000)).encode()
    sound(returned(huge, ("sms.example.com",), NOW))
    sound(returned(b"<" * 10_000_000, ("sms.example.com",), NOW))
    sound(returned(b"Final-Recipient: rfc822; " + b"a" * READ, ("sms.example.com",), NOW))
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(report(*["Final-Recipient: rfc822; a@b.c\r\nAction: failed\r\n"] * 5000)),
        pytest.param(report(*[f"Final-Recipient: x; {n}@b.c\r\nStatus: 5.0.0\r\n" for n in SOME])),
        pytest.param(("Content-Type: multipart/report; boundary=b", "", *["--b\r\n"] * 9000)),
        pytest.param(("X: y",) * 5000),
        pytest.param(report("Final-Recipient: rfc822; <jo\0@e\x1b.com>", "Action: failed\x85x")),
        pytest.param(("From: MAILER-DAEMON", "Subject: =?utf-8?q?=0AReturned=E2=80=AE?=", "", "x")),
        pytest.param((*["From: MAILER-DAEMON", ""], *["<a@b.c>:" * 100] * 500)),
    ],
)
def test_what_is_made_to_hurt(mail: tuple[str, ...]) -> None:
    began = time.process_time()
    sound(read(*mail))
    assert time.process_time() - began < 1.0


def test_two_thousand_mutations() -> None:
    chance = random.Random(5321)
    mails = ["\r\n".join(each).encode() for each in (QMAIL, EXIM, VACATION)]
    mails += ["\r\n".join(report("Action: failed", original=(*MAIL, *AS_WRITTEN))).encode()]
    mails += [each.partition("\n")[2].encode() for each in TABLE.split("=== ")[1:]]
    for _ in range(2000):
        octets = bytearray(chance.choice(mails))
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(octets) + 1)
            to = min(len(octets), at + chance.randint(0, 40))
            match chance.randrange(4):
                case 0:
                    octets[at:to] = b""
                case 1:
                    octets[at:at] = bytes(chance.choices(b'\r\n\0:;<>="-b\xff\xc3 ', k=9))
                case 2:
                    octets[at:at] = octets[at:to] * 3
                case _:
                    octets[at:to] = bytes(chance.randbytes(to - at))
        sound(returned(bytes(octets), ("sms.example.com",), NOW))
