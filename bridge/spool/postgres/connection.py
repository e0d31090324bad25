"""A connection to PostgreSQL in a transaction, as the verbs see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from bridge.spool.db import Parameters
from bridge.spool.postgres.dialect import Statement, translated
from bridge.spool.postgres.greenlets import wait
from bridge.spool.postgres.joining import goes_with, joined, looks, sees, waits

Raw: TypeAlias = asyncpg.Connection | PoolConnectionProxy


class Found:
    """`db.Rows`: what a statement found."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows
        self._next = 0

    @property
    def rowcount(self) -> int:
        """How many rows there were."""
        return len(self._rows)

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


class Change(Found):
    """`db.Rows`: a statement that changes something, and may still have to be executed."""

    def __init__(self, db: PostgresDb, statement: Statement, values: Sequence[Any]) -> None:
        super().__init__([])
        self._db = db
        self._count: int | None = None
        self.statement = statement
        self.values = values

    @property
    def rowcount(self) -> int:
        """How many rows were changed; to be asked for before anything else is executed."""
        if self._count is None:
            self._db.flush()
        if self._count is None:
            raise RuntimeError("it went with another statement, and nobody counted")
        return self._count

    def counted(self, status: str) -> None:
        """It was executed, and this is what the server said."""
        count = status.rpartition(" ")[2]
        self._count = int(count) if count.isdecimal() else -1


class PostgresDb:
    """`db.Db` on a connection; to be used inside of `greenlets.run`.

    `skew` is by how many seconds this node's time was off the database's as the transaction began.
    `joins`: writes may wait for the next statement, see `joining`, and what was read without
    parameters is remembered while nobody writes it.  `flush` them, then, in the end.
    """

    def __init__(self, raw: Raw, *, skew: float = 0.0, joins: bool = False) -> None:
        self._raw = raw
        self._joins = joins
        self._waiting: list[Change] = []
        self._known: dict[Statement, list[Any]] = {}
        self.skew = skew

    def execute(self, sql: str, parameters: Parameters = (), /) -> Found:
        """Execute a statement of the spool."""
        statement = translated(sql)
        if statement in self._known:
            return Found(self._known[statement])
        values = statement.bound(parameters)
        return (
            self._found(statement, values) if statement.finds else self._change(statement, values)
        )

    def executemany(self, sql: str, parameters: Iterable[Parameters], /) -> Found:
        """Execute a change once for each set of parameters, all on one way there and back."""
        statement = translated(sql)
        values = [statement.bound(each) for each in parameters]
        if not values:
            return Found([])
        if len(values) == 1:
            return self._change(statement, values[0])
        self.flush()
        self._forget(statement)
        return Found(wait(self._raw.fetchmany(f"{statement.sql} RETURNING 1", values)))

    def flush(self) -> None:
        """Execute what waits."""
        if self._waiting:
            last = self._waiting.pop()
            sql, values = self._with_waiting(last.statement, last.values)
            last.counted(wait(self._raw.execute(sql, *values)))

    def _change(self, statement: Statement, values: Sequence[Any]) -> Change:
        change = Change(self, statement, values)
        if not goes_with(statement, [each.statement for each in self._waiting]):
            self.flush()
        self._waiting.append(change)
        self._forget(statement)
        if not (self._joins and waits(statement)):
            self.flush()
        return change

    def _found(self, statement: Statement, values: Sequence[Any]) -> Found:
        if not goes_with(statement, [each.statement for each in self._waiting]):
            self.flush()
        self._forget(statement)
        sql, values = self._with_waiting(statement, values)
        rows = wait(self._raw.fetch(sql, *values))
        if self._joins and not statement.order and looks(statement):
            self._known[statement] = rows
        return Found(rows)

    def _with_waiting(self, last: Statement, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """A statement and its values, together with what waits."""
        if not self._waiting:
            return last.sql, values
        before, self._waiting = self._waiting, []
        sql = joined(tuple(each.statement for each in before), last)
        return sql, [*chain.from_iterable(each.values for each in before), *values]

    def _forget(self, statement: Statement) -> None:
        """What was read, and is to be written, has to be read again."""
        if statement.writes:
            self._known = {k: v for k, v in self._known.items() if not sees(k, statement.writes)}
        elif not looks(statement):
            self._known.clear()
