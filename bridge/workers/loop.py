"""The loop that both roads share: lease as many items as there are free hands, work, settle.

A loop holds no truth: whatever it forgets, the spool's leases bring back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

from bridge import maillog
from bridge.spool.clocks import ticks
from bridge.spool.contract import Broken, LaneName, Spool, Unavailable

L = TypeVar("L")

LONGEST_NAP = 30.0
FAULT_PAUSE = 1.0
BUSY_PAUSE = 0.5
MOMENT = 0.5


class LeaseLost(Exception):
    """Another holder works on it now: stop, write nothing."""


class Loop(Generic[L]):
    """Works through one lane of the spool with a bounded number of hands.

    `lease(n)` takes up to n items, `work(item)` carries one through to its settlement.
    `names(item)` says what is worked on: what is in hand is never begun a second time, whatever
    became of its lease; what is leased anew meanwhile is left, by `leave(item)`.  Work that only
    waits can be set `aside`: as much again as there are hands.
    """

    def __init__(
        self,
        lane: LaneName,
        spool: Spool,
        *,
        hands: int,
        lease: Callable[[int], Awaitable[Sequence[L]]],
        work: Callable[[L], Awaitable[None]],
        names: Callable[[L], Collection[object]],
        clock: Callable[[], float],
        leave: Callable[[L], Awaitable[None]] | None = None,
    ) -> None:
        self._lane = lane
        self._name = f"lane {lane}"
        self._spool = spool
        self._hands = hands
        self._lease = lease
        self._work = work
        self._leave = leave or _left
        self._names = names
        self._clock = clock
        self._busy: set[asyncio.Task[Any]] = set()
        self._aside: set[asyncio.Task[Any]] = set()
        self._kept = 0
        self._idle = False
        self._freed = asyncio.Event()
        self._in_hand: set[object] = set()
        self._leaser: asyncio.Task[None] | None = None
        self._taking: asyncio.Task[int] | None = None
        self.stopping = False
        """Whether it comes to its end: what has not begun is not to begin any more."""

    def start(self) -> None:
        """Begin to lease."""
        self._leaser = asyncio.create_task(self._run(), name=self._name)

    async def stop(self, grace: float) -> None:
        """Lease no more, and give what is under way `grace` seconds to be settled, in all.

        A lease that is being written now is under way as well: forgotten, it would have to run out.
        """
        until = asyncio.get_running_loop().time() + grace
        self.stopping = True
        if self._leaser is not None:
            self._leaser.cancel()
            await ended({self._leaser}, until)
        if self._taking is not None and not self._taking.done():
            await ended({self._taking}, until)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while self._kept:
                    self._freed.clear()
                    await self._freed.wait()
        await ended(self._busy, until)

    def keep(self) -> bool:
        """Keep a free hand for what is found by other means than a lease; `put` gives it back.

        False: there is none, or what is leased comes first.
        """
        if self.stopping or not self._idle or self._free() <= 0:
            return False
        self._kept += 1
        return True

    def put(self, item: L | None) -> None:
        """Set a hand that was kept to work; None: there is no work for it."""
        self._kept -= 1
        self._freed.set()
        if item is not None:
            self._set_to_work(item)

    def aside(self) -> Callable[[], None]:
        """What to call once the work that asks for this only waits, and may do so in vain.

        It needs no hand from then on: something else is leased in its place.
        """
        return partial(self._set_aside, asyncio.current_task())

    def _set_aside(self, task: asyncio.Task[Any] | None) -> None:
        if task in self._busy:
            self._aside.add(task)
            self._freed.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._round()
            except Exception as error:  # a loop that dies stalls its lane without a word
                maillog.fault(self._name, error)
                await asyncio.sleep(FAULT_PAUSE)

    def _free(self) -> int:
        """How many hands are free."""
        return self._hands - len(self._busy) - self._kept + min(len(self._aside), self._hands)

    async def _round(self) -> None:
        free = self._free()
        if free <= 0:
            self._freed.clear()
            await self._freed.wait()
            return
        self._taking = asyncio.create_task(self._take(free), name=self._name)
        taken = await asyncio.shield(self._taking)
        if taken < free:
            await self._rest()

    async def _rest(self) -> None:
        """Wait until something more may be due."""
        self._idle = True
        try:
            if not await self._spool.woken(self._lane, 0):
                await self._spool.woken(self._lane, await self._nap())
        finally:
            self._idle = False

    async def _take(self, free: int) -> int:
        """Lease for all free hands and set them to work; return how many leases there were."""
        leases = await self._lease(free)
        for lease in leases:
            self._set_to_work(lease)
        return len(leases)

    def _set_to_work(self, item: L) -> None:
        names, work = self._names(item), self._work
        if not self._in_hand.isdisjoint(names):
            names, work = (), self._leave
        self._in_hand.update(names)
        task = asyncio.create_task(self._one(work, item, names), name=self._name)
        self._busy.add(task)  # a task that nobody holds may be collected
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._busy.discard(task)
        self._aside.discard(task)
        self._freed.set()

    async def _nap(self) -> float:
        """Seconds until the next row is due, never longer than a nap.

        Rows that are due already, but not leased, belong to a lane that rests.
        """
        due = await self._spool.next_due(self._lane)
        ahead = LONGEST_NAP if due is None else due - self._clock()
        return min(ahead, LONGEST_NAP) if ahead > 0 else FAULT_PAUSE

    async def _one(
        self, work: Callable[[L], Awaitable[None]], lease: L, names: Collection[object]
    ) -> None:
        try:
            await work(lease)
        except Exception as error:  # its lease runs out and it comes back, by the rules
            maillog.fault(self._name, error)
        finally:
            self._in_hand.difference_update(names)


async def _left(_item: object) -> None:
    """Its lease runs out, and it comes back."""


async def ended(tasks: Collection[asyncio.Task[Any]], until: float) -> None:
    """Wait for tasks until this instant of the event loop's clock; what is late is cancelled.

    A cancelled task has a moment for its end: one that hangs in it is left behind.
    """
    if not tasks:
        return
    left = max(0.0, until - asyncio.get_running_loop().time())
    done, late = await asyncio.wait(tasks, timeout=left)
    for task in late:
        task.cancel()
    if late:
        done |= (await asyncio.wait(late, timeout=MOMENT))[0]
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            maillog.fault(task.get_name(), error)


async def written(write: Callable[[], Awaitable[bool]], *, within: float, item: str) -> bool:
    """Write under a lease; false if it was lost, and what was to be written with it.

    A store that cannot write now is asked again for so many seconds, whatever is done to the clock
    meanwhile, and one that is broken never again; whether the lease is ours still, it knows.  Past
    that the row stands as it did, and comes back as the rules have it: sent or not, nothing is
    forgotten.
    """
    until = ticks() + within
    while True:
        try:
            kept = await write()
            break
        except Unavailable as error:
            maillog.fault("spool", error, item=item)
            if isinstance(error, Broken) or ticks() > until:
                return False
            await asyncio.sleep(BUSY_PAUSE)
    if not kept:
        maillog.lease_lost(item)
    return kept
