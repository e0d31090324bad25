"""Lines of the plain part that are lines of the HTML: found for certain, or left alone."""

from __future__ import annotations

import time

import pytest

from bridge.compose.lines import Line, lines_of
from bridge.compose.reading.likeness import fuller, marked, said

SIGNATURE = [Line("Jo Smith", "signature"), Line("ACME (https://acme.example)", "signature")]


def where(plain: str, *rich: Line) -> str:
    """For each plain line the first letter of where it stands, `.` for nowhere."""
    return "".join(line.within[:1] or "." for line in marked(lines_of(plain), rich))


@pytest.mark.parametrize(
    ("plain", "marks"),
    [
        pytest.param("Hi\nJo Smith\nACME", ".ss", id="word for word"),
        pytest.param("Hi\n*Jo Smith*\nACME<https://acme.example/x>", ".ss", id="in another form"),
        pytest.param("Hi\nJo\nSmith ACME", ".ss", id="wrapped elsewhere"),
        pytest.param("Hi\nJo Smith\n\nACME", ".sss", id="with a blank line"),
        pytest.param("Hi\nJo Smith", "..", id="half of it"),
        pytest.param("Hi\nJo Smith of London\nACME", "...", id="something between"),
        pytest.param("Hi from Jo Smith\nACME", "..", id="not from its line's beginning"),
        pytest.param("Jo Smith\nACME\nHi\nJo Smith\nACME", ".....", id="twice: which one?"),
        pytest.param("", ".", id="nothing"),
    ],
)
def test_a_signature_is_found_in_the_plain_part(plain: str, marks: str) -> None:
    assert where(plain, Line("Hi"), *SIGNATURE) == marks


def test_an_html_without_marks_marks_nothing() -> None:
    assert where("Hi\nJo Smith", Line("Hi"), Line("Jo Smith")) == ".."


def test_only_words_of_ones_own_are_counted() -> None:
    assert said([Line("Hi Sam (https://example.com)!"), *SIGNATURE]) == 5


def test_a_long_history_is_found_soon() -> None:
    words = [f"line {n} of them" for n in range(10_000)]
    rich = [Line("Hi"), *(Line(f"> {each}", "history") for each in words)]
    began = time.process_time()
    assert where("\n".join(["Hi", *words]), *rich) == "." + "h" * 10_000
    blocks = [Line("a" * 200, "history"), Line("x"), Line("a" * 199 + "b", "signature")] * 2000
    where("a\n" * 100_000, *blocks)
    assert time.process_time() - began < 1


WORDS = "Meet me at the door of the old mill, at 4, and bring a cake for the man with the falcon"


@pytest.mark.parametrize(
    ("plain", "rich", "which"),
    [
        pytest.param(WORDS, WORDS, "plain", id="word for word"),
        pytest.param(f"*{WORDS}*\nhttps://e.example/x", WORDS, "plain", id="in another form"),
        pytest.param(WORDS, f"Logo\n{WORDS}", "plain", id="a word more"),
        pytest.param(WORDS, f"{WORDS}\nand his wife, who is here", "rich", id="a line more"),
        pytest.param(f"{WORDS}\nand his wife, who is here", WORDS, "plain", id="a line less"),
        pytest.param(WORDS, WORDS.replace("4", "5"), None, id="another hour"),
        pytest.param("I will come", "I will not come", "rich", id="all of it, and a word more"),
        pytest.param("I will come", "I shall come", None, id="another word"),
        pytest.param("Yes", f"Yes. {WORDS}", None, id="one word of it"),
        pytest.param("", WORDS, None, id="nothing"),
    ],
)
def test_of_two_forms_the_fuller_one_is_read(plain: str, rich: str, which: str | None) -> None:
    assert fuller(lines_of(plain), lines_of(rich)) == which
