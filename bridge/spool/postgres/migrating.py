"""A PostgreSQL database becomes a spool: numbered scripts, one node at a time.

A node of an older version that is at work goes on, for scripts only add, until it has to connect
again: then it promises nothing more, and will not start.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import asyncpg

from bridge.spool.contract import Unusable

FIRST: Final = 4
VERSION: Final = 5
LOCK: Final = 0x534D53
"""The advisory lock of whoever prepares a store: "SMS"."""
TURN: Final = 0x534D54
"""The advisory lock of whoever writes: "SMT"."""
LONGEST: Final = 86400.0
"""Seconds for which it is waited for a script, or for another node's."""
_PATIENT: Final = (
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
    " SET LOCAL idle_in_transaction_session_timeout = 0"
)


async def prepare(raw: asyncpg.Connection, *, daemon: bool) -> None:
    """Make a database ready for use, for the daemon of an older version's, too.

    It takes as long as it takes.  Raises `Unusable` with what to do.
    """
    async with raw.transaction(isolation="read_committed"):
        await raw.execute(_PATIENT)
        await raw.execute("SELECT pg_advisory_xact_lock($1)", LOCK, timeout=LONGEST)
        found = await version(raw)
        if found is None:
            await raw.execute("CREATE TABLE IF NOT EXISTS store (version BIGINT NOT NULL)")
        if found and found > VERSION:
            raise Unusable(
                f"the store is of version {found}, this program knows {VERSION}:"
                " it was used by a newer smsbridge; install that one on this node, too"
            )
        if found and found < VERSION and not daemon:
            raise Unusable(
                f"the store is of version {found}, this program of {VERSION}: start a daemon"
                " once, it brings the store forward; or use `smsbridge store upgrade`"
            )
        await refuse_moved(raw)
        if found != VERSION:
            await raw.execute("SELECT pg_advisory_xact_lock($1)", TURN, timeout=LONGEST)
        for number in range((found or FIRST - 1) + 1, VERSION + 1):
            await raw.execute(script(number), timeout=LONGEST)
        if found != VERSION:
            await raw.execute("DELETE FROM store")
            await raw.execute("INSERT INTO store VALUES ($1)", VERSION)


async def check(raw: asyncpg.Connection) -> None:
    """Raise `Unusable` for a store that is no more what it was when it was opened."""
    found = await version(raw)
    if found != VERSION:
        raise Unusable(
            f"the store is of version {found or 'none'}, this program knows {VERSION}:"
            " it was changed since; start this node again with the smsbridge of the others"
        )
    await refuse_moved(raw)


def script(number: int) -> str:
    """What brings a database of the version before to this one."""
    return files(__package__).joinpath(f"schema/{number:04}.sql").read_text("utf-8")


async def version(raw: asyncpg.Connection) -> int | None:
    """Of which version a store is; None for a database that is none yet."""
    if await raw.fetchval("SELECT to_regclass('store')") is None:
        return None
    found: int | None = await raw.fetchval("SELECT version FROM store")
    return found


async def refuse_moved(raw: asyncpg.Connection) -> None:
    """Raise `Unusable` where the store was moved elsewhere: `smsbridge store move`."""
    if await raw.fetchval("SELECT to_regclass('moved')") is None:
        return
    place, at = await raw.fetchrow("SELECT place, at FROM moved")
    raise Unusable(
        f"the database was moved to {place} on {datetime.fromtimestamp(at, UTC):%Y-%m-%d}:"
        " write that as store.url; what is in it is not up to date"
    )
