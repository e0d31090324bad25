"""The database's clock: all nodes that share a store go by it, wherever they are.

Between two looks at it the time goes on by this machine's counter of seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.spool.clocks import LEAP, Steady, ticks

STOOD: Final = 1.0
"""Seconds by which our time must be off the database's for something to be wrong with it."""


class ServerClock:
    """The store's time by the database's clock, which was read as `at`."""

    def __init__(self, at: float, *, ticks: Callable[[], float] = ticks) -> None:
        self._ticks = ticks
        self._ahead = at - ticks()
        self._steady = Steady(self._shown, ticks)

    def _shown(self) -> float:
        """What the database's clock shows, as far as we know."""
        return self._ticks() + self._ahead

    def __call__(self) -> float:
        """The store's time, in UNIX seconds."""
        return self._steady()

    def read(self, at: float, asked: float) -> float:
        """The database's clock showed `at` since we `asked`; by how much our time is certainly off.

        The way there and back is nobody's error.
        """
        self._ahead = at - self._ticks()
        return min(at - asked, 0.0) or max(at - self(), 0.0)

    def astray(self, noted: float) -> float:
        """By how many seconds the database's clock was set; see `Desk.astray`.

        `noted` is the time that some node noted last: where that is fresh, the database's clock
        goes on as it did, and it was this machine that stood still.
        """
        off = self._shown() - self._steady()
        stood = 0.0 <= self._shown() - noted < off
        if STOOD <= abs(off) < LEAP or stood:
            self._steady.moved(off)
            return 0.0
        return self._steady.astray()

    def moved(self, by: float) -> None:
        """See `Desk.moved`."""
        self._steady.moved(by)
