"""The gateway tells of each change of a list; one that a manager ordered is no second mail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.consent import OptoutChange, OptoutEffect
from bridge.core.events import ListChanged, ListOrder
from bridge.core.managing import BY_API, ECHO
from tests.spool.conftest import ALEX, NOW, SAM, Story

LIST = "Customers"
ORDER = ListOrder(
    to="jo@example.com",
    list_name=LIST,
    key="alerts",
    action="unsubscribe",
    numbers=(ALEX.digits, SAM.digits),
    unread=(),
    subject="",
    asked_in="",
    at=NOW,
)
ECHOED = ListChanged(LIST, "", SAM.digits, "unsubscribed", BY_API, "", NOW + 5)


async def heard(story: Story, change: ListChanged, at: float = NOW + 5) -> str:
    """A change that the gateway tells of: how its mail stands."""
    out = change.action == "unsubscribed"
    wish = OptoutChange(change.number, out, at, "from the list alerts")
    callback = replace(story.callback(change, at=at), optout=wish)
    id_, _ = await story.spool.receive(callback)
    (found,) = await story.spool.browse(f"e{id_}")
    return str(found.fields["state"])


async def test_what_a_manager_ordered_is_recorded_and_not_mailed(story: Story) -> None:
    order = await story.spool.tell(ORDER, NOW)
    assert await heard(story, ECHOED) == "not-mailed"
    (found,) = [e for e in await story.spool.browse(SAM.digits) if e.what == "event"]
    assert found.fields["reason"] == f"ordered in e{order}"
    assert found.fields["effect"] == OptoutEffect.STOPPED
    assert [number for number, _ in await story.spool.optouts()] == [SAM.digits]
    leases = await story.spool.lease_events("us", 9, NOW + 5, NOW + 65)
    assert [type(each.item) for each in leases] == [ListOrder]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(replace(ECHOED, number="447700900125"), id="another number"),
        pytest.param(replace(ECHOED, list_name="News"), id="another list"),
        pytest.param(replace(ECHOED, action="subscribed"), id="another action"),
        pytest.param(replace(ECHOED, action="9"), id="an action that nobody knows"),
        pytest.param(replace(ECHOED, source="inbound SMS"), id="by the person"),
    ],
)
async def test_all_else_is_mailed(story: Story, change: ListChanged) -> None:
    await story.spool.tell(ORDER, NOW)
    assert await heard(story, change) == "queued"


async def test_an_order_of_yesterday_explains_nothing(story: Story) -> None:
    await story.spool.tell(ORDER, NOW)
    assert await heard(story, ECHOED, NOW + ECHO + 1) == "queued"


JOIN = replace(ORDER, action="subscribe")
JOINED = replace(ECHOED, action="subscribed")


@pytest.mark.parametrize(
    ("turns", "states"),
    [
        pytest.param(
            [ORDER, ECHOED, ECHOED],
            ["not-mailed", "queued"],
            id="an order has one echo",
        ),
        pytest.param(
            [ORDER, ECHOED, replace(ECHOED, number=ALEX.digits)],
            ["not-mailed", "not-mailed"],
            id="for each of its numbers",
        ),
        pytest.param(
            [ORDER, ORDER, ECHOED, ECHOED, ECHOED],
            ["not-mailed", "not-mailed", "queued"],
            id="two orders have two",
        ),
        pytest.param(
            [JOIN, JOINED, ECHOED, JOINED],
            ["not-mailed", "queued", "queued"],
            id="another program takes it off, and puts it back",
        ),
        pytest.param(
            [JOIN, ECHOED, JOINED],
            ["queued", "queued"],
            id="there was no echo before the contrary change",
        ),
        pytest.param(
            [JOIN, replace(ECHOED, number=ALEX.digits), replace(ECHOED, list_name="News"), JOINED],
            ["queued", "queued", "not-mailed"],
            id="another number, and another list, are not contrary",
        ),
        pytest.param(
            [JOIN, ORDER, JOINED, ECHOED],
            ["not-mailed", "not-mailed"],
            id="two contrary orders, both before their echoes",
        ),
        pytest.param(
            [JOIN, ORDER, ECHOED, JOINED],
            ["not-mailed", "queued"],
            id="a later order took it off already",
        ),
    ],
)
async def test_an_order_explains_what_came_of_it_and_no_more(
    story: Story, turns: list[ListOrder | ListChanged], states: list[str]
) -> None:
    found: list[str] = []
    for n, turn in enumerate(turns):
        now = NOW + n
        if isinstance(turn, ListOrder):
            await story.spool.tell(replace(turn, asked_in=f"<{n}@example.com>", at=now), now)
        else:
            found.append(await heard(story, replace(turn, received_at=now), now))
    assert found == states
