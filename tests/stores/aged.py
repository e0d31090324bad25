"""A store as an earlier version would have kept what is in one of this version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from bridge.spool import copying
from bridge.spool.sqlite.migrating import VERSION

EARLIER = range(1, VERSION)


def script(version: int) -> str:
    """What brings a store of the version before to this one."""
    return files("bridge.spool.sqlite").joinpath(f"schema/{version:04}.sql").read_text("utf-8")


def aged(store: Path, version: int, target: Path) -> copying.Columns:
    """Write the rows of a store into one of an earlier version; the columns that this one had."""
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(target)) as old:
        for number in range(1, version + 1):
            old.executescript(script(number))
        columns = {table: _columns(old, table) for table in copying.KEYS}
        for table in ("lane", "clock"):  # the schema begins with some rows of its own
            old.execute(f"DELETE FROM {table}" if columns[table] else "")
        for table, names in columns.items():
            listed, marks = ", ".join(names), ", ".join("?" for _ in names)
            if names:
                rows = source.execute(f"SELECT {listed} FROM {table}")
                old.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", rows)
        old.execute(f"PRAGMA user_version = {version}")
        for lane, table in (("submit", "delivery"), ("notify", "event")):
            old.execute(
                f"UPDATE lane SET waiting = (SELECT count(*) FROM {table} WHERE due_at IS NOT NULL)"
                " WHERE name = ?",
                (lane,),
            )
        old.commit()
    return columns


def rows(store: Path, columns: copying.Columns) -> dict[str, list[tuple[object, ...]]]:
    """What is in these columns, in the order of each table's key."""
    with closing(sqlite3.connect(store)) as db:
        return {
            table: db.execute(
                f"SELECT {', '.join(names)} FROM {table} ORDER BY {', '.join(copying.KEYS[table])}"
            ).fetchall()
            for table, names in columns.items()
            if names
        }


def schema(store: Path) -> tuple[int, dict[str, object]]:
    """The version of a store, and its tables, indexes and triggers, however they were spelt."""
    with closing(sqlite3.connect(store)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        found: dict[str, object] = {}
        for kind, name, made in db.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        ):
            found[name] = (
                sorted(_described(db, name)) if kind == "table" else " ".join(made.split())
            )
    return version, found


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [name for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def _described(db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    """The columns of a table, and what they refer to; not their places."""
    columns = db.execute(
        "SELECT name, type, \"notnull\", coalesce(dflt_value, ''), pk FROM pragma_table_info(?)",
        (table,),
    )
    keys = db.execute(
        'SELECT "from", "table", "to", on_delete, 0 FROM pragma_foreign_key_list(?)', (table,)
    )
    return [*columns, *keys]
