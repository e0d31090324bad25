"""How long the credit lasts, and when a text is too dear for what is left."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bridge.core.credit import DAY, Sample, days_left, lasting, too_dear

NOW = 1_790_000_000.0
HOUR = 3600.0


def seen(*balances: float, every: float = HOUR) -> list[Sample]:
    """Balances as they were seen, the last one now."""
    first = NOW - every * (len(balances) - 1)
    return [Sample(first + every * n, each) for n, each in enumerate(balances)]


@pytest.mark.parametrize(
    ("samples", "days"),
    [
        pytest.param(seen(200, 180, 160, 140, 120, every=DAY), 6, id="steady use"),
        pytest.param(
            seen(100, 100, 100, 70, 40, every=6 * HOUR), 40 / 60, id="use that began late"
        ),
        pytest.param(seen(60, 20, 1020, 980, 940, every=DAY), 940 / 30, id="credit was bought"),
        pytest.param(seen(4, 2, 0, every=DAY), 0, id="used up"),
        pytest.param(seen(4, 2, -2, every=DAY), 0, id="overdrawn"),
        pytest.param(
            seen(900, *(100 - n for n in range(8)), every=DAY), 93, id="older than a week"
        ),
        pytest.param(seen(100, 90, every=6 * HOUR), 2.25, id="just enough time"),
        pytest.param(seen(100, 90, every=6 * HOUR - 1), None, id="too little time"),
        pytest.param(seen(100, 100, 100, every=DAY), None, id="no use"),
        pytest.param(seen(100, 200, 300, every=DAY), None, id="only bought"),
        pytest.param(seen(100), None, id="seen once"),
        pytest.param([], None, id="never seen"),
        pytest.param([Sample(NOW - 8 * DAY, 100)], None, id="seen long ago"),
    ],
)
def test_the_rest_lasts_as_the_falls_of_a_week_say(
    samples: list[Sample], days: float | None
) -> None:
    found = days_left(samples, NOW)
    assert found == (None if days is None else pytest.approx(days))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (None, ""),
        (0.0, "less than a day at the present rate"),
        (0.99, "less than a day at the present rate"),
        (1.2, "about 1 day at the present rate"),
        (4.4, "about 4 days at the present rate"),
        (365.0, "about 365 days at the present rate"),
        (400.0, "over a year at the present rate"),
    ],
)
def test_it_is_said_as_exactly_as_it_is_known(days: float | None, words: str) -> None:
    assert lasting(days) == words


@pytest.mark.parametrize(
    ("balance", "dear"),
    [
        pytest.param("978", True, id="plenty is left: only this one is refused"),
        pytest.param("1", True, id="another one may go"),
        pytest.param("0.5", False, id="not even one text is left"),
        pytest.param("0", False, id="nothing is left"),
        pytest.param("-3", False, id="overdrawn"),
    ],
)
def test_a_text_is_too_dear_where_others_may_still_go(balance: str, *, dear: bool) -> None:
    assert too_dear(Decimal(balance)) is dear
