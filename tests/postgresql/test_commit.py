"""The connection is lost while a transaction commits: whoever wrote hears what became of it."""

from __future__ import annotations

import asyncio
import re

import pytest

from bridge.core.leases import NoticeVerdict, Told
from bridge.core.model import Msisdn
from bridge.core.outcomes import Accepted, Deferred
from bridge.spool.contract import Uncertain
from bridge.spool.postgres import resolving
from tests.postgres import Server
from tests.postgresql.conftest import Cut, Wire
from tests.spool.conftest import HOST, NOW, SAM, Story

CUTS = pytest.mark.parametrize("cut", Cut, ids=[each.name.lower() for each in Cut])


@CUTS
async def test_a_mail_is_accepted_once(story: Story, wire: Wire, cut: Cut) -> None:
    mail = story.mail()
    wire.cut_at_commit = cut
    assert await story.spool.accept(mail) == mail.id
    assert wire.cuts == 1
    assert await story.states() == {(f"{mail.id}.1", SAM.digits): "queued"}


@CUTS
async def test_a_callback_is_stored_once_and_new(story: Story, wire: Wire, cut: Cut) -> None:
    wire.cut_at_commit = cut
    id_, new = await story.spool.receive(story.callback(story.text()))
    assert (new, wire.cuts) == (True, 1)
    assert await story.spool.receive(story.callback(story.text())) == (id_, False)


@CUTS
async def test_a_request_begins_once(story: Story, wire: Wire, cut: Cut) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    wire.cut_at_commit = cut
    assert await story.spool.begin(lease, HOST, NOW)
    assert wire.cuts == 1
    assert await story.state() == "submitting"
    assert len(await story.lines("attempt")) == 1


@CUTS
@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Accepted("1"), "submitted"), (Deferred("BUSY", "later", 15.0), "queued")],
    ids=["accepted", "deferred"],
)
async def test_an_answer_is_written_once(
    story: Story, wire: Wire, cut: Cut, outcome: Accepted | Deferred, state: str
) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    wire.cut_at_commit = cut
    assert await story.judged(lease, outcome, NOW)
    assert wire.cuts == 1
    assert await story.state() == state


async def test_what_shared_the_transaction_shares_its_fate(story: Story, wire: Wire) -> None:
    mails = [story.mail(Msisdn(f"4477009001{n:02}")) for n in range(20)]
    wire.cut_at_commit = Cut.AFTER
    found = await asyncio.gather(*(story.spool.accept(each) for each in mails))
    assert found == [each.id for each in mails]
    assert len(await story.states()) == len(mails)


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER], ids=["before", "after"])
async def test_where_nobody_can_be_asked_nothing_is_promised_and_the_retry_joins(
    story: Story, wire: Wire, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "LONGEST", 0.2)
    mail = story.mail()
    wire.cut_at_commit, wire.dead = cut, True
    with pytest.raises(Uncertain, match="lost at COMMIT"):
        await story.spool.accept(mail)
    wire.dead = False
    assert await story.spool.accept(mail) == mail.id
    assert len(await story.states()) == 1


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER], ids=["before", "after"])
async def test_a_request_that_may_have_been_noted_is_not_sent_and_goes_anew_soon(
    story: Story,
    wire: Wire,
    cut: Cut,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody holds it any more, so that whoever leases it anew is not told to leave it."""
    monkeypatch.setattr(resolving, "LONGEST", 0.2)
    await story.spool.accept(story.mail())
    lease = await story.one()
    wire.cut_at_commit, wire.dead = cut, True
    assert not await story.spool.begin(lease, HOST, NOW)
    assert re.search(rf"fault .*error=Uncertain .*id={lease.item.id}", capsys.readouterr().out)
    wire.dead = False
    while await story.state() != "queued":
        assert await story.spool.woken("submit", 9)
    await story.sent(Accepted("1"), NOW)
    assert await story.state() == "submitted"


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER], ids=["before", "after"])
@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Accepted("1"), "submitted"), (Deferred("BUSY", "later", 15.0), "queued")],
    ids=["accepted", "deferred"],
)
async def test_an_answer_that_may_have_been_written_is_written_again_and_its_lease_is_not_lost(
    story: Story,
    wire: Wire,
    cut: Cut,
    outcome: Accepted | Deferred,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolving, "LONGEST", 0.2)
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    wire.cut_at_commit, wire.dead = cut, True
    with pytest.raises(Uncertain, match="lost at COMMIT"):
        await story.judged(lease, outcome, NOW)
    wire.dead = False
    assert await story.judged(lease, outcome, NOW)
    assert await story.state() == state


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER], ids=["before", "after"])
async def test_that_a_mail_went_may_be_written_again(
    story: Story, wire: Wire, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "LONGEST", 0.2)
    await story.spool.receive(story.callback(story.text()))
    (lease,) = await story.spool.lease_events("us", 10, NOW, NOW + 60)
    mailed = NoticeVerdict(Told.MAILED, None)
    wire.cut_at_commit, wire.dead = cut, True
    with pytest.raises(Uncertain, match="lost at COMMIT"):
        await story.spool.settle_event(lease, mailed, NOW)
    wire.dead = False
    assert await story.spool.settle_event(lease, mailed, NOW)
    assert await story.events() == [("SmsReceived", "mailed")]


async def test_sessions_that_are_ended_under_load_lose_nothing_and_double_nothing(
    story: Story, postgres: Server
) -> None:
    mails = [story.mail(Msisdn(f"447700902{n:03}")) for n in range(200)]
    each = iter(mails)

    async def client() -> None:
        for mail in each:
            assert await story.spool.accept(mail) == mail.id

    async with asyncio.TaskGroup() as clients:
        for _ in range(10):
            clients.create_task(client())
        for _ in range(5):
            await asyncio.to_thread(
                postgres.execute,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'smsbridge'",
            )
    assert len(await story.states()) == len(mails)
