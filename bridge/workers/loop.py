"""The loop that both roads share: lease as many items as there are free hands, work, settle.

A loop holds no truth: whatever it forgets, the spool's leases bring back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from bridge import maillog
from bridge.spool.contract import LaneName, Spool, Unavailable

L = TypeVar("L")

LONGEST_NAP = 30.0
FAULT_PAUSE = 1.0
SETTLE_PAUSE = 0.5


class Loop(Generic[L]):
    """Works through one lane of the spool with a bounded number of hands.

    `lease(n)` takes up to n items, `work(item)` carries one through to its settlement.
    """

    def __init__(
        self,
        lane: LaneName,
        spool: Spool,
        *,
        hands: int,
        lease: Callable[[int], Awaitable[Sequence[L]]],
        work: Callable[[L], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._lane = lane
        self._spool = spool
        self._hands = hands
        self._lease = lease
        self._work = work
        self._clock = clock
        self._busy: set[asyncio.Task[None]] = set()
        self._leaser: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to lease."""
        self._leaser = asyncio.create_task(self._run(), name=f"lane {self._lane}")

    async def stop(self, grace: float) -> None:
        """Lease no more, and give what is under way `grace` seconds to be settled."""
        if self._leaser is not None:
            self._leaser.cancel()
            await asyncio.gather(self._leaser, return_exceptions=True)
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
        leases = await self._lease(free)
        for lease in leases:
            task = asyncio.create_task(self._one(lease))
            self._busy.add(task)  # a task that nobody holds may be collected
            task.add_done_callback(self._busy.discard)
        if len(leases) < free:
            await self._spool.woken(self._lane, await self._nap())

    async def _nap(self) -> float:
        """Seconds until the next row is due, never longer than a nap.

        Rows that are due already, but not leased, belong to a lane that rests.
        """
        due = await self._spool.next_due(self._lane)
        ahead = LONGEST_NAP if due is None else due - self._clock()
        return min(ahead, LONGEST_NAP) if ahead > 0 else FAULT_PAUSE

    async def _one(self, lease: L) -> None:
        try:
            await self._work(lease)
        except Exception as error:  # its lease runs out and it comes back, by the rules
            maillog.fault(f"lane {self._lane}", error)


async def settled(
    write: Callable[[], Awaitable[bool]], *, until: float, clock: Callable[[], float], item: str
) -> bool:
    """Write a verdict; false if the lease was lost, and the verdict with it.

    A store that cannot write now is asked again while the lease lasts.  Past that the row stands as
    it did, and comes back as the rules have it: sent or not, nothing is forgotten.
    """
    while True:
        try:
            kept = await write()
            break
        except Unavailable as error:
            maillog.fault("settle", error, item=item)
            if clock() > until:
                return False
            await asyncio.sleep(SETTLE_PAUSE)
    if not kept:
        maillog.lease_lost(item)
    return kept
