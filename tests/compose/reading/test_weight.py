"""What is read on the loop: small mails, and those that are small without their files."""

from __future__ import annotations

import base64
import time

import pytest

from bridge.compose.compose import compose, composed_lightly
from bridge.compose.media import Heavy
from bridge.compose.reading.files import File
from bridge.compose.reading.weight import INLINE, INLINE_LINES, MAX_INLINE, may_be_light
from bridge.core.model import Facts, Ids
from tests.mails.table import POLICY, envelope

IDS = Ids("m1", "2newtokenx")
FACTS = Facts()
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 240
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60_000)
ON_THE_LOOP = 0.2
"""Seconds of processor time of a mail that was made to take long."""


def base64_of(octets: bytes) -> bytes:
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def mail(
    file: bytes,
    *,
    kind: bytes = b"image/jpeg",
    encoding: bytes = b"base64",
    words: bytes = b"Look\r\n",
    headers: bytes = b"",
    whole: bytes = b"mixed",
    text: bytes = b"text/plain",
) -> bytes:
    """A text with a file, as it is transferred."""
    return (
        b"Subject: The roof\r\nContent-Type: multipart/" + whole + b"; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: " + text + b"\r\n\r\n" + words + b"--b\r\nContent-Type: " + kind + b"\r\n"
        + headers + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + file + b"--b--\r\n"
    )  # fmt: skip


ROWS = {
    "a photograph": (mail(base64_of(JPEG)), True),
    "a chart": (mail(base64_of(PNG), kind=b"image/png"), True),
    "a document": (mail(base64_of(b"%PDF-1.7" + bytes(60_000)), kind=b"application/pdf"), True),
    "a picture that is called octets": (mail(base64_of(PNG), kind=b"application/x"), True),
    "a picture without padding": (mail(base64_of(JPEG[:60_000])), True),
    "too large": (mail(base64_of(JPEG * 2)), False),
    "too many words": (mail(base64_of(JPEG), words=b"x" * INLINE), False),
    "too many lines": (mail(base64_of(JPEG), words=b"x\r\n" * INLINE_LINES), False),
    "another kind of file": (mail(base64_of(bytes(60_000))), False),
    "octets that call themselves text": (mail(base64_of(JPEG), kind=b"text/html"), False),
    "another encoding": (mail(base64_of(JPEG), encoding=b"x-uuencode"), False),
    "padding all over it": (mail(b"/9j/AA==\r\n" * 6000), False),
    "a large text": (b"Subject: x\r\n\r\n" + b"x" * INLINE, False),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_mail_is_light_by_what_has_to_be_read_of_it(name: str) -> None:
    content, light = ROWS[name]
    assert len(content) > INLINE
    given = envelope(content, "machine")
    found = composed_lightly(given, POLICY, FACTS, 1.0, IDS) if may_be_light(content) else Heavy()
    if light:
        assert found == compose(given, POLICY, FACTS, 1.0, IDS)
    else:
        assert found == Heavy()


def test_one_whose_pictures_have_to_be_opened_is_not() -> None:
    given = envelope(mail(base64_of(JPEG)), "person")
    assert composed_lightly(given, POLICY, FACTS, 1.0, IDS) == Heavy()


HOSTILE = {
    "a picture of segments": mail(
        base64_of(b"\xff\xd8\xff" + b"\xe1\x00\x02\xff" * 16_000),
        words=b'<img src="cid:a"><p>Words</p>',
        headers=b"Content-ID: <a>\r\n",
        whole=b"related",
        text=b"text/html",
    ),
    "a picture that is a calendar by its name": mail(
        base64_of(b"\xff\xd8\xff" + b"BEGIN:VEVENT\r\nSUMMARY:x\r\n" * 2600),
        headers=b"Content-Disposition: attachment; filename=a.ics\r\n",
    ),
    "nested parts": b"".join(
        b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n' % (b"a" * n, b"a" * n)
        for n in range(1, 21)
    )
    + b"--a\r\n" * 1900
    + b"x" * 110_000,
    "paragraphs": b"Content-Type: text/html\r\n\r\n" + b"<p>x" * (INLINE // 4 - 10),
    "cells": b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>x" * (INLINE // 16 - 3),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_was_made_to_take_long_takes_no_longer_than_a_small_mail_may(name: str) -> None:
    content = HOSTILE[name]
    assert may_be_light(content)
    assert len(content) <= MAX_INLINE
    took = []
    for _ in range(3):
        began = time.process_time()
        composed_lightly(envelope(content, "machine"), POLICY, FACTS, 1.0, IDS)
        took.append(time.process_time() - began)
    assert min(took) < ON_THE_LOOP


@pytest.mark.parametrize(
    ("sent", "encoding"),
    [
        (base64_of(JPEG), "base64"),
        (b"!" * 250 + base64_of(PNG), "base64"),
        (b"/9j/AA==\r\n" * 50, "base64"),
        (b"/9j/", "base64"),
        (b"=", "base64"),
        (b"=FF=D8=FF" + b"x" * 600, "quoted-printable"),
        (JPEG, ""),
    ],
)
def test_a_file_is_known_by_its_beginning(sent: bytes, encoding: str) -> None:
    file = File("", "image/jpeg", sent, encoding=encoding)
    assert file.body.startswith(file.beginning)
    assert len(file.beginning) >= min(64, len(file.body))
