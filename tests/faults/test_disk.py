"""A disk that fails or fills up, at the n-th write and the n-th sync of a fixed scenario.

Some of all n are tried.  `ALL_FAULTS=1 pytest tests/faults/test_disk.py` tries each sync and
each tenth write, from a first that differs from day to day: a quarter of an hour.

Where strace is not installed, a shim takes its place for the syncs: SQLite's COMMIT fails as it
does when its sync fails.  It needs no root, and meets the writer's own connection.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bridge.cli.playground import OWNER
from tests.faults.conftest import Cold
from tests.faults.failing import commit_fails
from tests.faults.injected import HASTY, injected, needs_strace, under
from tests.faults.lives import Life, lived
from tests.flows.load import Client

ALL = "ALL_FAULTS" in os.environ
SYNCS, WRITES = 45, 640
"""Of the whole scenario, and a few more."""

TRY_LATER = 75
FULL_FOR = 5


def nth(sample: tuple[int, ...], last: int, step: int) -> Sequence[int]:
    """The sample, or all from the first to the last by steps."""
    return range(1 + time.localtime().tm_yday % step, last, step) if ALL else sample


@needs_strace
@pytest.mark.parametrize("n", nth((1, 6), SYNCS, 1))
async def test_after_a_sync_that_failed_it_ends_and_a_restart_makes_all_good(
    cold: Cold, tmp_path: Path, n: int
) -> None:
    log = tmp_path / "calls"
    process = await cold()
    process.command = under(tmp_path / "bridge.db", log, f"fdatasync:error=EIO:when={n}")
    _ends_and_comes_back(await lived(process), log)


@needs_strace
@pytest.mark.parametrize("n", nth((42,), WRITES, 10))
async def test_after_a_write_that_failed_it_ends_and_a_restart_makes_all_good(
    cold: Cold, tmp_path: Path, n: int
) -> None:
    log = tmp_path / "calls"
    process = await cold()
    process.command = under(tmp_path / "bridge.db", log, f"pwrite64:error=EIO:when={n}")
    _ends_and_comes_back(await lived(process), log)


@needs_strace
@pytest.mark.parametrize("n", nth((1, 77), WRITES, 10))
async def test_a_disk_that_was_full_for_a_while_costs_patience_alone(
    cold: Cold, tmp_path: Path, n: int
) -> None:
    log = tmp_path / "calls"
    when = f"when={n}..{n + FULL_FOR - 1}"
    process = await cold()
    process.command = under(tmp_path / "bridge.db", log, f"pwrite64:error=ENOSPC:{when}")
    life = await lived(process)
    life.nothing_was_lost_or_doubled()
    assert life.statuses == [], "it goes on by itself"
    assert injected(log) or ALL


@pytest.mark.parametrize("n", [5])
async def test_after_a_commit_that_failed_it_ends_and_a_restart_makes_all_good(
    cold: Cold, n: int
) -> None:
    process = await cold()
    process.command = commit_fails(n)
    life = await lived(process)
    life.nothing_was_lost_or_doubled()
    assert life.statuses == [TRY_LATER]


@needs_strace
async def test_a_file_that_cannot_be_synced_though_its_log_can_ends_it_too(
    cold: Cold, tmp_path: Path
) -> None:
    process = await cold()
    log = tmp_path / "calls"
    process.command = under(tmp_path / "bridge.db", log, "fdatasync:error=EIO:when=1+", wal=False)
    await process.start()
    await Client(lambda: process.smtp, OWNER).one("447700910111", "Hello")
    assert process.running is not None
    assert await process.running.wait() == TRY_LATER
    process.command = (HASTY,)
    await process.start()
    await process.sandbox.wait_for(lambda text: text.text == "Hello")
    assert process.sandbox.taken.total == 1


def _ends_and_comes_back(life: Life, log: Path) -> None:
    """A checkpoint that fails by the way is made again: the log of the store has it all still."""
    life.nothing_was_lost_or_doubled()
    calls = log.read_text().splitlines()
    at = next((i for i, line in enumerate(calls) if "(INJECTED)" in line), None)
    if at is None:
        assert ALL, "the fault met nothing"
    elif life.statuses:
        assert life.statuses == [TRY_LATER]
        assert len(calls) == at + 1, "nothing is written or synced any more"
    else:
        checkpoint = "bridge.db>" in calls[at] or "fdatasync" in calls[at - 1]
        assert checkpoint or len(calls) == at + 1, "or it was the last of all, as it ended"
