"""Whether a PostgreSQL store has the tables, indexes and views that the scripts make."""

from __future__ import annotations

from typing import Final

import asyncpg

from bridge.spool.postgres import migrating
from bridge.spool.verifying import differences

_LIKE: Final = "SET LOCAL search_path = pg_temp"
"""What the scripts make is this session's own, for a moment, and is never committed.

It takes no more than what everybody may do in a database, unless an administrator forbade it.
"""
_CANNOT: Final = (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)
"""What a role that may make no table is told, and whoever asks a standby."""

_PARTS: Final = """
SELECT 'column ' || table_name || '.' || column_name,
       concat_ws(' ', data_type, is_nullable, collation_name, is_identity)
FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL
SELECT 'index ' || c.relname, pg_get_indexdef(i.indexrelid, 0, true) || i.indisvalid
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT 'view ' || viewname, definition FROM pg_views WHERE schemaname = current_schema()
UNION ALL
SELECT 'rule ' || k.conname, pg_get_constraintdef(k.oid, true) || k.convalidated
FROM pg_constraint k WHERE k.connamespace = current_schema()::regnamespace AND k.contype <> 'n'
UNION ALL
SELECT 'trigger ' || t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
"""


class Unseen(Exception):
    """Nothing can be compared here.  It says why."""


async def strange(raw: asyncpg.Connection) -> list[str]:
    """What differs, one line a part; raises `Unseen`."""
    found = await _parts(raw)
    like = raw.transaction()
    await like.start()
    try:
        await raw.execute(_LIKE)
        for number in range(migrating.FIRST, migrating.VERSION + 1):
            await raw.execute(migrating.script(number))
        return list(differences(await _parts(raw), found))
    except _CANNOT as error:
        raise Unseen(f"the tables and indexes could not be compared: {error.args[0]}") from error
    finally:
        await like.rollback()


async def _parts(raw: asyncpg.Connection) -> dict[str, str]:
    return {name: str(made) for name, made in await raw.fetch(_PARTS)}
