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
        ("[cid:image001.png@01D9] Hi", " Hi"),
        (f"Reset it here<{LONG}>", f"Reset it here<{LONG}>"),
        pytest.param("see <https://e.example/>", "see <https://e.example/>", id="typed"),
        pytest.param("<https://e.example/>", "<https://e.example/>", id="alone"),
        pytest.param("if a<b and c>d", "if a<b and c>d", id="no link"),
        pytest.param("[image: x] [OK] a[0]", "[image: x] [OK] a[0]", id="brackets"),
    ],
)
def test_a_line_is_tidied(line: str, shown: str) -> None:
    assert plaintext.tidied(line) == shown


@pytest.mark.parametrize("line", ["a" * 300_000 + "<[", "a<" * 100_000 + "[cid:" * 20_000])
def test_a_hostile_line_is_tidied_soon(line: str) -> None:
    began = time.process_time()
    assert plaintext.tidied(line) == line
    assert plaintext.without_markup(line) == line
    assert time.process_time() - began < 1
