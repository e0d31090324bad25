"""Both hosts are down for hours: nobody waits in vain, nothing is hammered, none is overtaken."""

from __future__ import annotations

import time

import pytest

from bridge.core.events import Delayed
from bridge.sandbox.trouble import Hang, Reply
from tests.time.conftest import HANDS, OpenWorld, World

HOUR = 3600.0
NUMBERS = [f"4477009{n:05}" for n in range(100, 200)]


async def drained(world: World, texts: int, *, step: float = 1.0) -> float:
    """How many seconds pass until all texts were taken."""
    began = world.now
    while len(world.sandbox.taken) < texts:
        await world.passes(step, step=step)
        assert world.now - began < 120
    return world.now - began


async def test_hours_without_a_host_cost_some_requests_a_minute_and_no_order(
    open_world: OpenWorld,
) -> None:
    world = await open_world()
    await world.hosts(up=False)
    await world.accept([*NUMBERS] * 5)
    await world.passes(60)
    before = world.now
    await world.passes(2 * HOUR)
    asked = world.uplink.since(before)
    assert asked.total() / 120 < 8, "requests a minute, to both hosts"
    await world.accept(NUMBERS)
    await world.hosts(up=True)
    assert await drained(world, 600) <= 40, "a probe, and then all at full speed"
    assert world.order() == {number: [1, 2, 3, 4, 5, 6] for number in NUMBERS}
    assert world.uplink.most == HANDS


async def test_one_text_goes_ahead_of_all_that_waits(open_world: OpenWorld) -> None:
    world = await open_world()
    await world.hosts(up=False)
    await world.accept(NUMBERS)
    await world.passes(600)
    for door in world.sandbox.doors:
        door.latency = 0.2
    await world.hosts(up=True)
    world.uplink.most = 0
    while not len(world.sandbox.taken):
        await world.passes(1, step=1)
    assert world.uplink.since(0, "getbalance").total() > 0
    first = world.sandbox.taken[0]
    assert all(each.at >= first.at + 0.2 for each in list(world.sandbox.taken)[1:])


async def test_what_waits_for_a_host_alone_goes_at_once_when_one_is_back(
    open_world: OpenWorld,
) -> None:
    world = await open_world(hands=2)
    await world.hosts(up=False)
    await world.accept(NUMBERS[:2] * 2)
    await world.passes(4 * HOUR, step=30.0)
    (after, *_) = [each for each in await world.story.lines("delivery") if each.fields["attempts"]]
    assert int(str(after.fields["attempts"])) > 5, "it was tried now and then, and waits long"
    await world.hosts(up=True)
    assert await drained(world, 4) <= 35
    assert world.order() == {number: [1, 2] for number in NUMBERS[:2]}


async def test_a_host_that_is_found_back_wakes_what_waits_for_it(open_world: OpenWorld) -> None:
    world = await open_world(hands=2)
    await world.hosts(up=False)
    await world.accept(NUMBERS[:2])
    await world.passes(HOUR, step=30.0)
    await world.hosts(up=True)
    world.clock[0] += 31
    await world.housekeeper.find_hosts()
    await world.sandbox.wait_for(lambda text: text.to == NUMBERS[0], 10)
    await world.sandbox.wait_for(lambda text: text.to == NUMBERS[1], 10)


async def test_what_another_request_finds_back_is_used_by_what_waits(
    open_world: OpenWorld,
) -> None:
    world = await open_world(hosts=1)
    await world.hosts(up=False)
    await world.accept(NUMBERS[:1])
    await world.passes(5, step=1.0)
    await world.hosts(up=True)
    (host,) = world.uplink.order()
    world.uplink.report(host, ok=True)
    await world.housekeeper.find_hosts()
    await world.sandbox.wait_for(lambda text: text.to == NUMBERS[0], 10)


async def test_hosts_that_hang_are_probed_beside_each_other(
    open_world: OpenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.workers.housekeeper.SILENCE", 0.3)
    world = await open_world()
    await world.hosts(up=False)
    await world.accept(NUMBERS[:1])
    await world.passes(3, step=1.0)
    await world.hosts(up=True)
    for door in world.sandbox.doors:
        door.order(Hang(), 9, "getbalance")
    world.clock[0] += 31
    asked = world.now
    began = time.monotonic()
    await world.housekeeper.find_hosts()
    assert time.monotonic() - began < 0.6
    assert len(world.uplink.since(asked, "getbalance")) == 2


async def test_a_broken_balance_page_holds_nothing_up_for_long(open_world: OpenWorld) -> None:
    world = await open_world(hosts=1)
    await world.hosts(up=False)
    await world.accept(NUMBERS[:3])
    await world.passes(60)
    await world.hosts(up=True)
    world.sandbox.primary.order(Reply(b"<html>oops</html>", status=500), 1000, "getbalance")
    await world.passes(400)
    assert len(world.sandbox.taken) == 3


async def test_a_host_that_answers_the_probe_and_takes_no_text_is_not_flooded(
    open_world: OpenWorld,
) -> None:
    world = await open_world(hosts=1)
    world.sandbox.primary.order(Reply(b"", status=503), 100_000, "sendmsg")
    await world.accept(NUMBERS)
    await world.passes(60)
    before = world.now
    await world.passes(1800)
    assert world.uplink.since(before, "sendmsg").total() < 4 * 30, "some a minute"


async def test_the_senders_hear_once_after_a_quarter_of_an_hour(open_world: OpenWorld) -> None:
    world = await open_world()
    await world.hosts(up=False)
    await world.accept(NUMBERS[:2])
    for _ in range(4):
        await world.passes(600)
        await world.housekeeper.remind()
    leases = await world.spool.lease_events("us", 9, world.now, world.now + 60)
    told = [each.item for each in leases]
    assert [type(each) for each in told] == [Delayed, Delayed]


@pytest.mark.parametrize("hosts", [1, 2])
async def test_a_number_s_texts_go_one_after_the_other_however_many_hands_there_are(
    open_world: OpenWorld, hosts: int
) -> None:
    world = await open_world(hosts=hosts)
    for door in world.sandbox.doors:
        door.latency = 0.01
    await world.accept([NUMBERS[0]] * 20)
    await world.sandbox.wait_for(lambda text: text.text == "20", 20)
    assert world.order() == {NUMBERS[0]: list(range(1, 21))}
    assert world.uplink.most == 1
