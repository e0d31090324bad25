"""Octets to characters, whatever a mail says of its charset."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from bridge.core.events import Mail
from bridge.core.model import Refusal, Text, Unicode

Compose = Callable[..., Mail | Refusal]


def mail(*lines: bytes, subject: bytes = b"Friday") -> bytes:
    """A mail of these lines; an empty one ends the headers."""
    return b"Subject: " + subject + b"\r\n" + b"\r\n".join(lines) + b"\r\n"


def declared(charset: bytes, body: bytes) -> bytes:
    return mail(b"Content-Type: text/plain; charset=" + charset, b"", body)


ROWS = [
    # ---- charsets
    ("UTF-8", declared(b"utf-8", "¡Olé!".encode()), "¡Olé!"),
    ("Latin-1 is windows-1252", declared(b"iso-8859-1", b"caf\xe9 \x80 5"), "café € 5"),
    (
        "windows-1252 with curly quotes",
        declared(b"windows-1252", b"it\x92s \x93ok\x94"),
        'it\'s "ok"',
    ),
    ("ISO-8859-15", declared(b"iso-8859-15", b"\xa4 5"), "€ 5"),
    ("ASCII that is UTF-8", declared(b"us-ascii", "Øre".encode()), "Øre"),
    ("UTF-8 that is windows-1252", declared(b"utf-8", b"caf\xe9 au lait"), "café au lait"),
    ("undeclared UTF-8", mail(b"", "Größe".encode()), "Größe"),
    (
        "undeclared windows-1252",
        mail(b"", "Größe und Übermut".encode("cp1252")),
        "Größe und Übermut",
    ),
    (
        "undeclared windows-1251",
        mail(b"", "Привет, как дела сегодня? Позвони мне".encode("cp1251")),
        "Привет, как дела сегодня? Позвони мне",
    ),
    ("GB2312 read as GB18030", declared(b"gb2312", "你好 𠮷".encode("gb18030")), "你好 𠮷"),
    ("Shift_JIS read as cp932", declared(b"Shift_JIS", "①番".encode("cp932")), "①番"),
    ("ISO-2022-JP", declared(b"iso-2022-jp", "日本語".encode("iso2022_jp")), "日本語"),
    (
        "ISO-2022-JP that is UTF-8",
        declared(b"iso-2022-jp", "日本語のメールです".encode()),
        "日本語のメールです",
    ),
    ("KOI8-R", declared(b"koi8-r", "Привет".encode("koi8_r")), "Привет"),
    (
        "UTF-16 in base64",
        mail(
            b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64",
            b"",
            base64.b64encode("Olé".encode("utf-16")),
        ),
        "Olé",
    ),
    ("a charset that is a bomb", declared(b"punycode", "Øre".encode()), "Øre"),
    ("a charset that is none", declared(b"zlib_codec", b"Hi"), "Hi"),
    ("a charset with NUL", declared(b'"utf-8\0x"', "Øre".encode()), "Øre"),
    # ---- characters that no text may hold
    ("controls", mail(b"", b"a\0b\x07c\x1b[1md\x7f"), "abc[1md"),
    (
        "line and paragraph separators",
        declared(b"utf-8", "a\u2028b\u2029c\x0bd".encode()),
        "a\nb\nc\nd",
    ),
    ("bidirectional overrides", declared(b"utf-8", "a\u202eb\u2066c".encode()), "abc"),
]


@pytest.mark.parametrize(("content", "text"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_a_text_reads(send: Compose, content: bytes, text: str) -> None:
    found = send(content)
    assert isinstance(found, Mail)
    sent = found.submissions[0].content
    assert isinstance(sent, Text | Unicode)
    assert sent.text == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?q?caf=C3=A9?=", "café"),
        (b"=?UTF-8?B?Y2Fmw6k=?= =?UTF-8?Q?_=E2=82=AC5?=", "café €5"),
        pytest.param(
            b"=?utf-8?q?caf=C3?=\r\n =?utf-8?q?=A9?=", "café", id="a character in two words"
        ),
        pytest.param(b"a =?utf-8?q?b?= c", "a b c", id="spaces beside other words stay"),
        pytest.param(b"=?gb2312*zh?b?xOO6ww==?=", "你好", id="with a language"),
        pytest.param(b"=?punycode?q?caf=E9?=", "café", id="a charset off the list"),
        pytest.param(b"=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x", id="a line end inside"),
        pytest.param("Größe".encode(), "Größe", id="raw UTF-8"),
        pytest.param(b"Gr\xf6\xdfe und \xdcbermut", "Größe und Übermut", id="raw windows-1252"),
        pytest.param(b"=?utf-8?b?a", "=?utf-8?b?a", id="no encoded word"),
        pytest.param(b"=?utf-8?b?a?=", "", id="base64 of nothing"),
        pytest.param(b"folded\r\n  here", "folded here", id="folded"),
    ],
)
def test_a_subject_means(send: Compose, raw: bytes, text: str) -> None:
    found = send(mail(b"", b"words", subject=raw))
    assert isinstance(found, Mail)
    assert found.conversation.subject == text
