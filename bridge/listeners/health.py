"""`/healthz` and `/readyz`: whether the loop runs, and whether the house is open.

Load balancers may ask, and so may strangers: they hear whether all is well and no more, and
however often they ask, it costs the store one question a second.  What is wrong is in the log.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from bridge import maillog

Unready: TypeAlias = Callable[[], Awaitable[str]]
"""Asks which part is not up; "" if all are."""

PATIENCE = 2.0
"""Seconds that the parts have to say how they are."""

GIVEN_UP = 5 * PATIENCE
"""Seconds after which a question is no longer waited for: its answer may never come."""

FRESH = 1.0
"""Seconds for which what they said is good."""


class Health:
    """What the house says of itself."""

    def __init__(self, unready: Unready) -> None:
        self._unready = unready
        self._asked: asyncio.Task[str] | None = None
        self._asked_at = -math.inf
        self._wrong = ""

    async def answer(self, path: str) -> tuple[int, str] | None:
        """Status and words for a path; None if it is neither of the two."""
        match path:
            case "/healthz":
                return 200, "alive"
            case "/readyz":
                return (200, "ready") if await self._ready() else (503, "not ready")
            case _:
                return None

    def close(self) -> None:
        """Wait for no answer any more."""
        if self._asked is not None:
            self._asked.cancel()

    async def _ready(self) -> bool:
        """Whether every part is up; one question at a time is enough for all who ask."""
        now = asyncio.get_running_loop().time()
        asked = self._asked
        if asked is None or (asked.done() and now - self._asked_at >= FRESH):
            asked = self._asked = asyncio.create_task(self._said())
            self._asked_at = now
        await asyncio.wait({asked}, timeout=max(0.0, self._asked_at + PATIENCE - now))
        self._note(asked.result() if asked.done() else f"no answer within {PATIENCE:g} s")
        return not self._wrong

    async def _said(self) -> str:
        """What the parts say; one that never answers is given up, and asked anew."""
        try:
            async with asyncio.timeout(GIVEN_UP):
                return await self._unready()
        except TimeoutError:
            return f"no answer within {GIVEN_UP:g} s"

    def _note(self, wrong: str) -> None:
        if wrong != self._wrong:
            self._wrong = wrong
            maillog.readiness(wrong)
