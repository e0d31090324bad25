"""The one thread that writes to a SQLite store, and how many writes share one sync.

Group commit without a timer: the thread takes whatever has queued while the last commit ran, runs
it, commits once, and only then answers.  Where a job of a group fails, all are run again, each in
a savepoint of its own; so a job may run twice, and only what it wrote last counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from typing import TypeVar

from bridge.loglines import tell
from bridge.spool.contract import Broken, Full, LaneName, Unavailable
from bridge.spool.db import Work
from bridge.spool.desk import LANES
from bridge.spool.jobs import Job, answer, parted, untold

T = TypeVar("T")

GROUP = 256
POLL = 0.5
ABROAD_EVERY = 0.1
"""Seconds between two looks whether another process wrote."""
SCOUR_MS = 200
"""Milliseconds for which whoever reads in the log is waited for before it is emptied."""
CHECKPOINT_EVERY = 60.0
"""Seconds between two checkpoints of our own.

Those that SQLite makes by itself, whenever the log is long, tell nobody that they failed.
"""


class Writer:
    """Owns the writing connection; `woken` is called in the loop with the lanes to wake."""

    def __init__(self, db: sqlite3.Connection, woken: Callable[[Iterable[LaneName]], None]) -> None:
        self._db = db
        self._woken = woken
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._later: deque[Job] = deque()
        self._broken = ""
        self._scours = False
        self._closing = False
        self._checkpoint_at = time.monotonic() + CHECKPOINT_EVERY
        self._seen = self._data_version()
        self._abroad_at = 0.0
        ours = copy_context()  # so that what is told in the thread is heard by the same witness
        self._thread = threading.Thread(
            target=ours.run, args=(self._serve,), name="spool-writer", daemon=True
        )
        self._thread.start()

    async def run(self, work: Work[T], lanes: Sequence[LaneName] = ()) -> T:
        """Do one transaction; durable on return.

        A caller that is cancelled leaves its work to be committed all the same.
        """
        if self._broken:
            raise Broken(self._broken)
        if self._closing:
            raise Unavailable("the store is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(Job(work, future, lanes))
        return await future

    def later(self, work: Work[None], lanes: Sequence[LaneName] = ()) -> None:
        """Do this with the next commit, or within a second; a crash may lose it."""
        self._later.append(Job(work, None, lanes))

    def scour(self) -> None:
        """Empty the log soon, if nobody else reads in it just then."""
        self._scours = True

    async def close(self) -> None:
        """Commit what is queued and end the thread."""
        self._closing = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        if not self._broken:  # closing would sync again what could not be synced
            self._db.close()

    # ------------------------------------------------------------ in the thread

    def _serve(self) -> None:
        going = True
        while going:
            group, going = self._taken()
            if group:
                self._commit(group)
                quiet, telling = parted(group)
                self._answer(quiet)
                if telling:
                    tell(untold(telling))
                    self._answer(telling)
            self._look_abroad()
            if self._scours or time.monotonic() >= self._checkpoint_at:
                self._checkpoint()

    def _taken(self) -> tuple[list[Job], bool]:
        """What has queued; waits for it up to `POLL`.  False once the store is to be closed."""
        jobs: list[Job] = []
        going = True
        with contextlib.suppress(queue.Empty):
            job = self._queue.get(timeout=POLL)
            while True:
                if job is None:
                    going = False
                else:
                    jobs.append(job)
                if len(jobs) >= GROUP:
                    break
                job = self._queue.get_nowait()
        late = [self._later.popleft() for _ in range(len(self._later))]
        return [*late, *jobs], going

    def _commit(self, group: list[Job]) -> None:
        """Run a group in one transaction; if that fails, each of its jobs fails alike."""
        try:
            if self._broken:
                raise Broken(self._broken)
            self._db.execute("BEGIN IMMEDIATE")
            if not self._together(group):
                self._undo()
                self._db.execute("BEGIN IMMEDIATE")
                for job in group:
                    self._attempt(job)
            self._db.execute("COMMIT")
        except (sqlite3.Error, Unavailable) as error:
            failed = self._failure(error)
            for job in group:
                job.error = failed
            self._later.extendleft(job for job in reversed(group) if job.future is None)
            self._undo()

    def _together(self, group: list[Job]) -> bool:
        """Run a group with no savepoints, which cost as much as the work; False if a job failed."""
        try:
            for job in group:
                job.run(self._db)
        except Exception as error:  # whatever it is, it is one job's, unless the store itself fails
            if isinstance(error, sqlite3.Error) and _fatal(error):
                raise
            return False
        return True

    def _attempt(self, job: Job) -> None:
        """Run one job, so that its failure undoes it alone."""
        self._db.execute("SAVEPOINT job")
        try:
            job.run(self._db)
        except Exception as error:  # whoever asked hears of it; a thread that dies answers nobody
            if isinstance(error, sqlite3.Error) and _fatal(error):
                raise
            job.error = error
            self._db.execute("ROLLBACK TO job")
        self._db.execute("RELEASE job")

    def _undo(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _failure(self, error: sqlite3.Error | Unavailable) -> Unavailable:
        """What a failed transaction means; after a failed write or sync no other is tried."""
        if isinstance(error, Unavailable):
            return error
        code = _code(error)
        if code in _BREAKING:
            self._broken = f"{error}: the disk or the store's file is failing"
            return Broken(self._broken)
        if code == sqlite3.SQLITE_FULL:
            return Full("the disk is full")
        return Unavailable(str(error))

    def _checkpoint(self) -> None:
        """Copy the log into the file, as far as nobody reads it, to see that the file can be."""
        self._checkpoint_at = time.monotonic() + CHECKPOINT_EVERY
        if self._broken:
            return
        try:
            if self._scours:
                self._empty_log()
            else:
                self._db.execute("PRAGMA wal_checkpoint").fetchone()
        except sqlite3.Error as error:
            self._failure(error)

    def _empty_log(self) -> None:
        """Copy all of the log into the file and cut it off; not while somebody reads in it."""
        self._scours = False
        (waited,) = self._db.execute("PRAGMA busy_timeout").fetchone()
        self._db.execute(f"PRAGMA busy_timeout = {SCOUR_MS}")
        try:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {waited}")

    def _answer(self, group: list[Job]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone, and whoever waited with it
            self._loop.call_soon_threadsafe(answer, group, self._woken)

    def _look_abroad(self) -> None:
        """Wake the lanes if another process has written, which it is asked now and then."""
        if time.monotonic() < self._abroad_at:
            return
        self._abroad_at = time.monotonic() + ABROAD_EVERY
        version = self._data_version()
        if version != self._seen:
            self._seen = version
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._woken, LANES)

    def _data_version(self) -> int:
        if self._broken:
            return self._seen
        try:
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            return -1  # differs from any, so that the lanes look for themselves


_BREAKING = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code (0 where the driver itself complains)."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _fatal(error: sqlite3.Error) -> bool:
    """Whether an error ends the whole transaction, and not one job."""
    return _code(error) in _BREAKING | {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY}
