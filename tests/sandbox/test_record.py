"""Waiting for what happens."""

from __future__ import annotations

import asyncio

import pytest

from bridge.sandbox import record
from bridge.sandbox.record import Latest, Record


async def test_what_happened_already_is_found_at_once_and_what_comes_is_waited_for() -> None:
    numbers: Record[int] = Record()
    numbers.add(1)
    assert await numbers.wait_for(lambda n: n == 1, 0) == 1
    waiting = asyncio.create_task(numbers.wait_for(lambda n: n == 3))
    await asyncio.sleep(0)
    numbers.add(2)
    numbers.add(3)
    numbers.add(4)
    assert await waiting == 3


async def test_a_wait_in_vain_tells_what_came_instead() -> None:
    numbers: Record[int] = Record()
    numbers.add(7)
    with pytest.raises(TimeoutError, match=r"of 1 the last: \[7\]"):
        await numbers.wait_for(lambda n: n == 8, 0.01)
    with pytest.raises(TimeoutError):
        await numbers.wait_total(2, 0.01)


async def test_followers_hear_of_everything_that_comes() -> None:
    numbers: Record[int] = Record()
    following = numbers.follow()
    first = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0)
    numbers.add(1)
    numbers.add(2)
    assert (await first, await anext(following)) == (1, 2)
    await following.aclose()


def test_only_the_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MOST", 3)
    monkeypatch.setattr(record, "MOST_OCTETS", 10)
    light: Record[str] = Record()
    heavy: Record[str] = Record(len)
    latest: Latest[int, int] = Latest()
    for n in range(5):
        light.add(str(n))
        heavy.add("x" * 6)
        latest[n] = n
    assert list(light) == ["2", "3", "4"]
    assert (len(heavy), heavy.total) == (1, 5)
    assert list(latest) == [2, 3, 4]
