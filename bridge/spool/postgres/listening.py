"""What the other nodes have to say: which lanes have something new."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

import asyncpg

from bridge.spool.contract import LaneName
from bridge.spool.desk import LANES
from bridge.spool.postgres.connecting import Address
from bridge.spool.postgres.failing import FAILURES

CHANNEL: Final = "smsbridge"
LOOK_EVERY: Final = 5.0
"""Seconds between two looks whether the connection still carries anything."""
LOOK: Final = 5.0
AGAIN: Final = 1.0
"""Seconds until a connection that failed is made again; the lanes look for themselves meanwhile."""
BURST: Final = 0.05
"""Seconds in which what is heard counts once."""


def saying(lanes: Iterable[LaneName]) -> str:
    """The statements that tell all nodes of lanes, once the transaction is committed."""
    return "".join(f"NOTIFY {CHANNEL}, '{lane}'; " for lane in LANES if lane in lanes)


class Listener:
    """Listens until closed, on a connection of its own; `heard` is told the lanes."""

    def __init__(self, address: Address, heard: Callable[[Iterable[LaneName]], None]) -> None:
        self._address = address
        self._heard = heard
        self._pending: set[LaneName] = set()
        self._task = asyncio.create_task(self._listen(), name="spool-listener")

    async def close(self) -> None:
        """Hear no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            with suppress(*FAILURES):
                raw = await self._address.connect()
                try:
                    await self._while_connected(raw)
                finally:
                    raw.terminate()
            self._heard(LANES)
            await asyncio.sleep(AGAIN)

    async def _while_connected(self, raw: asyncpg.Connection) -> None:
        ended = asyncio.Event()
        raw.add_termination_listener(lambda _: ended.set())
        await raw.add_listener(CHANNEL, self._said)
        self._heard(LANES)  # of what came while nobody listened
        while not ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await ended.wait()
            await raw.fetchval("SELECT 1", timeout=LOOK)

    def _said(self, *said: Any) -> None:
        if not self._pending:
            asyncio.get_running_loop().call_later(BURST, self._pass_on)
        self._pending.update(lane for lane in LANES if lane == said[-1])

    def _pass_on(self) -> None:
        pending, self._pending = self._pending, set()
        self._heard(pending)
