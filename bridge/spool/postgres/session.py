"""One piece of work on all of a PostgreSQL store: a connection and a transaction of its own.

It lasts for as long as it takes, and is tried once: who asked for it is there, and asks again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final, TypeVar
from uuid import uuid4

import asyncpg

from bridge.spool.contract import Uncertain
from bridge.spool.copying import Unfit
from bridge.spool.db import Work
from bridge.spool.postgres import fitness, migrating, shape
from bridge.spool.postgres.connecting import Address
from bridge.spool.postgres.connection import PostgresDb
from bridge.spool.postgres.failing import FAILURES, lost, unavailable, unopened
from bridge.spool.postgres.greenlets import run
from bridge.spool.postgres.resolving import COMMIT, Mark, begun, committed

T = TypeVar("T")

_PATIENT: Final = (
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
)
"""Lets a transaction last as long as a copy takes."""


async def versions(rest: str) -> tuple[int, int]:
    """Of which version a store is, and this program; raises `Unfit` where nobody has used it."""
    async with _connected(_address(rest)) as raw:
        return await _known(raw), migrating.VERSION


async def read(rest: str, work: Work[T]) -> T:
    """Look at a store as it is at one instant, whoever writes to it meanwhile; changes nothing."""
    async with _connected(_address(rest)) as raw:
        await _current(raw)
        async with raw.transaction(isolation="repeatable_read", readonly=True):
            await raw.execute(_PATIENT)
            return await run(work, PostgresDb(raw))


async def strange(rest: str) -> list[str]:
    """How a store's tables, indexes and views differ from those of this version.

    Raises `shape.Unseen` where they cannot be compared.
    """
    async with _connected(_address(rest)) as raw:
        await _current(raw)
        return await shape.strange(raw)


async def write(rest: str, work: Work[T], *, new: bool) -> T:
    """Do one transaction while nobody else writes; durable on return.

    `new`: the database may be empty, and becomes a store, if a daemon would trust its server.
    Raises `Uncertain` where nobody can tell whether it was committed; by all else it was not.
    """
    address = _address(rest)
    async with _connected(address) as raw:
        if new:
            await fitness.check_session(raw)
            await fitness.check(raw)
            await migrating.prepare(raw, daemon=False)
        else:
            await _current(raw)
        mark, _ = await begun(raw, Mark(str(uuid4())))
        await raw.execute(_PATIENT)
        done = await run(work, PostgresDb(raw))
        with _uncertain_if_told_to_end():
            await _commit(raw, address, mark)
            await _closed(raw)
        return done


async def _commit(raw: asyncpg.Connection, address: Address, mark: Mark) -> None:
    """Commit; where the connection is lost meanwhile, it is looked for what came of it."""
    try:
        await raw.execute(COMMIT.format(""))
    except FAILURES as error:
        raw.terminate()
        if not lost(error) or not await committed(address.connect, mark):
            raise unavailable(error) from error


@contextmanager
def _uncertain_if_told_to_end() -> Iterator[None]:
    """From the sending of COMMIT on nobody may take it for certain that nothing was done."""
    try:
        yield
    except Exception:
        raise
    except BaseException as error:  # Ctrl-C
        raise Uncertain("it was interrupted while the database committed") from error


def _address(rest: str) -> Address:
    """Where a store is; whoever works there waits for as long as its statements take."""
    return Address(f"postgresql://{rest}", command=None)


@asynccontextmanager
async def _connected(address: Address) -> AsyncIterator[asyncpg.Connection]:
    try:
        raw = await address.connect()
    except (*FAILURES, ValueError) as error:
        raise unopened(error) from error
    try:
        yield raw
        await _closed(raw)
    except FAILURES as error:
        raise unavailable(error) from error
    finally:
        raw.terminate()


async def _closed(raw: asyncpg.Connection) -> None:
    with suppress(*FAILURES):
        await raw.close(timeout=1)


async def _known(raw: asyncpg.Connection) -> int:
    found = await migrating.version(raw)
    if found is None:
        raise Unfit("the database is empty: nobody has used this store yet")
    await migrating.refuse_moved(raw)
    return found


async def _current(raw: asyncpg.Connection) -> None:
    """Return if there is a store of this version; nothing is made of what is there."""
    if await _known(raw) != migrating.VERSION:
        await migrating.prepare(raw, daemon=False)
