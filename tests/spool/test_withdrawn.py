"""What began with a commit for which nobody waits any more is given back, and goes again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.model import Msisdn, Text
from bridge.spool import accepting, leasing
from bridge.spool.contract import Hand
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
            self._entered.set()
            assert self._may_go.wait(5)
            return verb(*given, **named)

        return work

    async def left(self, asked: Coroutine[Any, Any, object]) -> list[str]:
        """How the texts stand once a verb is done whose caller went in the middle of it."""
        self._entered.clear()
        self._may_go.clear()
        task = asyncio.create_task(asked)
        assert await asyncio.to_thread(self._entered.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        self._may_go.set()
        await self._story.spool.alive()
        return list((await self._story.states()).values())


@pytest.fixture
def slow(story: Story, monkeypatch: pytest.MonkeyPatch) -> Slow:
    found = Slow(story)
    monkeypatch.setattr(accepting, "accept", found.held(accepting.accept))
    monkeypatch.setattr(leasing, "lease", found.held(leasing.lease))
    return found


@on_sqlite
async def test_a_text_whose_client_went_meanwhile_is_not_begun(story: Story, slow: Slow) -> None:
    hands = Hands()
    story.spool.offer(hands)
    mail = story.mail(SAM, at=story.spool.now())
    assert await slow.left(story.spool.accept(mail)) == ["queued"]
    assert hands.given == [None]


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


async def test_a_request_to_another_host_is_written_down_and_so_is_the_one_after(
    story: Story,
) -> None:
    hands = Hands()
    story.spool.offer(hands)
    now = story.spool.now()
    await story.spool.accept(story.mail(SAM, at=now))
    (lease,) = hands.given
    assert lease is not None
    assert lease.begun == HOST
    assert await story.spool.begin(lease, OTHER, now)
    assert await story.spool.begin(replace(lease, begun=""), HOST, now)
    assert await story.sql("SELECT host, outcome FROM attempt ORDER BY id") == [
        (HOST, "not taken"),
        (OTHER, "not taken"),
        (HOST, ""),
    ]


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
