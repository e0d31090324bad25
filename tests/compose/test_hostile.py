"""Any octets give a mail or a refusal, soon; see the parser's known bombs in the rows."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compose.compose import compose
from bridge.compose.reading import mime
from bridge.compose.reading.charsets import clean, clean_line, decoded, header
from bridge.core.addressing import NumberRules
from bridge.core.gsm import segments
from bridge.core.model import (
    Envelope,
    Facts,
    ForwardPath,
    Ids,
    Msisdn,
    Refusal,
    Session,
    Text,
    Unicode,
)
from bridge.core.policy import Policy, Profile
from bridge.core.promises import Mail

Compose = Callable[..., Mail | Refusal]

SECONDS = 2.0  # of processor time; all take a fraction of that


def nested(levels: int) -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(levels)
    )
    return b"Subject: x\r\n" + opened + b"\r\nHi"


def parts(count: int, each: bytes = b"\r\n") -> bytes:
    return (
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + (b"--b\r\n" + each) * count
    )


def encoded(encoding: bytes, body: bytes) -> bytes:
    return b"Subject: x\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body


def field(name: bytes, value: bytes) -> bytes:
    return name + b": " + value + b"\r\n\r\nHi Sam\r\n"


def alternative(plain: bytes, rich: bytes) -> bytes:
    return (
        b"Subject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n"
        + plain
        + b"\r\n--b\r\nContent-Type: text/html\r\n\r\n"
        + rich
        + b"\r\n--b--\r\n"
    )


TNEF = b"\x78\x9f\x3e\x22\0\0\x01\x03\x90\x06\0\x04\0\0\0"
CALENDAR = b"Subject: x\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n"
DEEP = "554 5.6.0 this mail cannot be read: its parts are nested more than 20 deep"
MANY = "554 5.6.0 this mail cannot be read: it has more than 500 parts"
LONG = "554 5.6.0 this mail cannot be read: it has headers of more than 1000 lines or 256 kB"
SENT = "sent"

ROWS: dict[str, tuple[bytes, str]] = {
    "nested 10 deep": (nested(10), SENT),
    "nested 50 deep": (nested(50), DEEP),
    "nested 10,000 deep": (nested(10_000), DEEP),
    "100,000 empty parts": (parts(100_000), MANY),
    "400 parts": (parts(400, b"\r\nHi\r\n"), SENT),
    "10,000 mails in mails": (b"Content-Type: message/rfc822\r\n\r\n" * 10_000, "refused"),
    "100,000 headers": (b"X-A: b\r\n" * 100_000 + b"\r\nHi", LONG),
    "a header of 1 MB": (field(b"Subject", b"a" * 1_000_000), LONG),
    "a header of 200 kB": (field(b"Subject", b"a" * 200_000), SENT),
    "a header of 1 MB in a part": (parts(1, b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\nHi"), LONG),
    "encoded words": (field(b"Subject", b"=?utf-8?q?a?= " * 15_000), SENT),
    "half encoded words": (field(b"Subject", b"=?a?q?" * 40_000), SENT),
    "quotes in From": (field(b"From", b'"' * 60_000), SENT),
    "comments in From": (field(b"From", b"(" * 60_000), SENT),
    "brackets in Message-ID": (field(b"Message-ID", b"<" * 60_000), SENT),
    "References": (field(b"References", b"<a@b> " * 40_000), SENT),
    "quotes in a parameter": (field(b"Content-Type", b"text/plain; a=" + b'"' * 100_000), SENT),
    "semicolons": (field(b"Content-Type", b"text/plain" + b";" * 200_000), SENT),
    "spaces in a parameter": (field(b"Content-Type", b"text/plain;" + b" " * 200_000), SENT),
    "backslashes": (field(b"Content-Type", b'text/plain; a="' + b"\\" * 99_999), SENT),
    "continuations": (
        field(b"Content-Type", b"text/plain" + b"".join(b";a*%d=b" % n for n in range(20_000))),
        SENT,
    ),
    "a huge index": (field(b"Content-Type", b"text/plain; name*" + b"9" * 5000 + b"=a"), SENT),
    "indexed and not": (field(b"Content-Type", b"text/plain; name*=a; name*0=b; name=c"), SENT),
    "500 times quotes": (parts(400, b'Content-Type: a/b; c="' + b'\\"' * 5000 + b"\r\n\r\n"), ""),
    "garbage in base64": (encoded(b"base64", b"\xff=" * 2_500_000), SENT),
    "quoted-printable of =": (encoded(b"quoted-printable", b"=" * 5_000_000), SENT),
    "a uuencode bomb": (encoded(b"x-uuencode", b"M\r\n" * 1_000_000), SENT),
    "uuencode in the text": (b"Subject: x\r\n\r\n" + b"begin 644 a\r\n" * 100_000, SENT),
    "punycode": (field(b"Content-Type", b"text/plain; charset=punycode") * 2, SENT),
    "accents": (b"Subject: x\r\n\r\n" + ("e" + "\u0301\u0316" * 60_000).encode(), SENT),
    "one cluster": (b"Subject: x\r\n\r\n" + ("👩\u200d" * 40_000).encode(), SENT),
    "a word of 5 MB": (b"Subject: x\r\n\r\n" + b"a" * 5_000_000, SENT),
    "empty lines": (b"Subject: x\r\n" + b"\r\n" * 2_500_000, SENT),
    "no empty line, and a charset in pieces": (
        b"Content-Type: a/b; charset*0=x\r\nContent-Transfer-Encoding: 8bit\r\nHi \xff Sam",
        "refused",
    ),
    "bare CR": (b"Subject: x\r\r\r" + b"\r" * 1_000_000, "refused"),
    "NUL": (b"\0" * 1_000_000, "refused"),
    "a boundary in each line": (
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--bb\r\n" * 800_000,
        SENT,
    ),
    "encrypted blocks": (
        b"Subject: x\r\n\r\nHi\r\n" + b"-----BEGIN PGP MESSAGE-----\r\n" * 50_000,
        "",
    ),
    "signed texts": (
        b"Subject: x\r\n\r\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" * 50_000,
        "",
    ),
    "armour's headers": (
        b"Subject: x\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n" + b"Hash: x\r\n" * 200_000,
        "",
    ),
    "links": (
        alternative(b"a<https://e.example/" * 20_000, b"<p>x"),
        SENT,
    ),
    "pictures of a mail program": (alternative(b"Hi [image: " * 30_000, b"<p>x"), SENT),
    "a history that is everywhere": (
        alternative(b"> a\r\n" * 60_000, b"<blockquote type=cite>a<br></blockquote>b<br>" * 9000),
        SENT,
    ),
    "a calendar of folds": (CALENDAR + b"A:b\r\n " * 30_000, SENT),
    "a calendar of quotes": (
        CALENDAR + b"A" + b';b="' * 20_000,
        SENT,
    ),
    "a calendar of parameters": (
        CALENDAR + b"A" + b";b=c" * 20_000,
        SENT,
    ),
    "400 signed mails in a mail": (
        parts(400, b"Content-Type: application/pkcs7-mime\r\n\r\n" + b"\x30\x80" * 5000 + b"\r\n"),
        "refused",
    ),
    "a winmail.dat of counts": (
        b"Subject: x\r\nContent-Type: application/ms-tnef\r\n\r\n" + TNEF + b"\xff" * 100,
        SENT,
    ),
    "padding after padding": (encoded(b"base64", b"QUI=" * 1_250_000), SENT),
    "undeclared escapes": (b"Subject: x\r\n\r\n" + b"=C3" * 1_600_000, SENT),
    "undeclared lines of base64": (b"Subject: x\r\n\r\n" + b"abcd\r\n" * 800_000 + b"!", SENT),
    "lines that no header can be": (
        b"Subject: x\r\n" + (b"a " + b"b" * 250 + b"\r\n") * 990 + b"To: y\r\n\r\nHi",
        SENT,
    ),
    "delimiters of no boundary": (
        b"Content-Type: multipart/mixed\r\n\r\n" + (b"--" + b"a" * 190 + b"\r\n") * 25_000,
        SENT,
    ),
    "flaws in each line": (
        field(b"Subject", b"x\r\nContent-Type: text/plain; charset=utf-8")
        + b"\xc3\xbc\xff\r\n\xff\r\n" * 40_000,
        SENT,
    ),
    "escapes of a terminal": (b"Subject: x\r\n\r\n" + b"Hi \x1b]" * 60_000, SENT),
    "HTML of hooks": (
        field(b"Subject", b"x\r\nContent-Type: text/html") + b"<blockquote type=cite>" * 40_000,
        SENT,
    ),
    "HTML of styles": (
        field(b"Subject", b"x\r\nContent-Type: text/html") + b"<p style='font-size:0'>a" * 40_000,
        SENT,
    ),
    "HTML": (field(b"Subject", b"x\r\nContent-Type: text/html") + b"<!--" * 250_000, ""),
}


@pytest.mark.parametrize(("content", "outcome"), ROWS.values(), ids=ROWS.keys())
def test_a_hostile_mail_is_answered_soon(send: Compose, content: bytes, outcome: str) -> None:
    began = time.process_time()
    found = send(content)
    assert time.process_time() - began < SECONDS
    if outcome == SENT:
        assert isinstance(found, Mail), found
        assert all(each.segments <= 4 for each in found.submissions)
    elif outcome == "refused":
        assert isinstance(found, Refusal)
    elif outcome:
        assert str(found) == outcome


# ---------------------------------------------------------------- properties

PROFILE = Profile("person", "body", True, 4, "truncate", True, "tell", "failures", 86_400.0)
POLICY = Policy(
    "sms.example.com",
    ("sms.example.com",),
    NumberRules(),
    {"person": PROFILE, "machine": PROFILE},
    mms_types=("image/jpeg", "text/plain"),
)
PATHS = (ForwardPath("447700900123@sms.example.com", (Msisdn("447700900123"),)),)

PIECES = st.sampled_from(
    [
        *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"--b", b"--b--", b"--", b":", b";", b'"', b"="),
        *(
            b"Subject: ",
            b"Content-Type: ",
            b"multipart/mixed; boundary=b",
            b"multipart/alternative",
        ),
        *(
            b"text/html",
            b"text/plain; charset=",
            b"utf-16",
            b"iso-2022-jp",
            b"gb18030",
            b"\xff\xfe",
        ),
        *(b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"x-uuencode"),
        *(b"Content-Disposition: attachment; filename*0*=utf-8''", b"image/jpeg", b"=?utf-8?b?"),
        *(
            b"X-SMS-Type: ",
            b"binary",
            b"X-SMS-UD: ",
            b"UserContext: ",
            b"format=flowed",
            b" ",
            b"> ",
        ),
        *(
            b"<p style=",
            b"<table><tr><td>",
            b"</a>",
            b"-- ",
            b"On 1 x wrote:",
            b"\0",
            b"\xc3",
            b"?=",
            b"begin 644 a",
        ),
        *(
            b"application/pkcs7-mime",
            b"application/ms-tnef",
            b"text/calendar; method=REQUEST",
            b"BEGIN:VEVENT\n",
            b"SUMMARY:",
            b"DTSTART;TZID=",
            b"20261120T120000Z",
            b"END:VEVENT\n",
        ),
        *(
            b"-----BEGIN PGP SIGNED MESSAGE-----\n",
            b"-----BEGIN PGP MESSAGE-----\n",
            b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
            TNEF,
            b"Content-ID: <a>",
        ),
        *(
            b"<div class=gmail_quote>",
            b"<blockquote type=cite>",
            b"<div id=divRplyFwdMsg>",
            b"<div id=Signature>",
            b"<img src=cid:a>",
            b"<a href=https://e.example>",
            b"<li>",
            b"This email has been scanned ",
        ),
    ]
)
MAILS = st.one_of(
    st.binary(max_size=500),
    st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=60).map(b"".join),
)


@given(MAILS)
def test_any_octets_give_a_mail_or_a_refusal(content: bytes) -> None:
    envelope = Envelope("jo@example.com", PATHS, content, 1.0, Session("127.0.0.1"))
    found = compose(envelope, POLICY, Facts(), 2.0, Ids("m1", "7kq2pab3xd"))
    if isinstance(found, Refusal):
        assert found.code in (550, 554)
        assert found.text.isprintable()
        assert len(found.text) < 400
        return
    for each in found.submissions:
        if isinstance(each.content, Text | Unicode):
            text = each.content.text
            text.encode()
            assert text.strip()
            assert all(c == "\n" or c >= " " for c in text)
            assert segments(text) == each.segments <= 4
    assert found.conversation.user_context.isprintable() or found.conversation.user_context == ""


@given(st.binary(max_size=300), st.text(max_size=20))
def test_any_octets_in_any_charset_are_characters(raw: bytes, charset: str) -> None:
    clean(decoded(raw, charset)).encode()
    clean_line(decoded(raw, charset, limit=100)).encode()


@given(st.binary(max_size=300))
def test_any_header_is_one_line(raw: bytes) -> None:
    text = header(raw.decode("ascii", "surrogateescape"))
    text.encode()
    assert "\n" not in text
    assert "\r" not in text


@given(st.text(max_size=200))
def test_any_parameters_are_read(value: str) -> None:
    assert len(mime.parameters("text/plain;" + value)) <= mime.MAX_PARAMETERS
