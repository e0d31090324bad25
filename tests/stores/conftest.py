"""Stores as a whole: one of a file, with rows of every kind in it, and a PostgreSQL server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.spool.opening import open_spool
from tests.spool.conftest import Story, postgres
from tests.stores.filled import fill

__all__ = ["postgres"]


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """An open store of a file, with rows of every kind in it."""
    url = f"sqlite:///{tmp_path}/spool.db"
    found = Story(url, await open_spool(url, daemon=True))
    await fill(found)
    yield found
    for each in (found.spool, *found.opened):
        await each.close()
