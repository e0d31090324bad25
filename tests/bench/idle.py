"""Scenario: what a daemon costs that has nothing to do."""

from __future__ import annotations

import time

from tests.bench.proc import cpu_of_family, resident, wake_ups
from tests.bench.rounds import Bench

SETTLES = 5.0
"""Seconds that a start may take."""


def idle(bench: Bench) -> None:
    """Nothing to do: memory, wake-ups, CPU.  A wake-up is a thread that slept and was woken."""
    seconds = bench.size.seconds * 2
    with bench.bridge() as bridge:
        time.sleep(min(SETTLES, seconds))
        cpu, woken = cpu_of_family(bridge.pid), wake_ups(bridge.pid)
        time.sleep(seconds)
        rate = (wake_ups(bridge.pid) - woken) / seconds
        spent = (cpu_of_family(bridge.pid) - cpu) / seconds
        memory = resident(bridge.pid)
    bench.table.note(
        f"{memory:.0f} MiB resident, {rate:.1f} wake-ups/s, {spent:.2%} of a core",
        idle_memory=memory,
        idle_wake_ups=rate,
    )
