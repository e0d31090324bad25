"""Who gives out what is to be sent: to a free hand at once, to others as they ask for it.

What is accepted while a hand is free goes to it from memory, after the commit; the rows are for all
else, and for what comes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from bridge import maillog
from bridge.core.leases import SubmissionLease
from bridge.core.promises import Mail
from bridge.spool import accepting, beginning, leaping, leasing
from bridge.spool.beginning import Fenced
from bridge.spool.contract import Hand, LaneName, Uncertain
from bridge.spool.db import Db
from bridge.spool.desk import Desk
from bridge.spool.queueing import Holder
from bridge.spool.timekeeping import AT_ONCE, Timekeeper


class Dispatcher:
    """The road out up to the first byte, at a desk; `hands` is asked for a free one."""

    def __init__(self, desk: Desk, time: Timekeeper) -> None:
        self._desk = desk
        self._time = time
        self.hands: Callable[[], Hand | None] = lambda: None

    async def accept(self, mail: Mail) -> str:
        """See `Spool.accept`."""
        hand = self.hands()
        if hand is None:
            accepted = await self._desk.write(partial(self._accept, mail=mail), ("submit",))
        else:
            accepted = await self._accept_for(mail, hand)
        self._desk.wake(("notify",) if accepted.tells else ())
        return accepted.id

    def _accept(self, db: Db, mail: Mail, hand: Hand | None = None) -> accepting.Accepted:
        leapt = leaping.latest(db)
        missed = self._time.missed(leapt)
        if missed or self._desk.skewed(db):  # nothing may go before this process hears of it
            hand = None
        now = self._desk.now() + missed
        return accepting.accept(self._desk.roomy(db), mail, now, leapt, hand=hand)

    async def _accept_for(self, mail: Mail, hand: Hand) -> accepting.Accepted:
        """Accept a mail, and let the hand have its text if it may go at once."""
        waits = True
        lease: SubmissionLease | None = None
        touched: list[LaneName] = []

        def work(db: Db) -> accepting.Accepted:
            nonlocal lease
            accepted = self._accept(db, mail, hand if waits else None)
            lease = accepted.lease
            if lease and not waits:
                beginning.give_back(db, lease, self._desk.now())
            touched[:] = () if lease and waits else ("submit",)
            return accepted

        try:
            accepted = await self._desk.write(work, touched)
        except BaseException as error:
            waits = False  # it may be done yet
            hand.take(None)
            self._withdraw(lambda: [lease] if lease else (), hand.owner, error)
            raise
        hand.take(accepted.lease)
        return accepted

    async def lease(self, by: Holder, limit: int, *, unsent: bool) -> Sequence[SubmissionLease]:
        """See `Spool.lease_submissions`."""
        waits = True
        found: Sequence[SubmissionLease] = ()

        def work(db: Db, late: float) -> leasing.Leased:
            nonlocal found
            then = by._replace(now=by.now + late, until=by.until + late)
            leased = leasing.lease(db, then, limit, unsent=unsent)
            found = leased.found
            for each in () if waits else _begun(found):
                beginning.give_back(db, each, then.now)
            return leased

        try:
            leased = await self._desk.write(self._time.at_once(work))
        except BaseException as error:
            waits = False  # it may be done yet
            self._withdraw(lambda: _begun(found), by.owner, error)
            raise
        if leased is None:
            return ()
        self._desk.wake(("notify",) if leased.tells else ())
        self._desk.wake(("submit",) if leased.more else ())
        return found

    def _withdraw(
        self, leased: Callable[[], Iterable[SubmissionLease]], owner: str, error: BaseException
    ) -> None:
        """Give back what was leased by a transaction of which nobody can tell what came of it.

        Nothing of it is sent; if it was committed, that is undone first of all.  If it was not, or
        was run anew, the same epoch may be somebody's who sends: so what its last run `leased` is
        asked for then, and whether it is the owner's.
        """

        def work(db: Db) -> None:
            for each in leased():
                if beginning.is_of(db, each, owner):
                    beginning.give_back(db, each, self._desk.now())

        if isinstance(error, Uncertain | asyncio.CancelledError):
            self._desk.later(work, ("submit",))

    async def begin(self, lease: SubmissionLease, host: str, now: float) -> bool:
        """See `Spool.begin`."""
        if lease.begun == host and _just_now(lease, now):
            return True
        try:
            begun = await self._desk.write(
                self._time.in_time(lambda db, by: beginning.begin(db, lease, host, now + by))
            )
        except Fenced:
            return False
        except (Uncertain, asyncio.CancelledError) as error:  # nothing is sent
            self._desk.later(partial(beginning.give_back, held=lease, now=now), ("submit",))
            if not isinstance(error, Uncertain):
                raise
            maillog.fault("spool", error, item=lease.item.id)
            return False
        self._desk.wake(() if begun else ("submit",))
        return begun

    async def give_back(self, lease: SubmissionLease, now: float, *, after: float) -> None:
        """See `Spool.give_back`."""
        work = self._time.along(
            lambda db, by: beginning.give_back(db, lease, now + by, after=after)
        )
        await self._desk.write(work, ("submit",))


def _begun(leases: Iterable[SubmissionLease]) -> list[SubmissionLease]:
    """Those that began by their lease; what others stand for may have been sent before."""
    return [each for each in leases if each.begun]


def _just_now(lease: SubmissionLease, now: float) -> bool:
    """Whether a lease is so new that nobody else can have it: what began with it goes on.

    Where its holder stood still meanwhile, it asks whether it is its own still.
    """
    return abs(now - (lease.until - lease.lasts)) < AT_ONCE
