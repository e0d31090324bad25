"""A connection to PostgreSQL in a transaction, as the verbs see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from bridge.spool.db import Parameters
from bridge.spool.postgres.dialect import translated
from bridge.spool.postgres.greenlets import wait

Raw: TypeAlias = asyncpg.Connection | PoolConnectionProxy


class Found:
    """`db.Rows`: what a statement found, or how many rows it changed."""

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self._next = 0
        self.rowcount = rowcount

    def fetchone(self) -> Any:
        """The next row; None after the last."""
        if self._next >= len(self._rows):
            return None
        self._next += 1
        return self._rows[self._next - 1]

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        rows, self._next = self._rows[self._next :], len(self._rows)
        return rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())

    def close(self) -> None:
        """Nothing is open."""


class PostgresDb:
    """`db.Db` on a connection; to be used inside of `greenlets.run`.

    `skew` is by how many seconds this node's time was off the database's as the transaction began.
    """

    def __init__(self, raw: Raw, *, skew: float = 0.0) -> None:
        self._raw = raw
        self.skew = skew

    def execute(self, sql: str, parameters: Parameters = (), /) -> Found:
        """Execute a statement of the spool."""
        statement = translated(sql)
        values = statement.bound(parameters)
        if statement.finds:
            rows = wait(self._raw.fetch(statement.sql, *values))
            return Found(rows, len(rows))
        status = wait(self._raw.execute(statement.sql, *values))
        count = status.rpartition(" ")[2]
        return Found([], int(count) if count.isdecimal() else -1)

    def executemany(self, sql: str, parameters: Iterable[Parameters], /) -> Found:
        """Execute a change once for each set of parameters, all on one way there and back."""
        statement = translated(sql)
        values = [statement.bound(each) for each in parameters]
        changed = (
            wait(self._raw.fetchmany(f"{statement.sql} RETURNING 1", values)) if values else ()
        )
        return Found([], len(changed))
