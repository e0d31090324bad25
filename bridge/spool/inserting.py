"""Many rows go in by few statements: on SQLite each one costs more than its rows do.

A statement that fails in its middle is to leave nothing behind, so that SQLite copies every page
before a statement writes to it for the first time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

from bridge.spool.db import Db
from bridge.spool.rows import Row

MOST = 64
"""Rows by one statement: for more, what each row costs becomes no less."""


def insert(db: Db, into: str, found: Sequence[Row], then: str = "") -> list[Row]:
    """Insert rows `into` a table, in their order; what `then` returns of each, if it does."""
    returned: list[Row] = []
    for at in range(0, len(found), MOST):
        lot = found[at : at + MOST]
        sql = _statement(into, len(lot), len(lot[0]), then)
        returned += db.execute(sql, list(chain.from_iterable(lot))).fetchall()
    return returned


@lru_cache(maxsize=64)
def _statement(into: str, rows: int, columns: int, then: str) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"{into} VALUES {', '.join([row] * rows)} {then}"
