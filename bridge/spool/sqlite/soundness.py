"""A SQLite file as it is found: opened by whoever keeps it as a whole, and read all over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bridge.spool import verifying
from bridge.spool.contract import Unavailable, Unusable
from bridge.spool.copying import Unfit
from bridge.spool.sqlite import migrating, shape
from bridge.spool.sqlite.file import BUSY_MS
from bridge.spool.sqlite.migrating import VERSION

FAULTS = 20
"""How many of a file's faults are named."""


@contextmanager
def opened(path: Path, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection to a file that is there; what fails in it is `Unavailable`, or damage."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as db:
            db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            db.execute("PRAGMA synchronous = FULL")
            db.execute(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
            yield db
    except sqlite3.OperationalError as error:
        raise Unavailable(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise Unusable(migrating.damaged(str(path), str(error))) from error


def faults(path: Path) -> Iterator[str]:
    """What is wrong with a store's file, one line a fault, at one instant."""
    if not path.is_file():
        raise Unfit(f"{path} is no file")
    try:
        with opened(path) as db:
            db.execute("BEGIN")
            yield from _faults(db)
    except Unusable as error:
        yield f"it is damaged: {error.__cause__}"


def refuse_moved(path: Path) -> None:
    """Raise `Unusable` where a store was moved elsewhere; a damaged one is said to be nothing."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as db:
        migrating.refuse_moved(db, str(path))


def _faults(db: sqlite3.Connection) -> Iterator[str]:
    found = [text for (text,) in db.execute(f"PRAGMA integrity_check({FAULTS})")]
    if found != ["ok"]:
        yield from (f"it is damaged: {each}" for each in found)
        return
    for table, count in db.execute(
        'SELECT "table", count(*) FROM pragma_foreign_key_check GROUP BY 1'
    ):
        yield f"rows of {table} that belong to nothing: {count}"
    version = migrating.version(db)
    if not 0 < version <= VERSION:
        yield f"it is of version {version}, this program knows {VERSION}"
    elif version == VERSION and (strange := [*shape.strange(db)]):
        yield from strange[:FAULTS]
    elif version == VERSION:
        yield from verifying.faults(db)
        yield from _miscounted(db)


def _miscounted(db: sqlite3.Connection) -> Iterator[str]:
    for lane, table in (("submit", "delivery"), ("notify", "event")):
        said, counted = db.execute(
            f"SELECT waiting, (SELECT count(*) FROM {table} WHERE due_at IS NOT NULL)"
            " FROM lane WHERE name = ?",
            (lane,),
        ).fetchone() or (0, 0)
        if said != counted:
            yield f"lane {lane} says that {said} wait, and {counted} do"
