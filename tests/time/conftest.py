"""Hours in seconds: worker and housekeeper between a store and two hosts, on a test's clock."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bridge.clients.contract import ANSWER_CAP
from bridge.clients.uplink import Uplink
from bridge.core.model import Msisdn, Text
from bridge.core.promises import UNLIMITED, Mail
from bridge.gateways.contract import Request, Response
from bridge.gateways.intellisms import IntelliSms
from bridge.sandbox.gateway import Sandbox
from bridge.spool.contract import Spool
from bridge.spool.opening import open_spool
from bridge.workers.housekeeper import Housekeeper
from bridge.workers.submitter import Submitter
from tests.flows.conftest import start_process
from tests.spool.conftest import NOW, POLICY, Story

__all__ = ["start_process"]  # a fixture, here as well

HANDS = 8
STAY = 300.0
DAY = 86_400.0


class Counting(Uplink):
    """The client, and what went through it: when, to which host, and how many at a time."""

    def watched_by(self, now: Callable[[], float]) -> Counting:
        """Note what is asked from now on."""
        self.now = now
        self.asked: list[tuple[float, str, str]] = []
        self.texting = 0
        self.most = 0
        return self

    async def perform(
        self,
        host: str,
        request: Request,
        *,
        cap: int = ANSWER_CAP,
        silent: Callable[[], None] | None = None,
    ) -> Response:
        """See `Uplink.perform`."""
        self.asked.append((self.now(), host, request.path))
        texts = request.path == "sendmsg.aspx"
        self.texting += texts
        self.most = max(self.most, self.texting)
        try:
            return await super().perform(host, request, cap=cap, silent=silent)
        finally:
            self.texting -= texts

    def since(self, at: float, path: str = "") -> Counter[str]:
        """How often each host was asked since then."""
        return Counter(host for when, host, what in self.asked if when >= at and path in what)


@dataclass
class World:
    """All of the road out, in a world whose time a test moves."""

    spool: Spool
    sandbox: Sandbox
    uplink: Counting
    submitter: Submitter
    housekeeper: Housekeeper
    clock: list[float]
    story: Story
    serials: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def now(self) -> float:
        return self.clock[0]

    def mail(self, *numbers: str) -> Mail:
        """A mail of now, whose text says which one it is for its (first) number."""
        self.serials[numbers[0]] += 1
        words = Text(f"{self.serials[numbers[0]]}")
        found = self.story.mail(*map(Msisdn, numbers), texts=(words,), at=self.now)
        lasting = (replace(each, expires_at=self.now + DAY) for each in found.submissions)
        return replace(found, submissions=tuple(lasting))

    async def accept(self, numbers: Sequence[str]) -> None:
        """A mail for each of them, in this order."""
        for at in range(0, len(numbers), 500):
            mails = (self.spool.accept(self.mail(each)) for each in numbers[at : at + 500])
            await asyncio.gather(*mails)

    async def hosts(self, *, up: bool) -> None:
        """Both come, or go."""
        for door in self.sandbox.doors:
            await (door.up() if up else door.down())

    async def passes(self, seconds: float, *, step: float = 10.0) -> None:
        """Time passes, and everybody does what he does then."""
        end = self.now + seconds
        while self.now < end:
            self.clock[0] = min(end, self.now + step)
            await self.housekeeper.probe()
            await self.housekeeper.find_hosts()
            await self.spool.resume(self.now)  # whatever is written wakes the lane
            await self.rests()

    async def rests(self) -> None:
        """Wait until the worker has looked at the store, and done what it found."""
        loop = self.submitter.loop
        look = None
        while look is None or look is not loop._taking or not look.done() or loop._busy:
            look = loop._taking
            await asyncio.sleep(0.001)

    def order(self) -> dict[str, list[int]]:
        """What each number was sent, by serial."""
        found: dict[str, list[int]] = defaultdict(list)
        for each in self.sandbox.taken:
            found[each.to].append(int(each.text))
        return found


OpenWorld = Callable[..., Awaitable[World]]


@pytest.fixture
async def open_world(tmp_path: Path) -> AsyncIterator[OpenWorld]:
    """Opens a world, with one host or two."""
    async with AsyncExitStack() as stack:

        async def opened(*, hosts: int = 2, hands: int = HANDS) -> World:
            clock = [NOW]

            def now() -> float:
                return clock[0]

            url = f"sqlite:///{tmp_path}/spool.db"
            spool = await open_spool(url, daemon=True, clock=now)
            stack.push_async_callback(spool.close)
            sandbox = await stack.enter_async_context(Sandbox(listen=["127.0.0.1:0"] * hosts))
            account = sandbox.account
            gateway = IntelliSms(
                tuple(door.url for door in sandbox.doors), account.username, account.password
            )
            uplink = Counting(gateway.hosts, timeout=20.0, stay_on_backup=STAY, clock=now)
            stack.push_async_callback(uplink.close)
            world = World(
                spool,
                sandbox,
                uplink.watched_by(now),
                Submitter(
                    POLICY,
                    spool,
                    gateway,
                    uplink,
                    owner="us",
                    hands=hands,
                    lease_time=600.0,
                    low_balance=0,
                    clock=now,
                ),
                Housekeeper(
                    spool,
                    gateway,
                    uplink,
                    keep_bodies=30 * DAY,
                    keep_history=90 * DAY,
                    low_balance=0,
                    limits_of=lambda *_: UNLIMITED,
                    clock=now,
                ),
                clock,
                Story(url, spool),
            )
            world.submitter.loop.start()
            stack.push_async_callback(world.submitter.loop.stop, 5.0)
            await world.rests()
            return world

        yield opened
