"""What a daemon costs that has nothing to do, on either store: `python -m tests.bench.idle`.

Both run side by side for the same seconds, once their start is over.  A wake-up is a thread that
slept and was woken, of any of the daemon's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.proc import cpu_of_family, resident, wake_ups
from tests.bench.servers import bridge, gateway
from tests.postgres import Server

SETTLES = 5.0
"""Seconds that a start may take."""


def main() -> None:
    """Parse the command line, wait, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.idle", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long they are watched")
    seconds: float = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        taker = running.enter_context(gateway())
        server = running.enter_context(Server())
        stores = {"SQLite": f"sqlite:///{folder}/bridge.db", "PostgreSQL": server.database()}
        pids = {
            name: running.enter_context(bridge(Path(folder), url, taker)).pid
            for name, url in stores.items()
        }
        time.sleep(SETTLES)
        before = {name: (cpu_of_family(pid), wake_ups(pid)) for name, pid in pids.items()}
        time.sleep(seconds)
        for name, pid in pids.items():
            cpu, woken = before[name]
            print(
                f"{name:<12}{(cpu_of_family(pid) - cpu) / seconds:>8.2%} of a core"
                f"{(wake_ups(pid) - woken) / seconds:>8.1f} wake-ups/s{resident(pid):>8.0f} MiB"
            )


if __name__ == "__main__":
    main()
