"""The daemon under strace, as `injected.py FILES LOG FAULT run --config PATH`.

FAULT is what strace's `inject=` takes (`fdatasync:error=EIO:when=3`, counted by thread) and meets
calls on FILES alone (joined by commas); or it is `nothing`, and then LOG tells of each write and
sync of a file and of each word to a socket, with all octets.  strace runs as a grandchild, so that
signals and the exit status are the daemon's own.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

STRACE = shutil.which("strace")
CALLS = "pwrite64,fdatasync,fsync,ftruncate,unlink"
WORDS = "sendto,write,writev,sendmsg"
HASTY = str(Path(__file__).with_name("hasty.py"))

needs_strace = pytest.mark.skipif(STRACE is None, reason="strace injects the faults")


def under(store: Path, log: Path, fault: str = "nothing", *, wal: bool = True) -> tuple[str, ...]:
    """What `Process.command` is for a daemon under a fault of its store, with its log or not."""
    files = f"{store},{store}-wal" if wal else str(store)
    return (__file__, files, str(log), fault)


def injected(log: Path) -> bool:
    """Whether the fault met anything."""
    return "(INJECTED)" in log.read_text()


def _options(files: str, log: str, fault: str) -> list[str]:
    options = ["-D", "-f", "--seccomp-bpf", "-qq", "-y", "-o", log]
    if fault == "nothing":
        return [*options, "-x", "-s", "100000", "-e", f"trace={CALLS},{WORDS}"]
    paths = [word for path in files.split(",") for word in ("-P", path)]
    return [*options, *paths, "-s", "0", "-e", f"trace={CALLS}", "-e", f"inject={fault}"]


if __name__ == "__main__":
    files, log, fault, *verb = sys.argv[1:]
    os.execvp("strace", ["strace", *_options(files, log, fault), sys.executable, HASTY, *verb])
