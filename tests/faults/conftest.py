"""Houses in which one thing fails: what all tests of this room share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bridge.cli.playground import Ports, merged, tables
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.inbox import Inbox
from bridge.spool.opening import open_spool
from tests.flows.conftest import Process, open_house, start_process, written

__all__ = ["open_house", "start_process"]

Cold = Callable[..., Awaitable[Process]]


@pytest.fixture
async def cold(tmp_path: Path) -> AsyncIterator[Cold]:
    """Makes a daemon that has a store, and is not started; `changes` are settings' tables."""
    async with AsyncExitStack() as stack:

        async def made(*, backup: bool = False, **changes: object) -> Process:
            inbox = await stack.enter_async_context(Inbox())
            listen = ["127.0.0.1:0"] * (1 + backup)
            sandbox = await stack.enter_async_context(Sandbox(listen=listen, retry_interval=0.1))
            said = merged(tables(sandbox, inbox, Ports(), tmp_path), changes)
            process = Process(written(said, tmp_path), sandbox, inbox)
            await (await open_spool(process.store, daemon=True)).close()
            stack.push_async_callback(_ended, process)
            return process

        yield made


async def _ended(process: Process) -> None:
    if process.running is not None and process.running.returncode is None:
        await process.signal(9)
