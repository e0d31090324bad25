"""The worker of the road out: what has not begun when it ends, or cannot begin, was not sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bridge.core.leases import SubmissionLease
from bridge.gateways.intellisms import IntelliSms
from tests.time.conftest import OpenWorld, World, open_world, start_process

__all__ = ["open_world", "start_process"]  # fixtures, here as well

NUMBER = "447700900100"
LEASE = 600.0
HANDS = 2


async def leased(world: World, *, begins: bool) -> SubmissionLease:
    """A lease of the one text, which begins by it if it may."""
    (found,) = await world.spool.lease_submissions(
        "us", 1, world.now, world.now + LEASE, host=world.uplink.order()[0] if begins else ""
    )
    return found


async def in_hand(world: World, leases: Sequence[SubmissionLease]) -> str:
    """How the text stands once all free hands were given these leases of it, one each."""
    for each in leases:
        world.submitter.loop.put(each)
    await world.rests()
    return await world.story.state()


@pytest.fixture
async def busy(open_world: OpenWorld) -> World:
    """A text waits, and all hands are kept for what a test gives them."""
    return await made_busy(await open_world(hosts=1, hands=HANDS))


async def made_busy(world: World) -> World:
    """Keep all hands, and let a text wait."""
    kept = 0
    async with asyncio.timeout(5):
        while kept < HANDS:
            kept += world.submitter.loop.keep()
            await asyncio.sleep(0)
    await world.accept([NUMBER])
    return world


async def test_a_lease_that_is_granted_while_we_stop_is_given_back_unsent(
    open_world: OpenWorld,
) -> None:
    """Begun, it would be cut off in the middle, and nobody would know whether it was sent."""
    world = await open_world(hosts=1)
    await world.submitter.loop.stop(0)
    await world.accept([NUMBER])
    (lease,) = await world.spool.lease_submissions("late", 1, world.now, world.now + 90)

    await world.submitter.submit(lease)

    assert not world.sandbox.taken
    (again,) = await world.spool.lease_submissions("next", 1, world.now, world.now + 90)
    assert again.item.id == lease.item.id
    assert not again.orphaned
    assert again.pending[0].attempts == 0


@pytest.mark.parametrize("begins", [True, False], ids=["begun", "leased"])
async def test_a_fault_before_its_request_leaves_a_text_to_be_sent_when_its_lease_is_over(
    busy: World, monkeypatch: pytest.MonkeyPatch, begins: bool
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    lease = await leased(busy, begins=begins)
    with monkeypatch.context() as patched:
        patched.setattr(IntelliSms, "submit_request", broken)
        assert await in_hand(busy, [lease]) == ("queued" if begins else "claimed")
    await busy.passes(LEASE - 10)
    assert not busy.sandbox.taken
    await busy.passes(10)
    assert [each.to for each in busy.sandbox.taken] == [NUMBER]


async def test_what_is_in_hand_and_begins_by_another_lease_was_not_sent_by_that(
    busy: World,
) -> None:
    late = await leased(busy, begins=False)
    busy.clock[0] += LEASE
    assert await in_hand(busy, [late, await leased(busy, begins=True)]) == "queued"
    assert not busy.sandbox.taken
    await busy.passes(LEASE)
    assert [each.to for each in busy.sandbox.taken] == [NUMBER]


async def test_what_is_in_hand_and_may_have_been_sent_is_not_given_back(busy: World) -> None:
    late = await leased(busy, begins=True)
    busy.clock[0] += LEASE
    orphan = await leased(busy, begins=True)
    assert orphan.orphaned
    assert await in_hand(busy, [late, orphan]) == "submitting"
    assert not busy.sandbox.taken


async def test_what_began_at_the_host_that_is_asked_last_begins_there_once_more(
    open_world: OpenWorld,
) -> None:
    world = await made_busy(await open_world(hands=HANDS))
    first, last = world.uplink.order()
    await world.sandbox.doors[0].down()
    (lease,) = await world.spool.lease_submissions("us", 1, world.now, world.now + LEASE, host=last)
    assert await in_hand(world, [lease]) == "submitted"
    found = await world.story.sql("SELECT host, outcome FROM attempt ORDER BY id")
    assert found == [(last, "not taken"), (first, "not taken"), (last, "submitted")]


async def test_what_is_accepted_while_no_host_is_up_waits_for_its_turn(
    open_world: OpenWorld,
) -> None:
    """However many hands are free: while all hosts are down, a text is tried now and then."""
    world = await open_world()
    await world.hosts(up=False)
    await world.accept([NUMBER])
    await world.rests()
    assert world.uplink.since(0, "sendmsg").total() == 2, "each host was tried"
    await world.accept(["447700900101", "447700900102"])
    await world.rests()
    assert world.uplink.since(0, "sendmsg").total() == 2
