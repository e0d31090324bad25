"""What the spool knows of opt-outs without a look, and when it looks again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from bridge.core.consent import Optout, OptoutChange
from bridge.core.events import SmsReceived
from bridge.core.promises import Callback
from bridge.spool import memory, optouts
from bridge.spool.db import Work
from bridge.spool.desk import Desk
from bridge.spool.memory import FRESH, Memory
from bridge.spool.opening import open_desk
from tests.spool.conftest import ALEX, NOW, SAM, Story

T = TypeVar("T")
STOP = OptoutChange(SAM.digits, True, NOW, "with STOP")
START = OptoutChange(SAM.digits, False, NOW + 60, "with START")
OUT = {SAM.digits: Optout(NOW, "with STOP")}


async def outs(story: Story) -> dict[str, Optout]:
    return dict((await story.spool.facts([SAM.digits, ALEX.digits], [])).optouts)


async def test_a_wish_counts_from_the_moment_it_was_written_down(story: Story) -> None:
    assert await outs(story) == {}
    await story.spool.optout(STOP)
    assert await outs(story) == OUT
    await story.spool.optout(START)
    assert await outs(story) == {}


async def test_so_does_one_that_a_phone_texted(story: Story) -> None:
    assert await outs(story) == {}
    said = SmsReceived(SAM.digits, "STOP", "", "", "", "", NOW)
    await story.spool.receive(Callback(said, "1", False, b"raw", "", NOW, optout=STOP))
    assert await outs(story) == OUT


@dataclass
class Desks:
    """A desk of ours whose looks are counted, another process's, and the time."""

    ours: Desk
    others: Desk
    looks: int = 0
    at: float = 0.0
    memory: Memory = field(init=False)

    def __post_init__(self) -> None:
        look = self.ours.glance

        async def glance(work: Work[T]) -> T:
            self.looks += 1
            return await look(work)

        self.ours.glance = glance  # type: ignore[method-assign]
        self.memory = Memory(self.ours, lambda: self.at)

    async def known(self) -> dict[str, Optout]:
        return dict((await self.memory.facts([SAM.digits, ALEX.digits], [], "")).optouts)

    async def wish(self, change: OptoutChange) -> None:
        await self.others.write(lambda db: optouts.note(db, change, NOW))


@pytest.fixture
async def desks(url: str) -> AsyncIterator[Desks]:
    found = Desks(await open_desk(url, daemon=True), await open_desk(url, daemon=False))
    yield found
    for each in (found.ours, found.others):
        await each.close()


async def test_where_nobody_is_out_one_look_is_enough_for_a_second(desks: Desks) -> None:
    for _ in range(5):
        assert await desks.known() == {}
    assert desks.looks == 1
    desks.at += FRESH
    assert await desks.known() == {}
    assert desks.looks == 2


async def test_another_processs_wish_counts_within_a_second(desks: Desks) -> None:
    assert await desks.known() == {}
    await desks.wish(STOP)
    desks.at += FRESH
    assert await desks.known() == OUT


async def test_who_was_out_is_asked_for_again_so_that_nobody_is_refused_wrongly(
    desks: Desks,
) -> None:
    await desks.wish(STOP)
    assert await desks.known() == OUT
    await desks.wish(START)
    assert await desks.known() == {}


async def test_where_many_are_out_each_is_asked_for(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST", 0)
    assert await desks.known() == {}
    await desks.wish(STOP)
    desks.memory.forget()
    assert await desks.known() == OUT
    await desks.wish(OptoutChange(ALEX.digits, True, NOW, "with STOP"))
    assert (await desks.known()).keys() == {SAM.digits, ALEX.digits}
