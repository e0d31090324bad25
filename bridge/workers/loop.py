"""The loop that both roads share: lease as many items as there are free hands, work, settle.

A loop holds no truth: whatever it forgets, the spool's leases bring back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Generic, TypeVar

from bridge import maillog
from bridge.spool.contract import Broken, LaneName, Spool, Unavailable

L = TypeVar("L")

LONGEST_NAP = 30.0
FAULT_PAUSE = 1.0
BUSY_PAUSE = 0.5


class LeaseLost(Exception):
    """Another holder works on it now: stop, write nothing."""


class Loop(Generic[L]):
    """Works through one lane of the spool with a bounded number of hands.

    `lease(n)` takes up to n items, `work(item)` carries one through to its settlement.
    `names(item)` says what is worked on: what is in hand is never begun a second time, whatever
    became of its lease.
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
    ) -> None:
        self._lane = lane
        self._spool = spool
        self._hands = hands
        self._lease = lease
        self._work = work
        self._names = names
        self._clock = clock
        self._busy: set[asyncio.Task[None]] = set()
        self._in_hand: set[object] = set()
        self._leaser: asyncio.Task[None] | None = None
        self._taking: asyncio.Task[int] | None = None

    def start(self) -> None:
        """Begin to lease."""
        self._leaser = asyncio.create_task(self._run(), name=f"lane {self._lane}")

    async def stop(self, grace: float) -> None:
        """Lease no more, and give what is under way `grace` seconds to be settled.

        A lease that is being written now is under way as well: forgotten, it would have to run out.
        """
        if self._leaser is not None:
            self._leaser.cancel()
            await asyncio.gather(self._leaser, return_exceptions=True)
        if self._taking is not None:
            await asyncio.gather(self._taking, return_exceptions=True)
        if self._busy:
            _, late = await asyncio.wait(self._busy, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._round()
            except Exception as error:  # a loop that dies stalls its lane without a word
                maillog.fault(f"lane {self._lane}", error)
                await asyncio.sleep(FAULT_PAUSE)

    async def _round(self) -> None:
        free = self._hands - len(self._busy)
        if not free:
            await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
            return
        self._taking = asyncio.create_task(self._take(free))
        taken = await asyncio.shield(self._taking)
        if taken < free and not await self._spool.woken(self._lane, 0):
            await self._spool.woken(self._lane, await self._nap())

    async def _take(self, free: int) -> int:
        """Lease for all free hands and set them to work; return how many leases there were."""
        leases = await self._lease(free)
        for lease in leases:
            names = self._names(lease)
            if not self._in_hand.isdisjoint(names):
                continue
            self._in_hand.update(names)
            task = asyncio.create_task(self._one(lease, names))
            self._busy.add(task)  # a task that nobody holds may be collected
            task.add_done_callback(self._busy.discard)
        return len(leases)

    async def _nap(self) -> float:
        """Seconds until the next row is due, never longer than a nap.

        Rows that are due already, but not leased, belong to a lane that rests.
        """
        due = await self._spool.next_due(self._lane)
        ahead = LONGEST_NAP if due is None else due - self._clock()
        return min(ahead, LONGEST_NAP) if ahead > 0 else FAULT_PAUSE

    async def _one(self, lease: L, names: Collection[object]) -> None:
        try:
            await self._work(lease)
        except Exception as error:  # its lease runs out and it comes back, by the rules
            maillog.fault(f"lane {self._lane}", error)
        finally:
            self._in_hand.difference_update(names)


async def written(
    write: Callable[[], Awaitable[bool]], *, until: float, clock: Callable[[], float], item: str
) -> bool:
    """Write under a lease; false if it was lost, and what was to be written with it.

    A store that cannot write now is asked again while the lease lasts, and one that is broken never
    again.  Past that the row stands as it did, and comes back as the rules have it: sent or not,
    nothing is forgotten.
    """
    while True:
        try:
            kept = await write()
            break
        except Unavailable as error:
            maillog.fault("spool", error, item=item)
            if isinstance(error, Broken) or clock() > until:
                return False
            await asyncio.sleep(BUSY_PAUSE)
    if not kept:
        maillog.lease_lost(item)
    return kept
