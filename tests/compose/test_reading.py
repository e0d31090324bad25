"""What a mail says: each row is a mail as it comes and the text that a person's profile makes."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable

import pytest

from bridge.core.events import Mail
from bridge.core.model import Mms, Refusal, Text, Unicode

Compose = Callable[..., Mail | Refusal]

PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n"


def mail(*lines: bytes, subject: bytes = b"Friday") -> bytes:
    """A mail of these lines; an empty one ends the headers."""
    return b"Subject: " + subject + b"\r\n" + b"\r\n".join(lines) + b"\r\n"


def of(kind: bytes, *parts: bytes, subject: bytes = b"Friday") -> bytes:
    """A multipart mail; each part is headers, an empty line, a body."""
    body = b"".join(b"--=_b\r\n" + part + b"\r\n" for part in parts)
    head = b'Content-Type: multipart/%s; boundary="=_b"' % kind
    return mail(head, b"", b"preamble", body + b"--=_b--", b"epilogue", subject=subject)


def part(headers: bytes, body: bytes) -> bytes:
    return headers + b"\r\n" + body


JPEG = part(
    b"Content-Type: image/jpeg; name=a.jpg\r\nContent-Disposition: attachment\r\n"
    b"Content-Transfer-Encoding: base64\r\n",
    base64.encodebytes(b"\xff\xd8" + b"x" * 30_000),
)
NESTED = (
    b'Content-Type: multipart/alternative; boundary="=_b2"\r\n\r\n--=_b2\r\n'
    + part(PLAIN, b"Plain words")
    + b"\r\n--=_b2\r\n"
    + part(HTML, b"<p>Rich <b>words</b></p>")
    + b"\r\n--=_b2--"
)

ROWS = [
    # ---- no MIME, broken MIME
    ("no MIME at all", mail(b"", b"Hi Sam"), "Hi Sam"),
    ("no headers at all", b"Hi Sam\r\nCall me", "Hi Sam\nCall me"),
    ("an empty line first", b"\r\nHi Sam", "Hi Sam"),
    ("bare LF", b"Subject: x\n\nHi Sam\nCall me\n", "Hi Sam\nCall me"),
    (
        "no empty line before the body",
        b"Subject: x\r\nHi Sam: call me\r\n\r\nnow",
        "Hi Sam: call me\nnow",
    ),
    ("a mailbox's From line", b"From jo Fri Nov 20\r\nSubject: x\r\n\r\nHi", "Hi"),
    ("type without subtype", mail(b"Content-Type: text", b"", b"Hi"), "Hi"),
    ("multipart without boundary", mail(b"Content-Type: multipart/mixed", b"", b"Hi"), "Hi"),
    (
        "boundary that never comes",
        mail(b"Content-Type: multipart/mixed; boundary=q", b"", b"Hi"),
        "Hi",
    ),
    (
        "no closing boundary",
        of(b"mixed", part(PLAIN, b"Hi")).replace(b"--=_b--", b""),
        "Hi\nepilogue",
    ),
    (
        "a boundary that begins like another",
        of(b"mixed", part(PLAIN, b"Hi\r\n--=_bx\r\nSam")),
        "Hi\n--=_bx\nSam",
    ),
    # ---- transfer encodings
    (
        "base64",
        mail(
            PLAIN + b"Content-Transfer-Encoding: base64", b"", base64.b64encode("grün £5".encode())
        ),
        "grün £5",
    ),
    (
        "base64, broken off",
        mail(PLAIN + b"Content-Transfer-Encoding: base64", b"", b"SGVsbG8gd29ybG"),
        "Hello worl",
    ),
    (
        "base64 with a footer",
        mail(PLAIN + b"Content-Transfer-Encoding: BASE64 ", b"", b"SGVsbG8=\r\n-- list"),
        "Hello",
    ),
    (
        "quoted-printable",
        mail(
            PLAIN + b"Content-Transfer-Encoding: quoted-printable",
            b"",
            quopri.encodestring("café = €3 ".encode() + b"x" * 80),
        ),
        "café = €3 " + "x" * 80,
    ),
    (
        "uuencode",
        mail(
            PLAIN + b"Content-Transfer-Encoding: x-uuencode",
            b"",
            b"begin 644 a.txt\r\n%:&5L;&\\ \r\n`\r\nend",
        ),
        "hello",
    ),
    ("unknown encoding", mail(PLAIN + b"Content-Transfer-Encoding: rot13", b"", b"Hi"), "Hi"),
    # ---- multiparts
    (
        "alternative: plain",
        of(b"alternative", part(PLAIN, b"Plain words"), part(HTML, b"<p>Rich words</p>")),
        "Plain words",
    ),
    (
        "alternative: the plain part is blank",
        of(b"alternative", part(PLAIN, b" \r\n"), part(HTML, b"<p>Rich words</p>")),
        "Rich words",
    ),
    (
        "alternative: the plain part is a stub",
        of(
            b"alternative",
            part(PLAIN, b"No text."),
            part(HTML, b"<p>" + b"Rich words. " * 20 + b"</p>"),
        ),
        ("Rich words. " * 20).strip(),
    ),
    ("alternative: HTML alone", of(b"alternative", part(HTML, b"<p>Rich words</p>")), "Rich words"),
    (
        "alternative: an invitation is no file",
        of(
            b"alternative",
            part(PLAIN, b"Meet"),
            part(b"Content-Type: text/calendar; name=a.ics\r\n", b"BEGIN:VCALENDAR"),
        ),
        "Meet",
    ),
    (
        "mixed: texts in their order",
        of(b"mixed", part(PLAIN, b"One"), part(PLAIN, b"Two")),
        "One\nTwo",
    ),
    ("mixed: an alternative inside", of(b"mixed", NESTED), "Plain words"),
    (
        "mixed: a named text is a file",
        of(
            b"mixed",
            part(PLAIN, b"Words"),
            part(b"Content-Type: text/x-log; name=a.log\r\n", b"log"),
        ),
        "Words",
    ),
    (
        "mixed: an attached text is a file",
        of(
            b"mixed",
            part(PLAIN, b"Words"),
            part(b"Content-Type: text/x-log\r\nContent-Disposition: attachment\r\n", b"log"),
        ),
        "Words",
    ),
    (
        "signed: read through",
        of(b"signed", NESTED, part(b"Content-Type: application/pgp-signature\r\n", b"x")),
        "Plain words",
    ),
    (
        "forwarded as attachment: the outer words",
        of(
            b"mixed",
            part(PLAIN, b"See this"),
            part(b"Content-Type: message/rfc822\r\n", b"Subject: inner\r\n\r\nInner words"),
        ),
        "See this",
    ),
    (
        "only a forwarded mail: the subject",
        of(
            b"mixed",
            part(b"Content-Type: message/rfc822\r\n", b"Subject: inner\r\n\r\nInner words"),
        ),
        "Friday",
    ),
    # ---- HTML, flowed, spaces
    ("HTML alone", mail(HTML, b"<p>Hi <b>Sam</b>,</p><p>call me</p>"), "Hi Sam,\ncall me"),
    (
        "HTML that calls itself plain",
        mail(PLAIN, b"<html><body>Hi<br>Sam</body></html>"),
        "Hi\nSam",
    ),
    (
        "format=flowed",
        mail(
            b"Content-Type: text/plain; format=flowed",
            b"",
            b"Hi Sam, can you \r\ncall me \r\ntoday?\r\n\r\n From me",
        ),
        "Hi Sam, can you call me today?\nFrom me",
    ),
    (
        "flowed with delsp",
        mail(b"Content-Type: text/plain; format=flowed; delsp=yes", b"", b"unbe \r\nlievable"),
        "unbelievable",
    ),
    (
        "blank lines and spaces",
        mail(b"", b"Hi  Sam,", b"", b" ", b"call\tme", b"", b""),
        "Hi Sam,\ncall me",
    ),
    (
        "an empty body: the subject",
        mail(b"", b"", subject=b"Running 10 min late"),
        "Running 10 min late",
    ),
]


def said(mail: Mail | Refusal) -> str:
    assert isinstance(mail, Mail), mail
    content = mail.submissions[0].content
    if isinstance(content, Mms):
        return content.parts[0].body.decode()
    assert isinstance(content, Text | Unicode)
    return content.text


@pytest.mark.parametrize(("content", "text"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_a_mail_says(send: Compose, content: bytes, text: str) -> None:
    assert said(send(content)) == text


def test_a_picture_beside_the_words_is_found_in_any_nest(send: Compose) -> None:
    found = send(of(b"mixed", NESTED, JPEG))
    assert isinstance(found, Mail)
    content = found.submissions[0].content
    assert isinstance(content, Mms)
    assert [(each.name, each.media_type, len(each.body)) for each in content.parts] == [
        ("text.txt", "text/plain", 11),
        ("a.jpg", "image/jpeg", 30_002),
    ]
