"""What is done with a store as a whole, whichever kind it is: `smsbridge store …`.

A backup is a SQLite file, wherever it comes from.  What is copied is copied at one instant, in one
transaction, and counted on both sides.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from bridge.spool import copying, verifying
from bridge.spool.contract import Unavailable, Uncertain, Unusable
from bridge.spool.copying import Counts, Unfit
from bridge.spool.db import Db, Work
from bridge.spool.opening import open_desk
from bridge.spool.postgres import copies as postgres
from bridge.spool.restoring import Held
from bridge.spool.sqlite import copies as sqlite
from bridge.spool.sqlite import soundness
from bridge.spool.sqlite.migrating import VERSION

T = TypeVar("T")

SQLITE = "sqlite"


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which version to which a store was brought, and the backup that was made first."""

    before: int
    after: int
    kept: Path | None = None


def _is_file(url: str) -> bool:
    return url.partition("://")[0] == SQLITE


def _path(url: str, *, new: bool = False) -> Path:
    return sqlite.path_of(url.partition("://")[2], new=new)


_URL = re.compile(
    r"(?P<kind>\w+://)((?P<user>[^:/?#]*)(:[^/?#]*)?@)?(?P<host>[^@/?#]*)(?P<name>/[^/?#]*)"
    r"(\?(?P<more>[^#]*))?"
)
_SHOWN = ("host", "hostaddr", "port", "user", "dbname")


def place(url: str) -> str:
    """A store's URL to be shown: its kind, user, host and database; nothing that lets one in."""
    if _is_file(url):
        return url
    found = _URL.fullmatch(url)
    if found is None:
        return f"{url.partition('://')[0]}://…"
    more = urlencode([(k, v) for k, v in parse_qsl(found["more"] or "") if k in _SHOWN], safe="/")
    user = f"{found['user']}@" if found["user"] else ""
    return f"{found['kind']}{user}{found['host']}{found['name']}{f'?{more}' if more else ''}"


# ---------------------------------------------------------------- a database


@contextmanager
def _extra() -> Iterator[None]:
    """What only a database needs is imported here: it may not be installed."""
    try:
        yield
    except ImportError as error:
        raise Unusable(
            f"a PostgreSQL store needs more packages ({error.name} is missing):"
            " pip install 'smsbridge[postgres]'"
        ) from error


async def _read(url: str, work: Work[T]) -> T:
    with _extra():
        from bridge.spool.postgres import session
    return await session.read(_rest(url), work)


async def _write(url: str, work: Work[T], *, new: bool = False) -> T:
    with _extra():
        from bridge.spool.postgres import session
    return await session.write(_rest(url), work, new=new)


def _rest(url: str) -> str:
    return url.partition("://")[2]


@contextmanager
def _unmade_if_it_fails(path: Path) -> Iterator[None]:
    """Keep no file that was made for what was then not committed; else it may be all there is."""
    was_there = path.exists()
    try:
        yield
    except Uncertain as error:
        if not path.exists():
            raise
        raise Uncertain(
            f"{error}; look at the database (smsbridge store verify) before you use or delete"
            f" {path}, which is whole"
        ) from error
    except BaseException:
        if not was_there:
            path.unlink(missing_ok=True)
        raise


# ---------------------------------------------------------------- backup and restore


async def back_up(url: str, target: Path, now: float) -> None:
    """Copy a store to a file, whoever works on it; durable, and found good, on return.

    Raises `Unfit` where the file is there already.
    """
    if _is_file(url):
        await asyncio.to_thread(sqlite.back_up, _path(url), target, now)
        return
    await _read(url, lambda db: _backed_up(db, target, now))


def _backed_up(source: Db, target: Path, now: float) -> None:
    with sqlite.arriving(target) as copy:
        _copied(source, copy)
        sqlite.mark(copy, now)


async def restore(url: str, backup: Path, *, replace: bool, by: str, now: float) -> Held:
    """Put a backup in a store's place, where nobody works on it; all that waits in it is held.

    What is there must not hold mails, unless it is to be replaced; then it is kept: beside itself,
    or (a database) in a file beside the backup.
    """
    if _is_file(url):
        store = _path(url, new=True)
        return await asyncio.to_thread(
            sqlite.restore, backup, store, replace=replace, by=by, now=now
        )
    with tempfile.TemporaryDirectory(dir=backup.parent, prefix=".smsbridge-") as folder:
        held_back = Path(folder, backup.name)
        held = await asyncio.to_thread(
            sqlite.restore, backup, held_back, replace=False, by=by, now=now
        )
        aside = backup.with_name(f"{backup.name}.before-{sqlite.stamp(now)}")

        def put(db: Db) -> None:
            postgres.alone(db)  # before anything is made
            if replace and not copying.is_empty(db):
                _backed_up(db, aside, now)
            _replaced(source, db, replace=replace)

        with soundness.opened(held_back) as source, _unmade_if_it_fails(aside):
            await _write(url, put, new=True)
    return held


def _copied(source: Db, copy: Db) -> None:
    """Copy a database into a file, and compare."""
    _counted(copying.copy(source, copy, sqlite.columns(copy)), copying.counts(copy))


def _replaced(source: Db, target: Db, *, replace: bool) -> None:
    """Copy a file into a database that nobody else works on, and compare."""
    postgres.alone(target)
    if not replace and not copying.is_empty(target):
        raise Unfit("the database holds mails already")
    copied = copying.copy(source, target, sqlite.columns(source))
    postgres.number_on(target)
    _counted(copied, copying.counts(target))


def _counted(copied: Counts, found: Counts) -> None:
    if copied != found:
        raise Unfit(f"not all was copied: {copied} became {found}; nothing was kept of it")


# ---------------------------------------------------------------- verify and upgrade


async def verify(url: str) -> list[str]:
    """What is wrong with a store, one line a fault; whoever works on it meanwhile."""
    if _is_file(url):
        await asyncio.to_thread(soundness.refuse_moved, path := _path(url))
        return await verify_file(path)
    with _extra():
        from bridge.spool.postgres import session
        from bridge.spool.postgres.shape import Unseen
    unseen = []
    try:
        if strange := await session.strange(_rest(url)):
            return strange
    except Unseen as why:
        unseen.append(str(why))
    return await session.read(_rest(url), lambda db: list(verifying.faults(db))) + unseen


async def verify_file(path: Path) -> list[str]:
    """What is wrong with a backup, or another SQLite store."""
    return await asyncio.to_thread(lambda: list(soundness.faults(path)))


async def upgrade(url: str, *, keep: bool, now: float) -> Upgraded:
    """Bring a store forward to this program's version, where nobody works on it.

    Where that changes something, a backup is made first, if it is to be kept.
    """
    if _is_file(url):
        before, kept = await asyncio.to_thread(sqlite.upgrade, _path(url), keep=keep, now=now)
        return Upgraded(before, VERSION, kept)
    with _extra():
        from bridge.spool.postgres import session
    before, after = await session.versions(_rest(url))
    if before == after:
        return Upgraded(before, after)
    if keep:
        raise Unfit("make a backup of the database with pg_dump first, then say --no-backup")
    await (await open_desk(url, daemon=True)).close()
    return Upgraded(before, after)


# ---------------------------------------------------------------- move


async def move(url: str, to: str, now: float) -> None:
    """Move a store as it stands to another kind of store that is empty; nobody works on either.

    The old one is kept, and opened no more.  Where this process or a disk fails at the very end,
    both may be whole for once, and it says so if it can: who starts on both sends everything twice.
    """
    if _is_file(url) is _is_file(to):
        raise Unfit("a store is moved to another kind: what stays of its kind is copied as it is")
    if _is_file(url):
        await _move_into_database(_path(url), to, now)
        return
    target = _path(to, new=True)

    def hand_over(db: Db) -> None:
        postgres.alone(db)
        with sqlite.alone(target), sqlite.arriving(target) as copy:
            _copied(db, copy)
        sqlite.handed_over(target, target.parent)
        postgres.left(db, place(to), now)

    with _unmade_if_it_fails(target):
        await _write(url, hand_over)


async def _move_into_database(path: Path, to: str, now: float) -> None:
    there = False
    try:
        with sqlite.leaving(path) as source:
            sqlite.left(source, place(to), now)
            await _write(to, lambda db: _replaced(source, db, replace=False), new=True)
            there = True
    except Uncertain as error:
        raise Uncertain(
            f"{error}; move again: that goes on if the database is empty, and if it holds mails"
            f" all are there, and {path} must not be used again"
        ) from error
    except (Unavailable, Unusable) as error:
        if not there:
            raise
        raise Unavailable(
            f"everything is in the database, but {path} could not be marked as moved ({error}):"
            " it must not be used again; put it away"
        ) from error
