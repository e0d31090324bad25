"""The daemon itself, while its clock is set and while it is stopped."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bridge.cli.playground import OWNER, Playground, Ports, playground
from bridge.spool.clocks import Steady
from tests.flows.conftest import StartProcess, at, letter, sent, until

DAY = 86_400.0
PHONE = "447700900001"


@dataclass
class Wall:
    """The clock on the wall, and by how much it was set."""

    off: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.off


@asynccontextmanager
async def house(wall: Wall) -> AsyncIterator[Playground]:
    """The whole house, by such a clock, with a gateway that is down."""
    async with playground(Ports(), clock=Steady(wall, time.monotonic)) as ground:
        await ground.sandbox.primary.down()
        yield ground


async def mailed(ground: Playground) -> str:
    """A text that was tried in vain; its spool id."""
    mail = letter("Hello")
    spool_id = await asyncio.to_thread(sent, ground.smtp, mail, OWNER, at(PHONE))
    await until(lambda: tried(ground, spool_id))
    return spool_id


async def tried(ground: Playground, spool_id: str) -> bool:
    return bool((await standing(ground, spool_id))["token"])


async def standing(ground: Playground, spool_id: str) -> dict[str, object]:
    """How the one text of a mail stands."""
    records = await ground.daemon.spool.browse(spool_id)
    return next(each.fields for each in records if each.what == "delivery")


@pytest.mark.parametrize(
    "by", [DAY, -DAY, 30 * DAY, -50 * 365 * DAY], ids=["+1 d", "-1 d", "+30 d", "-50 years"]
)
async def test_a_text_outlives_a_clock_that_is_set_and_set_right(
    by: float, capsys: pytest.CaptureFixture[str]
) -> None:
    wall = Wall()
    async with house(wall) as ground:
        spool_id = await mailed(ground)
        for off in (by, 0.0):
            wall.off = off
            await until(follows(ground, wall))
            assert (await standing(ground, spool_id))["state"] == "queued"
        await ground.sandbox.primary.up()
        await ground.sandbox.wait_for(lambda text: text.text == "Hello", 20)
        assert not ground.inbox.mails.total, "nobody was told that it expired, or waits"
    assert capsys.readouterr().out.count("clock-set") == 2


def follows(ground: Playground, wall: Wall) -> Callable[[], Awaitable[bool]]:
    async def found() -> bool:
        return abs(ground.daemon.spool.now() - wall()) < 1

    return found


async def test_a_daemon_that_is_stopped_for_seconds_goes_on_as_if_nothing_was(
    start_process: StartProcess,
) -> None:
    process = await start_process()
    await process.sandbox.primary.down()
    await asyncio.to_thread(sent, process.smtp, letter("Hello"), OWNER, at(PHONE))
    assert process.running
    process.running.send_signal(signal.SIGSTOP)
    await asyncio.sleep(2)
    await process.sandbox.primary.up()
    process.running.send_signal(signal.SIGCONT)
    assert await process.sandbox.wait_for(lambda text: text.text == "Hello", 30)
    await asyncio.sleep(0.2)
    assert len(process.sandbox.taken) == 1
    assert not [line for line in process.said if "clock-set" in line]
