"""How servers are measured: in turn, so that a machine that slows down slows all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.bench.filling import Bench as Filling
from tests.bench.filling import at_bench
from tests.bench.letters import Body, Post, text
from tests.bench.load import Load, Way, send
from tests.bench.loops import run
from tests.bench.peers import Peer
from tests.bench.proc import cpu_of_family, cpu_seconds, memory_of_family
from tests.bench.servers import Extra, Gateway, Ground, Node, Smarthost
from tests.bench.table import Seen, Table

DEADLINE = 240.0
BRIDGE = "Bridge"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done: mails and rounds (beside one to warm up), rows that wait and are due.

    `seconds` is how long something is watched at least, `settles` what a server has after the last
    answer of a round to note what it did.
    """

    mails: int
    rounds: int
    rows: int
    due: int
    seconds: float
    settles: float = 0.25

    def some(self, share: float, least: int = 20) -> int:
        """A part of the mails."""
        return max(least, int(self.mails * share))


@dataclass(frozen=True, slots=True)
class Bench:
    """All that a scenario works with."""

    ground: Ground
    size: Size
    table: Table
    post: Post

    @contextmanager
    def bridge(
        self, name: str = BRIDGE, *, ways: str = "", extra: Extra | None = None
    ) -> Iterator[Contender]:
        """Bridge, on a store of its own."""
        store = self.ground.new_store()
        with self.ground.bridge(store, ways=ways, extra=extra) as node:
            yield Contender(name, node.smtp, node.pid, store=store, node=node)

    @contextmanager
    def peers(self, *peers: Peer) -> Iterator[list[Contender]]:
        """Those of the peers that are installed; the others are named, and who gets fewer mails."""
        with ExitStack() as stack:
            found = []
            for each in peers:
                if each.missing:
                    self.table.note(f"{each.name}: {each.missing}, left out")
                    continue
                if each.share < 1:
                    self.table.note(f"{each.name}: {each.share:g} of the mails that others get")
                port, pid = stack.enter_context(each.begin(self.ground))
                found.append(Contender(each.name, port, pid, each.share))
            yield found


@dataclass(frozen=True, slots=True)
class Contender:
    """A server that runs; `store` and `node` are Bridge's alone."""

    name: str
    port: int
    pid: int
    share: float = 1.0
    store: str = ""
    node: Node | None = None


Task: TypeAlias = Callable[[Contender], Callable[[], Awaitable[Load]]]
"""Prepares a round for a server; what it returns is what is measured."""


def alternate(bench: Bench, scenario: str, contenders: Sequence[Contender], task: Task) -> None:
    """Run the rounds, all servers in turn; the first is a warm-up."""
    for turn in range(bench.size.rounds + 1):
        for each in contenders:
            seen = observed(bench, each, task(each))
            if turn:
                bench.table.row(scenario, each.name).seen.append(seen)


def observed(bench: Bench, server: Contender, work: Callable[[], Awaitable[Load]]) -> Seen:
    """Do some work, and see what it took; what it leads to later is to be over when it returns."""
    gateway = bench.ground.gateway.pid
    before = cpu_of_family(server.pid), time.process_time(), cpu_seconds(gateway)
    load = run(awaited(work))
    spent = time.process_time() - before[1]
    time.sleep(bench.size.settles)
    return Seen(
        rate=load.rate,
        cpu=(cpu_of_family(server.pid) - before[0]) / load.acknowledged,
        p50=load.percentile(0.50),
        p99=load.percentile(0.99),
        memory=memory_of_family(server.pid),
        client=spent / load.acknowledged,
        gateway=(cpu_seconds(gateway) - before[2]) / load.acknowledged,
    )


async def awaited(work: Callable[[], Awaitable[Load]]) -> Load:
    """Do it, in a loop of its own."""
    return await work()


@contextmanager
def resting(*servers: Contender) -> Iterator[None]:
    """Let Bridge text nothing meanwhile: then it accepts, and no more."""

    async def turn(word: Callable[[Filling], Awaitable[None]]) -> None:
        for each in servers:
            async with at_bench(each.store) as filling:
                await word(filling)

    run(turn(Filling.rest))
    yield
    run(turn(Filling.resume))


def accepting(bench: Bench, body: Body = text, way: Way | None = None, share: float = 1.0) -> Task:
    """Mails until their 250."""

    def task(server: Contender) -> Callable[[], Awaitable[Load]]:
        letters = bench.post.letters(body, bench.size.some(share * server.share))
        return lambda: send((server.port,), letters, way or Way())

    return task


@dataclass(frozen=True, slots=True)
class Mails:
    """What is sent, as whom and to how many; `arrive` is the part of it that is waited for."""

    body: Body = text
    way: Way = field(default_factory=Way)
    share: float = 1.0
    recipients: int = 1
    sender: str = ""
    arrive: float = 1.0


def through(bench: Bench, mails: Mails) -> Task:
    """Mails until the gateway has what they say; latencies are until the 250."""
    gateway = bench.ground.gateway

    def task(server: Contender) -> Callable[[], Awaitable[Load]]:
        letters = bench.post.letters(
            mails.body,
            bench.size.some(mails.share * server.share, least=max(2, 20 // mails.recipients)),
            recipients=mails.recipients,
            **({"sender": mails.sender} if mails.sender else {}),
        )
        port = server.node.tls if mails.way.tls and server.node else server.port
        texts = int(len(letters) * mails.recipients * mails.arrive)

        async def work() -> Load:
            before, began = gateway.taken(), time.perf_counter()
            load = await send((port,), letters, mails.way)
            await arrived(gateway, before + texts)
            return Load(load.acknowledged, time.perf_counter() - began, load.latencies)

        return work

    return task


async def arrived(taker: Gateway | Smarthost, many: int) -> None:
    """Return when the gateway, or the smarthost, has so many; raises `TimeoutError`."""
    async with asyncio.timeout(DEADLINE):
        while taker.taken() < many:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.01)
