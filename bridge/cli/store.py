"""What the verbs that use the spool share: opening it beside the daemon, and what if it fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, tzinfo
from typing import NoReturn

from bridge.cli import frame, life
from bridge.settings.model import Settings
from bridge.spool.contract import Spool, Unavailable, Unusable
from bridge.spool.opening import open_spool
from bridge.spool.views import Record


def with_spool(settings: Settings, work: Callable[[Spool], Awaitable[int]]) -> NoReturn:
    """Open the store, do one thing, and exit with its status: 75 if the store is busy or full."""
    try:
        status = asyncio.run(_opened(settings, work))
    except Unusable as error:
        frame.tell(str(error))
        status = frame.SETTINGS
    except Unavailable as error:
        frame.tell(str(error))
        status = frame.TRY_LATER
    raise SystemExit(status)


async def _opened(settings: Settings, work: Callable[[Spool], Awaitable[int]]) -> int:
    spool = await open_spool(settings.store.url.get_secret_value(), daemon=False)
    try:
        return await work(spool)
    finally:
        await spool.close()


def show(record: Record, *, as_json: bool, zone: tzinfo | None = None) -> None:
    """Print one line of the life of a message, in a zone (None: this machine's)."""
    at = datetime.fromtimestamp(record.at).astimezone().isoformat()
    fields = {name: _readable(name, value) for name, value in record.fields.items()}
    frame.emit(
        {"at": at, "id": record.id, "what": record.what, **fields},
        "" if as_json else life.line(record, zone, time.time()),
        as_json=as_json,
    )


def _readable(name: str, value: object) -> object:
    """Instants as programs read them."""
    if name.endswith("_at") and isinstance(value, int | float):
        return datetime.fromtimestamp(value).astimezone().isoformat(timespec="seconds")
    return value
