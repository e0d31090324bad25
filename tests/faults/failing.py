"""The daemon with a disk that fails, without strace: `failing.py N run --config PATH`.

SQLite's COMMIT fails at the n-th time, once, as it does when its sync fails: what it had written
is rolled back, and its caller hears of an I/O error.
"""

from __future__ import annotations

import runpy
import sqlite3
import sys
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

HASTY = str(Path(__file__).with_name("hasty.py"))


def commit_fails(n: int) -> tuple[str, ...]:
    """What `Process.command` is for a daemon whose n-th commit fails."""
    return (__file__, str(n))


class Failing(sqlite3.Connection):
    """A connection whose commits are counted, over all connections."""

    commits = count(1)
    fails = 0

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        """Fail, or do it."""
        if sql == "COMMIT" and next(self.commits) == self.fails:
            super().execute("ROLLBACK")
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return super().execute(sql, *args)


if __name__ == "__main__":
    Failing.fails = int(sys.argv.pop(1))
    sqlite3.connect = partial(sqlite3.connect, factory=Failing)  # type: ignore[assignment]
    runpy.run_path(HASTY, run_name="__main__")
