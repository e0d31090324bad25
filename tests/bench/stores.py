"""SQLite, PostgreSQL with one node and with two, in one run: `python -m tests.bench.stores`.

Each round gives each of them the same work in turn, so that a machine that slows down slows all:

- accepts: mails while the lane rests, so that nothing is texted beside;
- mails: from the first byte of the first until the last is settled, all of it durable;
- p50 and p99: how long a mail takes until its 250 at a fixed, moderate rate, while texts go out;
- callbacks: status reports until their 200, which settle those texts.

CPU is by what is counted beside it, of all daemons, and of PostgreSQL's server apart.  Two nodes
share the machine with the gateway, the load and the server: what they cost is the finding, and not
that they are faster.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.filling import at_bench
from tests.bench.load import Load, post, send
from tests.bench.proc import cpu_of_family, fdatasync
from tests.bench.servers import CALLBACKS, Gateway, Node, bridge, gateway
from tests.postgres import Server

COLUMNS = {
    "accepts/s": 1.0,
    "mails/s": 1.0,
    "p50 ms": 1e3,
    "p99 ms": 1e3,
    "callbacks/s": 1.0,
    "us/accept": 1e6,
    "us/mail": 1e6,
    "us/callback": 1e6,
    "server us/mail": 1e6,
    "server us/callback": 1e6,
}
"""What is printed, and by how much it is multiplied."""


@dataclass
class Setup:
    """One way to run Bridge, and what it showed, round by round."""

    name: str
    store: str
    nodes: Sequence[Node]
    server: int | None
    shown: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def smtp(self) -> tuple[int, ...]:
        """Where mail is taken."""
        return tuple(each.smtp for each in self.nodes)

    @property
    def http(self) -> tuple[int, ...]:
        """Where callbacks are taken."""
        return tuple(each.http for each in self.nodes)

    def median(self, column: str) -> float:
        """What a column comes to; 0 where nothing of it was seen."""
        return statistics.median(self.shown[column] or [0.0])

    def cpu(self) -> tuple[float, float]:
        """CPU seconds so far: of the daemons, and of the server."""
        daemons = sum(cpu_of_family(each.pid) for each in self.nodes)
        return daemons, cpu_of_family(self.server) if self.server else 0.0


def main() -> None:
    """Parse the command line, run, print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.stores",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--mails", type=int, default=1000, help="mails, and callbacks, in a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that count, after one")
    parser.add_argument("--connections", type=int, default=20, help="SMTP and HTTP connections")
    parser.add_argument("--rate", type=float, default=50.0, help="the moderate rate, mails/s")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"fdatasync, median of 200: {fdatasync(Path(folder)) * 1e3:.2f} ms")
        with gateway() as taker, setups(Path(folder), taker) as found:
            asyncio.run(measured(found, taker, options))
        print(f"and after all: {fdatasync(Path(folder)) * 1e3:.2f} ms\n")
    print_table(found)


@contextmanager
def setups(folder: Path, taker: Gateway) -> Iterator[list[Setup]]:
    """The three of them, running; their databases are apart."""
    with ExitStack() as running:
        server = running.enter_context(Server())
        main = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])

        def nodes(store: str, count: int) -> list[Node]:
            return [running.enter_context(bridge(folder, store, taker)) for _ in range(count)]

        file = f"sqlite:///{folder}/bridge.db"
        alone, shared = server.database(), server.database()
        yield [
            Setup("SQLite", file, nodes(file, 1), None),
            Setup("PostgreSQL, one node", alone, nodes(alone, 1), main),
            Setup("PostgreSQL, two nodes", shared, nodes(shared, 2), main),
        ]


async def measured(found: Sequence[Setup], taker: Gateway, options: argparse.Namespace) -> None:
    """Run the rounds; the first is a warm-up."""
    numbers = itertools.count(0, options.mails)
    for each in range(options.rounds + 1):
        for setup in found:
            await _round(setup, taker, numbers, options)
            if not each:
                setup.shown.clear()


async def _round(
    setup: Setup, taker: Gateway, numbers: Iterator[int], options: argparse.Namespace
) -> None:
    """All that is measured of one setup, once."""

    def mails(rate: float = 0.0) -> Awaitable[Load]:
        return send(
            setup.smtp,
            first=next(numbers),
            mails=options.mails,
            connections=options.connections,
            rate=rate,
        )

    async with at_bench(setup.store) as bench:

        async def through() -> Load:
            began = asyncio.get_running_loop().time()
            load = await mails()
            await bench.drained()
            seconds = asyncio.get_running_loop().time() - began
            return Load(load.acknowledged, seconds, load.latencies)

        await bench.rest()
        await _counted(setup, "accept", mails)
        await bench.resume()
        await bench.drained()
        before = taker.taken()
        await _counted(setup, "mail", through)
        paced = await mails(options.rate)
        setup.shown["p50 ms"].append(paced.percentile(0.50))
        setup.shown["p99 ms"].append(paced.percentile(0.99))
        await bench.drained()
    forms = [f"msgid={id_}&toaddr={number}&status=4" for number, id_ in taker.given(before)][
        : options.mails
    ]
    await _counted(
        setup,
        "callback",
        lambda: post(setup.http, CALLBACKS, forms, connections=options.connections),
    )


async def _counted(setup: Setup, what: str, work: Callable[[], Awaitable[Load]]) -> None:
    """Do some work, and note how fast it went and what it cost."""
    daemons, server = setup.cpu()
    load = await work()
    after_daemons, after_server = setup.cpu()
    setup.shown[f"{what}s/s"].append(load.acknowledged / load.seconds)
    setup.shown[f"us/{what}"].append((after_daemons - daemons) / load.acknowledged)
    setup.shown[f"server us/{what}"].append((after_server - server) / load.acknowledged)


def print_table(found: Sequence[Setup]) -> None:
    """The medians, and beside each what it is of SQLite's."""
    first, *_ = found
    print(f"{'':<22}" + "".join(f"{each.name:>30}" for each in found))
    for column, unit in COLUMNS.items():
        cells = []
        for each in found:
            ratio = each.median(column) / first.median(column) if first.median(column) else 0.0
            compared = f"({ratio:.2f})" if ratio and each is not first else ""
            cells.append(f"{each.median(column) * unit:>21.1f} {compared:>8}")
        print(f"{column:<22}" + "".join(cells))


if __name__ == "__main__":
    main()
