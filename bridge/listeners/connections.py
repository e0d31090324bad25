"""HTTP connections that cannot be held open: aiohttp's, with time-outs that it does not have.

A connection is always in one phase, and each phase has its limit; a sweep closes what is over.  So
a request costs a few assignments, and no timer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from aiohttp import web

MOST_CONNECTIONS = 500
"""Beyond this, whoever has kept us waiting longest has to go."""

LARGEST_HEADER = 8190

LAST_WORDS = 0.5
"""Seconds that a request may still be on its way when the listener drains."""


class Phase(Enum):
    """What a connection is waiting for."""

    HEADERS = "headers"  # new, or in the middle of a request's headers
    BODY = "body"
    WORKING = "working"  # for us
    IDLE = "idle"  # for the next request, of which nothing came yet


@dataclass(frozen=True, slots=True)
class Limits:
    """How many seconds a client may take over each phase."""

    headers: float = 10.0
    body: float = 30.0
    idle: float = 30.0


class Connection(web.RequestHandler):
    """One connection, which knows its phase and since when."""

    __slots__ = ("_watch", "phase", "since")

    def __init__(self, server: web.Server, watch: Watch, loop: asyncio.AbstractEventLoop) -> None:
        # No access log: the path is a secret.  A compressed body is stored as it came, unopened.
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to say: none
            auto_decompress=False,
            max_line_size=LARGEST_HEADER,
            lingering_time=5.0,
        )
        self._watch = watch
        self.phase = Phase.HEADERS
        self.since = loop.time()

    def enter(self, phase: Phase) -> None:
        """Begin a phase, now."""
        self.phase = phase
        self.since = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        super().connection_made(transport)
        self._watch.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection ended."""
        self._watch.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Octets came."""
        if self.phase is Phase.IDLE:
            self.enter(Phase.HEADERS)
        super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, or broke in our hands, without a word of what it was."""
        if isinstance(exc, ConnectionError):
            raise exc  # the client hung up: nobody is to blame
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is on its way already")
        response = self._watch.broken(request, exc if status >= 500 else None)
        response.force_close()
        return response

    def abort(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            self.transport.abort()


class Watch:
    """All connections of a listener, and the sweep that closes those over their limit.

    `broken` answers a request that could not be handled: with our error, or None where it was
    the client's.
    """

    def __init__(
        self,
        limits: Limits,
        broken: Callable[[web.BaseRequest, BaseException | None], web.Response],
    ) -> None:
        self.broken = broken
        self.closing = asyncio.Event()
        self._limits = {
            Phase.HEADERS: limits.headers,
            Phase.BODY: limits.body,
            Phase.IDLE: limits.idle,
        }
        self._interval = min(self._limits.values()) / 10
        self._connections: dict[Connection, None] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def add(self, connection: Connection) -> None:
        """Watch a connection; where there are too many, the most patient one goes."""
        if len(self._connections) >= MOST_CONNECTIONS:
            waiting = (each for each in self._connections if each.phase is not Phase.WORKING)
            oldest = min(waiting, key=lambda each: each.since, default=connection)
            oldest.abort()
        self._connections[connection] = None
        if self._sweep is None:
            self._later()

    def remove(self, connection: Connection) -> None:
        """Watch a connection no more."""
        self._connections.pop(connection, None)

    async def drain(self, grace: float) -> None:
        """End idle connections now, others when their request is answered, or after `grace` s."""
        self.closing.set()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + grace
        while self._connections and loop.time() < deadline:
            for connection in list(self._connections):
                quiet = loop.time() - connection.since > LAST_WORDS
                if connection.phase is Phase.IDLE or (connection.phase is Phase.HEADERS and quiet):
                    connection.force_close()
            await asyncio.sleep(0.02)
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)  # for the loop to tell them that they are lost
        if self._sweep is not None:
            self._sweep.cancel()

    def _later(self) -> None:
        self._sweep = asyncio.get_running_loop().call_later(self._interval, self._close_late)

    def _close_late(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in list(self._connections):
            limit = self._limits.get(connection.phase)
            if limit is not None and now - connection.since > limit:
                connection.abort()
        self._sweep = None
        if self._connections:
            self._later()
