"""Fakes of the spool at whose changes a test can wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Changing:
    """Whoever changes something sets `changed`."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something that happened here makes this true."""
        async with asyncio.timeout(5):
            while not true():
                self.changed.clear()
                await self.changed.wait()
