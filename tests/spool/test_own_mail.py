"""What is mailed to the bridge itself: stored once, and orders for a list one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import pytest

from bridge.core.events import Explained, ListOrder, Returned
from bridge.core.leases import EventLease
from bridge.core.model import Part
from bridge.spool.queueing import RETRY_JOINS
from tests.spool.conftest import ALEX, NOW, SAM, Story

ORDER = ListOrder(
    to="jo@example.com",
    list_name="MyAlerts",
    key="alerts",
    action="subscribe",
    numbers=(SAM.digits, ALEX.digits),
    unread=(),
    subject="New people",
    asked_in="<one@example.com>",
    at=NOW,
)
Mailed: TypeAlias = Explained | ListOrder | Returned
MAILED: dict[str, Mailed] = {
    "an order": ORDER,
    "a question": Explained("jo@example.com", "Friday", "goes as it is", "<one@example.com>", NOW),
    "a mail that came back": Returned("<m1@x>", ("jo@example.com",), True, "", "", b"", NOW),
}


async def told(story: Story, event: Mailed, at: float) -> int:
    return await story.spool.tell(replace(event, at=at), at)


# ---------------------------------------------------------------- once


@pytest.mark.parametrize("event", MAILED.values(), ids=MAILED)
async def test_a_retry_of_one_whose_250_was_never_sent_joins_it(
    story: Story, event: Mailed
) -> None:
    first = await told(story, event, NOW)
    await story.reopened()
    assert await told(story, event, NOW + RETRY_JOINS - 1) == first
    assert len(await story.events()) == 1
    assert await told(story, event, NOW + RETRY_JOINS) != first


@pytest.mark.parametrize("event", MAILED.values(), ids=MAILED)
async def test_what_comes_again_after_its_250_is_meant(story: Story, event: Mailed) -> None:
    first = await told(story, event, NOW)
    await story.spool.acknowledged(events=[first])
    second = await told(story, event, NOW)
    assert second != first
    leases = await story.spool.lease_events("us", 9, NOW, NOW + 60)
    assert len({each.key for each in leases}) == 2, "and answered in a mail of its own"


async def test_another_word_is_no_retry(story: Story) -> None:
    await told(story, ORDER, NOW)
    await told(story, replace(ORDER, action="unsubscribe"), NOW)
    await told(story, replace(ORDER, numbers=(SAM.digits,)), NOW)
    await told(story, replace(ORDER, asked_in="<two@example.com>"), NOW)
    assert await story.events() == [("ListOrder", "queued")] * 4


# ---------------------------------------------------------------- one after the other


async def ordered(story: Story, *orders: ListOrder) -> list[EventLease]:
    for each in orders:
        await told(story, each, NOW)
    return list(await story.spool.lease_events("us", 9, NOW, NOW + 60))


AGAIN = replace(ORDER, asked_in="<two@example.com>")


async def test_an_order_comes_after_an_earlier_one_for_its_list_until_that_is_done(
    story: Story,
) -> None:
    first, second = await ordered(story, ORDER, AGAIN)
    assert await story.spool.order_before(first) is None
    for each in ORDER.numbers:
        assert await story.spool.order_before(second) == first.id
        assert await story.spool.keep_parts(first, [Part(each, "", b"{}")])
    assert await story.spool.order_before(second) is None


async def test_no_order_for_another_list_comes_first(story: Story) -> None:
    _, second = await ordered(story, replace(ORDER, list_name="Others"), AGAIN)
    assert await story.spool.order_before(second) is None
