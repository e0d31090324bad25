"""`/healthz` and `/readyz`."""

from __future__ import annotations

import asyncio

import pytest

from bridge.listeners import health as module
from bridge.listeners.health import health


async def all_up() -> str:
    return ""


async def store_away() -> str:
    return "store"


@pytest.mark.parametrize("path", ["/", "/healthz/", "/HEALTHZ", "/callback/x"])
async def test_other_paths_are_not_its_business(path: str) -> None:
    assert await health(path, all_up) is None


async def test_whoever_runs_is_alive_even_without_a_store() -> None:
    assert await health("/healthz", store_away) == (200, "alive")


async def test_ready_means_that_every_part_is_up() -> None:
    assert await health("/readyz", all_up) == (200, "ready")
    assert await health("/readyz", store_away) == (503, "not up: store")


async def test_a_part_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def silent() -> str:
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr(module, "PATIENCE", 0.01)
    answer = await health("/readyz", silent)
    assert answer is not None
    assert answer[0] == 503
