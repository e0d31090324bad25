"""A SQLite store as a whole: copied while the daemon runs, put back, looked over, moved away.

A copy knows that it is one (a table `backup` says when it was made), so what waits in it is held by
whatever way it is put back.  A store that was moved says so, and is opened no more.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from bridge.spool import copying
from bridge.spool.contract import Unavailable, Unusable
from bridge.spool.copying import Columns, Unfit
from bridge.spool.db import Db
from bridge.spool.restoring import Held
from bridge.spool.sqlite import migrating
from bridge.spool.sqlite.file import locked
from bridge.spool.sqlite.migrating import VERSION
from bridge.spool.sqlite.soundness import faults, opened


def path_of(rest: str, *, new: bool = False) -> Path:
    """The file that a URL's rest names; raises `Unfit` where it is not there, unless it is new."""
    path = Path(rest[1:])
    if not rest.startswith("/") or not path.name:
        raise Unfit("a SQLite store is written sqlite:////var/lib/smsbridge/bridge.db")
    if not new and not path.is_file():
        raise Unfit(f"{path} is not there: nobody has used this store yet")
    return path


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """While no daemon runs on a store, and none begins; raises `Unusable` if one does."""
    lock = locked(path)
    try:
        handed_over(path.with_name(path.name + ".lock"), path)
        yield
    finally:
        os.close(lock)


# ---------------------------------------------------------------- backup


def back_up(store: Path, target: Path, now: float) -> None:
    """Copy a store as it is at one instant, whoever writes to it meanwhile; durable on return."""
    with written(target) as copy, opened(store) as source:
        migrating.refuse_moved(source, str(store))
        _copied(source, copy, target)
        mark(copy, now)


def _copied(source: sqlite3.Connection, copy: sqlite3.Connection, target: Path) -> None:
    """Copy a file in one step: a daemon that writes meanwhile makes it no longer."""
    try:
        source.backup(copy)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise
        raise Unavailable(f"{target}: {error}") from error


@contextmanager
def written(target: Path) -> Iterator[sqlite3.Connection]:
    """A new database that takes its name once it is whole, found good, and synced.

    Raises `Unfit` where something of that name is there.
    """
    if target.exists():
        raise Unfit(f"{target} is there already; it is not written over")
    part = target.with_name(target.name + ".part")
    with _on_disk(target):
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    try:
        with opened(part, writes=True) as db:
            yield db
            db.execute("PRAGMA journal_mode = DELETE")
        if found := next(faults(part), None):
            raise Unusable(f"the copy is not good, and was not kept: {found}")
        with _on_disk(target):
            _synced(part)
            part.rename(target)
            _synced(target.parent)
    finally:
        for leftover in (part, *_beside(part)):
            leftover.unlink(missing_ok=True)


@contextmanager
def _on_disk(target: Path) -> Iterator[None]:
    """What fails here is the file's, and not the database's that is copied into it."""
    try:
        yield
    except OSError as error:
        raise Unavailable(f"{target}: {error.strerror}") from error


def mark(copy: Db, now: float) -> None:
    """Let a copy know that it is one, and since when."""
    copy.execute("PRAGMA journal_mode = DELETE")
    copy.execute("CREATE TABLE IF NOT EXISTS backup (at REAL NOT NULL)")
    copy.execute("DELETE FROM backup")
    copy.execute("INSERT INTO backup VALUES (?)", (now,))


# ---------------------------------------------------------------- restore


def restore(backup: Path, store: Path, *, replace: bool, by: str, now: float) -> Held:
    """Put a backup in a store's place, with all that waits in it held; durable on return.

    What was in that place is kept beside it under another name.
    """
    if found := next(faults(backup), None):
        raise Unfit(f"{backup} is no good backup: {found}")
    with alone(store):
        if store.exists() and not replace and not _is_unused(store):
            raise Unfit(f"{store} holds mails; --replace keeps it under another name")
        part = store.with_name(store.name + ".restored")
        part.unlink(missing_ok=True)
        with written(part) as copy, opened(backup) as source:
            _copied(source, copy, store)
            held = _held(copy, backup, by=by, now=now)
        try:
            handed_over(part, store)
            if store.exists():
                _set_aside(store, now)
            part.replace(store)
        finally:
            part.unlink(missing_ok=True)
        _synced(store.parent)
    return held


def _held(copy: sqlite3.Connection, backup: Path, *, by: str, now: float) -> Held:
    """Bring a copy forward, and hold all that waits in it."""
    if migrating.made_at(copy) is None:  # a file that was copied by other means
        mark(copy, backup.stat().st_mtime)
    migrating.forward(copy, str(backup))
    return migrating.hold(copy, by=by, now=now)


def _is_unused(store: Path) -> bool:
    with opened(store) as db:
        return not migrating.version(db) or copying.is_empty(db)


def _set_aside(store: Path, now: float) -> None:
    """Keep a store under another name; a log that belongs to it must not meet its successor."""
    aside = store.with_name(f"{store.name}.before-{stamp(now)}")
    for file, its in zip((store, *_beside(store)), (aside, *_beside(aside)), strict=True):
        if file.exists():
            os.link(file, its)
    try:
        with suppress(Unusable), opened(store, writes=True) as db:
            db.execute("PRAGMA journal_mode = DELETE")  # its log goes into it
            for log in _beside(aside):
                log.unlink(missing_ok=True)
    except Unavailable:  # somebody reads it just now
        for its in (aside, *_beside(aside)):
            its.unlink(missing_ok=True)
        raise
    for log in _beside(store):  # it is damaged: whoever reads it may need that, beside it
        log.unlink(missing_ok=True)
    _synced(store.parent)


# ---------------------------------------------------------------- upgrade, move


def upgrade(path: Path, *, keep: bool, now: float) -> tuple[int, Path | None]:
    """Bring a store forward; of which version it was, and the backup that was made first."""
    with alone(path), opened(path, writes=True) as db:
        migrating.refuse_moved(db, str(path))
        before = migrating.version(db)
        if before == VERSION:
            return before, None
        kept = path.with_name(f"{path.name}.version{before}-{stamp(now)}") if keep else None
        if kept:
            back_up(path, kept, now)
        migrating.prepare(db, str(path), daemon=True)
        return before, kept


@contextmanager
def leaving(path: Path) -> Iterator[sqlite3.Connection]:
    """A store that is to be moved: nobody works on it, and its transaction is the caller's."""
    with alone(path), opened(path, writes=True) as db:
        migrating.prepare(db, str(path), daemon=True)
        db.execute("BEGIN IMMEDIATE")
        yield db
        db.execute("COMMIT")


def left(db: Db, place: str, now: float) -> None:
    """Note that a store was moved, so that nobody starts on it again."""
    db.execute("CREATE TABLE moved (at REAL NOT NULL, place TEXT NOT NULL)")
    db.execute("INSERT INTO moved VALUES (?, ?)", (now, place))


@contextmanager
def arriving(path: Path) -> Iterator[sqlite3.Connection]:
    """A store that does not exist yet, with its schema, in the caller's transaction.

    Raises `Unfit` where one is in use already.
    """
    with written(path) as db:
        migrating.forward(db, str(path))
        db.execute("BEGIN IMMEDIATE")
        yield db
        db.execute("COMMIT")


def columns(db: Db) -> Columns:
    """The columns of a store that another kind of store has as well: all but what triggers keep."""
    return {
        table: [
            name
            for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,))
            if (table, name) != ("lane", "waiting")
        ]
        for table in copying.KEYS
    }


def handed_over(path: Path, store: Path) -> None:
    """Give a file to the owner of a store: what root restores, the daemon's own user must open."""
    if os.geteuid() == 0:
        owner = (store if store.exists() else store.parent).stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def stamp(now: float) -> str:
    """An instant as part of a file's name."""
    return f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"


def _beside(path: Path) -> tuple[Path, Path]:
    """The files that SQLite keeps beside an open database."""
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def _synced(path: Path) -> None:
    """Sync a file or a directory."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
