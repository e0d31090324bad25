"""Much that waits, against nothing that waits, on either store: `python -m tests.bench.depth`.

- Rows that wait for their time, a million: accepts/s while the lane rests, and mails/s until each
  is settled, against a store without them.
- The same rows, all of them due: accepts/s while the lane rests, and texts/s of the first that go,
  against a store where no more than those wait.
- Texts due at once, a hundred thousand, each of a mail of its own, four to a number, drained by a
  daemon that finds them at its start: texts/s at the beginning, in the middle and at the end, its
  memory every second, and whether each number had its texts in their order.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.filling import Bench, at_bench
from tests.bench.load import send
from tests.bench.proc import cpu_of_family, fdatasync, resident
from tests.bench.servers import Gateway, Node, bridge, gateway
from tests.postgres import Server

LATER = 6 * 3600.0
RECIPIENTS = 10
FIRST = 500
"""Mails of the filling that are texted while all of it is due, in a round."""

NOBODY_ELSE_S = 30_000_000
"""Where their numbers begin, to which nothing else is texted."""

EACH = 4
"""Texts to a number, of those that are due at once."""

DEADLINE = 600.0


@dataclass
class Place:
    """A store of which `waiting` rows wait all the time, its daemon, and what was measured."""

    url: str
    waiting: int
    shown: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Run:
    """What all rounds have in common."""

    folder: Path
    taker: Gateway
    options: argparse.Namespace
    numbers: Iterator[int]
    names: Iterator[str]


@dataclass(frozen=True, slots=True)
class Open:
    """A place while its daemon runs."""

    place: Place
    node: Node
    bench: Bench


def main() -> None:
    """Parse the command line, run, print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.depth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows that wait; 0: none")
    parser.add_argument("--due", type=int, default=100_000, help="texts due at once; 0: none")
    parser.add_argument("--mails", type=int, default=1000, help="mails in a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds that count, after one")
    parser.add_argument("--connections", type=int, default=20, help="SMTP connections")
    parser.add_argument("--only", default="", help="one kind of store: SQLite or PostgreSQL")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, gateway() as taker:
        print(f"fdatasync, median of 200: {fdatasync(Path(folder)) * 1e3:.2f} ms")
        run = Run(
            Path(folder),
            taker,
            options,
            itertools.count(0, options.mails),
            (f"f{each}x" for each in itertools.count()),
        )
        with kinds(Path(folder), options.only) as found:
            for name, new in found:
                print(f"\n{name}")
                asyncio.run(_shown(run, new))


@contextmanager
def kinds(folder: Path, only: str) -> Iterator[list[tuple[str, Callable[[], str]]]]:
    """The kinds of store that are measured: their names, and how to have the URL of a new one."""
    files = itertools.count(1)
    with ExitStack() as running:
        found = [("SQLite", lambda: f"sqlite:///{folder}/bridge-{next(files)}.db")]
        if only != "SQLite":
            found.append(("PostgreSQL", running.enter_context(Server()).database))
        yield [each for each in found if only in ("", each[0])]


async def _shown(run: Run, new: Callable[[], str]) -> None:
    if run.options.rows:
        await _deep(run, Place(new(), 0), Place(new(), run.options.rows))
    if run.options.due:
        await _at_once(run, new())


# ---------------------------------------------------------------- a million rows


async def _deep(run: Run, empty: Place, full: Place) -> None:
    """Fill one store and leave the other empty; then measure both in turn, in either form."""
    rows = run.options.rows
    async with at_bench(full.url) as bench:
        began = time.perf_counter()
        await bench.fill(
            next(run.names), rows // RECIPIENTS, recipients=RECIPIENTS, numbers=rows, due_in=LATER
        )
        print(f"  {rows} rows were filled in within {time.perf_counter() - began:.0f} s")
    await _rounds(run, (empty, full), _later)
    _compare(f"{rows} rows that wait for their time", empty, full)
    async with at_bench(full.url) as bench:
        await bench.rest()
        await bench.now_due()
    await _rounds(run, (empty, full), _due)
    _compare(f"{rows} rows that are due", empty, full)


async def _rounds(
    run: Run, places: tuple[Place, ...], one: Callable[[Run, Open], Awaitable[None]]
) -> None:
    """Run the rounds, in turn; the first is a warm-up."""
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(_open(run, each)) for each in places]
        for turn in range(run.options.rounds + 1):
            for each in opened:
                await one(run, each)
                if not turn:
                    each.place.shown.clear()


@asynccontextmanager
async def _open(run: Run, place: Place) -> AsyncIterator[Open]:
    with bridge(run.folder, place.url, run.taker) as node:
        async with at_bench(place.url) as bench:
            yield Open(place, node, bench)


async def _later(run: Run, at: Open) -> None:
    """A round while what is filled in waits for its time."""
    await _accepts(run, at)
    await at.bench.resume()
    await at.bench.drained(at.place.waiting)
    began = time.perf_counter()
    await _send(run, at)
    await at.bench.drained(at.place.waiting)
    at.place.shown["mails/s"].append(run.options.mails / (time.perf_counter() - began))


async def _due(run: Run, at: Open) -> None:
    """A round while it is due."""
    await at.bench.rest()
    texts = FIRST * RECIPIENTS
    if not at.place.waiting:
        await at.bench.drained()
        await at.bench.fill(next(run.names), FIRST, recipients=RECIPIENTS, numbers=texts)
    await _accepts(run, at)
    before = run.taker.taken()
    await at.bench.resume()
    began, before = await _more(run.taker, before + 1)
    ended, after = await _more(run.taker, before + texts * 9 // 10)
    at.place.shown["texts/s"].append((after - before) / (ended - began))


async def _more(taker: Gateway, texts: int) -> tuple[float, int]:
    """When the gateway has so many texts, and how many it has then."""
    while (found := taker.taken()) < texts:  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(0.002)
    return time.perf_counter(), found


async def _accepts(run: Run, at: Open) -> None:
    """Mails that are only accepted."""
    await at.bench.rest()
    at.place.shown["accepts/s"].append(await _send(run, at))


async def _send(run: Run, at: Open) -> float:
    """The mails of a round; how many were accepted in a second."""
    options = run.options
    load = await send(
        (at.node.smtp,),
        first=next(run.numbers),
        mails=options.mails,
        connections=options.connections,
    )
    return load.acknowledged / load.seconds


def _compare(what: str, empty: Place, full: Place) -> None:
    for column in full.shown:
        deep, none = statistics.median(full.shown[column]), statistics.median(empty.shown[column])
        print(f"  {what:<42}{column:<10}{deep:>8.0f}, against none {none:>8.0f}: {deep / none:.2f}")
    empty.shown.clear()
    full.shown.clear()


# ---------------------------------------------------------------- all at once


async def _at_once(run: Run, url: str) -> None:
    """Let many texts be due, then start a daemon and watch it."""
    due, before = run.options.due, run.taker.disorder()
    async with at_bench(url) as bench:
        await bench.fill(
            next(run.names), due, recipients=1, numbers=due // EACH, first=NOBODY_ELSE_S
        )
        first = run.taker.taken()
        with bridge(run.folder, url, run.taker) as node:
            seen = await _watched(run.taker, node, first + due)
            await bench.drained()
            cpu = cpu_of_family(node.pid) / due
    rates, memory = zip(*seen, strict=True)
    third = max(1, len(rates) // 3)
    parts = (rates[:third], rates[third:-third], rates[-third:])
    print(f"  {due} texts due at once: {cpu * 1e6:.0f} us of CPU for each")
    said = ", ".join(f"{statistics.mean(each or rates):.0f}" for each in parts)
    print(f"    texts/s in the first third, the second and the last: {said}")
    settled = max(memory[: max(3, len(memory) // 10)])
    print(f"    memory {settled:.0f} MiB at first, {max(memory):.0f} MiB at most")
    late = run.taker.disorder() - before
    print(f"    texts that came after a later one to their number: {late}")


async def _watched(taker: Gateway, node: Node, until: int) -> list[tuple[float, float]]:
    """The texts and the memory of each second, until all were taken."""
    seen, before, at = [], taker.taken(), time.perf_counter()
    async with asyncio.timeout(DEADLINE):
        while before < until:
            await asyncio.sleep(1)
            now, taken = time.perf_counter(), taker.taken()
            seen.append(((taken - before) / (now - at), resident(node.pid)))
            before, at = taken, now
    return seen


if __name__ == "__main__":
    main()
