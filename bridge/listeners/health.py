"""`/healthz` and `/readyz`: whether the loop runs, and whether the house is open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Unready: TypeAlias = Callable[[], Awaitable[str]]
"""Asks which part is not up; "" if all are."""

PATIENCE = 4.0
"""Seconds that the parts have to say how they are."""


async def health(path: str, unready: Unready) -> tuple[int, str] | None:
    """Status and words for a path; None if it is neither of the two.

    It is no secret: load balancers and people may ask.
    """
    match path:
        case "/healthz":
            return 200, "alive"
        case "/readyz":
            return await _readiness(unready)
        case _:
            return None


async def _readiness(unready: Unready) -> tuple[int, str]:
    try:
        async with asyncio.timeout(PATIENCE):
            part = await unready()
    except TimeoutError:
        return 503, f"no answer within {PATIENCE:.0f} s"
    return (503, f"not up: {part}") if part else (200, "ready")
