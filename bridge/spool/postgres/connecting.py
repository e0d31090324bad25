"""The way to a PostgreSQL server: how each of our connections is made."""

from __future__ import annotations

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
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "2s",  # of a node that is paused, or gone
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""What a session of ours is set to; a node that stands still must not hold up the others."""


class Address:
    """Where a store's database is, with what it takes to get in."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._how: dict[str, Any] = {
            "timeout": CONNECT,
            "command_timeout": COMMAND,
            "statement_cache_size": 1024,
            "max_cached_statement_lifetime": 0,
            "server_settings": SESSION,
        }
        if "target_session_attrs" not in dsn:  # of several servers, the one that can be written to
            self._how["target_session_attrs"] = "read-write"

    async def connect(self) -> asyncpg.Connection:
        """A connection of one's own; raises any of `failing.FAILURES`."""
        return await asyncpg.connect(self._dsn, **self._how)

    def pool(self, size: int) -> asyncpg.Pool:
        """Up to so many connections, made when they are first needed; to be awaited."""
        return asyncpg.create_pool(
            self._dsn, min_size=0, max_size=size, reset=_as_it_is, **self._how
        )


async def _as_it_is(_: object) -> None:
    """Nothing in a session is ever changed that would have to be put back."""
