"""A store is moved between SQLite and PostgreSQL as it stands; backups go into either."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.core.events import Event
from bridge.core.outcomes import Accepted
from bridge.spool import copying, whole
from bridge.spool.contract import Unusable
from bridge.spool.copying import Unfit
from bridge.spool.opening import open_desk, open_spool
from tests.postgres import Server
from tests.spool.conftest import NOW, Story
from tests.stores.filled import QUEUED
from tests.stores.reading import dump, file_of, files_like, states

LATER = NOW + 200


@pytest.fixture
def database(postgres: Server) -> str:
    """A database that nobody has used."""
    return postgres.database()


async def counted(url: str) -> copying.Counts:
    desk = await open_desk(url, daemon=False)
    try:
        return await desk.read(copying.counts)
    finally:
        await desk.close()


async def test_a_store_is_moved_there_and_back_as_it_stands(
    story: Story, database: str, tmp_path: Path
) -> None:
    await story.spool.close()
    before = dump(file_of(story))
    await whole.move(story.url, database, LATER)
    assert await counted(database) == {table: len(rows) for table, rows in before.items()}
    assert await whole.verify(database) == []
    back = f"sqlite:///{tmp_path}/back.db"
    await whole.move(database, back, LATER)
    assert dump(tmp_path / "back.db") == before
    assert await whole.verify(back) == []


async def test_nobody_starts_on_a_store_that_was_moved(story: Story, database: str) -> None:
    await story.spool.close()
    await whole.move(story.url, database, LATER)
    for daemon in (True, False):
        with pytest.raises(Unusable, match=r"was moved to postgresql://.* on 2026-09-21"):
            await open_spool(story.url, daemon=daemon)
    back = story.url.replace("spool.db", "back.db")
    await whole.move(database, back, LATER)
    with pytest.raises(Unusable, match=r"was moved to sqlite://.* on 2026-09-21"):
        await open_spool(database, daemon=True)


async def test_a_store_is_moved_only_where_nothing_is(story: Story, database: str) -> None:
    with pytest.raises(Unusable, match="in use by another daemon"):
        await whole.move(story.url, database, LATER)
    await story.spool.close()
    await whole.move(story.url, database, LATER)
    other = story.url.replace("spool.db", "other.db")
    theirs = await open_spool(other, daemon=True)
    await theirs.accept(story.mail())
    await theirs.close()
    with pytest.raises(Unfit, match="holds mails already"):
        await whole.move(other, database, LATER)
    with pytest.raises(Unfit, match="is there already"):
        await whole.move(database, other, LATER)
    with pytest.raises(Unfit, match="to another kind"):
        await whole.move(other, story.url, LATER)
    assert (await open_spool(other, daemon=True)) is not None, "it was left as it was"


async def test_a_database_is_moved_while_no_node_works_on_it(
    story: Story, database: str, tmp_path: Path
) -> None:
    await story.spool.close()
    await whole.move(story.url, database, LATER)
    node = await open_spool(database, daemon=True)
    back = f"sqlite:///{tmp_path}/back.db"
    with pytest.raises(Unfit, match="others work on this store"):
        await whole.move(database, back, LATER)
    await node.close()
    await whole.move(database, back, LATER)


async def test_what_was_moved_goes_on(story: Story, database: str) -> None:
    await story.spool.close()
    await whole.move(story.url, database, LATER)
    there = Story(database, await open_spool(database, daemon=True), numbers=story.numbers)
    fresh = there.mail(at=LATER)
    assert await there.spool.accept(fresh) == fresh.id
    sent: list[str] = []
    for lease in await there.lease(LATER):
        if not lease.orphaned:
            await there.sent(Accepted(f"n{lease.item.id}"), LATER, lease=lease)
            sent += [str(each.destination) for each in lease.pending]
    assert QUEUED.digits in sent
    told: list[Event] = await there.told(LATER)
    assert told
    await there.spool.close()


async def test_a_backup_of_a_database_is_a_file_like_any_other(
    story: Story, database: str, tmp_path: Path
) -> None:
    await story.spool.close()
    before = dump(file_of(story))
    await whole.move(story.url, database, LATER)
    node = await open_spool(database, daemon=True)
    await whole.back_up(database, tmp_path / "copy.db", LATER)
    await node.close()
    assert dump(tmp_path / "copy.db") == before
    await whole.restore(
        f"sqlite:///{tmp_path}/r.db", tmp_path / "copy.db", replace=False, by="root", now=LATER
    )
    assert "queued" not in states(tmp_path / "r.db")


async def test_a_backup_is_put_into_a_database_and_held(
    story: Story, database: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    await whole.back_up(story.url, copy, LATER)
    held = await whole.restore(database, copy, replace=False, by="root", now=LATER)
    assert held.texts > 5
    there = Story(database, await open_spool(database, daemon=True))
    assert await there.lease(LATER + 86_400) == []
    assert await there.ordered("release", "all", LATER) == held.texts + held.notices
    assert QUEUED.digits in {
        str(each.destination) for lease in await there.lease(LATER) for each in lease.pending
    }
    await there.spool.close()
    with pytest.raises(Unfit, match="holds mails already"):
        await whole.restore(database, copy, replace=False, by="root", now=LATER)
    await whole.restore(database, copy, replace=True, by="root", now=LATER)
    (aside,) = files_like(tmp_path, "copy.db.before-*")
    assert "claimed" in states(aside), "what was there is kept"
