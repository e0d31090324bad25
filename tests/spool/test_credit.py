"""The balance as the store keeps it: low is told once, whoever asks and however often."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bridge.core.outcomes import Blocked
from tests.spool.conftest import NOW, Story

LOW = 100.0
HOUR, DAY = 3600.0, 86400.0


async def weighed(story: Story, *balances: float, low: float = LOW, every: float = 900.0) -> int:
    """Show the store some balances, one after the other; how many times it was told."""
    start = NOW + 30 * DAY * next(story.numbers)  # each sequence comes later than the last
    return await weighed_from(story, start, *balances, low=low, every=every)


async def weighed_from(
    story: Story, start: float, *balances: float, low: float = LOW, every: float = 900.0
) -> int:
    """The same, from an instant on."""
    told = [
        await story.spool.weigh(each, low, start + every * n) for n, each in enumerate(balances)
    ]
    return sum(each is not None for each in told)


@pytest.mark.parametrize(
    ("balances", "low", "times"),
    [
        pytest.param((120, 101, 100), LOW, 0, id="never below"),
        pytest.param((120, 99, 98, 97), LOW, 1, id="below, and told once"),
        pytest.param((50,), LOW, 1, id="below from the first"),
        pytest.param((120, 99, 110, 99), LOW, 2, id="clear of it for a quarter of an hour"),
        pytest.param((120, 99.5, 100.5, 99.5, 109.9, 99.5), LOW, 1, id="it wavers about the limit"),
        pytest.param((120, 99, 98, 500, 99, 98), LOW, 2, id="credit came and went"),
        pytest.param((99, 0, -5), LOW, 1, id="used up is no news"),
        pytest.param((5, 0), 0, 0, id="zero is never"),
        pytest.param((5, -1), 0, 1, id="zero, overdrawn: the account owes"),
    ],
)
async def test_a_low_balance_is_told_once_until_it_was_above(
    story: Story, balances: tuple[float, ...], low: float, times: int
) -> None:
    assert await weighed(story, *balances, low=low) == times
    assert await story.events() == [("LowBalance", "queued")] * times


async def test_it_is_told_once_over_restarts_and_by_whatever_process(story: Story) -> None:
    assert await weighed(story, 120, 99) == 1
    await story.reopened()
    assert await weighed(story, 98) == 0
    assert await (await story.another()).weigh(97, LOW, NOW + 300 * DAY) is None


async def test_it_is_told_once_when_the_clock_was_set_back(story: Story) -> None:
    assert await story.spool.weigh(200, LOW, NOW + DAY) is None
    assert await weighed_from(story, NOW, 50, 50, 50) == 1


async def test_what_was_told_before_the_clock_was_set_back_is_told(story: Story) -> None:
    assert await weighed_from(story, NOW + DAY, 200, 50) == 1
    assert await weighed_from(story, NOW, 50, 50) == 0
    assert await weighed_from(story, NOW + HOUR, 500, 50) == 1


async def test_a_limit_that_is_set_while_the_credit_is_low_is_heeded(story: Story) -> None:
    assert await weighed(story, 50, 50, 50, low=0) == 0
    assert await weighed(story, 50, low=LOW) == 1


async def test_a_limit_that_is_raised_above_what_was_told_is_no_news(story: Story) -> None:
    assert await weighed(story, 500, 120, 99) == 1
    assert await weighed(story, 98, low=200) == 0


async def test_while_texts_wait_for_credit_the_postmaster_knows(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(Blocked("INSUFFICIENT_CREDIT", "the account's credit is used up"))
    assert await story.spool.weigh(0, LOW, NOW + 60) is None
    await story.spool.resume(NOW + 120)
    assert await story.spool.weigh(50, LOW, NOW + 180) is not None


async def test_the_forecast_goes_along(story: Story) -> None:
    for n, balance in enumerate((180, 160, 140, 120, 100)):
        assert await story.spool.weigh(balance, LOW, NOW + n * DAY) is None
    told = await story.spool.weigh(80, LOW, NOW + 5 * DAY)
    assert told is not None
    assert (told.balance, told.low) == (80, LOW)
    assert told.days_left == pytest.approx(4)
    assert await story.spool.days_left(80, NOW + 5 * DAY) == pytest.approx(4)


async def test_a_sample_an_hour_is_kept_for_a_month(story: Story) -> None:
    for n in range(40 * 24 * 2):
        if n < 100 or n % 48 == 0:
            await story.spool.weigh(1000 - n / 10, LOW, NOW + n * HOUR / 2)
    instants = [at for (at,) in await story.sql("SELECT at FROM balance ORDER BY at")]
    assert instants[-1] - instants[0] <= 30 * DAY
    assert min(b - a for a, b in pairwise(instants)) >= HOUR
