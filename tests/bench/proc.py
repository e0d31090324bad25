"""What a process cost and holds, as the kernel counts it, and what a sync of this disk takes."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    return sum(_times(pid)[:2])


def cpu_of_family(pid: int) -> float:
    """The same of a process and all that it began, whether they ended or not."""
    found = sum(_times(pid))
    for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            found += cpu_of_family(int(each))
        except (FileNotFoundError, ProcessLookupError):  # it ended: its parent counts it
            continue
    return found


def _times(pid: int) -> tuple[float, ...]:
    """User and system time of a process, and those of its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return tuple(int(each) / TICK for each in fields[11:15])


def resident(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


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
