"""A store's clock: it goes on evenly, whatever is done to the clock on the wall.

The wall's clock is set by people and by time servers; the other one only ever counts seconds.  The
store's time is the wall's when it was opened, and the seconds counted since.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LEAP = 30.0
"""Seconds by which the wall's clock must be off the store's to have been set; less is a drift."""

SLEW = 0.05
"""Seconds by which the store's clock follows a drift, each time that it is looked at."""


class Steady:
    """Tells the time; see the module.  `wall` gives UNIX seconds, `ticks` those since whenever."""

    def __init__(self, wall: Callable[[], float], ticks: Callable[[], float]) -> None:
        self._wall = wall
        self.ticks = ticks
        self._ahead = wall() - ticks()
        self._latest = 0.0

    def __call__(self) -> float:
        """The store's time, in UNIX seconds; it never goes back, unless it is `moved`."""
        self._latest = max(self._latest, self.ticks() + self._ahead)
        return self._latest

    def astray(self, wall: float | None = None) -> float:
        """By how many seconds the wall's clock was set since; 0.0 if it was not.

        What it merely drifted is made up for, a little at each look.  `wall` is what it shows,
        where that has to be asked for.
        """
        off = (self._wall() if wall is None else wall) - self.ticks() - self._ahead
        if abs(off) >= LEAP:
            return off
        self._ahead += min(max(off, -SLEW), SLEW)
        return 0.0

    def moved(self, by: float) -> None:
        """Go on from so many seconds later (or earlier)."""
        self._ahead += by
        self._latest = 0.0


def steady(clock: Callable[[], float] | None) -> Steady:
    """A store's clock: the machine's, or a test's, which is the time whatever it shows."""
    if isinstance(clock, Steady):
        return clock
    return Steady(clock, clock) if clock else Steady(time.time, ticks)


def ticks() -> float:
    """Seconds since the machine started; those that it slept pass, too, where it counts them."""
    boot = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(boot)
