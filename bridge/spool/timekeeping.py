"""Who looks after a store's clock, and what is done where it was set in the middle of something."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bridge.spool import leaping
from bridge.spool.clocks import ticks
from bridge.spool.contract import Unavailable
from bridge.spool.db import Db, Work
from bridge.spool.desk import LANES, Desk

T = TypeVar("T")

BEAT = 60.0
"""Seconds between two notes of the time: one that lies ahead, at a start, tells of a clock that was
set back while nobody ran."""


AT_ONCE = 1.0
"""Seconds within which work has its turn, as it has nearly always: no lease is that short."""


class Timekeeper:
    """Keeps the time of an open store: every node that works on it has one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: leaping.Leaps | None = None
        self._beat_at = 0.0

    async def keep(self) -> float:
        """See `Spool.keep_time`."""
        found = await self._desk.glance(leaping.leaps)
        if self._known is None:
            by = await self._desk.read(lambda db: leaping.set_back(db, self._desk.now()))
            self._known = found
            return await self._leap(by, ahead=0.0) if by else self._beat()
        by = await self._desk.astray()
        if found != self._known:  # another node was first
            self._desk.moved(by)
            self._known = found
            self._desk.wake(LANES)
            return by
        return await self._leap(by, ahead=by) if by else self._beat()

    async def _leap(self, by: float, *, ahead: float) -> float:
        """Move the store by so much, and its clock `ahead`; 0.0 if another node was first."""
        known = self._known or leaping.Leaps(0, 0.0)
        now = self._desk.now() + ahead
        if not await self._desk.write(lambda db: leaping.leap(db, by, known=known, now=now)):
            return 0.0
        self._desk.moved(ahead)
        self._known = leaping.Leaps(known.times + 1, known.moved + by)
        self._desk.wake(LANES)
        return by

    def _beat(self) -> float:
        now = self._desk.now()
        if abs(now - self._beat_at) >= BEAT:
            self._beat_at = now
            self._desk.later(lambda db: leaping.beat(db, now))
        return 0.0

    def missed(self, latest: leaping.Latest) -> float:
        """By how many seconds the clock was set of which this process did not hear yet."""
        return latest.since(self._known)

    def at_once(self, work: Callable[[Db, float], T]) -> Work[T | None]:
        """Work that hears how many seconds ago its caller looked at the clock: it had to wait.

        None, undone, if the clock was set since.
        """
        asked = ticks()
        return self.along(
            lambda db, missed: None if missed or self._desk.skewed(db) else work(db, _waited(asked))
        )

    def in_time(self, work: Callable[[Db, float], T]) -> Work[T]:
        """Work that hangs on a lease's being ours still; raises `Unavailable` if nobody knows.

        That is on a machine that stood still: asked again, it knows what the time is.  It hears by
        how many seconds it is later than its caller thinks.
        """
        asked = ticks()

        def work_in_time(db: Db, missed: float) -> T:
            if self._desk.skewed(db):
                raise Unavailable("this machine stood still")
            return work(db, missed + _waited(asked))

        return self.along(work_in_time)

    def along(self, work: Callable[[Db, float], T]) -> Work[T]:
        """Work that hears by how many seconds the clock was set since its caller looked at it."""
        known = self._known
        return lambda db: work(db, leaping.latest(db).since(known))


def _waited(asked: float) -> float:
    """Seconds that work waited for its turn since then (in `ticks`)."""
    waited = ticks() - asked
    return waited if waited >= AT_ONCE else 0.0
