"""A SQLite file becomes a spool: checked, brought forward by numbered scripts, never guessed at."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from importlib.resources import files

from bridge.spool.contract import Unusable

VERSION = 4
TURNS = 100
TURN = 0.05


def prepare(db: sqlite3.Connection, path: str, *, daemon: bool) -> None:
    """Make an open database ready for use; raises `Unusable` with what to do.

    Only the daemon brings an older store forward: nobody else works on it then.
    """
    if daemon:
        _check(db, path)
    _write_ahead(db)
    version = _version(db)
    if 0 < version < VERSION and not daemon:
        raise Unusable(
            f"{path} is of version {version}, this program of {VERSION}:"
            " start the daemon once, it brings the store forward"
        )
    _forward(db)
    if (version := _version(db)) != VERSION:
        raise Unusable(
            f"{path} is of version {version}, this program knows {VERSION}:"
            " it was used by a newer smsbridge; install that one again"
        )


def _check(db: sqlite3.Connection, path: str) -> None:
    """Whether the file is sound: a spool that is not must not promise anything."""
    (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise Unusable(damaged(path, found))


def damaged(path: str, how: str) -> str:
    """What to tell of a file that is no sound store, and what to do about it."""
    return (
        f"{path} is damaged ({how}); nothing was changed in it. Keep a copy of it and of"
        f" {path}-wal, then put back a backup, or save what can be read with"
        f" `sqlite3 {path} .recover | sqlite3 {path}.recovered` and put that in its place"
    )


def _write_ahead(db: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; SQLite does not wait here for another that does the same."""
    for _ in range(TURNS):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            time.sleep(TURN)
    db.execute("PRAGMA journal_mode = WAL")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _forward(db: sqlite3.Connection) -> None:
    """Run the scripts that the store has not had, in one transaction: nobody sees half of it."""
    if _version(db) >= VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    for number in range(
        _version(db) + 1, VERSION + 1
    ):  # again: another process may have been first
        script = files(__package__).joinpath(f"schema/{number:04}.sql").read_text("utf-8")
        for statement in _statements(script):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")
    db.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; triggers hold semicolons of their own."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(statement):
            yield statement
            statement = ""
