"""A connection was lost while it committed: what came of the transaction is asked of the server."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from bridge.spool.contract import Uncertain
from bridge.spool.postgres.connecting import Address
from bridge.spool.postgres.failing import FAILURES

LONGEST: Final = 30.0
"""Seconds for which the server is asked: it may have to be started first."""
AGAIN: Final = 0.1

# A session that is idle never had our COMMIT; nothing of it can come any more.
_END: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_xid = ($1::text::numeric % 4294967296)::text::xid"
    " AND datname = current_database() AND state LIKE 'idle in transaction%'"
)
_STATUS: Final = "SELECT pg_xact_status($1::text::xid8)"


async def committed(address: Address, xid: str) -> bool:
    """Whether a transaction was committed; raises `Uncertain` if nobody can tell."""
    until = time.monotonic() + LONGEST
    while True:
        status = await _status(address, xid)
        if status in ("committed", "aborted"):
            return status == "committed"
        if time.monotonic() > until:
            raise Uncertain(f"the connection was lost at COMMIT; transaction {xid}: {status}")
        await asyncio.sleep(AGAIN)


async def _status(address: Address, xid: str) -> str:
    """What the server says of a transaction, or why it says nothing."""
    try:
        raw = await address.connect()
        try:
            await raw.fetch(_END, xid)
            return str(await raw.fetchval(_STATUS, xid))
        finally:
            raw.terminate()
    except FAILURES as error:
        return type(error).__name__
