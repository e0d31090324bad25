"""What is done with a store as a whole, whichever kind it is: `smsbridge store …`.

A backup is a SQLite file, wherever it comes from.  What is copied is copied at one instant, in one
transaction, and counted on both sides.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bridge.spool import copying, verifying
from bridge.spool.copying import Counts, Unfit
from bridge.spool.db import Db
from bridge.spool.desk import Desk
from bridge.spool.opening import open_desk
from bridge.spool.postgres import copies as postgres
from bridge.spool.restoring import Held
from bridge.spool.sqlite import copies as sqlite
from bridge.spool.sqlite.migrating import VERSION

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


def place(url: str) -> str:
    """A store's URL without its password, to be shown."""
    parts = urlsplit(url)
    return url if parts.password is None else url.replace(f":{parts.password}@", "@", 1)


@asynccontextmanager
async def _desk(url: str) -> AsyncIterator[Desk]:
    desk = await open_desk(url, daemon=False)
    try:
        yield desk
    finally:
        await desk.close()


# ---------------------------------------------------------------- backup and restore


async def back_up(url: str, target: Path, now: float) -> None:
    """Copy a store to a file, whoever works on it; durable, and found good, on return.

    Raises `Unfit` where the file is there already.
    """
    if _is_file(url):
        await asyncio.to_thread(sqlite.back_up, _path(url), target, now)
        return
    async with _desk(url) as desk:
        with sqlite.arriving(target) as copy:
            await desk.read(lambda db: _copied(db, copy))
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
        if replace:
            await _keep(url, backup.with_name(f"{backup.name}.before-{sqlite.stamp(now)}"), now)
        async with _desk(url) as desk:
            with sqlite.opened(held_back) as source:
                await desk.write(lambda db: _replaced(source, db, replace=replace))
    return held


async def _keep(url: str, target: Path, now: float) -> None:
    """Back up a database that is to be replaced, unless nothing is in it."""
    async with _desk(url) as desk:
        is_empty = await desk.read(copying.is_empty)
    if not is_empty:
        await back_up(url, target, now)


def _copied(source: Db, copy: Db) -> None:
    """Copy a database into a file, and compare."""
    postgres.patient(source)
    _counted(copying.copy(source, copy, sqlite.columns(copy)), copying.counts(copy))


def _replaced(source: Db, target: Db, *, replace: bool) -> None:
    """Copy a file into a database, and compare."""
    postgres.alone(target)
    postgres.patient(target)
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
        return await verify_file(_path(url))
    async with _desk(url) as desk:
        return await desk.read(lambda db: list(verifying.faults(db)))


async def verify_file(path: Path) -> list[str]:
    """What is wrong with a backup, or another SQLite store."""
    return await asyncio.to_thread(lambda: list(sqlite.faults(path)))


async def upgrade(url: str, *, keep: bool, now: float) -> Upgraded:
    """Bring a store forward to this program's version, where nobody works on it.

    Where that changes something, a backup is made first, if it is to be kept.
    """
    if _is_file(url):
        before, kept = await asyncio.to_thread(sqlite.upgrade, _path(url), keep=keep, now=now)
        return Upgraded(before, VERSION, kept)
    if keep:
        raise Unfit("make a backup of the database with pg_dump first, then say --no-backup")
    from bridge.spool.postgres import asking  # what only this kind of store needs is an extra

    before = await asking.version(url.partition("://")[2])
    await (await open_desk(url, daemon=True)).close()
    return Upgraded(before, VERSION)


# ---------------------------------------------------------------- move


async def move(url: str, to: str, now: float) -> None:
    """Move a store as it stands to another kind of store that is empty; nobody works on either.

    The old one is kept, and opened no more.
    """
    if _is_file(url) is _is_file(to):
        raise Unfit("a store is moved to another kind: what stays of its kind is copied as it is")
    if _is_file(url):
        with sqlite.leaving(_path(url)) as source:
            async with _desk(to) as desk:
                await desk.write(lambda db: _replaced(source, db, replace=False))
            sqlite.left(source, place(to), now)
        return
    async with _desk(url) as desk:
        await desk.write(postgres.alone)
        with sqlite.alone(target := _path(to, new=True)), sqlite.arriving(target) as copy:
            await desk.read(lambda db: _copied(db, copy))
        sqlite.handed_over(target, target.parent)
        await desk.write(lambda db: postgres.left(db, place(to), now))
