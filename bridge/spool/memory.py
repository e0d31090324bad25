"""What need not be looked up for a recipient: hardly anybody has opted out, and those are known.

At RCPT an opt-out makes for a good refusal, and no more: whatever slips through is turned away
before its first octet is sent (`optouts`).  So it is enough to know who was out a moment ago; of
these alone the store is asked.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable

from bridge.core.model import Facts
from bridge.spool import knowing, optouts
from bridge.spool.desk import Desk

FRESH = 1.0
"""Seconds after which another process's word counts, as everywhere (`Spool.woken`)."""

MOST = 1000
"""How many opt-outs are kept in mind; where there are more, the store is asked of every number."""

GLANCES = 10
"""How many numbers are few; each is one step into one index."""


class Memory:
    """Who had opted out a moment ago.  `clock` gives seconds, from whenever."""

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._clock = clock
        self._out: frozenset[str] | None = None
        self._until = -math.inf

    def forget(self) -> None:
        """A wish was written down: what is in mind may be wrong from now on."""
        self._until = -math.inf

    async def facts(self, numbers: Iterable[str], tokens: Iterable[str], sender: str) -> Facts:
        """See `Spool.facts`."""
        wanted, named = await self._doubtful(tuple(numbers)), tuple(tokens)
        if not (wanted or named or sender):
            return Facts()
        few = len(wanted) <= GLANCES and not named and not sender
        look = self._desk.glance if few else self._desk.read
        return await look(lambda db: knowing.facts(db, wanted, named, sender))

    async def _doubtful(self, numbers: tuple[str, ...]) -> tuple[str, ...]:
        """Those of these numbers that may have opted out."""
        if numbers and self._clock() >= self._until:
            await self._refresh()
        out = self._out
        return numbers if out is None else tuple(each for each in numbers if each in out)

    async def _refresh(self) -> None:
        """Read who is out; until that is known the store is asked, as it is if it changed since."""
        self._out, self._until = None, (until := self._clock() + FRESH)
        found = await self._desk.glance(lambda db: optouts.numbers(db, MOST + 1))
        if len(found) <= MOST and self._until == until:
            self._out = frozenset(found)
