"""T35: when an answer's text goes, and when it is held for looking like a loop."""

from __future__ import annotations

import pytest

from bridge.core.loops import (
    ANY_TEXT,
    SAME_TEXT,
    WITHIN,
    Answered,
    Pair,
    answered,
    fingerprint,
)
from bridge.core.model import Binary, Content, Mms, Part, Text, Unicode, Voice, WapPush
from bridge.core.outcomes import State
from bridge.core.storms import GOES

NOW = 1_790_000_000.0


def texted(*texts: tuple[float, str], pair: Pair | None = None) -> list[Answered]:
    """What becomes of texts that come one after the other, at seconds after NOW."""
    pair = pair or Pair()
    found = []
    for at, words in texts:
        found.append(answered(pair, fingerprint([Text(words)]), NOW + at))
        pair = found[-1].pair
    return found


def held(found: list[Answered]) -> list[int]:
    """Which of them are held."""
    return [n for n, each in enumerate(found) if each.ruling.state is State.HELD]


@pytest.mark.parametrize(
    ("texts", "goes"),
    [
        pytest.param([(n, "I am away") for n in range(99)], SAME_TEXT, id="the same text"),
        pytest.param([(n, f"Ticket {n}") for n in range(99)], ANY_TEXT, id="another number each"),
        pytest.param([(n, f"word {n % 4}") for n in range(99)], ANY_TEXT, id="some in turn"),
        pytest.param([(n * 360, "I am away") for n in range(99)], 99, id="ten an hour"),
        pytest.param([(n * 120, f"{n}") for n in range(99)], 99, id="thirty an hour"),
        pytest.param([(-n * 400, "x") for n in range(99)], 99, id="a clock that is set back"),
    ],
)
def test_so_many_go(texts: list[tuple[float, str]], goes: int) -> None:
    found = texted(*texts)
    assert len(found) - len(held(found)) == goes
    assert held(found) == list(range(goes, len(found)))


def test_an_hour_after_they_went_others_go() -> None:
    found = texted(*[(n, "away") for n in range(SAME_TEXT)], (WITHIN - 1, "away"), (WITHIN, "away"))
    assert held(found) == [SAME_TEXT]


def test_a_text_that_differs_goes_beside_one_that_is_held() -> None:
    found = texted(*[(n, "away") for n in range(SAME_TEXT + 1)], (20, "I am back"))
    assert held(found) == [SAME_TEXT]
    assert found[-1].ruling is GOES


def test_what_is_held_is_told_once_an_hour() -> None:
    texts = [(n * 60.0, "away") for n in range(121)]
    found = texted(*texts)
    told = [n for n, each in enumerate(found) if each.told]
    assert told == [10, 70]
    assert all(found[n].ruling.state is State.HELD for n in told)


def test_the_reason_says_what_is_suspected() -> None:
    found = texted(*[(n, "away") for n in range(11)])[-1].ruling
    assert (found.state, found.token) == (State.HELD, "LOOP")
    assert found.reason.startswith("it looks like two machines that answer each other: 10 times")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ([Text("a")], [Text("a")], True),
        ([Text("code 1")], [Text("code 2")], False),
        ([Text("a"), Text("b")], [Text("ab")], False),
        ([Unicode("é")], [Unicode("é")], True),
        ([Voice("a")], [Voice("b")], False),
        ([WapPush("a", "b")], [WapPush("a", "c")], False),
        ([Binary(b"a", b"b")], [Binary(b"ab")], False),
        (
            [Mms("a", (Part("x", "image/gif", b"1"),))],
            [Mms("a", (Part("x", "image/gif", b"2"),))],
            False,
        ),
    ],
)
def test_a_text_is_the_same_to_the_digit(
    one: list[Content], other: list[Content], same: bool
) -> None:
    assert (fingerprint(one) == fingerprint(other)) is same
