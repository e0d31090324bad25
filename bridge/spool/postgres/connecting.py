"""The way to a PostgreSQL server: how each of our connections is made."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import asyncpg

CONNECT: Final = 10.0
COMMAND: Final = 30.0
"""Seconds for a connection to be made, and for one statement to be answered."""

SESSION: Final = {
    "application_name": "smsbridge",
    "timezone": "UTC",
    "jit": "off",  # each statement touches a few rows
    "enable_seqscan": "off",  # a table that is empty now is long tomorrow, and plans are kept
    "statement_timeout": "25s",  # before COMMAND: the server says what took so long
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "2s",  # of a node that is paused, or gone
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10s",  # of a node that stands still while it is answered
}
"""What a session of ours is set to; a node that stands still must not hold up the others."""


class Address:
    """Where a store's database is, with what it takes to get in.

    `command` is for how many seconds a statement is waited for; None for as long as it takes.
    """

    def __init__(self, dsn: str, *, command: float | None = COMMAND) -> None:
        self._dsn = dsn
        self._how: dict[str, Any] = {
            "timeout": CONNECT,
            "command_timeout": command,
            "statement_cache_size": 1024,
            "max_cached_statement_lifetime": 0,
            "server_settings": SESSION,
        }
        if "target_session_attrs" not in dsn:  # of several servers, the one that can be written to
            self._how["target_session_attrs"] = "read-write"

    async def connect(self) -> asyncpg.Connection:
        """A connection of one's own; raises any of `failing.FAILURES`."""
        return await _connected(self._dsn, **self._how)

    def pool(self, size: int) -> asyncpg.Pool:
        """Up to so many connections, made when they are first needed; to be awaited."""
        return asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=size,
            connect=_connected,
            reset=_as_it_is,
            **self._how,
        )


async def _connected(dsn: str, **how: Any) -> asyncpg.Connection:
    """A connection; one that is half made complains if it is given up, so it is made, and ended."""
    making = asyncio.ensure_future(asyncpg.connect(dsn, **how))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        making.add_done_callback(_unwanted)
        raise


def _unwanted(making: asyncio.Future[asyncpg.Connection]) -> None:
    if not making.cancelled() and making.exception() is None:
        making.result().terminate()


async def _as_it_is(_: object) -> None:
    """Nothing in a session is ever changed that would have to be put back."""
