"""The mails that the benches send, ready as octets, so that the client has little to do.

All differ in their words and go to numbers of their own: alike texts to one number would be a
storm, and folded.
"""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from PIL import Image

from tests.bench.servers import DOMAIN

MACHINE = "machine@example.com"
PERSON = "jo@example.com"
FIRST_NUMBER = 447710000000
"""No row that `filling` makes has such numbers, 4477 and eight digits from 20000000."""

Line: TypeAlias = tuple[bytes, bytes]
"""What a client says, and how the answer must begin."""

Body: TypeAlias = Callable[[int], bytes]
"""The content of a mail, by its serial."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: what a client says, line by line, from MAIL to the dot."""

    lines: tuple[Line, ...]


@dataclass(slots=True)
class Post:
    """Where letters are written: it numbers them, and no number is texted twice."""

    serials: Iterator[int]
    numbers: Iterator[int]

    def letters(
        self, body: Body, mails: int, *, recipients: int = 1, sender: str = MACHINE
    ) -> list[Letter]:
        """Some mails."""
        return [
            letter(
                body(next(self.serials)),
                [str(FIRST_NUMBER + next(self.numbers) % 9_000_000) for _ in range(recipients)],
                sender,
            )
            for _ in range(mails)
        ]


def post() -> Post:
    """A new one, for a whole run."""
    return Post(itertools.count(), itertools.count())


def letter(content: bytes, to: list[str], sender: str = MACHINE) -> Letter:
    """A mail to some local parts at our domain; no line of the content begins with a dot."""
    return Letter(
        (
            (f"MAIL FROM:<{sender}>\r\n".encode(), b"250"),
            *((f"RCPT TO:<{each}@{DOMAIN}>\r\n".encode(), b"250") for each in to),
            (b"DATA\r\n", b"354"),
            (content + b"\r\n.\r\n", b"250"),
        )
    )


def _head(serial: int, sender: str = MACHINE) -> bytes:
    return (
        f"From: {sender}\r\nTo: phone\r\nSubject: alert {serial}\r\n"
        f"Message-ID: <{serial}@example.com>\r\nMIME-Version: 1.0\r\n"
    ).encode()


def _words(serial: int) -> bytes:
    return f"service web{serial} is down and somebody ought to look at it soon".encode()


def text(serial: int, size: int = 2000) -> bytes:
    """A small text mail, as a machine sends it: 2 kB with what stands in its head."""
    padding = b"X-Padding: " + b"\r\n ".join([b"x" * 70] * (size // 80)) + b"\r\n"
    plain = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    return _head(serial) + padding + plain + _words(serial)


def newsletter(serial: int) -> bytes:
    """An HTML newsletter without a plain text, 25 kB of tables and styles."""
    html = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    return _head(serial) + html + _page(60) + b"<p>" + _words(serial) + b"</p></body></html>"


def page(serial: int) -> bytes:
    """An HTML mail of 1 MB."""
    html = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    return _head(serial) + html + _page(2600) + b"<p>" + _words(serial) + b"</p></body></html>"


def picture(serial: int) -> bytes:
    """A text with a picture of some 44 kB: 60 kB as a mail."""
    return _with_picture(serial, MACHINE, _photograph(560, 420, 80))


def photograph(serial: int) -> bytes:
    """A person's text with a picture of 12 megapixels."""
    return _with_picture(serial, PERSON, _photograph(4000, 3000, 92))


def _with_picture(serial: int, sender: str, encoded: bytes) -> bytes:
    return b"\r\n".join(
        (
            _head(serial, sender) + b'Content-Type: multipart/mixed; boundary="="\r\n\r\n--=',
            b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _words(serial) + b"\r\n--=",
            b"Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename=roof.jpg",
            b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded + b"--=--",
        )
    )


@cache
def _photograph(width: int, height: int, quality: int) -> bytes:
    """A picture that is about as rough as a camera's, in base64."""
    rough = Image.effect_noise((width // 4, height // 4), 60).resize((width, height))
    file = io.BytesIO()
    rough.convert("RGB").save(file, "JPEG", quality=quality)
    return base64.encodebytes(file.getvalue()).replace(b"\n", b"\r\n")


@cache
def _page(rows: int) -> bytes:
    row = (
        b'<table role="presentation" width="600" cellpadding="0" cellspacing="0"><tr>\r\n'
        b'<td style="padding:12px;font-family:Arial,sans-serif;font-size:14px;color:#333333">\r\n'
        b'<a href="https://example.com/offer?id=%d">Offer %d</a>: ten per cent less until Friday, '
        b"for readers of this letter,\r\n&nbsp;and the delivery is <b>free</b>.<br>\r\n"
        b'<img src="https://example.com/pixel.gif" width="1" height="1" alt=""></td></tr></table>'
    )
    style = b"<html><head><style>.x{color:red}</style></head><body>\r\n"
    return style + b"\r\n".join(row % (each, each) for each in range(rows))
