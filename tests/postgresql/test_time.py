"""The database keeps the time: no node goes by a clock of its own for long."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bridge.spool.opening import open_desk, open_spool
from bridge.spool.postgres import desk as desks
from bridge.spool.postgres.timing import ServerClock
from tests.postgres import Server
from tests.spool.conftest import HOST, Story
from tests.spool.test_straight import Hands

AT = 1_790_000_000.0


class Machine:
    """A node's counter of seconds, which stands still with its machine."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> ServerClock:
    """A node's idea of the database's time."""
    return ServerClock(AT, ticks=machine)


def test_between_two_looks_the_time_goes_on(machine: Machine, clock: ServerClock) -> None:
    machine.seconds += 7
    assert clock() == AT + 7


def test_a_drift_is_made_up_for_little_by_little(machine: Machine, clock: ServerClock) -> None:
    clock.read(AT + 0.2, AT)
    for _ in range(10):
        machine.seconds += 1
        assert clock.astray(AT) == 0.0
    assert clock() == pytest.approx(AT + 10.2)


@pytest.mark.parametrize("stood", [5.0, 600.0], ids=["for moments", "for minutes"])
def test_a_machine_that_stood_still_takes_the_time_as_it_is(
    clock: ServerClock, stood: float
) -> None:
    assert clock.read(AT + stood, AT) == stood
    assert clock.astray(noted=AT + stood - 20) == 0.0
    assert clock() == AT + stood


@pytest.mark.parametrize("by", [3600.0, -3600.0], ids=["forward", "back"])
def test_a_clock_that_was_set_is_followed_when_the_store_was_moved(
    clock: ServerClock, by: float
) -> None:
    clock.read(AT + by, AT)
    assert clock.astray(noted=AT - 20) == by
    assert clock() == AT
    clock.moved(by)
    assert clock() == AT + by


def test_the_way_there_and_back_is_nobody_s_error(machine: Machine, clock: ServerClock) -> None:
    machine.seconds += 3.0  # from asking to the answer
    assert clock.read(AT + 2.5, AT) == 0.0


async def test_a_store_s_time_is_the_server_s(url: str) -> None:
    spool = await open_spool(url, daemon=True)
    assert spool.now() == pytest.approx(time.time(), abs=5)
    assert await spool.keep_time() == 0.0
    await spool.close()


async def test_a_node_that_stood_still_begins_and_leases_nothing_until_it_knows_the_time(
    url: str, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "ServerClock", lambda at: ServerClock(at - 60))
    story = Story(url, await open_spool(url, daemon=True))
    spool = story.spool
    await spool.keep_time()
    hands = Hands()
    spool.offer(hands)
    await spool.accept(story.mail(at=spool.now()))
    assert hands.given == [None]
    assert await spool.lease_submissions("us", 1, spool.now(), spool.now() + 60) == ()
    postgres.execute("UPDATE clock SET at = extract(epoch FROM clock_timestamp())", "stories")
    assert await spool.keep_time() == 0.0
    assert spool.now() == pytest.approx(time.time(), abs=5)
    (lease,) = await spool.lease_submissions("us", 1, spool.now(), spool.now() + 60)
    assert await spool.begin(lease, HOST, spool.now())
    await spool.close()


async def test_a_test_s_clock_is_the_time_whatever_the_server_s_shows(url: str) -> None:
    desk: Any = await open_desk(url, daemon=False, clock=lambda: AT)
    assert desk.now() == AT
    assert await desk.astray() == 0.0
    await desk.close()
