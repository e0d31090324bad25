"""The server restarts, or the way to it is cut: a node promises nothing meanwhile, and goes on."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from itertools import product

import asyncpg
import pytest

from bridge.core.model import Msisdn
from bridge.spool.contract import Full, Unavailable, Uncertain
from bridge.spool.opening import open_desk, open_spool
from bridge.spool.postgres import connecting, desk, listening, writer
from tests.postgres import QUICK, Server
from tests.postgresql.conftest import Wire, held
from tests.spool.conftest import Story


@pytest.fixture
def own() -> Iterator[Server]:
    """A server that a test may stop."""
    with Server(**QUICK) as server:
        yield server


@pytest.fixture
def failing(postgres: Server) -> Iterator[Callable[[str], None]]:
    """Makes the server refuse each mail, for a reason that it may have; "" ends that."""

    def fail(sqlstate: str) -> None:
        postgres.execute("DROP TRIGGER IF EXISTS failing ON message", "stories")
        if sqlstate:
            postgres.execute(
                "CREATE OR REPLACE FUNCTION failing() RETURNS TRIGGER LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = NEW.sender,"
                f" ERRCODE = '{sqlstate}'; END $$",
                "stories",
            )
            postgres.execute(
                "CREATE TRIGGER failing BEFORE INSERT ON message"
                " FOR EACH ROW EXECUTE FUNCTION failing()",
                "stories",
            )

    yield fail
    fail("")
    postgres.execute("DROP FUNCTION IF EXISTS failing", "stories")


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_is_not_noticed_by_whoever_waits(own: Server, mode: str) -> None:
    story = Story(own.database(), await open_spool(own.database(), daemon=True))
    mails = [story.mail(Msisdn(f"447700901{n:03}")) for n in range(60)]
    each = iter(mails)

    async def client() -> None:
        for mail in each:
            assert await story.spool.accept(mail) == mail.id

    async with asyncio.TaskGroup() as clients:
        clients.create_task(asyncio.to_thread(own.restart, mode))
        for _ in range(4):
            clients.create_task(client())
    assert len(await story.states()) == len(mails)
    await story.spool.close()


async def test_while_the_way_is_cut_nothing_is_promised_and_then_all_goes_on(
    story: Story, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (writer, desk):
        monkeypatch.setattr(module, "PATIENCE", 0.2)
    mail = story.mail()
    wire.dead = True
    wire.cut()
    with pytest.raises(Unavailable):
        await story.spool.accept(mail)
    with pytest.raises(Unavailable):
        await story.spool.facts(["447700900123"], [])
    with pytest.raises(Unavailable):
        await story.spool.alive()
    wire.dead = False
    assert await story.spool.accept(mail) == mail.id
    assert await story.state() == "queued"


async def test_nobody_waits_behind_those_who_wait_in_vain(
    story: Story, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.5)
    wire.dead = True
    wire.cut()
    mails = [story.mail(Msisdn(f"447700901{n:03}")) for n in range(3 * writer.GROUP)]
    began = time.monotonic()
    found = await asyncio.gather(*map(story.spool.accept, mails), return_exceptions=True)
    assert all(isinstance(each, Unavailable) for each in found)
    assert time.monotonic() - began < 10 * writer.PATIENCE
    wire.dead = False


async def test_a_node_hears_again_after_its_connection_was_cut(
    story: Story, wire: Wire, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "AGAIN", 0.05)
    other = Story(url, await open_spool(url, daemon=False))
    wire.cut()
    await asyncio.sleep(0.3)
    await story.spool.woken("submit", 0)  # by the cut itself
    await other.spool.accept(other.mail())
    assert await story.spool.woken("submit", 5.0)
    await other.spool.close()


async def test_a_store_whose_server_is_gone_is_closed_all_the_same(
    story: Story, wire: Wire
) -> None:
    wire.dead = True
    wire.cut()
    async with asyncio.timeout(5):
        await story.spool.close()


async def test_a_caller_that_hangs_up_leaves_its_mail_to_be_committed(story: Story) -> None:
    mail = story.mail()
    task = asyncio.create_task(story.spool.accept(mail))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await story.spool.accept(mail) == mail.id
    assert len(await story.states()) == 1


@pytest.mark.parametrize(
    ("sqlstate", "raised"),
    [("53100", Full), ("53200", Unavailable), ("23514", Unavailable), ("42P01", Unavailable)],
    ids=["disk full", "out of memory", "a row that is not to be", "a table that is gone"],
)
async def test_what_the_server_refuses_is_its_caller_s_alone_and_quotes_no_row(
    story: Story, failing: Callable[[str], None], sqlstate: str, raised: type[Unavailable]
) -> None:
    failing(sqlstate)
    spoilt, other = story.mail(sender="canary@example.com"), story.callback(story.text())
    found = await asyncio.gather(
        story.spool.accept(spoilt), story.spool.receive(other), return_exceptions=True
    )
    assert type(found[0]) is raised
    assert "canary" not in str(found[0])
    if sqlstate in ("23514", "42P01"):
        assert found[1] == (1, True)


async def test_a_server_that_became_a_standby_is_left_for_one_that_is_not(
    story: Story, failing: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.2)
    failing("25006")
    mail = story.mail()
    with pytest.raises(Unavailable, match="ReadOnlySQLTransactionError"):
        await story.spool.accept(mail)
    failing("")
    assert await story.spool.accept(mail) == mail.id


async def test_a_statement_that_takes_too_long_is_given_up(
    story: Story, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.2)
    monkeypatch.setattr(connecting, "SESSION", {**connecting.SESSION, "lock_timeout": "100ms"})
    monkeypatch.setattr(connecting, "COMMAND", 0.5)
    other = Story(story.url, await open_spool(story.url, daemon=False))
    holder = await asyncpg.connect(story.url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE message IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unavailable, match=r"TimeoutError|LockNotAvailable"):
            await other.spool.accept(story.mail())
    await holder.close()
    await other.spool.accept(story.mail())
    await other.spool.close()


@pytest.mark.parametrize("company", [0, 3])
async def test_a_job_that_takes_too_long_fails_alone(
    url: str, monkeypatch: pytest.MonkeyPatch, company: int
) -> None:
    monkeypatch.setattr(connecting, "SESSION", {**connecting.SESSION, "statement_timeout": "200ms"})
    found = await open_desk(url, daemon=True)
    slow = found.write(lambda db: db.execute("SELECT pg_sleep(30)"))
    others = [found.write(lambda db: db.execute("SELECT 1").fetchone()[0]) for _ in range(company)]
    first, *rest = await asyncio.gather(slow, *others, return_exceptions=True)
    assert isinstance(first, Unavailable)
    assert "QueryCanceledError" in str(first)
    assert rest == [1] * company
    await found.close()


async def test_a_turn_that_comes_late_is_waited_for_once_more(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.1)
    monkeypatch.setattr(connecting, "SESSION", {**connecting.SESSION, "lock_timeout": "500ms"})
    other = Story(story.url, await open_spool(story.url, daemon=False))
    mail = other.mail()
    async with held(story.url):
        waiting = asyncio.create_task(other.spool.accept(mail))
        await asyncio.sleep(0.7)  # longer than the first wait
    assert await waiting == mail.id
    await other.spool.close()


async def test_a_store_whose_database_does_not_answer_is_closed_in_bounded_time(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CLOSING", 0.3)
    async with held(story.url):
        waiting = asyncio.create_task(story.spool.accept(story.mail()))
        await asyncio.sleep(0.1)
        behind = asyncio.create_task(story.spool.accept(story.mail(Msisdn("447700901999"))))
        await asyncio.sleep(0)
        async with asyncio.timeout(3):
            await story.spool.close()
        found = await asyncio.gather(waiting, behind, return_exceptions=True)
    assert [type(each) for each in found] == [Uncertain, Unavailable]


async def test_who_waits_while_a_store_is_closed_between_two_tries_is_answered(
    story: Story, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CLOSING", 0.2)
    monkeypatch.setattr(writer, "PAUSE", 1e9)
    wire.dead = True
    wire.cut()
    waiting = asyncio.create_task(story.spool.accept(story.mail()))
    await asyncio.sleep(0.2)  # it was tried
    async with asyncio.timeout(3):
        await story.spool.close()
        with pytest.raises(Unavailable):
            await waiting


async def test_a_look_that_nobody_waits_for_any_more_leaves_nothing_behind(
    story: Story, wire: Wire
) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
    found = await open_desk(story.url, daemon=True)
    for look, cut in product((found.read, found.glance), (False, True)):
        task = asyncio.create_task(look(lambda db: db.execute("SELECT pg_sleep(30)")))
        await asyncio.sleep(0.1)
        task.cancel()
        if cut:
            wire.cut()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await found.read(lambda db: db.execute("SELECT 1").fetchone()[0]) == 1
    await found.close()
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []
