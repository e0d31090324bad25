"""A SQLite file becomes a spool: checked, brought forward by numbered scripts, never guessed at."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files

from bridge import maillog
from bridge.spool import commands, restoring
from bridge.spool.contract import Unusable
from bridge.spool.restoring import Held

VERSION = 5
TURNS = 100
TURN = 0.05


def prepare(db: sqlite3.Connection, path: str, *, daemon: bool) -> None:
    """Make an open database ready for use; raises `Unusable` with what to do.

    Only the daemon brings an older store forward: nobody else works on it then.  A backup that was
    put in the store's place by other means than `smsbridge store restore` is held by it, too.
    """
    if daemon:
        _check(db, path)
    _write_ahead(db)
    older = 0 < version(db) < VERSION
    if older and not daemon:
        raise Unusable(
            f"{path} is of version {version(db)}, this program of {VERSION}:"
            " start the daemon once, it brings the store forward; or use `smsbridge store upgrade`"
        )
    forward(db, path)
    if daemon:
        hold(db, by="the daemon", now=time.time())


def forward(db: sqlite3.Connection, path: str) -> None:
    """Bring a store to this program's version; raises `Unusable` where it is not to be used."""
    _run_scripts(db)
    if (found := version(db)) != VERSION:
        raise Unusable(
            f"{path} is of version {found}, this program knows {VERSION}:"
            " it was used by a newer smsbridge; install that one again"
        )
    refuse_moved(db, path)


def refuse_moved(db: sqlite3.Connection, path: str) -> None:
    """Raise `Unusable` where the store was moved elsewhere: `smsbridge store move`."""
    if _has_table(db, "moved"):
        place, at = db.execute("SELECT place, at FROM moved").fetchone()
        raise Unusable(
            f"{path} was moved to {place} on {datetime.fromtimestamp(at, UTC):%Y-%m-%d}:"
            " write that as store.url; what is in this file is not up to date"
        )


def made_at(db: sqlite3.Connection) -> float | None:
    """When a backup was made; None for a store at work."""
    if not _has_table(db, "backup"):
        return None
    return float(db.execute("SELECT at FROM backup").fetchone()[0])


def hold(db: sqlite3.Connection, *, by: str, now: float) -> Held:
    """Make a backup a store at work, that holds all that waited in it; how much that is."""
    made = made_at(db)
    if made is None:
        return Held(0, 0)
    db.execute("BEGIN IMMEDIATE")
    held = restoring.hold(db, made, now)
    commands.record(db, "store restore", commands.EVERYTHING, by=by, changed=held.texts, now=now)
    db.execute("DROP TABLE backup")
    db.execute("COMMIT")
    maillog.restored(texts=held.texts, notices=held.notices)
    return held


def _has_table(db: sqlite3.Connection, name: str) -> bool:
    found = db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
    return found.fetchone() is not None


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


def version(db: sqlite3.Connection) -> int:
    """Of which version a store is; 0 before it is one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _run_scripts(db: sqlite3.Connection) -> None:
    """Run the scripts that the store has not had, in one transaction: nobody sees half of it."""
    if version(db) >= VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    for number in range(version(db) + 1, VERSION + 1):  # again: another process may have been first
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
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
