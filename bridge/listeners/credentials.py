"""Whether a name and a password belong together, in the same time for names that nobody has.

A device that logs in for each of its mails would have its hash worked on each time.  So what was
proven is known again for some minutes: of each user one keyed digest, in this process alone.  It
proves nothing but that very password; any other still costs all that a hash costs.  The settings
are read once in the life of a process, so a user that they lose or change is gone with it.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

CHECKS_AT_ONCE = 4
MOST_WAITING = 32
REMEMBERED = 600.0
"""Seconds from when a password was proven until its hash is worked on again, used or not."""


class Credentials:
    """The hashes of `[users]`, checked in threads, a few at a time.  `clock` gives seconds."""

    def __init__(
        self,
        hashes: Mapping[str, str],
        matches: Callable[[str, str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hashes = dict(hashes)
        self._matches = matches
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._remembered: dict[str, tuple[bytes, float]] = {}
        self._asked = 0
        self._turns = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._threads = ThreadPoolExecutor(CHECKS_AT_ONCE, "auth")

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def remembers(self, user: str, password: str) -> bool:
        """Whether this was proven to be that user's password, a few minutes ago at most."""
        digest, _ = self._remembered.get(user, (b"", 0.0))
        same = hmac.compare_digest(digest, self._digest(user, password))
        return same and self.expects(user)

    def expects(self, user: str) -> bool:
        """Whether that user's password is remembered now, so that any other is a wrong one."""
        _, until = self._remembered.get(user, (b"", 0.0))
        return self._clock() < until

    def _digest(self, user: str, password: str) -> bytes:
        said = f"{user}\0{password}".encode("utf-8", "surrogateescape")
        return hmac.digest(self._key, said, "sha256")

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
        if not matched or known is None:
            return False
        self._remembered[user] = self._digest(user, password), self._clock() + REMEMBERED
        return True

    def _anybodys(self, name: str) -> str:
        hashes = tuple(self._hashes.values())
        return hashes[hash(name) % len(hashes)] if hashes else ""

    def close(self) -> None:
        """End the threads; a check that runs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
