"""Scenarios of growth: more connections, more rows, more nodes.

What counts is CPU for each mail: on a machine that is shared, more of anything is not faster.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, replace

from tests.bench.depth import LATER, RECIPIENTS
from tests.bench.filling import at_bench
from tests.bench.letters import text
from tests.bench.load import PER_ADDRESS, Load, Way, post, request, send
from tests.bench.loops import run
from tests.bench.proc import cpu_of_family, resident
from tests.bench.rounds import Bench, Contender, Mails, alternate, awaited, through
from tests.bench.servers import CALLBACKS, Node
from tests.postgres import Server

CONNECTIONS = (10, 100, 1000)
ROWS = (1_000, 10_000, 100_000, 1_000_000)
NODES = (1, 2, 4, 8)


def connections(bench: Bench) -> None:
    """10, 100 and 1,000 connections, end to end; and what those cost that only stay."""
    with bench.bridge() as bridge:
        ways = {f"{each} connections": Way(connections=each) for each in CONNECTIONS}
        tasks = {
            name: through(
                bench, Mails(way=way, share=max(1.0, 2 * way.connections / bench.size.mails))
            )
            for name, way in ways.items()
        }
        alternate(
            bench,
            "connections",
            [replace(bridge, name=name) for name in ways],
            lambda server: tasks[server.name](server),
        )
    for many in CONNECTIONS:
        with bench.bridge() as bridge:
            before, held = run(_staying(bridge, many))
        each = (held - before) * 1024 / many
        bench.table.note(f"{many} that stay: {held:.0f} MiB, {each:.0f} KiB each")


async def _staying(bridge: Contender, many: int) -> tuple[float, float]:
    """The daemon's memory without and with so many clients that said EHLO."""
    before = resident(bridge.pid)
    async with AsyncExitStack() as stack:
        for number in range(many):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1",
                bridge.port,
                local_addr=(f"127.0.0.{1 + number // PER_ADDRESS}", 0),
            )
            stack.callback(writer.close)
            writer.write(b"EHLO stays.example.com\r\n")
            await reader.readuntil(b"250 ")
        return before, resident(bridge.pid)


def rows(bench: Bench) -> None:
    """10^3 to 10^6 rows that wait, end to end beside them."""
    with ExitStack() as stack:
        places = []
        for many in (each for each in ROWS if each <= bench.size.rows):
            place = stack.enter_context(bench.bridge(f"{many} rows"))
            run(_filled(place, many))
            places.append(place)
        alternate(bench, "rows", places, through(bench, Mails()))


async def _filled(place: Contender, many: int) -> None:
    async with at_bench(place.store) as filling:
        mails = many // RECIPIENTS
        await filling.fill("g1x", mails, recipients=RECIPIENTS, numbers=many, due_in=LATER)


# ---------------------------------------------------------------- nodes on one PostgreSQL


@dataclass(frozen=True, slots=True)
class Cluster:
    """Some nodes on one database, and the server's process."""

    store: str
    nodes: Sequence[Node]
    server: int

    def cpu(self) -> tuple[float, float]:
        """CPU seconds so far: of the daemons, and of the server."""
        return sum(cpu_of_family(each.pid) for each in self.nodes), cpu_of_family(self.server)


def nodes(bench: Bench) -> None:
    """1 to 8 nodes on one PostgreSQL: CPU of the daemons and of the database."""
    with Server() as server:
        for many in NODES:
            with _cluster(bench, server, many) as cluster:
                _shown(bench, cluster, "mails", _mails(bench, cluster))
                _shown(bench, cluster, "callbacks", _reports(bench, cluster))


@contextmanager
def _cluster(bench: Bench, server: Server, many: int) -> Iterator[Cluster]:
    store = server.database()
    main = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    with ExitStack() as stack:
        found = [stack.enter_context(bench.ground.bridge(store)) for _ in range(many)]
        yield Cluster(store, found, main)


def _shown(
    bench: Bench, cluster: Cluster, what: str, task: Callable[[], Callable[[], Awaitable[Load]]]
) -> None:
    """Run the rounds after one to warm up; what a mail, or a callback, took on either side."""
    seconds = daemons = server = 0.0
    done = 0
    for turn in range(bench.size.rounds + 1):
        work = task()
        before = cluster.cpu()
        load = run(awaited(work))
        after = cluster.cpu()
        if turn:
            done += load.acknowledged
            seconds += load.seconds
            daemons += after[0] - before[0]
            server += after[1] - before[1]
    bench.table.note(
        f"{len(cluster.nodes)} nodes: {done / seconds:.0f} {what}/s;"
        f" CPU us: daemons {daemons / done * 1e6:.0f}, PostgreSQL {server / done * 1e6:.0f}:"
        f" each core of PostgreSQL's carries {done / server:.0f}/s"
    )


def _mails(bench: Bench, cluster: Cluster) -> Callable[[], Callable[[], Awaitable[Load]]]:
    """Mails until all are settled."""

    def task() -> Callable[[], Awaitable[Load]]:
        letters = bench.post.letters(text, bench.size.mails)

        async def work() -> Load:
            began = time.perf_counter()
            load = await send([each.smtp for each in cluster.nodes], letters, Way())
            async with at_bench(cluster.store) as filling:
                await filling.drained()
            return Load(load.acknowledged, time.perf_counter() - began, load.latencies)

        return work

    return task


def _reports(bench: Bench, cluster: Cluster) -> Callable[[], Callable[[], Awaitable[Load]]]:
    """Reports of the texts that went last, until their 200."""
    taken = bench.ground.gateway.taken()
    texts = iter(bench.ground.gateway.given(taken - bench.size.mails * bench.size.rounds))

    def task() -> Callable[[], Awaitable[Load]]:
        part = bench.size.mails * bench.size.rounds // (bench.size.rounds + 1)
        forms = [
            request(CALLBACKS, f"msgid={id_}&toaddr={number}&status=4")
            for (number, id_), _ in zip(texts, range(part), strict=False)
        ]
        ports = [each.http for each in cluster.nodes]
        return lambda: post(ports, forms, connections=20)

    return task
