"""The file of a SQLite store, opened: its lock, its connections, its state of repair."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from bridge.core.states import Evidence
from bridge.spool.contract import Unavailable, Unusable
from bridge.spool.sqlite import migrating

BUSY_MS = 5000
CACHE_KIB = 32768
WAL_PAGES = 4000
"""Pages in the log before they are copied into the file: most are written over in between."""


@dataclass(frozen=True, slots=True)
class File:
    """An open store: one connection that writes (the writer closes it), and two that read.

    `glancing` is the event loop's own: it never waits for a lock.
    """

    path: Path
    writing: sqlite3.Connection
    reading: sqlite3.Connection
    glancing: sqlite3.Connection
    held: ExitStack

    def close(self) -> None:
        """Close the reading connections and give up the lock."""
        self.held.close()


def open_file(rest: str, *, daemon: bool) -> File:
    """Open the file that a URL's rest names; raises `Unusable` with what to do.

    On SQLite there is one daemon: every lease found at its start is its dead predecessor's, and
    is due at once.
    """
    if not rest.startswith("/") or len(rest) == 1:
        raise Unusable("a SQLite store is written sqlite:////var/lib/smsbridge/bridge.db")
    path = Path(rest[1:])
    with ExitStack() as held, ExitStack() as opened:
        try:
            _create(path)
            if daemon:
                lock = locked(path)
                held.callback(os.close, lock)
            writing = _connected(path, opened)
            migrating.prepare(writing, str(path), daemon=daemon)
            # What a statement undoes if it fails: in a file, it costs more than all the rest.
            writing.execute("PRAGMA temp_store = MEMORY")
            reading = _reading(path, held)
            glancing = _reading(path, held)
            glancing.execute("PRAGMA busy_timeout = 0")
            if daemon:
                os.pwrite(lock, _A_STORE, _HOLDER)
                _take_back(writing)
        except (OSError, sqlite3.OperationalError) as error:
            if _passes(error):
                raise Unavailable(f"{path} cannot be opened now: {error}") from error
            raise Unusable(
                f"{path} cannot be opened: {error}; its directory must be there and writable"
            ) from error
        except sqlite3.DatabaseError as error:
            raise Unusable(migrating.damaged(str(path), str(error))) from error
        opened.pop_all()
        return File(path, writing, reading, glancing, held.pop_all())


_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_PASSING_OS = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.EINTR}


def _passes(error: OSError | sqlite3.OperationalError) -> bool:
    """Whether a later try may well succeed, with nobody's help or with more room on the disk."""
    if isinstance(error, OSError):
        return error.errno in _PASSING_OS
    return (error.sqlite_errorcode & 0xFF) in _PASSING


def _create(path: Path) -> None:
    """Create the file if it is not there, for its owner alone: it holds what people write.

    One that is there is not even opened: closing it would give up the locks that this process
    holds on it by another connection (fcntl's locks are a process's, not a descriptor's).

    One that is empty and was a store is damaged: SQLite would begin anew, and forget its log.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if path.stat().st_size == 0 and _was_a_store(path):
            how = f"it is empty; to begin anew, remove it and {path}.lock"
            raise Unusable(migrating.damaged(str(path), how)) from None
        _close_to_others(path)


def _close_to_others(path: Path) -> None:
    """Take from others what a careless copy gave them, if it is ours to take."""
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(FileNotFoundError, PermissionError):
            if (mode := each.stat().st_mode) & 0o077:
                each.chmod(mode & 0o700)


_HOLDER = 20
"""Octets of the lock file that say which process holds it; then it says whether that had a store.

A daemon that was killed as it created its file left an empty one, with which the next begins.
"""
_A_STORE = b"\na store\n"


def _was_a_store(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return Path(f"{path}.lock").read_bytes()[_HOLDER:] == _A_STORE
    return False


def locked(path: Path) -> int:
    """Take the daemon's lock; the kernel gives it back when the process ends, however it ends."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, _HOLDER, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise Unusable(f"{path} is in use by another daemon, process {holder}") from None
    os.pwrite(lock, f"{os.getpid():<{_HOLDER}}".encode("ascii"), 0)
    return lock


def _connected(path: Path, opened: ExitStack) -> sqlite3.Connection:
    """A connection that syncs what it commits."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    opened.callback(db.close)
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",  # what is erased is written over, not left in pages to be used again
        f"wal_autocheckpoint = {WAL_PAGES}",
        f"cache_size = -{CACHE_KIB}",
    ):
        db.execute(f"PRAGMA {pragma}")
    return db


def _reading(path: Path, opened: ExitStack) -> sqlite3.Connection:
    """A connection that writes nothing."""
    db = _connected(path, opened)
    db.execute("PRAGMA query_only = ON")
    return db


def _take_back(db: sqlite3.Connection) -> None:
    """Let every lease run out: 0 is long past, whatever the clock says.

    What was claimed was certainly not sent: it is queued again, and takes an operator's command.
    """
    for table in ("delivery", "event"):
        db.execute(
            f"UPDATE {table} SET due_at = 0, owner = '' WHERE owner <> '' AND due_at IS NOT NULL"
        )
    (claimed,) = Evidence.ABANDONED.before
    db.execute("UPDATE delivery SET state = ? WHERE state = ?", (Evidence.ABANDONED.after, claimed))
