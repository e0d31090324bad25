"""A PostgreSQL database becomes a spool: numbered scripts, one node at a time.

A node of an older version that is at work goes on: scripts only add.  It will not start again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import asyncpg

from bridge.spool.contract import Unusable

FIRST: Final = 4
VERSION: Final = 4
LOCK: Final = 0x534D53
"""The advisory lock of whoever prepares a store: "SMS"."""


async def prepare(raw: asyncpg.Connection, *, daemon: bool) -> None:
    """Make a database ready for use, for the daemon of an older version's, too.

    Raises `Unusable` with what to do.
    """
    async with raw.transaction():
        await raw.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
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
        await _refuse_moved(raw)
        for number in range((found or FIRST - 1) + 1, VERSION + 1):
            await raw.execute(script(number))
        if found != VERSION:
            await raw.execute("DELETE FROM store")
            await raw.execute("INSERT INTO store VALUES ($1)", VERSION)


def script(number: int) -> str:
    """What brings a database of the version before to this one."""
    return files(__package__).joinpath(f"schema/{number:04}.sql").read_text("utf-8")


async def version(raw: asyncpg.Connection) -> int | None:
    """Of which version a store is; None for a database that is none yet."""
    if await raw.fetchval("SELECT to_regclass('store')") is None:
        return None
    found: int | None = await raw.fetchval("SELECT version FROM store")
    return found


async def _refuse_moved(raw: asyncpg.Connection) -> None:
    """Raise `Unusable` where the store was moved elsewhere: `smsbridge store move`."""
    if await raw.fetchval("SELECT to_regclass('moved')") is None:
        return
    place, at = await raw.fetchrow("SELECT place, at FROM moved")
    raise Unusable(
        f"the database was moved to {place} on {datetime.fromtimestamp(at, UTC):%Y-%m-%d}:"
        " write that as store.url; what is in it is not up to date"
    )
