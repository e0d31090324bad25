"""A database is brought forward by the first node that starts on it, or by an operator."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bridge.core.outcomes import Accepted
from bridge.core.promises import Limits
from bridge.spool import whole
from bridge.spool.contract import Unavailable, Unusable
from bridge.spool.copying import Unfit
from bridge.spool.db import Db
from bridge.spool.opening import open_desk, open_spool
from bridge.spool.postgres import migrating
from tests.postgres import Server
from tests.spool.conftest import NOW, Story

NEXT = "ALTER TABLE clock ADD COLUMN later TEXT COLLATE \"C\" NOT NULL DEFAULT 'x';"


@pytest.fixture
async def database(postgres: Server) -> str:
    """A database of this version."""
    url = postgres.database()
    await (await open_spool(url, daemon=True)).close()
    return url


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> str:
    """A program of the next version."""
    after = migrating.VERSION + 1
    monkeypatch.setattr(migrating, "VERSION", after)
    monkeypatch.setattr(migrating, "script", lambda _: NEXT)
    return str(after)


async def version(url: str) -> int:
    desk = await open_desk(url, daemon=False)
    found = await desk.read(lambda db: db.execute("SELECT version FROM store").fetchall())
    await desk.close()
    return int(found[0][0])


async def test_the_first_node_brings_it_forward_and_the_others_wait_for_it(
    database: str, newer: str
) -> None:
    nodes = await asyncio.gather(*(open_spool(database, daemon=True) for _ in range(4)))
    assert await version(database) == int(newer)
    for each in nodes:
        await each.close()


async def test_the_command_line_brings_it_forward_where_that_is_asked_for(
    database: str, newer: str
) -> None:
    with pytest.raises(Unusable, match="use `smsbridge store upgrade`"):
        await open_spool(database, daemon=False)
    with pytest.raises(Unfit, match="pg_dump first, then say --no-backup"):
        await whole.upgrade(database, keep=True, now=NOW)
    found = await whole.upgrade(database, keep=False, now=NOW)
    assert (found.before, found.after) == (int(newer) - 1, int(newer))
    again = await whole.upgrade(database, keep=True, now=NOW)
    assert (again.before, again.after) == (int(newer), int(newer)), "there is nothing to back up"
    await (await open_spool(database, daemon=False)).close()


async def test_an_older_node_does_not_start_on_a_newer_database(
    database: str, newer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await open_spool(database, daemon=True)).close()
    monkeypatch.setattr(migrating, "VERSION", int(newer) - 1)
    with pytest.raises(
        Unusable, match=f"is of version {newer}, this program knows {int(newer) - 1}"
    ):
        await open_spool(database, daemon=True)


async def test_one_that_fails_on_the_way_is_as_it_was(
    database: str, newer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "script", lambda _: NEXT + "SELECT nothing_of_that_name();")
    with pytest.raises((Unusable, Unavailable), match="nothing_of_that_name"):
        await open_spool(database, daemon=True)
    monkeypatch.setattr(migrating, "VERSION", int(newer) - 1)
    assert await version(database) == int(newer) - 1


WAITING = (
    ("conversation", ("2tok", "jo@example.com", "Friday", "<r@e>", "", NOW, "")),
    (
        "message",
        (
            *("old", NOW, "jo@example.com", "192.0.2.1", "jo", 1, "jo@example.com", "user:jo"),
            *("person", "2tok", "<r@e>", "[]", "", "", b"\0", 1, 1, "all", None),
        ),
    ),
    ("body", ("old", b"\r\n")),
    (
        "submission",
        (
            *("old.1", "old", "old.1", "Text", '{"text": "from before"}', NOW, NOW + 3600),
            *("person", "jo@example.com", "", "2tok", 1, "", 1, 1),
        ),
    ),
)
"""A mail in the columns of version 4."""


async def test_a_database_of_version_4_comes_forward_with_what_waits_in_it(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    with monkeypatch.context() as before:
        before.setattr(migrating, "VERSION", 4)
        desk = await open_desk(url, daemon=True)

        def fill(db: Db) -> None:
            for table, row in WAITING:
                db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
            db.execute(
                "INSERT INTO delivery (submission, destination, is_list, state, due_at, expires_at,"
                " address, notify, orcpt, changed_at)"
                " VALUES ('old.1', '447700900123', 0, 'queued', ?, ?, '', '', '', ?)",
                (NOW, NOW + 3600, NOW),
            )

        await desk.write(fill)
        await desk.close()
    story = Story(url, await open_spool(url, daemon=True))
    assert await version(url) == 5
    assert await whole.verify(url) == []
    limited = replace(story.mail(), limits=Limits(per_hour=1))
    for mail in (limited, replace(story.mail(), limits=Limits(per_hour=1))):
        await story.spool.accept(mail)
    assert (await story.sent(Accepted("1"), lease=(await story.lease())[0])).item.mail == "old"
    assert sorted((await story.states()).values()) == ["held", "queued", "submitted"]
    await story.spool.close()
