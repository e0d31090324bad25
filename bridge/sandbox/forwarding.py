"""Posts callbacks, each until it is answered 200, as the gateway does.

Callbacks posted together go in their order, the next when the one before was answered 200.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp

from bridge.sandbox.record import Record

RETRY_INTERVAL = 300.0
"""Seconds until a callback that was not answered 200 is posted again: the page's 5 minutes."""

HANDS = 16
MOST_WAITING = 100_000
FORM = "application/x-www-form-urlencoded"

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Forwarded:
    """One callback posted: its fields, and the status it got (0 where nobody answered)."""

    fields: Fields = field(repr=False)
    status: int
    at: float


class Forwarder:
    """Posts to `url` (nothing while it is ""); `copies` posts everything as often as that."""

    def __init__(
        self, url: str, *, retry_interval: float = RETRY_INTERVAL, copies: int = 1
    ) -> None:
        self.url = url
        self.retry_interval = retry_interval
        self.copies = copies
        self.charset = "utf-8"
        self.forwarded: Record[Forwarded] = Record()
        self.waiting = 0
        self._ready: asyncio.Queue[deque[Fields]] = asyncio.Queue()
        self._hands: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Begin to post."""
        # Our idle connections end before a server's would: a callback must not meet a stale one.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=HANDS, keepalive_timeout=5),
            timeout=aiohttp.ClientTimeout(total=30),
        )
        self._hands = [asyncio.create_task(self._work(self._session)) for _ in range(HANDS)]

    async def close(self) -> None:
        """Stop; what was not answered 200 is forgotten."""
        for hand in self._hands:
            hand.cancel()
        await asyncio.gather(*self._hands, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def post(self, forms: Sequence[Fields], after: float = 0.0) -> None:
        """Post these in their order, the first in `after` seconds; too many waiting are dropped."""
        if self.url and forms and self.waiting < MOST_WAITING:
            self.waiting += 1
            repeated = deque(form for form in forms for _ in range(self.copies))
            self._later(after, repeated)

    def _later(self, delay: float, forms: deque[Fields]) -> None:
        asyncio.get_running_loop().call_later(delay, self._ready.put_nowait, forms)

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while True:
            forms = await self._ready.get()
            while forms and await self._posted(session, forms[0]):
                forms.popleft()
            if forms:
                self._later(self.retry_interval, forms)
            else:
                self.waiting -= 1

    async def _posted(self, session: aiohttp.ClientSession, fields: Fields) -> bool:
        body = urlencode(fields, encoding=self.charset, errors="replace").encode()
        try:
            async with session.post(
                self.url, data=body, headers={"Content-Type": FORM}, allow_redirects=False
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = 0
        self.forwarded.add(Forwarded(fields, status, time.time()))
        return status == 200
