"""From a URL to a store: the one table that knows which kinds of store there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from bridge.spool.contract import Spool, Unusable
from bridge.spool.desk import Desk
from bridge.spool.sqlite.desk import open_sqlite
from bridge.spool.store import Store

MIN_FREE = 100_000_000
"""Octets that must stay free on the disk: below them nothing new is taken."""


class Opener(Protocol):
    """How one kind of store is opened; `rest` is what follows `scheme://` in its URL."""

    def __call__(
        self, rest: str, *, daemon: bool, min_free: int, clock: Callable[[], float] | None
    ) -> Awaitable[Desk]: ...


async def _open_postgres(
    rest: str, *, daemon: bool, min_free: int, clock: Callable[[], float] | None
) -> Desk:
    try:  # what only this kind of store needs is an extra
        from bridge.spool.postgres.desk import open_postgres
    except ImportError as error:
        raise Unusable(
            f"a PostgreSQL store needs more packages ({error.name} is missing):"
            " pip install 'smsbridge[postgres]'"
        ) from error
    return await open_postgres(rest, daemon=daemon, min_free=min_free, clock=clock)


STORES: Mapping[str, Opener] = {"sqlite": open_sqlite, "postgresql": _open_postgres}


async def open_spool(
    url: str,
    *,
    daemon: bool,
    min_free: int = MIN_FREE,
    clock: Callable[[], float] | None = None,
) -> Spool:
    """Open the store at a URL, creating it where there is none; raises `Unusable`.

    `daemon`: this process leases, and on SQLite it alone; others may accept, order and browse.
    `clock` takes the place of the store's own, for tests.
    """
    return Store(await open_desk(url, daemon=daemon, min_free=min_free, clock=clock))


async def open_desk(
    url: str,
    *,
    daemon: bool,
    min_free: int = MIN_FREE,
    clock: Callable[[], float] | None = None,
) -> Desk:
    """Open the store at a URL for work that is no verb of a spool; see `open_spool`."""
    scheme, colon, rest = url.partition("://")
    opener = STORES.get(scheme) if colon else None
    if opener is None:
        known = ", ".join(f"{name}://…" for name in STORES)
        raise Unusable(f"no such kind of store: {scheme}; store.url may be {known}")
    return await opener(rest, daemon=daemon, min_free=min_free, clock=clock)
