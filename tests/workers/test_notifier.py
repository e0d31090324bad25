"""The notifier's hands: they mail, and do not wait for the store to write that they did."""

from __future__ import annotations

import asyncio

import pytest

from bridge.core.leases import EventLease, NoticeVerdict
from tests.workers.conftest import Phone


async def test_what_waits_to_be_settled_holds_no_hand(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hands mail three texts of which none is settled yet."""
    settle, mailed, may_settle = phone.spool.settle_event, asyncio.Semaphore(0), asyncio.Event()

    async def late(lease: EventLease, verdict: NoticeVerdict, now: float) -> bool:
        mailed.release()
        await may_settle.wait()
        return await settle(lease, verdict, now)

    monkeypatch.setattr(phone.spool, "settle_event", late)
    for number in range(3):
        await phone.sends(message_id=f"m{number}")
    phone.notifier.loop.start()
    async with asyncio.timeout(5):
        for _ in range(3):
            await mailed.acquire()
    may_settle.set()
    await phone.notifier.loop.stop(5)
    states = {each.fields["state"] for each in await phone.spool.browse() if each.what == "event"}
    assert states == {"mailed"}
