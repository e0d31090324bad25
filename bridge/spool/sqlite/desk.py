"""The desk of a SQLite file: one thread that writes it, one that reads it.

Each piece of work is a function of a connection, run as one transaction; what a `write` returned
from has been synced.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from bridge.spool.clocks import Steady, steady
from bridge.spool.contract import Full, LaneName, Unavailable
from bridge.spool.db import Db, Work
from bridge.spool.desk import LANES, Desk
from bridge.spool.sqlite.file import File, open_file
from bridge.spool.sqlite.writer import Writer

T = TypeVar("T")


async def open_sqlite(
    rest: str, *, daemon: bool, min_free: int, clock: Callable[[], float] | None
) -> Desk:
    """Open `sqlite:///<path>`: three slashes and a relative path, four and an absolute one."""
    file = await asyncio.to_thread(open_file, rest, daemon=daemon)
    return SqliteDesk(file, min_free, steady(clock))


class SqliteDesk:
    """`desk.Desk` on an open file, with its two threads; made in the loop that uses it."""

    def __init__(self, file: File, min_free: int, clock: Steady) -> None:
        self._clock = clock
        self._file = file
        self._folder = file.path.parent
        self._min_free = min_free
        self._wake = {lane: asyncio.Event() for lane in LANES}
        self._writer = Writer(file.writing, self.wake)
        self._reader = ThreadPoolExecutor(1, "spool-reader")
        self._closed = False

    def now(self) -> float:
        """See `Desk.now`."""
        return self._clock()

    async def astray(self) -> float:
        """See `Desk.astray`."""
        return self._clock.astray()

    def moved(self, by: float) -> None:
        """See `Desk.moved`."""
        self._clock.moved(by)

    def skewed(self, db: Db) -> bool:
        """See `Desk.skewed`: the store's clock is this process's."""
        return False

    async def write(self, work: Work[T], touched: Sequence[LaneName] = ()) -> T:
        """See `Desk.write`."""
        return await self._writer.run(work, touched)

    def later(self, work: Work[None], touched: Sequence[LaneName] = ()) -> None:
        """See `Desk.later`."""
        self._writer.later(work, touched)

    async def read(self, work: Work[T]) -> T:
        """See `Desk.read`; beside the writer."""
        if self._closed:
            raise Unavailable("the store is closed")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._reader, work, self._file.reading)
        except sqlite3.Error as error:
            raise Unavailable(str(error)) from error

    async def glance(self, work: Work[T]) -> T:
        """See `Desk.glance`: in the loop itself, at a fifth of what a thread would cost."""
        with suppress(sqlite3.Error):  # the reader looks again, and may wait
            return work(self._file.glancing)
        return await self.read(work)

    def roomy(self, db: Db) -> Db:
        """See `Desk.roomy`."""
        self.need_room()
        return db

    def need_room(self) -> None:
        """See `Desk.need_room`: on the disk of the file."""
        free = shutil.disk_usage(self._folder).free
        if free < self._min_free:
            raise Full(f"{free} octets are free on the disk, {self._min_free} are kept free")

    def wake(self, touched: Iterable[LaneName]) -> None:
        """See `Desk.wake`."""
        for lane in touched:
            self._wake[lane].set()

    async def woken(self, lane: LaneName, at_most: float) -> bool:
        """See `Desk.woken`."""
        wake = self._wake[lane]
        # Not wait_for: before Python 3.12 it swallows a cancellation that meets the event, and
        # the loop that was to stop would go on.
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await wake.wait()
        woken = wake.is_set()
        wake.clear()
        return woken

    def scour(self) -> None:
        """See `Desk.scour`: the log holds pages as they were."""
        self._writer.scour()

    async def close(self) -> None:
        """See `Desk.close`."""
        if self._closed:
            return
        self._closed = True
        await self._writer.close()
        await asyncio.to_thread(self._reader.shutdown)
        self._file.close()
