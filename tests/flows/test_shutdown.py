"""SIGTERM under load: what was promised is in the spool or sent, and a restart goes on."""

from __future__ import annotations

import asyncio
import signal
import time

from bridge.spool.opening import open_spool
from tests.flows.conftest import MACHINE, PATIENCE, Process, StartProcess, until
from tests.flows.load import Client

MAILS = 150


async def test_sigterm_under_load_loses_nothing_that_was_promised(
    start_process: StartProcess,
) -> None:
    process = await start_process(gateway={"connections": 4})
    process.sandbox.primary.latency = 0.5  # mails come faster than they go, on any machine
    client = Client(lambda: process.smtp, MACHINE)
    hands = [asyncio.create_task(client.hand()) for _ in range(4)]
    await until(lambda: _reached(client, MAILS))

    began = time.monotonic()
    status = await process.signal(signal.SIGTERM)
    took = time.monotonic() - began
    client.stop()
    waiting = len(client.acknowledged) - len({each.text for each in process.sandbox.taken})
    print(f"SIGTERM: status {status} after {took:.2f} s, {waiting} of", end=" ")
    print(f"{len(client.acknowledged)} acknowledged texts left in the spool")
    assert status == 0
    assert took < 30
    assert waiting > 0, "the load was no load"
    states = await _states(process)
    taken = {each.text for each in process.sandbox.taken}
    assert all(text in taken or states[text] == "queued" for text in client.acknowledged)

    process.sandbox.primary.latency = 0
    await process.start()
    await asyncio.gather(*hands)
    await process.sandbox.taken.wait_total(len(client.acknowledged), PATIENCE)
    texts = [each.text for each in process.sandbox.taken]
    assert sorted(texts) == sorted(client.acknowledged)
    assert await process.signal(signal.SIGTERM) == 0


async def test_an_idle_daemon_ends_at_once(start_process: StartProcess) -> None:
    process = await start_process()
    began = time.monotonic()
    assert await process.signal(signal.SIGTERM) == 0
    assert time.monotonic() - began < 10


async def _reached(client: Client, count: int) -> bool:
    return len(client.acknowledged) >= count


async def _states(process: Process) -> dict[str, str]:
    """How each text stands in the spool that a daemon left behind."""
    spool = await open_spool(process.store, daemon=False)
    try:
        records = await spool.browse(content=True, limit=100_000)
    finally:
        await spool.close()
    return {
        str(each.fields["text"]): str(each.fields["state"])
        for each in records
        if each.what == "delivery"
    }
