"""T20, T25: what a child process does with work that is too much for it, and whose turn it is."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import pytest

from bridge.child import BUSY, MEMORY, TOO_MUCH, Child, Turns

# Works that a fresh process can do: of the standard library alone.
EASY = partial(max, 1, 2)
DEVOURS_TIME = partial(sum, range(10**13))  # without ever coming back to Python
DEVOURS_MEMORY = partial(bytes, 2 * MEMORY)
DIES = partial(os._exit, 1)
HANGS = partial(time.sleep, 1000)
TELLS_ITS_LIMIT = partial(resource.getrlimit, resource.RLIMIT_CPU)


@pytest.fixture
def child() -> Iterator[Child]:
    found = Child(processor=1)
    yield found
    found.close()


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(DEVOURS_TIME, id="T20: it takes too much processor time"),
        pytest.param(DEVOURS_MEMORY, id="T20: it takes too much memory"),
        pytest.param(DIES, id="it dies"),
    ],
)
async def test_where_a_work_fails_the_next_and_lighter_one_is_done(
    child: Child, work: Callable[[], int]
) -> None:
    assert await child.done(work, EASY, of="jo") == 2


@pytest.mark.parametrize("work", [DEVOURS_TIME, DEVOURS_MEMORY], ids=["time", "memory"])
async def test_what_is_always_too_much_is_refused_for_good(
    child: Child, work: Callable[[], int]
) -> None:
    """T20: a 451 would be tried again for days."""
    assert await child.done(work, of="jo") == TOO_MUCH
    assert TOO_MUCH.code == 554
    assert await child.done(EASY, of="jo") == 2, "the next mail has a process of its own"


async def test_a_lighter_try_has_less_time() -> None:
    """T20: a mail that fails in all ways would hold up the others for 30 s."""
    child = Child()
    try:
        found = await child.done(DEVOURS_MEMORY, DEVOURS_MEMORY, TELLS_ITS_LIMIT, of="jo")
    finally:
        child.close()
    assert isinstance(found, tuple)
    assert found[0] <= 5, "2 s, and what its start took"


async def test_what_dies_for_no_reason_of_its_own_is_to_come_again(child: Child) -> None:
    with pytest.raises(BrokenProcessPool):
        await child.done(DIES, of="jo")


async def test_what_hangs_without_working_is_to_come_again() -> None:
    child = Child(patience=3.0)
    try:
        assert await child.done(EASY, of="jo") == 2
        with pytest.raises(TimeoutError):
            await child.done(HANGS, of="jo")
    finally:
        child.close()


async def test_the_limit_of_time_is_each_works_own(child: Child) -> None:
    some_time = partial(sum, range(8_000_000))
    for _ in range(100):
        assert await child.done(some_time, of="jo") == 4_000_000 * 7_999_999
        used = await child.done(time.process_time, of="jo")
        assert isinstance(used, float)
        if used > 1.2:
            break
    assert len(multiprocessing.active_children()) == 1


async def test_a_client_with_many_bombs_has_no_more_than_its_share() -> None:
    """T20: a good mail waits for one of them, and not for all."""
    child = Child(longest=0.0)
    await child.done(EASY, of="mallory")
    (process,) = multiprocessing.active_children()
    assert process.pid
    os.kill(process.pid, signal.SIGSTOP)
    order: list[str] = []

    async def mailed(client: str) -> int | object:
        found = await child.done(EASY, of=client)
        order.append(client)
        return found

    bombs = [asyncio.create_task(mailed("mallory")) for _ in range(2)]
    await asyncio.sleep(0)
    assert await child.done(EASY, of="mallory") == BUSY
    good = asyncio.create_task(mailed("jo"))
    await asyncio.sleep(0)
    os.kill(process.pid, signal.SIGCONT)
    assert await good == 2
    assert order == ["mallory", "mallory", "jo"]
    assert await asyncio.gather(*bombs) == [2, 2]
    child.close()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def waiting(turns: Turns, client: str, mails: int) -> int:
    """How many of so many mails of a client are let wait."""
    tasks = [asyncio.create_task(turns.taken(client)) for _ in range(mails)]
    await asyncio.sleep(0)
    return sum(not each.done() for each in tasks)


def free(turns: Turns, waiting: int) -> None:
    """Pass the turn on to all who wait, and from the last of them to nobody."""
    for _ in range(1 + waiting):
        turns.pass_on()


async def test_a_client_waits_as_long_as_its_works_took_lately() -> None:
    """T20: ten seconds each fill the time, 20 ms each do not; who else waits has its turns."""
    clock = Clock()
    turns = Turns(30.0, clock=clock)
    for client, seconds in [("mallory", 10.0), ("alerts", 0.02)] * 20:
        assert await turns.taken(client)
        clock.now += seconds
        turns.pass_on()
    assert await turns.taken("mallory")
    assert await waiting(turns, "mallory", 10) == 3
    assert await waiting(turns, "jo", 1) == 1
    assert await waiting(turns, "alerts", 10) == 2, "behind hers, they take their turns with them"
    free(turns, 6)
    assert await turns.taken("jo")
    assert await waiting(turns, "alerts", 200) == 200
    free(turns, 200)


async def test_clients_have_their_turns_one_after_another() -> None:
    turns = Turns()
    order: list[str] = []
    number = itertools.count(1)

    async def takes(client: str) -> None:
        assert await turns.taken(client)
        order.append(f"{client}{next(number)}")
        await asyncio.sleep(0)
        turns.pass_on()

    async with asyncio.TaskGroup() as group:
        for client in "aaaabbc":
            group.create_task(takes(client))
    assert order == ["a1", "a2", "b3", "c4", "a5", "b6", "a7"]
    assert await turns.taken("d"), "and then it is free"


async def test_a_turn_that_nobody_waits_for_any_more_goes_to_the_next() -> None:
    turns = Turns()
    assert await turns.taken("a")
    gone, next_ = (asyncio.create_task(turns.taken(each)) for each in "bc")
    await asyncio.sleep(0)
    gone.cancel()
    turns.pass_on()  # before the cancelled one has heard of it
    assert await asyncio.wait_for(next_, 1)


async def test_so_does_one_that_came_at_the_moment_of_cancelling() -> None:
    turns = Turns()
    assert await turns.taken("a")
    gone, next_ = (asyncio.create_task(turns.taken(each)) for each in "bc")
    await asyncio.sleep(0)
    turns.pass_on()
    gone.cancel()
    assert await asyncio.wait_for(next_, 1)


async def test_too_many_clients_are_asked_to_come_again() -> None:
    clock = Clock()
    turns = Turns(1.0, clients=2, clock=clock)
    assert await turns.taken("a")
    clock.now += 9.0
    turns.pass_on()
    assert await turns.taken("a")
    assert [await waiting(turns, each, 1) for each in "bc"] == [1, 1]
    assert not await turns.taken("d")
    free(turns, 2)
