"""Where the work on a SQLite file is done: one thread that writes it, one that reads it.

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

from bridge.spool.contract import Full, LaneName, Unavailable
from bridge.spool.file import File
from bridge.spool.leasing import Fenced
from bridge.spool.writer import LANES, Work, Writer

T = TypeVar("T")


class Desk:
    """An open file and its two threads; made in the loop that uses it."""

    def __init__(self, file: File, min_free: int) -> None:
        self._file = file
        self._min_free = min_free
        self._wake = {lane: asyncio.Event() for lane in LANES}
        self._writer = Writer(file.writing, self.wake)
        self._reader = ThreadPoolExecutor(1, "spool-reader")
        self._closed = False

    @property
    def glancing(self) -> sqlite3.Connection:
        """A connection to read with in the loop itself, where a thread would cost more."""
        return self._file.glancing

    async def write(self, work: Work[T], touched: Sequence[LaneName] = ()) -> T:
        """Do one transaction, durable on return, and wake the lanes that it touched."""
        return await self._writer.run(work, touched)

    async def kept(self, work: Work[None], touched: Sequence[LaneName] = ()) -> bool:
        """Write under a lease; False if it is another's by now."""
        try:
            await self._writer.run(work, touched)
        except Fenced:
            return False
        return True

    def later(self, work: Work[None]) -> None:
        """Do this with the next commit, or within a second; a crash may lose it."""
        self._writer.later(work)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Look, beside the writer."""
        if self._closed:
            raise Unavailable("the store is closed")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._reader, work, self._file.reading)
        except sqlite3.Error as error:
            raise Unavailable(str(error)) from error

    def roomy(self, db: sqlite3.Connection) -> sqlite3.Connection:
        """The connection, if the disk has room for something new."""
        self.need_room()
        return db

    def need_room(self) -> None:
        """Return if the disk has room for something new; raises `Full`."""
        free = shutil.disk_usage(self._file.path.parent).free
        if free < self._min_free:
            raise Full(f"{free} octets are free on the disk, {self._min_free} are kept free")

    def wake(self, touched: Iterable[LaneName]) -> None:
        """Let these lanes look what is due."""
        for lane in touched:
            self._wake[lane].set()

    async def woken(self, lane: LaneName, at_most: float) -> bool:
        """Wait for `at_most` seconds until a lane is woken; whether it was."""
        wake = self._wake[lane]
        # Not wait_for: before Python 3.12 it swallows a cancellation that meets the event, and
        # the loop that was to stop would go on.
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await wake.wait()
        woken = wake.is_set()
        wake.clear()
        return woken

    async def close(self) -> None:
        """Finish what is being written and close the file."""
        if self._closed:
            return
        self._closed = True
        await self._writer.close()
        await asyncio.to_thread(self._reader.shutdown)
        self._file.close()
