"""What is in a store's file, read past the spool."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bridge.spool import copying
from tests.spool.conftest import Story


def file_of(story: Story) -> Path:
    """The file of a SQLite store."""
    return Path(story.url.removeprefix("sqlite:///"))


def files_like(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder whose names look so."""
    return sorted(folder.glob(pattern))


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of each table, in the order of its key."""
    with closing(sqlite3.connect(path)) as db:
        return {
            table: db.execute(f"SELECT * FROM {table} ORDER BY {', '.join(keys)}").fetchall()
            for table, keys in copying.KEYS.items()
        }


def states(path: Path, table: str = "delivery") -> dict[str, int]:
    """How many rows stand in each state."""
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute(f"SELECT state, count(*) FROM {table} GROUP BY state"))


def octets_of(path: Path) -> bytes:
    """All that a thief of the file would read, pages that are free included, and of its log."""
    log = path.with_name(path.name + "-wal")
    return path.read_bytes() + (log.read_bytes() if log.exists() else b"")
