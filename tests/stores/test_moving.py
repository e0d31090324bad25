"""A store is moved between SQLite and PostgreSQL as it stands; backups go into either."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.core.events import Event
from bridge.core.outcomes import Accepted
from bridge.spool import copying, whole
from bridge.spool.contract import Spool, Unavailable, Unusable
from bridge.spool.copying import Unfit
from bridge.spool.db import Db
from bridge.spool.opening import open_desk, open_spool
from bridge.spool.postgres import connecting, copies
from bridge.spool.postgres.fitness import examined
from bridge.spool.postgres.greenlets import wait
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
    for look in (
        open_spool(database, daemon=True),
        whole.verify(database),
        whole.upgrade(database, keep=True, now=LATER),
        examined(database),
    ):
        with pytest.raises(Unusable, match=r"was moved to sqlite://.* on 2026-09-21"):
            await look


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


async def test_a_node_that_was_cut_off_does_not_go_on_in_a_store_that_was_moved(
    postgres: Server, database: str, story: Story, tmp_path: Path
) -> None:
    node = await open_spool(database, daemon=False)
    await node.accept(story.mail())
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
        f" '{database.rpartition('/')[2]}'"
    )
    await whole.move(database, f"sqlite:///{tmp_path}/there.db", LATER)
    with pytest.raises(Unavailable, match="was moved to sqlite://"):
        await node.accept(story.mail())
    await node.close()


async def test_a_node_that_starts_while_a_store_is_moved_changes_nothing_in_it(
    database: str, story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await open_spool(database, daemon=True)).close()
    nodes: list[Spool] = []
    left = copies.left

    def start_one(db: Db, place: str, now: float) -> None:
        nodes.append(wait(open_spool(database, daemon=True)))
        left(db, place, now)

    monkeypatch.setattr(copies, "left", start_one)
    await whole.move(database, f"sqlite:///{tmp_path}/there.db", LATER)
    with pytest.raises(Unavailable, match="was moved to sqlite://"):
        await nodes[0].accept(story.mail())
    await nodes[0].close()


async def test_a_move_that_fails_at_its_end_leaves_the_store_as_it_was(
    database: str, story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unfit("at the end")

    await (await open_spool(database, daemon=True)).close()
    monkeypatch.setattr(copies, "left", fail)
    with pytest.raises(Unfit, match="at the end"):
        await whole.move(database, f"sqlite:///{tmp_path}/there.db", LATER)
    assert files_like(tmp_path, "there.db") == []
    node = await open_spool(database, daemon=True)
    await node.accept(story.mail())
    await node.close()


async def test_a_restore_beside_a_node_is_refused_and_leaves_nothing(
    story: Story, database: str, tmp_path: Path
) -> None:
    await whole.back_up(story.url, copy := tmp_path / "copy.db", LATER)
    node = await open_spool(database, daemon=True)
    await node.accept(story.mail())
    with pytest.raises(Unfit, match="others work on this store"):
        await whole.restore(database, copy, replace=True, by="root", now=LATER)
    assert files_like(tmp_path, "copy.db*") == [copy]
    assert await whole.verify(database) == []
    await node.close()


async def test_an_empty_database_is_looked_at_and_stays_empty(
    postgres: Server, database: str, tmp_path: Path
) -> None:
    for work in (
        whole.verify(database),
        whole.back_up(database, tmp_path / "copy.db", LATER),
        whole.upgrade(database, keep=False, now=LATER),
    ):
        with pytest.raises(Unfit, match="nobody has used this store yet"):
            await work
    count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert postgres.execute(count, database.rpartition("/")[2]) == "0\n"


async def test_nothing_is_moved_to_a_server_on_which_it_may_be_lost(
    postgres: Server, story: Story, database: str
) -> None:
    await story.spool.close()
    name = database.rpartition("/")[2]
    postgres.execute(f"ALTER DATABASE {name} SET smsbridge.may_lose = off")
    with pytest.raises(Unusable, match="the server has fsync = off"):
        await whole.move(story.url, database, LATER)
    await (await open_spool(story.url, daemon=True)).close()


async def test_nothing_is_moved_by_a_session_that_is_not_as_it_was_asked_to_be(
    story: Story, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.spool.close()
    otherwise = {**connecting.SESSION, "statement_timeout": "25000"}  # which is shown as 25s
    monkeypatch.setattr(connecting, "SESSION", otherwise)
    with pytest.raises(Unusable, match=r"statement_timeout\): .* pgbouncer"):
        await whole.move(story.url, database, LATER)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DROP INDEX delivery_due", "index delivery_due is missing"),
        ("ALTER TABLE clock DROP COLUMN leaps", "column clock.leaps is missing"),
        ("ALTER TABLE clock ALTER leaps TYPE TEXT", "column clock.leaps is not as this version"),
        ("DROP VIEW waiting", "view waiting is missing"),
    ],
)
async def test_what_is_not_as_the_scripts_make_it_is_named(
    postgres: Server, database: str, harm: str, said: str
) -> None:
    await (await open_spool(database, daemon=True)).close()
    assert await whole.verify(database) == []
    postgres.execute(harm, database.rpartition("/")[2])
    found = await whole.verify(database)
    assert any(each.startswith(said) for each in found), found


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/bridge.db", "sqlite:////var/lib/bridge.db"),
        ("postgresql://u:p@h:1,i:2/b", "postgresql://u@h:1,i:2/b"),
        ("postgresql://h/b?password=p&sslmode=require", "postgresql://h/b"),
        (
            "postgresql:///b?host=/run/pg&user=u&sslpassword=p",
            "postgresql:///b?host=/run/pg&user=u",
        ),
        ("postgresql://u:p@w@h/b", "postgresql://u@h/b"),
        ("postgresql://u:p/w@h/b", "postgresql://…"),
    ],
)
def test_a_place_is_shown_without_what_lets_anybody_in(url: str, shown: str) -> None:
    assert whole.place(url) == shown
