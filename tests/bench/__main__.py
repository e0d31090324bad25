"""Bridge beside the one-file script, end to end, in one run: `python -m tests.bench`.

Both take the same mails over the same connections and hand them to the same gateway; rounds
alternate, so that a machine that slows down slows both.  CPU is the server's own, from /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.load import Load, send
from tests.bench.proc import cpu_seconds, fdatasync, resident
from tests.bench.servers import HERE, Gateway, bridge, free_port, gateway, running

DEADLINE = 120.0


@dataclass
class Row:
    """What one server showed over its rounds."""

    name: str
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    memory: float = 0.0


def main() -> None:
    """Parse the command line, run, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--mails", type=int, default=2000, help="mails in a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds for each server")
    parser.add_argument("--connections", type=int, default=20, help="SMTP connections")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"fdatasync, median of 200: {fdatasync(Path(folder)) * 1e3:.2f} ms")
        rows = measured(Path(folder), options)
    print(f"\n{'server':<24}{'mails/s':>9}{'CPU/mail':>10}{'p50':>9}{'p99':>9}{'memory':>9}")
    for row in rows:
        print(
            f"{row.name:<24}{statistics.median(row.rates):>9.0f}"
            f"{statistics.median(row.cpu) * 1e6:>7.0f} us"
            f"{statistics.median(row.p50) * 1e3:>6.1f} ms"
            f"{statistics.median(row.p99) * 1e3:>6.1f} ms{row.memory:>5.0f} MiB"
        )
    bridge, script = rows
    speed = statistics.median(a / b for a, b in zip(bridge.rates, script.rates, strict=True))
    cpu = statistics.median(a / b for a, b in zip(bridge.cpu, script.cpu, strict=True))
    print(f"\nBridge against the script: {speed:.2f} times the mails/s, {cpu:.2f} of the CPU")


def measured(folder: Path, options: argparse.Namespace) -> tuple[Row, Row]:
    """The two servers' rows, measured in turn."""
    rows = Row("Bridge, durable"), Row("one-file script")
    with (
        gateway() as taker,
        bridge(folder, f"sqlite:///{folder}/bridge.db", taker) as node,
        script(taker.url) as (script_port, script_pid),
    ):
        servers = ((rows[0], node.smtp, node.pid), (rows[1], script_port, script_pid))
        for each in range(options.rounds + 1):
            for row, port, pid in servers:
                one_round(row, port, pid, taker, options, count=each > 0)
    return rows


def one_round(
    row: Row, port: int, pid: int, taker: Gateway, options: argparse.Namespace, *, count: bool
) -> None:
    """One round: mails in, until the gateway has them all.  The first is a warm-up."""
    before, cpu = taker.taken(), cpu_seconds(pid)
    began = time.perf_counter()
    load: Load = asyncio.run(
        send(
            (port,),
            first=before,
            mails=options.mails,
            connections=options.connections,
        )
    )
    while taker.taken() - before < options.mails:
        if time.perf_counter() - began > DEADLINE:
            raise SystemExit(f"{row.name}: {taker.taken() - before} of {options.mails} arrived")
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    if count:
        row.rates.append(options.mails / seconds)
        row.cpu.append((cpu_seconds(pid) - cpu) / options.mails)
        row.p50.append(load.percentile(0.50))
        row.p99.append(load.percentile(0.99))
        row.memory = max(row.memory, resident(pid))


@contextmanager
def script(url: str) -> Iterator[tuple[int, int]]:
    """The one-file script; its SMTP port and process."""
    port = free_port()
    with running([sys.executable, str(HERE / "onefile.py"), str(port), url], port) as pid:
        yield port, pid


if __name__ == "__main__":
    main()
