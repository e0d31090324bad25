"""What a mail program writes into plain text that nobody typed."""

from __future__ import annotations

import time

import pytest

from bridge.compose.reading import plaintext

LONG = "https://e.example/reset/" + "a" * 200


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("See our site<https://www.e.example/>", "See our site (https://www.e.example/)"),
        ("e.example<https://www.e.example/>", "e.example"),
        ("jo@example.com<mailto:jo@example.com>", "jo@example.com"),
        ("Call 01632 960001<tel:01632960001>", "Call 01632 960001"),
        ("Tel 01 23 45 67 89<tel:+33123456789>", "Tel 01 23 45 67 89"),
        (
            "Contact:<mailto:ops@example.com> or duty<tel:+442079460000>",
            "Contact: (ops@example.com) or duty (+442079460000)",
        ),
        ("Ann<sms:+442079460000>", "Ann (+442079460000)"),
        ("[cid:image001.png@01D9] Hi", " Hi"),
        ("[cid:logo.PNG]Hi [cid:part1.A1B2@example.com]", "Hi "),
        pytest.param(
            "[cid:8f3a21] connection closed by peer",
            "[cid:8f3a21] connection closed by peer",
            id="a connection",
        ),
        (f"Reset it here<{LONG}>", f"Reset it here<{LONG}>"),
        pytest.param("see <https://e.example/>", "see <https://e.example/>", id="typed"),
        pytest.param("<https://e.example/>", "<https://e.example/>", id="alone"),
        pytest.param("if a<b and c>d", "if a<b and c>d", id="no link"),
        pytest.param("[image: x] [OK] a[0]", "[image: x] [OK] a[0]", id="brackets"),
    ],
)
def test_a_line_is_tidied(line: str, shown: str) -> None:
    assert plaintext.tidied(line) == shown


UUENCODED = b"begin 644 a.txt\n%:&5L;&\\ \n`\nend"


@pytest.mark.parametrize(
    ("raw", "kept", "files"),
    [
        (UUENCODED, b"", [("a.txt", b"hello")]),
        (UUENCODED.replace(b"\n", b"\r\n"), b"", [("a.txt", b"hello")]),
        (UUENCODED.replace(b"\\ \n", b"\\\n"), b"", [("a.txt", b"hello")]),
        (b"Look\n" + UUENCODED + b"\nBye", b"Look\n\nBye", [("a.txt", b"hello")]),
        (b"begin-base64 644 a\naGVs\nbG8=\n====\n", b"\n", [("a", b"hello")]),
        (b"begin 644 it\n" + UUENCODED, b"begin 644 it\n", [("a.txt", b"hello")]),
    ],
)
def test_a_uuencoded_file_is_taken_out(
    raw: bytes, kept: bytes, files: list[tuple[str, bytes]]
) -> None:
    assert plaintext.without_uuencoded(raw) == (kept, files)


@pytest.mark.parametrize(
    "text",
    [
        b"Log:\nbegin 644 transaction\nrow 17 failed\nend\nDone",
        b"begin 644 job\nROW 17 FAILED\nend",
        b"begin 644 job\nend",
        b"begin 644 job\n\nend",
        b"begin-base64 644 job\nrow 17 failed\n====",
        UUENCODED.removesuffix(b"end"),
        UUENCODED.replace(b"%", b"5"),
    ],
)
def test_lines_between_the_same_words_are_no_file(text: bytes) -> None:
    assert plaintext.without_uuencoded(text) == (text, [])


@pytest.mark.parametrize(
    "raw",
    [b"begin 644 a\n" * 100_000, UUENCODED[:-3] * 50_000, b"begin 644 a\n" + b"`\n" * 500_000],
)
def test_hostile_beginnings_are_read_soon(raw: bytes) -> None:
    began = time.process_time()
    assert plaintext.without_uuencoded(raw) == (raw, [])
    assert time.process_time() - began < 1


@pytest.mark.parametrize("line", ["a" * 300_000 + "<[", "a<" * 100_000 + "[cid:" * 20_000])
def test_a_hostile_line_is_tidied_soon(line: str) -> None:
    began = time.process_time()
    assert plaintext.tidied(line) == line
    assert plaintext.without_markup(line) == line
    assert time.process_time() - began < 1
