"""`/healthz` and `/readyz`: strangers hear whether all is well, the log why, the store little."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from bridge.listeners import health as module
from bridge.listeners.health import Health

READY, NOT_READY = (200, "ready"), (503, "not ready")


class Parts:
    """The parts of the house; they can be away, or silent."""

    def __init__(self) -> None:
        self.asked = 0
        self.wrong = ""
        self.speak = asyncio.Event()
        self.speak.set()

    async def __call__(self) -> str:
        self.asked += 1
        await self.speak.wait()
        return self.wrong


@pytest.fixture
async def parts() -> Parts:
    return Parts()


@pytest.fixture
async def health(parts: Parts) -> AsyncIterator[Health]:
    health = Health(parts)
    yield health
    health.close()


@pytest.mark.parametrize("path", ["/", "/healthz/", "/HEALTHZ", "/callback/x"])
async def test_other_paths_are_not_its_business(health: Health, path: str) -> None:
    assert await health.answer(path) is None


async def test_whoever_runs_is_alive_even_without_a_store(health: Health, parts: Parts) -> None:
    parts.wrong = "store"
    assert await health.answer("/healthz") == (200, "alive")
    assert parts.asked == 0


async def test_ready_means_that_every_part_is_up(
    health: Health, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FRESH", 0.0)
    assert await health.answer("/readyz") == READY
    parts.wrong = "store"
    assert await health.answer("/readyz") == NOT_READY
    parts.wrong = ""
    assert await health.answer("/readyz") == READY


async def test_what_is_wrong_is_for_the_log_and_once(
    health: Health,
    parts: Parts,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(module, "FRESH", 0.0)
    parts.wrong = "store: db.internal is down"
    for _ in range(3):
        assert await health.answer("/readyz") == NOT_READY
    assert "".join(capfd.readouterr()).count("db.internal is down") == 1


async def test_a_thousand_who_ask_at_once_and_again_are_one_question(
    health: Health, parts: Parts
) -> None:
    """T13, T40: nobody knows who asks, so it must cost next to nothing."""
    for _ in range(2):
        said = await asyncio.gather(*(health.answer("/readyz") for _ in range(500)))
        assert set(said) == {READY}
    assert parts.asked == 1


async def test_an_answer_that_never_comes_is_given_up_and_the_parts_are_asked_anew(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or one lost answer would close the house until it is started again."""
    for name, value in (("PATIENCE", 0.01), ("GIVEN_UP", 0.02), ("FRESH", 0.0)):
        monkeypatch.setattr(module, name, value)
    lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    answers = [lost]

    async def unready() -> str:
        return await (answers.pop() if answers else parts())

    health = Health(unready)
    assert await health.answer("/readyz") == NOT_READY
    async with asyncio.timeout(2):
        while await health.answer("/readyz") == NOT_READY:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.005)
    health.close()


async def test_a_part_that_does_not_answer_is_waited_for_once(
    health: Health, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    parts.speak.clear()
    assert await health.answer("/readyz") == NOT_READY
    began = time.monotonic()
    for _ in range(10):
        assert await health.answer("/readyz") == NOT_READY
    assert time.monotonic() - began < 0.1
    assert parts.asked == 1
    parts.speak.set()
    while await health.answer("/readyz") == NOT_READY:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0)
    assert await health.answer("/readyz") == READY
