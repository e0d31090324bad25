"""Whether a PostgreSQL server may be trusted with a promise."""

from __future__ import annotations

import time
from typing import Final

import asyncpg

from bridge.spool.contract import Unusable
from bridge.spool.postgres.connecting import Address
from bridge.spool.postgres.failing import FAILURES, unopened
from bridge.spool.postgres.migrating import VERSION, version

OLDEST: Final = 130000
MAY_LOSE: Final = "smsbridge.may_lose"
"""A setting by which a server says of itself that what it keeps is of no value: a test's."""

_SETTINGS: Final = """
SELECT current_setting('server_version_num')::int AS version,
       current_setting('server_version') AS named,
       pg_encoding_to_char(encoding) AS encoding,
       current_setting('fsync') AS fsync,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting($1, true) AS may_lose
FROM pg_database WHERE datname = current_database()
"""


async def check(raw: asyncpg.Connection) -> None:
    """Raise `Unusable`, with what to do, for a server on which what is committed may be lost."""
    found = await raw.fetchrow(_SETTINGS, MAY_LOSE)
    if found["version"] < OLDEST:
        raise Unusable(f"the server is PostgreSQL {found['named']}: 13 or newer is needed")
    if found["encoding"] != "UTF8":
        raise Unusable(
            f"the database is encoded in {found['encoding']}:"
            " create one with ENCODING 'UTF8' TEMPLATE template0"
        )
    if found["may_lose"] == "on":
        return
    for setting in ("fsync", "synchronous_commit"):
        if found[setting] == "off":
            raise Unusable(
                f"the server has {setting} = off: what it commits may be lost; switch it on"
            )


async def examined(url: str) -> str:
    """What there is at a URL, in a line; changes nothing.

    Raises `Unusable` where a daemon would not use it, `Unavailable` where nobody answers.
    """
    try:
        raw = await Address(url).connect()
        try:
            await check(raw)
            named = raw.get_settings().server_version
            found = await version(raw)
            began = time.perf_counter()
            await raw.fetchval("SELECT 1")
            took = time.perf_counter() - began
        finally:
            raw.terminate()
    except FAILURES as error:
        raise unopened(error) from error
    if found is not None and found > VERSION:
        raise Unusable(f"the store is of version {found}, this program knows {VERSION}")
    holds = "will become a store" if found is None else f"is a store of version {found}"
    return f"the database {holds}; PostgreSQL {named}, {1000 * took:.1f} ms away"
