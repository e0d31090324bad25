"""Whether a SQLite store has the tables, indexes, triggers and views that the scripts make."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from bridge.spool.sqlite import migrating
from bridge.spool.verifying import differences

_COLUMNS: Final = (
    "SELECT 'column ' || m.name || '.' || c.name, c.type || c.\"notnull\" || c.pk"
    " FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
)
_OTHERS: Final = (
    "SELECT type || ' ' || name, sql FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL"
)


def strange(db: sqlite3.Connection) -> Iterator[str]:
    """What differs, one line a part."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as like:
        migrating.forward(like, "a store like it")
        yield from differences(_parts(like), _parts(db))


def _parts(db: sqlite3.Connection) -> dict[str, str]:
    found = [*db.execute(_COLUMNS), *db.execute(_OTHERS)]
    return {name: " ".join(made.split()) for name, made in found}
