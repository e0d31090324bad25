"""What breaks in the process around a daemon's own tasks is counted with what breaks in them."""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

import pytest

from bridge import process
from bridge.spool.contract import Broken
from tests.daemon.test_start import daemon_of
from tests.flows.conftest import PATIENCE


async def test_what_nobody_waited_for_and_what_the_watch_finds_are_counted_as_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = daemon_of(tmp_path / "bridge.db")
    ready = asyncio.Event()
    monkeypatch.setattr(process, "Daemon", lambda _: daemon)
    monkeypatch.setattr(process, "notify", lambda _: ready.set())
    monkeypatch.setattr(process, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(process, "TURN", sys.getswitchinterval())  # the tests' own, as it is
    monkeypatch.setattr(gc, "freeze", lambda: None)

    def faults() -> float | None:
        return daemon._page._registry.get_sample_value("smsbridge_faults_total")

    async def breaks() -> None:
        raise Broken("the disk is gone")

    serving = asyncio.create_task(process.serve(daemon._settings))
    async with asyncio.timeout(PATIENCE):
        await ready.wait()
        assert faults() == 0
        asyncio.get_running_loop().call_exception_handler({"message": "nobody waited"})
        assert faults() == 1
        monkeypatch.setattr(daemon.spool, "alive", breaks)
        assert await serving == process.TRY_LATER
    assert faults() == 2
