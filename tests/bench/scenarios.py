"""All scenarios, by the names that `--only` takes."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.callbacks import both, callbacks
from tests.bench.depth import due, queued
from tests.bench.growth import connections, nodes, rows
from tests.bench.idle import idle
from tests.bench.loop import loop
from tests.bench.roads import (
    accept,
    failing,
    hundred,
    latency,
    newsletter,
    picture,
    secured,
    single,
    slow,
    ten_thousand,
    text,
)
from tests.bench.rounds import Bench

SCENARIOS: dict[str, Callable[[Bench], None]] = {
    "text": text,
    "html": newsletter,
    "picture": picture,
    "single": single,
    "hundred": hundred,
    "accept": accept,
    "latency": latency,
    "tls": secured,
    "callbacks": callbacks,
    "both": both,
    "ten-thousand": ten_thousand,
    "slow": slow,
    "tenth": failing,
    "loop": loop,
    "idle": idle,
    "queued": queued,
    "due": due,
}
GROWTH: dict[str, Callable[[Bench], None]] = {
    "connections": connections,
    "rows": rows,
    "nodes": nodes,
}


def play(bench: Bench, name: str) -> None:
    """Run a scenario, and print its rows."""
    scenario = (SCENARIOS | GROWTH)[name]
    known = set(bench.table.rows)
    print(f"\n{name}: {(scenario.__doc__ or '').splitlines()[0]}", flush=True)
    scenario(bench)
    for each in dict.fromkeys(row[0] for row in bench.table.rows if row not in known):
        bench.table.show(each)
