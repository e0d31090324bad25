"""Scenarios of depth: much that waits, against nothing that waits.

- `queued`: rows that wait for their time; accepts while the lane rests, and mails end to end,
  beside a store without them.  Then the same rows, all of them due: texts/s of the first that go,
  beside a store where no more than those wait.
- `due`: texts due at once, each of a mail of its own, four to a number, drained by a daemon that
  finds them at its start: texts/s at the beginning, in the middle and at the end, its memory every
  second, and whether each number had its texts in their order.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from tests.bench.filling import Bench as Filling
from tests.bench.filling import at_bench
from tests.bench.load import Load
from tests.bench.loops import run
from tests.bench.proc import cpu_of_family, resident
from tests.bench.rounds import (
    Bench,
    Contender,
    Mails,
    Task,
    accepting,
    alternate,
    resting,
    through,
)
from tests.bench.servers import Gateway, Node
from tests.bench.table import Table

LATER = 6 * 3600.0
RECIPIENTS = 10
NOBODY_ELSE_S = 30_000_000
"""Where their numbers begin, to which nothing else is texted."""

EACH = 4
"""Texts to a number, of those that are due at once."""

DEADLINE = 600.0
NONE = "none waits"


def queued(bench: Bench) -> None:
    """Many rows queued, against none: accept, end to end, and when all of them are due."""
    rows = bench.size.rows
    deep = f"{rows} wait"
    names = (f"f{each}x" for each in itertools.count())
    with bench.bridge(NONE) as empty, bench.bridge(deep) as full:
        took = run(_filled(full, next(names), rows))
        bench.table.note(f"{rows} rows filled in within {took:.0f} s", rows_queued=rows)
        places = [empty, full]
        with resting(*places):
            alternate(bench, "queued: accept", places, accepting(bench))
        for each in places:
            run(_drained(each))
        alternate(bench, "queued: end to end", places, through(bench, Mails()))
        with resting(*places):
            run(_all_due(full))
            alternate(bench, "queued: all due", places, _draining(bench, names))


async def _filled(place: Contender, name: str, rows: int) -> float:
    began = time.perf_counter()
    async with at_bench(place.store) as bench:
        await bench.fill(
            name, rows // RECIPIENTS, recipients=RECIPIENTS, numbers=rows, due_in=LATER
        )
    return time.perf_counter() - began


async def _drained(place: Contender) -> None:
    """Wait until nothing is left of what was accepted."""
    async with at_bench(place.store) as bench:
        await bench.drained(await bench.later())


async def _all_due(place: Contender) -> None:
    async with at_bench(place.store) as bench:
        await bench.now_due()


def _draining(bench: Bench, names: Iterator[str]) -> Task:
    """The first texts of all that are due; the lane rests before and after."""
    gateway, mails = bench.ground.gateway, bench.size.some(0.25)

    def task(place: Contender) -> Callable[[], Awaitable[Load]]:
        texts = mails * RECIPIENTS
        run(_ready(place, next(names), mails))

        async def work() -> Load:
            async with at_bench(place.store) as filling:
                start = gateway.taken()
                await filling.resume()
                began, before = await _more(gateway, start + 1)
                ended, after = await _more(gateway, start + texts)
                await filling.rest()
                done = gateway.taken() - start  # some went until it rested: they took CPU too
                return Load(done, done * (ended - began) / (after - before), (0.0,))

        return work

    return task


async def _ready(place: Contender, name: str, mails: int) -> None:
    async with at_bench(place.store) as filling:
        await filling.rest()
        if place.name == NONE:
            await _emptied(filling)
            await filling.fill(name, mails, recipients=RECIPIENTS, numbers=mails * RECIPIENTS)


async def _emptied(filling: Filling) -> None:
    await filling.resume()
    await filling.drained()
    await filling.rest()


async def _more(taker: Gateway, texts: int) -> tuple[float, int]:
    """When the gateway has so many texts, and how many it has then."""
    async with asyncio.timeout(DEADLINE):
        while (found := taker.taken()) < texts:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.002)
    return time.perf_counter(), found


# ---------------------------------------------------------------- all at once


def due(bench: Bench) -> None:
    """Many texts due at once, found by a daemon at its start."""
    run(_at_once(bench))


async def _at_once(bench: Bench) -> None:
    many, ground = bench.size.due, bench.ground
    url, taker = ground.new_store(), ground.gateway
    before = taker.disorder()
    async with at_bench(url) as filling:
        await filling.fill("d1x", many, recipients=1, numbers=many // EACH, first=NOBODY_ELSE_S)
        first = taker.taken()
        with ground.bridge(url) as node:
            seen = await _watched(taker, node, first + many)
            await filling.drained()
            cpu = cpu_of_family(node.pid) / many
    bench.table.note(
        f"{many} texts: {cpu * 1e6:.0f} us of CPU each; out of order: {taker.disorder() - before}",
        texts_due=many,
    )
    course(bench.table, seen)


def course(table: Table, seen: Sequence[tuple[float, float]]) -> None:
    """Say how the rate and the memory of each second went on, if there is a first and a last."""
    rates = [rate for rate, _ in seen[:-1]]  # the last second was over before its end
    memory = [held for _, held in seen]
    third = max(1, len(rates) // 3)
    if len(rates) < 2 or not any(rates[:third]):
        table.note("they were gone too soon to see how it goes on")
        return
    first, last = (statistics.mean(each) for each in (rates[:third], rates[-third:]))
    at_first = max(memory[: max(3, len(memory) // 10)])
    table.note(
        f"{first:.0f}/s in the first third, {last:.0f}/s in the last; memory"
        f" {at_first:.0f} MiB at first, {max(memory):.0f} MiB at most",
        due_speed=last / first,
        due_memory=max(memory) / at_first,
    )


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
