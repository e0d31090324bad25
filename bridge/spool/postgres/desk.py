"""The desk of a PostgreSQL store: a task that writes, a few connections that read, and one that
hears of the other nodes.

It connects again by itself, whatever became of the server; what nobody could promise meanwhile is
`Unavailable`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, Protocol, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from bridge.spool.clocks import steady
from bridge.spool.contract import LaneName, Unavailable
from bridge.spool.db import Db, Work
from bridge.spool.desk import LANES, Desk
from bridge.spool.postgres import fitness, migrating
from bridge.spool.postgres.connecting import CONNECT, Address
from bridge.spool.postgres.connection import PostgresDb
from bridge.spool.postgres.failing import FAILURES, lost, unavailable, unopened
from bridge.spool.postgres.greenlets import run
from bridge.spool.postgres.listening import Listener
from bridge.spool.postgres.timing import STOOD, ServerClock
from bridge.spool.postgres.writer import PATIENCE, PAUSE, Writer

T = TypeVar("T")

READERS: Final = 4
_CLOCK: Final = "SELECT extract(epoch FROM clock_timestamp())::float8, (SELECT min(at) FROM clock)"


class Clock(Protocol):
    """What tells a store's time: the database, or a test."""

    def __call__(self) -> float: ...

    def moved(self, by: float) -> None: ...


async def open_postgres(
    rest: str, *, daemon: bool, min_free: int, clock: Callable[[], float] | None
) -> Desk:
    """Open `postgresql://user:password@host/database`; how full its disk is, it says itself."""
    address = Address(f"postgresql://{rest}")
    try:
        raw = await address.connect()
    except (*FAILURES, ValueError) as error:
        raise unopened(error) from error
    try:
        await fitness.check_session(raw)
        if daemon:
            await fitness.check(raw)
        await migrating.prepare(raw, daemon=daemon)
        at, _ = await raw.fetchrow(_CLOCK)
        pool = await address.pool(READERS)
    except FAILURES as error:
        raw.terminate()
        raise unopened(error) from error
    except BaseException:
        raw.terminate()
        raise
    return PostgresDesk(address, raw, pool, ServerClock(at), clock=clock, listens=daemon)


class PostgresDesk:
    """`desk.Desk` at an address; made in the loop that uses it.

    A test's `clock` is the time whatever the server's shows.
    """

    def __init__(
        self,
        address: Address,
        writing: asyncpg.Connection,
        reading: asyncpg.Pool,
        server: ServerClock,
        *,
        clock: Callable[[], float] | None,
        listens: bool,
    ) -> None:
        self._server = server
        self._tests = steady(clock) if clock else None
        self._wake = {lane: asyncio.Event() for lane in LANES}
        self._pool = reading
        self._writer = Writer(
            partial(fitness.ready, address, daemon=listens),
            writing,
            read=server.read,
            now=server,
            woken=self.wake,
            strict=listens,
        )
        self._listener = Listener(address, self.wake) if listens else None
        self._closed = False

    def now(self) -> float:
        """See `Desk.now`."""
        return self._tests() if self._tests else self._server()

    async def astray(self) -> float:
        """See `Desk.astray`."""
        if self._tests:
            return self._tests.astray()

        async def look(raw: PoolConnectionProxy) -> float:
            asked = self._server()
            at, noted = await raw.fetchrow(_CLOCK)
            self._server.read(at, asked)
            return float(noted)

        return self._server.astray(await self._reading(look))

    def moved(self, by: float) -> None:
        """See `Desk.moved`."""
        (self._tests or self._server).moved(by)

    def skewed(self, db: Db) -> bool:
        """See `Desk.skewed`."""
        return self._tests is None and isinstance(db, PostgresDb) and abs(db.skew) > STOOD

    async def write(self, work: Work[T], touched: Sequence[LaneName] = ()) -> T:
        """See `Desk.write`."""
        return await self._writer.run(work, touched)

    def later(self, work: Work[None], touched: Sequence[LaneName] = ()) -> None:
        """See `Desk.later`."""
        self._writer.later(work, touched)

    async def read(self, work: Work[T]) -> T:
        """See `Desk.read`: all of it sees one instant."""

        async def look(raw: PoolConnectionProxy) -> T:
            async with raw.transaction(isolation="repeatable_read", readonly=True):
                return await run(work, PostgresDb(raw))

        return await self._reading(look)

    async def glance(self, work: Work[T]) -> T:
        """See `Desk.glance`: each statement by itself, for what one row says."""
        return await self._reading(lambda raw: run(work, PostgresDb(raw)))

    async def _reading(self, look: Callable[[PoolConnectionProxy], Awaitable[T]]) -> T:
        """Look on any connection that works; one that was lost is replaced, for a while."""
        until, asked = time.monotonic() + PATIENCE, _cancellations()
        while not self._closed:
            try:
                async with self._pool.acquire(timeout=CONNECT) as raw:
                    return await look(raw)
            except FAILURES as error:
                if _cancellations() > asked:  # and then it could not be left in good order
                    raise asyncio.CancelledError from error
                if not lost(error) or time.monotonic() > until:
                    raise unavailable(error) from error
                await asyncio.sleep(PAUSE)
        raise Unavailable("the store is closed")

    def roomy(self, db: Db) -> Db:
        """See `Desk.roomy`: a server whose disk is full says so when something is written."""
        return db

    def need_room(self) -> None:
        """See `Desk.need_room`."""

    def wake(self, touched: Iterable[LaneName]) -> None:
        """See `Desk.wake`."""
        for lane in touched:
            self._wake[lane].set()

    async def woken(self, lane: LaneName, at_most: float) -> bool:
        """See `Desk.woken`."""
        wake = self._wake[lane]
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await wake.wait()
        woken = wake.is_set()
        wake.clear()
        return woken

    def scour(self) -> None:
        """See `Desk.scour`: the server's own affair."""

    async def close(self) -> None:
        """See `Desk.close`."""
        if self._closed:
            return
        self._closed = True
        if self._listener is not None:
            await self._listener.close()
        await self._writer.close()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._pool.close()
        except (TimeoutError, *FAILURES):
            self._pool.terminate()


def _cancellations() -> int:
    """How often the task that runs was told to end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0
