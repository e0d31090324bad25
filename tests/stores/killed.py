"""Do something with a store again and again, killed a step later each time; run as a program.

`killed.py forward STORE FOLDER` brings it forward, `killed.py restore STORE FOLDER BACKUP` puts a
backup in its place.  For each step the folder has a folder, with the store as the kill left it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from bridge.spool.sqlite import copies, migrating

STEPS = {"open", "os.link", "os.remove", "os.rename", "sqlite3.connect"}
"""What Python tells its audit hooks of, of what a restored backup comes in place by."""


def main(verb: str, store: Path, folder: Path, *backup: Path) -> None:
    for n in count(1):
        path = folder / f"{n:03}" / "store.db"
        path.parent.mkdir()
        shutil.copy(store, path)
        child = os.fork()
        if child == 0:
            forward(path, n) if verb == "forward" else restore(path, *backup, last=n)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return
        assert os.WTERMSIG(status) == signal.SIGKILL


def forward(path: Path, last: int) -> None:
    """Bring a store forward, until its `last` statement begins."""
    db = sqlite3.connect(path, isolation_level=None)
    step = killing(last)
    db.set_trace_callback(lambda _: step())
    migrating.prepare(db, str(path), daemon=True)


def restore(path: Path, backup: Path, *, last: int) -> None:
    """Put a backup in a store's place, until the `last` step begins."""
    step = killing(last)
    sys.addaudithook(lambda event, _: step() if event in STEPS else None)
    copies.restore(backup, path, replace=True, by="root", now=1_790_000_000.0)


def killing(last: int) -> Callable[[], None]:
    """What ends the process when it is called for the last time."""
    seen = count(1)

    def step() -> None:
        if next(seen) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
