"""The loop of hands: how many items are under way, and how it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from itertools import count
from pathlib import Path

import pytest

from bridge.spool.contract import Spool
from bridge.spool.opening import open_spool
from bridge.workers.loop import MOMENT, Loop

HANDS = 3


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    found = await open_spool(f"sqlite:///{tmp_path}/spool.db", daemon=True)
    yield found
    await found.close()


class Patients:
    """Items without end, of which each waits in vain."""

    def __init__(self, spool: Spool, *, silent: bool) -> None:
        self.begun: list[int] = []
        self.last: int | None = None
        self.leasing = False
        self._silent = silent
        self._numbers = count()
        self.loop: Loop[int] = Loop(
            "submit",
            spool,
            hands=HANDS,
            lease=self._lease,
            work=self._work,
            names=lambda item: (item,),
            clock=time.time,
        )

    async def _lease(self, limit: int) -> Sequence[int]:
        if self.last == len(self.begun):
            self.leasing = True
            await asyncio.sleep(3600)
        return [next(self._numbers) for _ in range(self.last or limit)]

    async def _work(self, item: int) -> None:
        self.begun.append(item)
        if self._silent:
            asyncio.get_running_loop().call_soon(self.loop.aside())
        await asyncio.sleep(3600)


@pytest.mark.parametrize(("silent", "most"), [(False, HANDS), (True, 2 * HANDS)])
async def test_what_only_waits_needs_no_hand_up_to_as_many_as_there_are(
    spool: Spool, silent: bool, most: int
) -> None:
    patients = Patients(spool, silent=silent)
    patients.loop.start()
    await asyncio.sleep(0.1)
    assert patients.begun == list(range(most))
    await patients.loop.stop(0)


async def test_all_of_its_end_together_has_the_time_that_is_given(spool: Spool) -> None:
    """What is worked on hangs, and so does the lease for the hand that is free."""
    patients = Patients(spool, silent=False)
    patients.last = HANDS - 1
    patients.loop.start()
    await asyncio.sleep(0.05)
    await spool.resume(time.time())  # whatever is written wakes the lane
    await asyncio.sleep(0.05)
    assert patients.leasing
    began = time.monotonic()
    await patients.loop.stop(0.2)
    assert 0.2 <= time.monotonic() - began < 0.2 + 2 * MOMENT


class Handed:
    """A loop with nothing to lease; what it is handed ends when it is told to."""

    def __init__(self, spool: Spool) -> None:
        self.begun: list[int] = []
        self.leased: list[int] = []
        self.ends = asyncio.Event()
        self.loop: Loop[int] = Loop(
            "submit",
            spool,
            hands=HANDS,
            lease=self._lease,
            work=self._work,
            names=lambda item: (item,),
            clock=time.time,
        )

    async def _lease(self, limit: int) -> Sequence[int]:
        self.leased.append(limit)
        return ()

    async def _work(self, item: int) -> None:
        self.begun.append(item)
        await self.ends.wait()


@pytest.fixture
async def handed(spool: Spool) -> AsyncIterator[Handed]:
    found = Handed(spool)
    found.loop.start()
    await asyncio.sleep(0.05)
    yield found
    await found.loop.stop(0)


async def test_a_hand_that_is_kept_is_nobody_elses(handed: Handed) -> None:
    assert [handed.loop.keep() for _ in range(HANDS + 1)] == [True] * HANDS + [False]
    handed.loop.put(None)
    assert handed.loop.keep()
    for n in range(HANDS):
        handed.loop.put(n)
    assert not handed.loop.keep(), "all are at work"
    await asyncio.sleep(0)
    assert handed.begun == list(range(HANDS))
    handed.ends.set()
    await asyncio.sleep(0.01)
    assert handed.loop.keep()
    handed.loop.put(None)


async def test_no_hand_is_kept_while_one_leases_for_it(handed: Handed, spool: Spool) -> None:
    """What waits in the store is older than what is just being accepted."""
    assert handed.loop.keep()
    await spool.resume(time.time())  # whatever is written wakes the lane
    await asyncio.sleep(0.05)
    assert handed.leased == [HANDS, HANDS - 1], "for those that are not kept"
    handed.loop.put(None)


async def test_at_its_end_it_waits_for_what_its_hands_are_kept_for(handed: Handed) -> None:
    assert handed.loop.keep()
    handed.ends.set()
    asyncio.get_running_loop().call_later(0.05, handed.loop.put, 7)
    began = time.monotonic()
    await handed.loop.stop(5)
    assert handed.begun == [7]
    assert time.monotonic() - began < 1
    assert not handed.loop.keep(), "it is over"
