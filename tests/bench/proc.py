"""What processes cost and hold, as the kernel counts it, and what a sync of this disk takes."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def machine(*, uvloop: bool) -> str:
    """What the figures were seen on, in a line; a load at the beginning is others'."""
    cores = len(os.sched_getaffinity(0))
    loop = f"uvloop {version('uvloop')}" if uvloop and find_spec("uvloop") else "asyncio's own loop"
    return (
        f"{cores} cores, load {os.getloadavg()[0]:.1f}; {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}, {loop}, SQLite {sqlite3.sqlite_version}"
    )


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, to the nanosecond.

    Its CPU clock, by the number that clock_getcpuclockid(3) makes of a process id.
    """
    return time.clock_gettime((~pid << 3) | 2)


def cpu_of_family(pid: int) -> float:
    """The same of a process and all that it began, whether they ended or not.

    Those that ended count to a hundredth of a second, in all, at each that waited for them.
    """
    found = cpu_seconds(pid) + _cpu_of_the_ended(pid)
    for each in _children(pid):
        with suppress(OSError):  # it ended: its parent counts it from now on
            found += cpu_of_family(each)
    return found


def _cpu_of_the_ended(pid: int) -> float:
    """What the children that a process waited for took, and what they waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICK


def _children(pid: int) -> Iterator[int]:
    """The children of a process, of whichever of its threads."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            yield from (int(each) for each in (task / "children").read_text().split())


def resident(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory_of_family(pid: int) -> float:
    """What a process and all below it hold, in MiB; what several share counts once in all."""
    found = 0.0
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        found = next(int(each.split()[1]) for each in lines if each.startswith("Pss:")) / 1024
        found += sum(memory_of_family(each) for each in _children(pid))
    return found


def wake_ups(pid: int) -> int:
    """How often the threads of a process have gone to sleep and were woken."""
    found = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                found += int(line.split()[1])
    return found


def fdatasync(folder: Path) -> float:
    """The median time of a small write and its fdatasync, in seconds."""
    times = []
    with (folder / "probe").open("wb") as probe:
        for _ in range(200):
            probe.write(b"x" * 4096)
            probe.flush()
            began = time.perf_counter()
            os.fdatasync(probe.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times)
