"""A whole store from one database into another, table by table, a bounded page at a time.

Both are of this program's version.  Everything is copied as it stands: who copies decides what it
is to mean there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final, TypeAlias

from bridge.spool.db import Db


class Unfit(Exception):
    """A store or a file is not such that this may be done with it; nothing was.  It says why."""


PAGE: Final = 500
HEAVY: Final = 8_000_000
"""Rows of a page, and octets of mails and files after which it ends."""

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "lane": ("name",),  # before what it counts: SQLite's triggers count along
    "clock": ("id",),
    "conversation": ("token",),
    "message": ("id",),
    "body": ("message",),
    "submission": ("id",),
    "media": ("submission", "n"),
    "delivery": ("id",),
    "attempt": ("id",),
    "event": ("id",),
    "callback": ("event",),
    "event_part": ("event", "n"),
    "report": ("event", "mailbox"),
    "command": ("id",),
    "optout": ("number",),
    "spent": ("sender_key", "number"),
    "tail": ("sender_key", "digest"),
    "storm": ("number",),
    "lately": ("number", "likeness"),
    "summary": ("number", "spoken"),
    "pair": ("sender_key", "number"),
    "balance": ("at",),
}
"""Every table and its primary key; one that refers to another comes after it."""

_HEAVY: Final[Mapping[str, str]] = {
    "body": "raw",
    "media": "body",
    "event": "item",
    "callback": "raw",
    "event_part": "body",
}

Columns: TypeAlias = Mapping[str, Sequence[str]]
"""The columns of each table that are copied."""

Counts: TypeAlias = Mapping[str, int]
"""How many rows there are in each table."""

_Row: TypeAlias = tuple[Any, ...]


def copy(source: Db, target: Db, columns: Columns) -> Counts:
    """Copy all rows into a database of which only the schema is there; how many they were."""
    for table in reversed(tuple(KEYS)):  # the schema begins with some rows of its own
        target.execute(f"DELETE FROM {table}")
    return {table: _copy(source, target, table, columns[table]) for table in KEYS}


def _copy(source: Db, target: Db, table: str, columns: Sequence[str]) -> int:
    marks = ", ".join("?" for _ in columns)
    insert = f"INSERT INTO {table} ({_names(columns)}) VALUES ({marks})"
    copied = 0
    for page in pages(source, table, columns):
        target.executemany(insert, page)
        copied += len(page)
    return copied


def _names(columns: Sequence[str]) -> str:
    """Columns in a statement: `user` is a word of PostgreSQL's."""
    return ", ".join(f'"{column}"' for column in columns)


def pages(db: Db, table: str, columns: Sequence[str]) -> Iterator[list[_Row]]:
    """The rows of a table in the order of its key, as many at a time as memory allows.

    The key is among the columns.
    """
    keys = KEYS[table]
    order = ", ".join(keys)
    places = [columns.index(key) for key in keys]
    clause = ""
    last: _Row = ()
    while True:
        rest = f"FROM {table}{clause} ORDER BY {order} LIMIT"
        limit = _limit(db, table, rest, last)
        found = db.execute(f"SELECT {_names(columns)} {rest} {limit}", last).fetchall()
        if not found:
            return
        page = [tuple(row) for row in found]
        yield page
        last = tuple(page[-1][place] for place in places)
        clause = f" WHERE ({order}) > ({', '.join('?' for _ in keys)})"


def _limit(db: Db, table: str, rest: str, last: _Row) -> int:
    """How many of the next rows are a page: one at least, however heavy."""
    heavy = _HEAVY.get(table)
    if heavy is None:
        return PAGE
    found = db.execute(f"SELECT coalesce(length({heavy}), 0) {rest} {PAGE}", last)
    return max(1, sum(total <= HEAVY for total in accumulate(int(size) for (size,) in found)))


def counts(db: Db) -> Counts:
    """How many rows each table has."""
    return {table: int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in KEYS}


def is_empty(db: Db) -> bool:
    """Whether nothing was promised here yet, and nothing noted: a store that nobody has used."""
    tables = ("message", "event", "optout", "command", "tail")
    return not any(db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)
