"""What began with a commit for which nobody waits any more is given back, and goes again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.core.leases import SubmissionLease
from bridge.core.model import Msisdn, Text
from bridge.core.outcomes import Accepted
from bridge.spool import accepting, beginning, leasing
from bridge.spool.contract import Hand, LaneName, Uncertain
from bridge.spool.db import Db, Work
from bridge.spool.desk import Desk
from bridge.spool.opening import open_spool
from tests.spool.conftest import HOST, NOW, SAM, Story, on_sqlite
from tests.spool.test_straight import LASTS, Hands

OTHER = "https://other.example"


class Slow:
    """A store whose verbs can be held up in the middle of their transaction."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._entered, self._may_go = threading.Event(), threading.Event()
        self._may_go.set()

    def held(self, verb: Callable[..., object]) -> Callable[..., object]:
        """The verb, which waits where it is to."""

        def work(*given: object, **named: object) -> object:
            if not self._may_go.is_set():
                self._entered.set()
                assert self._may_go.wait(5)
            return verb(*given, **named)

        return work

    async def left(self, asked: Coroutine[Any, Any, object]) -> list[str]:
        """How the texts stand once a verb is done whose caller went in the middle of it."""
        self._may_go.clear()
        task = asyncio.create_task(asked)
        await self._is_held()
        await _gone(task)
        self.goes()
        await self._story.spool.alive()
        return list((await self._story.states()).values())

    async def woken(self, asked: Coroutine[Any, Any, object]) -> bool:
        """Whether the lane is woken by a verb whose caller went after it, before its commit."""
        task, beside = await self.together(asked, self.job(nothing))
        await _gone(task)
        self.goes()
        await beside
        return await self._story.spool.woken("submit", 5)

    def job(self, work: Work[None]) -> Coroutine[Any, Any, object]:
        """Work that can be held up."""
        desk: Desk = self._story.spool._desk  # type: ignore[attr-defined]
        return desk.write(self.held(work))

    async def together(self, *asked: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
        """Verbs that share a transaction, which waits at the job among them until it `goes`."""
        self._may_go.clear()
        before = asyncio.create_task(self.job(nothing))
        await self._is_held()
        tasks = [asyncio.create_task(each) for each in asked]
        await asyncio.sleep(0)
        self._may_go.set()
        self._may_go.clear()
        await before
        await self._is_held()
        return tasks

    def goes(self) -> None:
        """Nothing waits any longer."""
        self._may_go.set()

    async def _is_held(self) -> None:
        """Wait until a verb is."""
        assert await asyncio.to_thread(self._entered.wait, 5)
        self._entered.clear()


def nothing(_db: Db) -> None:
    """Work that is done at once."""


def fails(_db: Db) -> None:
    """Work that fails, and undoes what was done beside it."""
    raise ZeroDivisionError


async def _gone(task: asyncio.Task[object]) -> None:
    """Whoever waits goes."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.fixture
def slow(story: Story, monkeypatch: pytest.MonkeyPatch) -> Slow:
    found = Slow(story)
    monkeypatch.setattr(accepting, "accept", found.held(accepting.accept))
    monkeypatch.setattr(leasing, "lease", found.held(leasing.lease))
    monkeypatch.setattr(beginning, "begin", found.held(beginning.begin))
    return found


@on_sqlite
async def test_a_text_whose_client_went_meanwhile_is_not_begun(story: Story, slow: Slow) -> None:
    hands = Hands()
    story.spool.offer(hands)
    mail = story.mail(SAM, at=story.spool.now())
    assert await slow.left(story.spool.accept(mail)) == ["queued"]
    assert hands.given == [None]


@on_sqlite
async def test_a_text_whose_hand_went_as_it_began_goes_anew(story: Story, slow: Slow) -> None:
    await story.spool.accept(story.mail(SAM))
    (lease,) = await story.lease()
    assert await slow.left(story.spool.begin(lease, HOST, NOW)) == ["queued"]


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Story]:
    """A store to which nobody else writes: nothing of theirs wakes its lanes."""
    url = f"sqlite:///{tmp_path}/alone.db"
    found = Story(url, await open_spool(url, daemon=True))
    yield found
    await found.spool.close()


async def test_hands_hear_of_a_text_whose_client_went_while_it_was_committed(
    alone: Story,
) -> None:
    hands, slow = Hands(), Slow(alone)
    alone.spool.offer(hands)
    assert await slow.woken(alone.spool.accept(alone.mail(SAM, at=alone.spool.now())))
    assert hands.given == [None]
    assert list((await alone.states()).values()) == ["queued"]


@on_sqlite
async def test_what_is_leased_for_nobody_goes_back(story: Story, slow: Slow) -> None:
    now = story.spool.now()
    await story.spool.accept(story.mail(SAM, at=now))
    asked = story.spool.lease_submissions("us", 9, now, now + LASTS, host=HOST)
    assert await slow.left(asked) == ["queued"]


@on_sqlite
async def test_what_may_have_been_sent_before_does_not_go_back(story: Story, slow: Slow) -> None:
    await story.spool.accept(story.mail(SAM))
    (lease,) = await story.lease()
    assert await story.spool.begin(lease, HOST, NOW)
    asked = story.spool.lease_submissions("other", 9, NOW + 3600, NOW + 4000, host=HOST)
    assert await slow.left(asked) == ["submitting"]


async def test_what_was_never_leased_stays_with_who_leased_it_meanwhile(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its epoch is the same: only whose it is tells the two apart."""
    desk, now = story.spool._desk, story.spool.now()  # type: ignore[attr-defined]
    await story.spool.accept(story.mail(SAM, at=now))
    write, theirs = desk.write, list[SubmissionLease]()

    async def lost(work: Work[Any], _touched: Sequence[LaneName] = ()) -> None:
        monkeypatch.setattr(desk, "write", write)

        def undone(db: Db) -> None:
            work(db)
            fails(db)

        with pytest.raises(ZeroDivisionError):
            await write(undone)
        theirs.extend(await story.spool.lease_submissions("other", 9, now, now + 60, host=HOST))
        raise Uncertain("the connection was lost at COMMIT")

    monkeypatch.setattr(desk, "write", lost)
    with pytest.raises(Uncertain):
        await story.spool.lease_submissions("us", 9, now, now + LASTS, host=HOST)
    assert [each.begun for each in theirs] == [HOST]
    await story.spool.alive()
    assert list((await story.states()).values()) == ["submitting"]


@on_sqlite
async def test_a_text_that_is_leased_by_the_transaction_that_its_client_left_stays_so(
    story: Story,
) -> None:
    """It had begun, and then all was run anew, since another job failed: under the same epoch."""
    slow, spool, now = Slow(story), story.spool, story.spool.now()
    spool.offer(Hands())
    asked, failing, leasing_ = await slow.together(
        spool.accept(story.mail(SAM, at=now)),
        slow.job(fails),
        spool.lease_submissions("us", 9, now, now + LASTS, host=HOST),
    )
    await _gone(asked)
    slow.goes()
    with pytest.raises(ZeroDivisionError):
        await failing
    assert [each.begun for each in await leasing_] == [HOST]
    await spool.alive()
    assert list((await story.states()).values()) == ["submitting"]


@pytest.fixture
async def begun(story: Story) -> SubmissionLease:
    """That of a text which was accepted just now, for a free hand."""
    hands = Hands()
    story.spool.offer(hands)
    await story.spool.accept(story.mail(SAM, at=story.spool.now()))
    (lease,) = hands.given
    assert lease is not None
    return lease


async def test_a_request_to_another_host_is_written_down_and_so_is_the_one_after(
    story: Story, begun: SubmissionLease
) -> None:
    now = begun.item.accepted_at
    assert begun.begun == HOST
    assert await story.spool.begin(begun, OTHER, now)
    assert await story.spool.begin(replace(begun, begun=""), HOST, now)
    assert await story.sql("SELECT host, outcome FROM attempt ORDER BY id") == [
        (HOST, "not taken"),
        (OTHER, "not taken"),
        (HOST, ""),
    ]


async def test_what_began_long_before_it_goes_is_one_request_all_the_same(
    story: Story, begun: SubmissionLease
) -> None:
    """Its holder stood still, and asks whether it is its own still."""
    now = begun.item.accepted_at
    assert await story.spool.begin(begun, HOST, now + 5)
    assert await story.sql("SELECT attempts FROM delivery") == [(1,)]
    assert await story.sql("SELECT host, outcome FROM attempt") == [(HOST, "")]
    assert await story.judged(begun, Accepted("7"), now + 6)


async def test_what_is_given_back_for_later_waits_so_long(story: Story) -> None:
    await story.spool.accept(story.mail(SAM))
    (lease,) = await story.spool.lease_submissions("us", 9, NOW, NOW + LASTS, host=HOST)
    await story.spool.give_back(lease, NOW, after=LASTS)
    assert list((await story.states()).values()) == ["queued"]
    assert not await story.lease(NOW + LASTS - 1)
    assert (await story.one(NOW + LASTS)).item.id == lease.item.id


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_other_nodes_hear_of_a_mail_that_its_node_did_not_begin(
    story: Story, url: str
) -> None:
    other = await open_spool(url, daemon=True)
    try:
        story.spool.offer(lambda: Hand("us", HOST, LASTS, lambda lease: None))
        while await other.woken("submit", 0.3):
            pass
        texts = (Text("one"), Text("two"))
        await story.spool.accept(story.mail(Msisdn("447700900111"), texts=texts))
        assert await other.woken("submit", 3)
    finally:
        await other.close()
