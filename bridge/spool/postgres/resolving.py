"""Each transaction takes its turn and leaves a mark; where the connection is lost while it commits,
the mark is looked for.

A number of the server's own would not do: one that took over gives the same to somebody else's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import asyncpg

from bridge.spool.contract import Unavailable, Uncertain
from bridge.spool.postgres.failing import FAILURES
from bridge.spool.postgres.fitness import MAY_LOSE, UNFIT
from bridge.spool.postgres.migrating import TURN

LONGEST: Final = 30.0
"""Seconds for which the server is asked: it may have to be started first."""
AGAIN: Final = 0.1

_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
"""What follows the turn has to see all that was committed before, whatever the server's default."""
COMMIT: Final = "SET LOCAL statement_timeout = 0; {}COMMIT"
"""A commit that is given up while it waits for a standby would count as one."""

# The lock first, then the clock: `at` is the time at which the turn came.
_TAKE: Final = f"""
INSERT INTO writer (id, turn, at)
SELECT $2::text, $3::bigint, extract(epoch FROM clock_timestamp())
FROM pg_advisory_xact_lock($1::bigint)
ON CONFLICT (id) DO UPDATE SET turn = excluded.turn, at = excluded.at
RETURNING at, pg_current_xact_id()::text AS xid, {UNFIT.format(f"'{MAY_LOSE}'")} AS unfit
"""

# A session that is idle never had our COMMIT; nothing of it can come any more.
_END: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_xid = ($1::text::numeric % 4294967296)::text::xid"
    " AND datname = current_database() AND state LIKE 'idle in transaction%'"
    " AND application_name = 'smsbridge'"
)
# It waits for the lost session to end, for both write one row.
_LOOK: Final = (
    "INSERT INTO writer (id, turn, at) VALUES ($1, 0, extract(epoch FROM clock_timestamp()))"
    " ON CONFLICT (id) DO UPDATE SET at = excluded.at RETURNING turn"
)

_FORGET: Final = (
    "DELETE FROM writer WHERE at < extract(epoch FROM clock_timestamp()) - 86400 AND id <> $1"
)
"""Of writers that are no more; one that stood still for a day has no commit left to look for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a transaction leaves: whose it is, which of theirs, and its number on the server."""

    writer: str
    turn: int = 0
    xid: str = "0"


async def begun(raw: asyncpg.Connection, last: Mark) -> tuple[Mark, asyncpg.Record]:
    """Begin a transaction and take the turn: its mark, and `at` which time it came.

    `unfit` is for which of its settings the server may lose what it commits.
    """
    await raw.execute(_BEGIN)
    took = await raw.fetchrow(_TAKE, TURN, last.writer, last.turn + 1)
    return replace(last, turn=last.turn + 1, xid=took["xid"]), took


async def forget(raw: asyncpg.Connection, own: Mark) -> None:
    """Forget the marks of writers that are no more; never our own, whatever the clock shows."""
    await raw.execute(_FORGET, own.writer)


async def committed(connect: Callable[[], Awaitable[asyncpg.Connection]], mark: Mark) -> bool:
    """Whether a transaction was committed; raises `Uncertain` if nobody can tell.

    What is found is found by a transaction that commits: by then it is as safe as that one.
    """
    until = time.monotonic() + LONGEST
    while True:
        try:
            return await _look(connect, mark) == mark.turn
        except (*FAILURES, Unavailable) as error:
            if time.monotonic() > until:
                raise Uncertain(
                    f"the connection was lost at COMMIT, and then: {type(error).__name__}"
                ) from error
        await asyncio.sleep(AGAIN)


async def _look(connect: Callable[[], Awaitable[asyncpg.Connection]], mark: Mark) -> int:
    """Which transaction of the writer was its last; nothing of it can follow."""
    raw = await connect()
    try:
        await raw.fetch(_END, mark.xid)
        await raw.execute(_BEGIN)
        last: int = await raw.fetchval(_LOOK, mark.writer)
        await raw.execute(COMMIT.format(""))
        return last
    finally:
        raw.terminate()
