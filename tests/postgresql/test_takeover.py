"""Another server answers, or the same one is set otherwise: it is not believed too much."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from bridge.core.model import Msisdn
from bridge.spool.commands import record
from bridge.spool.contract import Unavailable, Unusable
from bridge.spool.opening import open_desk, open_spool
from bridge.spool.postgres import fitness
from tests.postgres import QUICK, Server
from tests.postgresql.conftest import Cut, Wire, held
from tests.spool.conftest import NOW, Story

_COUNT_ON = """
DO $$ BEGIN FOR i IN 1..200 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$
"""


def _become_alike(first: Server, second: Server) -> None:
    for each in (first, second):
        each.stop()
    shutil.rmtree(second.folder / "data")
    subprocess.run(["cp", "-a", first.folder / "data", second.folder / "data"], check=True)
    for each in (first, second):
        each.start()


@pytest.fixture
def sound() -> Iterator[Server]:
    """A server that keeps what it commits, and may be set otherwise."""
    with Server() as server:
        yield server


async def test_a_copy_that_took_over_and_counts_alike_did_not_commit_what_was_lost() -> None:
    with Server(**QUICK) as first, Server(**QUICK) as second:
        url = first.database()
        await (await open_spool(url, daemon=False)).close()
        _become_alike(first, second)
        second.execute(_COUNT_ON)  # all of these were committed
        async with Wire(first.port) as wire:
            along = urlsplit(url)._replace(netloc=f"postgres@127.0.0.1:{wire.port}")
            story = Story(urlunsplit(along), await open_spool(urlunsplit(along), daemon=False))
            wire.cut_at_commit, wire.then = Cut.BEFORE, second.port
            mail = story.mail()
            assert await story.spool.accept(mail) == mail.id
            assert wire.cuts == 1
            name = url.rpartition("/")[2]
            assert second.execute("SELECT count(*) FROM message", name).strip() == "1"
            assert first.execute("SELECT count(*) FROM message", name).strip() == "0"
            await story.spool.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"synchronous_commit": "off"}, "synchronous_commit = off: what it commits may be lost"),
        ({"fsync": "off"}, "fsync = off"),
        (
            {"synchronous_commit": "local", "synchronous_standby_names": "other"},
            "synchronous_commit = local beside synchronous_standby_names",
        ),
    ],
    ids=["commit", "sync", "standby"],
)
async def test_a_server_that_is_set_to_lose_what_it_commits_is_promised_nothing_until_it_is_mended(
    sound: Server, settings: dict[str, str], said: str
) -> None:
    url = sound.database()
    story = Story(url, await open_spool(url, daemon=True))
    mail = story.mail()
    for name, value in settings.items():
        sound.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    sound.restart()
    with pytest.raises(Unavailable, match=said):
        await story.spool.accept(mail)
    for name in settings:
        sound.execute(f"ALTER SYSTEM RESET {name}")
    sound.execute("SELECT pg_reload_conf()")
    sound.restart()
    assert await story.spool.accept(mail) == mail.id
    await story.spool.close()


async def test_what_is_set_while_a_node_is_connected_is_seen_too(sound: Server) -> None:
    url = sound.database()
    story = Story(url, await open_spool(url, daemon=True))
    await story.spool.accept(story.mail())
    sound.execute("ALTER SYSTEM SET synchronous_commit = off")
    sound.execute("SELECT pg_reload_conf()")

    async def until_it_is_seen() -> None:
        for n in range(1000):
            await story.spool.accept(story.mail(Msisdn(f"447700903{n:03}")))

    with pytest.raises(Unavailable, match="synchronous_commit = off"):
        await until_it_is_seen()
    await story.spool.close()


async def test_a_server_that_isolates_more_by_default_folds_as_any_other(postgres: Server) -> None:
    url = postgres.database()
    name = url.rpartition("/")[2]
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
    story = Story(url, await open_spool(url, daemon=True))
    other = await open_spool(url, daemon=True)
    mails = [story.mail(raw=b"Subject: x\r\n\r\nx\r\n") for _ in range(2)]
    async with held(url):
        both = [
            asyncio.create_task(story.spool.accept(mails[0])),
            asyncio.create_task(other.accept(mails[1])),
        ]
        await asyncio.sleep(0.2)  # each has begun, and waits for its turn
    first, second = await asyncio.gather(*both)
    assert first == second
    assert len(await story.states()) == 1
    await other.close()
    await story.spool.close()


async def test_a_session_that_is_not_as_it_was_asked_to_be_is_not_worked_with(url: str) -> None:
    raw = await asyncpg.connect(url)  # as pgbouncer would hand one on
    with pytest.raises(Unusable, match=r"lock_timeout, .* pgbouncer"):
        await fitness.check_session(raw)
    await raw.close()


async def test_a_node_of_an_older_program_promises_nothing_once_it_meets_a_newer_store(
    story: Story, wire: Wire, postgres: Server
) -> None:
    mail = story.mail()
    postgres.execute("UPDATE store SET version = 99", "stories")
    try:
        wire.cut()
        with pytest.raises(Unavailable, match="of version 99, this program knows 5"):
            await story.spool.accept(mail)
    finally:
        postgres.execute("UPDATE store SET version = 5", "stories")
    assert await story.spool.accept(mail) == mail.id


async def test_a_writer_s_own_mark_is_not_forgotten_by_a_server_whose_clock_is_days_ahead(
    story: Story, wire: Wire, postgres: Server
) -> None:
    postgres.execute(
        "CREATE FUNCTION of_old() RETURNS TRIGGER LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.at = 0; RETURN NEW; END $$;"
        " CREATE TRIGGER of_old BEFORE INSERT OR UPDATE ON writer"
        " FOR EACH ROW EXECUTE FUNCTION of_old()",
        "stories",
    )
    try:
        desk = await open_desk(story.url, daemon=False)
        wire.cut_at_commit = Cut.AFTER
        await desk.write(lambda db: record(db, "hold", "x", by="root", changed=1, now=NOW))
        await desk.close()
    finally:
        postgres.execute("DROP FUNCTION of_old CASCADE", "stories")
    assert len(await story.sql("SELECT id FROM command")) == 1


async def test_the_marks_of_writers_that_are_no_more_are_forgotten(
    url: str, wire: Wire, story: Story, postgres: Server
) -> None:
    postgres.execute("INSERT INTO writer VALUES ('gone', 7, 0)", "stories")
    wire.cut()
    await story.spool.accept(story.mail())
    assert postgres.execute("SELECT count(*) FROM writer", "stories").strip() == "1"
    assert postgres.execute("SELECT count(*) FROM writer WHERE turn = 7", "stories").strip() == "0"
