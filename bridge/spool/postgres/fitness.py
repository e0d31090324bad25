"""Whether a PostgreSQL server may be trusted with a promise."""

from __future__ import annotations

import time
from typing import Final

import asyncpg

from bridge.spool.contract import Unavailable, Unusable
from bridge.spool.postgres import connecting, migrating
from bridge.spool.postgres.connecting import Address
from bridge.spool.postgres.failing import FAILURES, unopened
from bridge.spool.postgres.migrating import VERSION, version

OLDEST: Final = 130000
MAY_LOSE: Final = "smsbridge.may_lose"
"""A setting by which a server says of itself that what it keeps is of no value: a test's."""
UNFIT: Final = """
CASE WHEN current_setting({}, true) = 'on' THEN NULL
     WHEN current_setting('fsync') = 'off' THEN 'fsync = off'
     WHEN current_setting('synchronous_commit') = 'off' THEN 'synchronous_commit = off'
     WHEN current_setting('synchronous_commit') = 'local'
          AND current_setting('synchronous_standby_names') <> ''
     THEN 'synchronous_commit = local beside synchronous_standby_names'
END"""
"""For which of its settings a server may lose what it commits; NULL for none."""

_SETTINGS: Final = f"""
SELECT current_setting('server_version_num')::int AS version,
       current_setting('server_version') AS named,
       pg_encoding_to_char(encoding) AS encoding,
       {UNFIT.format("$1")} AS unfit
FROM pg_database WHERE datname = current_database()
"""
_OTHERWISE: Final = """
SELECT name FROM unnest($1::text[], $2::text[]) AS wanted (name, value)
WHERE current_setting(name) <> value ORDER BY name
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
    if found["unfit"]:
        raise Unusable(unfit(found["unfit"]))


def unfit(setting: str) -> str:
    """What is wrong with a server that is set like that, and what to do."""
    return f"the server has {setting}: what it commits may be lost; switch it on"


async def check_session(raw: asyncpg.Connection) -> None:
    """Raise `Unusable` where a session is not ours alone, and so not set as we asked."""
    # A server that is reached by a socket of its own machine knows nothing of TCP.
    wanted = {k: v for k, v in connecting.SESSION.items() if not k.startswith("tcp_")}
    found = await raw.fetch(_OTHERWISE, list(wanted), list(wanted.values()))
    if found:
        named = ", ".join(each["name"] for each in found)
        raise Unusable(
            f"the session has not what it was asked for ({named}): something between, such as"
            " pgbouncer, changes it; let store.url lead to the server itself"
        )


async def ready(address: Address, *, daemon: bool) -> asyncpg.Connection:
    """A connection to write by, to a server that is still, or again, what it has to be.

    Raises any of `failing.FAILURES`, and `Unavailable` where a start would be `Unusable`.
    """
    raw = await address.connect()
    try:
        await check_session(raw)
        if daemon:
            await check(raw)
        await migrating.check(raw)
    except Unusable as error:
        raw.terminate()
        raise Unavailable(str(error)) from error
    except BaseException:
        raw.terminate()
        raise
    return raw


async def examined(url: str) -> str:
    """What there is at a URL, in a line; changes nothing.

    Raises `Unusable` where a daemon would not use it, `Unavailable` where nobody answers.
    """
    try:
        raw = await Address(url).connect()
        try:
            await check_session(raw)
            await check(raw)
            named = raw.get_settings().server_version
            found = await version(raw)
            await migrating.refuse_moved(raw)
            began = time.perf_counter()
            await raw.fetchval("SELECT 1")
            took = time.perf_counter() - began
        finally:
            raw.terminate()
    except (*FAILURES, ValueError) as error:
        raise unopened(error) from error
    if found is not None and found > VERSION:
        raise Unusable(f"the store is of version {found}, this program knows {VERSION}")
    holds = "will become a store" if found is None else f"is a store of version {found}"
    return f"the database {holds}; PostgreSQL {named}, {1000 * took:.1f} ms away"
