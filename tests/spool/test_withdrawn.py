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


async def cancelled(asked: Coroutine[Any, Any, object], begun: threading.Event) -> None:
    """Its caller goes while the store works on it."""
    task = asyncio.create_task(asked)
    assert await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Verbs that tell when they begin, and wait until they may go on."""
    begun, may_go = threading.Event(), threading.Event()

    def after(verb: Callable[..., object]) -> Callable[..., object]:
        def work(*given: object, **named: object) -> object:
            begun.set()
            assert may_go.wait(5)
            return verb(*given, **named)

        return work

    monkeypatch.setattr(accepting, "accept", after(accepting.accept))
    monkeypatch.setattr(leasing, "lease", after(leasing.lease))
    return begun, may_go


@on_sqlite
async def test_a_text_whose_client_went_meanwhile_is_not_begun(
    story: Story, held: tuple[threading.Event, threading.Event]
) -> None:
    hands = Hands()
    story.spool.offer(hands)
    mail = story.mail(SAM, at=story.spool.now())
    await cancelled(story.spool.accept(mail), held[0])
    held[1].set()
    await story.spool.alive()
    assert hands.given == [None]
    assert list((await story.states()).values()) == ["queued"]


@on_sqlite
async def test_what_is_leased_for_nobody_goes_back(
    story: Story, held: tuple[threading.Event, threading.Event]
) -> None:
    begun, may_go = held
    may_go.set()
    now = story.spool.now()
    await story.spool.accept(story.mail(SAM, at=now))
    may_go.clear()
    begun.clear()
    asked = story.spool.lease_submissions("us", 9, now, now + LASTS, host=HOST)
    await cancelled(asked, begun)
    may_go.set()
    await story.spool.alive()
    assert list((await story.states()).values()) == ["queued"]


@on_sqlite
async def test_what_may_have_been_sent_before_does_not_go_back(
    story: Story, held: tuple[threading.Event, threading.Event]
) -> None:
    begun, may_go = held
    may_go.set()
    await story.spool.accept(story.mail(SAM))
    (lease,) = await story.lease()
    assert await story.spool.begin(lease, HOST, NOW)
    may_go.clear()
    begun.clear()
    asked = story.spool.lease_submissions("other", 9, NOW + 3600, NOW + 4000, host=HOST)
    await cancelled(asked, begun)
    may_go.set()
    await story.spool.alive()
    assert list((await story.states()).values()) == ["submitting"]


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
