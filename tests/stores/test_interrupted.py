"""A store is moved or replaced, and it fails at the very end: what may be all there is is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from sqlite3 import Connection

import asyncpg
import pytest

from bridge.core.model import Msisdn
from bridge.spool import whole
from bridge.spool.contract import Unavailable, Uncertain
from bridge.spool.copying import Unfit
from bridge.spool.opening import open_spool
from bridge.spool.sqlite import copies
from tests.postgres import Server
from tests.spool.conftest import NOW, Story
from tests.stores.reading import file_of, files_like, states

LATER = NOW + 200
_SYNCED_TO = "synchronous_standby_names"


@pytest.fixture
async def database(postgres: Server) -> AsyncIterator[str]:
    """A database that holds one mail."""
    url = postgres.database()
    story = Story(url, await open_spool(url, daemon=True))
    await story.spool.accept(story.mail(Msisdn("447700900777")))
    await story.spool.close()
    yield url
    postgres.execute(f"ALTER SYSTEM RESET {_SYNCED_TO}")
    postgres.execute("SELECT pg_reload_conf()")


async def interrupted_at_commit(
    postgres: Server, database: str, work: Coroutine[object, object, object]
) -> None:
    """Ctrl-C, while the server commits and waits for a standby that is not there."""
    postgres.execute(f"ALTER SYSTEM SET {_SYNCED_TO} = 'other'")
    postgres.execute("SELECT pg_reload_conf()")
    raw = await asyncpg.connect(database)
    with suppress(TimeoutError):
        while True:  # until that setting counts
            await raw.execute("SELECT pg_logical_emit_message(true, '', '')", timeout=0.1)
    await raw.close()
    task = asyncio.ensure_future(work)
    while "SyncRep" not in postgres.execute("SELECT wait_event FROM pg_stat_activity"):
        assert not task.done(), task
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(Uncertain, match="it was interrupted while the database committed; "):
        await task


async def test_a_restore_that_is_interrupted_keeps_what_it_replaced(
    postgres: Server, database: str, story: Story, tmp_path: Path
) -> None:
    await whole.back_up(story.url, copy := tmp_path / "copy.db", LATER)
    restoring = whole.restore(database, copy, replace=True, by="root", now=LATER)
    await interrupted_at_commit(postgres, database, restoring)
    (aside,) = files_like(tmp_path, "copy.db.before-*")
    assert states(aside) == {"queued": 1}


async def test_a_move_into_a_file_that_is_interrupted_keeps_the_file(
    postgres: Server, database: str, tmp_path: Path
) -> None:
    there = tmp_path / "there.db"
    moving = whole.move(database, f"sqlite:///{there}", LATER)
    await interrupted_at_commit(postgres, database, moving)
    assert states(there) == {"queued": 1}


async def test_a_move_into_a_database_that_is_interrupted_says_whether_it_came_to_its_end(
    postgres: Server, database: str, story: Story
) -> None:
    await story.spool.close()
    await (await open_spool(to := postgres.database(), daemon=True)).close()
    await interrupted_at_commit(postgres, database, whole.move(story.url, to, LATER))
    postgres.execute(f"ALTER SYSTEM RESET {_SYNCED_TO}")
    postgres.execute("SELECT pg_reload_conf()")
    with pytest.raises(Unfit, match="holds mails already"):
        await whole.move(story.url, to, LATER)


@contextmanager
def _left_on_a_full_disk(path: Path) -> Iterator[Connection]:
    with _leaving(path) as db:
        yield db
        raise Unavailable("database or disk is full")


_leaving = copies.leaving


async def test_an_old_file_that_cannot_be_marked_as_moved_is_not_to_be_used_again(
    postgres: Server, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.spool.close()
    monkeypatch.setattr(copies, "leaving", _left_on_a_full_disk)
    said = f"everything is in the database, but {file_of(story)} could not be marked as moved"
    with pytest.raises(Unavailable, match=said):
        await whole.move(story.url, to := postgres.database(), LATER)
    assert await whole.verify(to) == []


async def test_a_backup_that_cannot_be_written_is_not_the_database_s_failure(
    database: str, tmp_path: Path
) -> None:
    target = tmp_path / "nowhere" / "copy.db"
    with pytest.raises(Unavailable, match=f"^{target}: No such file or directory$"):
        await whole.back_up(database, target, LATER)


async def test_a_role_that_may_make_no_table_looks_over_the_rows_alone(postgres: Server) -> None:
    postgres.execute("DROP ROLE IF EXISTS narrow; CREATE ROLE narrow LOGIN")
    url = postgres.database().replace("postgres@", "narrow@")
    name = url.rpartition("/")[2]
    postgres.execute("GRANT ALL ON SCHEMA public TO narrow", name)
    story = Story(url, await open_spool(url, daemon=True))
    await story.spool.accept(mail := story.mail())
    await story.spool.close()
    assert await whole.verify(url) == [], "a temporary one will do"
    postgres.execute(f"REVOKE TEMP ON DATABASE {name} FROM PUBLIC")
    (unseen,) = await whole.verify(url)
    assert unseen.startswith("the tables and indexes could not be compared: permission denied")
    postgres.execute(f"DELETE FROM body WHERE message = '{mail.id}'", name)
    assert await whole.verify(url) == ["mails without their octets: 1", unseen]
