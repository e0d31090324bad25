"""Paragraphs that a mail program broke are whole again; lines that a person broke stay."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compose.cleaning.rules import cleaned
from bridge.compose.lines import lines_of

WORDS = (
    "The gulls are back on the roof of the old library, and they have brought all of their "
    "friends with them; so please keep the windows of the kitchen and of the reading room closed "
    "until Friday, when the man with the falcon comes to see us again. He was here in May as well."
)


def unwrapped(text: str) -> str:
    return cleaned(lines_of(text), answer=False, subject="").text


@pytest.mark.parametrize("width", range(64, 81))
def test_a_paragraph_that_was_broken_is_whole_again(width: int) -> None:
    assert unwrapped(textwrap.fill(WORDS, width)) == WORDS


def test_paragraphs_stay_apart() -> None:
    text = f"Hi Sam,\n\n{textwrap.fill(WORDS, 72)}\n\n{textwrap.fill(WORDS, 72)}\n\nJo"
    assert unwrapped(text) == f"Hi Sam,\n\n{WORDS}\n\n{WORDS}\n\nJo"


@given(st.integers(64, 80), st.lists(st.text("abcdefghi", min_size=1, max_size=12), min_size=30))
def test_no_word_is_lost_or_joined_to_another(width: int, words: list[str]) -> None:
    text = textwrap.fill(" ".join(words), width)
    assert unwrapped(text).split() == words


LONG = "The gulls are back on the roof of the old library, and there are many,"
KEPT = {
    "a list": f"{LONG}\n- of the large ones\n- of the small ones",
    "a numbered list": f"{LONG}\n1. of the large ones\n2) of the small ones",
    "items of a list": f"- {LONG[:70]}\n- {LONG[:70]}\nand more of them",
    "indented lines": f"{LONG}\n    of the large ones\n\tof the small ones",
    "quoted lines": f"{LONG}\n> of the large ones",
    "a table": f"{LONG}\n| of the large ones",
    "a rule above": f"{'_' * 78}\nTeams meeting, which all of us will join at four\n{LONG}",
    "a rule below": f"{LONG}\n{'-' * 78}",
    "a frame": f"{LONG}\n+-------+-------+ {LONG[:50]}\n+-------+-------+",
    "rows of asterisks": f"{'*' * 30} ALERT {'*' * 30}\nThe gulls are back on the roof again",
    "a long address of the web": f"{LONG[:-1]}.\nhttps://x.example/{'a' * 50} has it,\nand so",
    "a blank line": f"{LONG}\n\nof the large ones",
    "short lines": "Bring bread\nand milk\nand two apples",
    "a mail whose lines were never broken": f"{LONG}\nare with them. {WORDS}",
    "a line that ends in a full stop and is the longest": f"{LONG[:-1]}.\nKeep the windows closed.",
    "a letter's lines": "Dear Sam,\nThank you for the gulls.\nKind regards,\nJo Smith, of ACME",
    "Chinese": f"{'海鸥回到了屋顶上' * 4} {'海鸥回到了屋顶上' * 4}\n海鸥回到了屋顶上",
    "rows of numbers": "\n".join(f"{n:>20} {n:>20} {n:>20}" for n in range(4)),
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_lines_are_kept(text: str) -> None:
    assert unwrapped(text) == text


def test_a_long_address_of_the_web_does_not_say_how_wide_the_lines_are() -> None:
    address = "https://x.example/" + "a" * 100
    text = f"{textwrap.fill(WORDS, 72)}\n\nSee {address}"
    assert unwrapped(text) == f"{WORDS}\n\nSee {address}"
