"""The one task of a node that writes to a PostgreSQL store, and what happens if that fails.

Group commit without a timer, as in a SQLite store: whatever has queued while the last transaction
ran is done in the next, in its order.  Each transaction first takes its turn, of which there is one
for all nodes: so each sees all that was committed, and none the half of another, at the isolation
that costs least.  Serializable transactions beside each other would conflict nearly always, since
all that waits lies together on the same few pages of the same indexes.

A connection that is lost while it commits leaves open what came of the transaction; then it is
looked for: `resolving`.  So whoever writes hears what was committed, and does nothing twice.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final, TypeVar
from uuid import uuid4

import asyncpg

from bridge.loglines import tell
from bridge.spool.contract import LaneName, Unavailable, Uncertain
from bridge.spool.db import Work
from bridge.spool.jobs import Job, answer, parted, untold
from bridge.spool.postgres.connection import PostgresDb
from bridge.spool.postgres.failing import CONFLICTS, FAILURES, lost, one_jobs, unavailable
from bridge.spool.postgres.fitness import unfit
from bridge.spool.postgres.greenlets import run
from bridge.spool.postgres.listening import saying
from bridge.spool.postgres.resolving import COMMIT, Mark, begun, committed, forget

T = TypeVar("T")

GROUP: Final = 64
LATER: Final = 0.05
"""Seconds for which what may be lost waits for company."""
PATIENCE: Final = 5.0
"""Seconds for which a database that cannot be reached is tried, before a write fails."""
PAUSE: Final = 0.1
LAST: Final = 2.0
"""Seconds for a connection to be ended in good order."""
TURN_COMES: Final = 12.0
"""Seconds in which the server gives the turn or says that it cannot: longer than `lock_timeout`."""
CLOSING: Final = 12.0
"""Seconds for which it is tried to commit what is queued when the store is closed."""
STEP: Final = 100
"""Facts that are told before others have their turn: some milliseconds' worth of lines."""


class _Spoilt(Exception):
    """One job of a group failed, and the others with it: each is to be done by itself."""


class Writer:
    """Owns the writing connection, and makes it again where it was lost: `connect`.

    A `strict` one promises nothing while the server is set so that it may lose what it commits.
    `read` is told what the database's clock showed, and what `now` did when it was asked; it says
    by how much our own is off.  `woken` is called with the lanes of what was committed.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        writing: asyncpg.Connection,
        *,
        read: Callable[[float, float], float],
        now: Callable[[], float],
        woken: Callable[[Iterable[LaneName]], None],
        strict: bool,
    ) -> None:
        self._connect = connect
        self._read = read
        self._now = now
        self._woken = woken
        self._strict = strict
        self._mark = Mark(str(uuid4()))
        self._raw: asyncpg.Connection | None = writing
        self._jobs: deque[Job] = deque()
        self._late: deque[Job] = deque()
        self._stirred = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._serve(), name="spool-writer")

    async def run(self, work: Work[T], lanes: Sequence[LaneName] = ()) -> T:
        """Do one transaction; durable on return.

        A caller that is cancelled leaves its work to be committed all the same.
        """
        if self._closing:
            raise Unavailable("the store is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append(Job(work, future, lanes))
        self._stirred.set()
        return await future

    def later(self, work: Work[None], lanes: Sequence[LaneName] = ()) -> None:
        """Do this with the next commit, or soon; a crash may lose it."""
        self._late.append(Job(work, None, lanes))
        if len(self._late) == 1:
            asyncio.get_running_loop().call_later(LATER, self._stirred.set)

    async def close(self) -> None:
        """Commit what is queued, if that can be done soon, and end the connection."""
        self._closing = True
        self._stirred.set()
        await asyncio.wait({self._task}, timeout=CLOSING)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        left, self._jobs = [*self._jobs], deque()
        self._fail(left, Unavailable("the store is closed"))
        answer(left, self._woken)
        if self._raw is not None:
            with suppress(*FAILURES):
                await self._raw.close(timeout=LAST)

    # ------------------------------------------------------------ group after group

    async def _serve(self) -> None:
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            count = min(GROUP, len(self._jobs))
            group = [*self._late, *(self._jobs.popleft() for _ in range(count))]
            self._late.clear()
            if group:
                await self._do(group)
            if self._jobs or self._closing:
                self._stirred.set()
            if self._closing and not self._jobs:
                return

    async def _do(self, group: list[Job]) -> None:
        """Commit a group, by as many tries as it takes, and answer."""
        tries, until = 0, time.monotonic() + PATIENCE
        alone = False
        while True:
            try:
                if tries:
                    await asyncio.sleep(random.uniform(0, PAUSE) * min(tries, 5))  # noqa: S311
                await self._transaction(group, alone=alone)
                break
            except _Spoilt:
                alone = True
            except (*FAILURES, Unavailable) as error:
                self._drop_lost(error)
                late = isinstance(error, asyncpg.LockNotAvailableError)  # each try is a long one
                again = late or lost(error) or isinstance(error, CONFLICTS)
                if not again or (time.monotonic() > until and (tries or not late)):
                    self._fail(group, error)
                    break
                tries += 1
            except Exception as error:  # noqa: BLE001 - a task that dies answers nobody
                self._fail(group, error)
                break
            except asyncio.CancelledError:
                self._fail(group, Uncertain("the store was closed before the database answered"))
                answer(group, self._woken)
                raise
        await self._answer(group)

    def _fail(self, group: list[Job], error: BaseException) -> None:
        """Nothing of a group was committed; nor is what waits while nothing can be."""
        gone = lost(error)
        found = unavailable(error) if isinstance(error, (*FAILURES, Unavailable)) else error
        if gone:
            group += self._jobs
            self._jobs.clear()
        for job in group:
            job.error = found
        self._late.extendleft(job for job in reversed(group) if job.future is None)
        if self._late and not self._closing:
            asyncio.get_running_loop().call_later(PATIENCE, self._stirred.set)

    async def _answer(self, group: Sequence[Job]) -> None:
        quiet, telling = parted(group)
        answer(quiet, self._woken)
        facts = iter(untold(telling))
        try:
            while step := list(islice(facts, STEP)):
                tell(step)
                await asyncio.sleep(0)
        finally:  # the store may be closed meanwhile
            tell(facts)
            answer(telling, self._woken)

    # ------------------------------------------------------------ a transaction

    async def _transaction(self, group: Sequence[Job], *, alone: bool) -> None:
        raw = self._raw = await self._connected()
        try:
            db = await self._begun(raw, joins=not alone)
            await (self._apart(group, raw, db) if alone else self._together(group, db))
            said = saying({lane for job in group if job.error is None for lane in job.lanes})
        except BaseException as error:
            await self._undo(error)
            raise
        try:
            await raw.execute(COMMIT.format(said))
        except CONFLICTS as error:
            await self._undo(error)
            raise
        except FAILURES as error:
            self._drop()
            if not await committed(self._connect, self._mark):
                raise ConnectionError("the connection was lost before the commit") from error

    async def _connected(self) -> asyncpg.Connection:
        if self._raw is None or self._raw.is_closed():
            self._raw = await self._connect()
            await forget(self._raw, self._mark)
        return self._raw

    async def _begun(self, raw: asyncpg.Connection, *, joins: bool) -> PostgresDb:
        """Begin a transaction and take the turn."""
        asked = self._now()
        async with asyncio.timeout(TURN_COMES):
            self._mark, took = await begun(raw, self._mark)
        if took["unfit"] and self._strict:
            raise Unavailable(unfit(took["unfit"]))
        return PostgresDb(raw, skew=self._read(took["at"], asked), joins=joins)

    async def _together(self, group: Sequence[Job], db: PostgresDb) -> None:
        """Do all jobs of a group, with no savepoints between them; their statements go together."""
        try:
            for job in group:
                await run(job.run, db)
            await run(PostgresDb.flush, db)
        except FAILURES as error:
            if not one_jobs(error):
                raise
            raise _Spoilt from error
        except Exception as error:  # whatever it is, it is one job's
            raise _Spoilt from error

    async def _apart(self, group: Sequence[Job], raw: asyncpg.Connection, db: PostgresDb) -> None:
        """Do each job, statement by statement, so that its failure undoes it alone."""
        for job in group:
            await raw.execute("SAVEPOINT job")
            try:
                await run(job.run, db)
            except FAILURES as error:
                if not one_jobs(error):
                    raise
                job.error = unavailable(error)
            except Exception as error:  # noqa: BLE001 - whoever asked hears of it
                job.error = error
            await raw.execute("RELEASE job" if job.error is None else "ROLLBACK TO job")

    async def _undo(self, error: BaseException) -> None:
        """Roll back; a connection that cannot is given up, and the server does it."""
        if self._raw is None or self._raw.is_closed():
            return
        if lost(error) or not isinstance(error, Exception):
            self._drop()
            return
        try:
            await self._raw.execute("ROLLBACK", timeout=PATIENCE)
        except FAILURES:
            self._drop()

    def _drop_lost(self, error: BaseException) -> None:
        if lost(error):
            self._drop()

    def _drop(self) -> None:
        if self._raw is not None:
            self._raw.terminate()
            self._raw = None
