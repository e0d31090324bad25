"""Whether a name and a password belong together, in the same time for names that nobody has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

CHECKS_AT_ONCE = 4
MOST_WAITING = 32


class Credentials:
    """The hashes of `[users]`, checked in threads, a few at a time."""

    def __init__(self, hashes: Mapping[str, str], matches: Callable[[str, str], bool]) -> None:
        self._hashes = dict(hashes)
        self._matches = matches
        self._asked = 0
        self._turns = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._threads = ThreadPoolExecutor(CHECKS_AT_ONCE, "auth")

    def __bool__(self) -> bool:
        return bool(self._hashes)

    @property
    def busy(self) -> bool:
        """Whether so many checks run and wait that another is to come back later."""
        return self._asked >= CHECKS_AT_ONCE + MOST_WAITING

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until a check may begin."""
        self._asked += 1
        try:
            async with self._turns:
                yield
        finally:
            self._asked -= 1

    async def proven(self, user: str, password: str) -> bool:
        """Whether this is that user's password.

        For a name that nobody has, some user's hash is worked on, so that time tells nothing: for
        each name another's, since hashes may be of different cost.
        """
        known = self._hashes.get(user)
        against = known or self._anybodys(user)
        loop = asyncio.get_running_loop()
        matched = await loop.run_in_executor(self._threads, self._matches, against, password)
        return matched and known is not None

    def _anybodys(self, name: str) -> str:
        hashes = tuple(self._hashes.values())
        return hashes[hash(name) % len(hashes)] if hashes else ""

    def close(self) -> None:
        """End the threads; a check that runs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
