"""What waits for a transaction of its own or with others, and what it says once that is committed.

Work that is done twice, or undone, would tell the log what never was.  So what it tells is held
back while it is done, and told after the commit, by whoever committed it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.loglines import Untold, held_back
from bridge.spool.contract import LaneName
from bridge.spool.db import Db, Work


@dataclass(slots=True)
class Job:
    """One transaction's worth of work, and who waits for it (nobody: it may be lost)."""

    work: Work[Any]
    future: asyncio.Future[Any] | None
    lanes: Sequence[LaneName] = ()
    result: Any = None
    error: BaseException | None = None
    untold: Sequence[Untold] = ()

    def run(self, db: Db) -> None:
        """Do the work, as if it had never been done before."""
        self.error = None
        with held_back() as self.untold:
            self.result = self.work(db)


def parted(group: Iterable[Job]) -> tuple[list[Job], list[Job]]:
    """Those of which there is nothing to tell, and those that are answered once all is told."""
    quiet: list[Job] = []
    telling: list[Job] = []
    for job in group:
        (telling if job.error is None and job.untold else quiet).append(job)
    return quiet, telling


def untold(group: Iterable[Job]) -> list[Untold]:
    """What there is to tell of jobs that were committed, in their order."""
    return [each for job in group for each in job.untold]


def answer(group: Iterable[Job], woken: Callable[[Iterable[LaneName]], None]) -> None:
    """Let everybody who waits have what came of it, and wake the lanes of what was committed."""
    lanes: set[LaneName] = set()
    for job in group:
        if job.error is None:
            lanes.update(job.lanes)
        if job.future is None or job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)
    if lanes:
        woken(lanes)
