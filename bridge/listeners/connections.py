"""HTTP connections that cannot be held open: aiohttp's, with limits that it does not have.

A connection is always in one phase, and each phase has its limit; a sweep closes what is over.  So
a request costs a few assignments, and no timer.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from aiohttp import web

from bridge.listeners.admission import household
from bridge.listeners.sockets import listening

AT_ONCE = 64
"""Connections accepted in one go: a crowd waits in the kernel, not before others in the loop."""

ROOM = 500
"""Connections beyond which whoever has kept us waiting longest has to go, if that is `PATIENT`."""

PATIENT = 1.0
"""Seconds: in a crowd that comes and goes, a client may wait for our attention, not we for it."""

MOST_CONNECTIONS = 1000
"""Connections beyond which it has to go in any case."""

SHARE = 50
"""Connections of one client beyond which it is the first to lose one, if one has to go."""

LARGEST_LINE = 8190
LARGEST_HEAD = 64 * 1024
"""Octets of a request before its body: aiohttp bounds lines and their number, to a megabyte."""

LAST_WORDS = 0.5
"""Seconds that a request may still be on its way when the listener drains."""

_BLANK_LINE = b"\r\n\r\n"


class Phase(Enum):
    """What a connection is waiting for."""

    HEADERS = "headers"  # new, or in the middle of a request's headers
    BODY = "body"
    WORKING = "working"  # for us
    ANSWER = "answer"  # that the client reads it
    IDLE = "idle"  # for the next request, of which nothing came yet


@dataclass(frozen=True, slots=True)
class Limits:
    """How many seconds a client may take over each phase; over an answer as over a body."""

    headers: float = 10.0
    body: float = 30.0
    idle: float = 30.0


class Connection(web.RequestHandler):
    """One connection, which knows its phase and since when."""

    __slots__ = ("_heard", "_tail", "_watch", "household", "phase", "since")

    def __init__(self, server: web.Server, watch: Watch, loop: asyncio.AbstractEventLoop) -> None:
        # No access log: the path is a secret.  A compressed body is stored as it came, unopened.
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to say: none
            auto_decompress=False,
            max_line_size=LARGEST_LINE,
            lingering_time=5.0,
        )
        self._watch = watch
        self._tail = b""
        self.household = ""
        self.enter(Phase.HEADERS)

    def enter(self, phase: Phase) -> None:
        """Begin a phase, now."""
        self.phase = phase
        self.since = self._loop.time()
        self._heard = 0
        self._watch.turned(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.household = household(peer[0]) if peer else ""
        self._watch.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection ended."""
        self._watch.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Octets came; too many of what nobody waits for are the end."""
        if self.phase is Phase.IDLE:
            self.enter(Phase.HEADERS)
        if self.phase is Phase.HEADERS:
            self._follow(data)
        elif self.phase is Phase.WORKING:  # the next requests, before this one is answered
            self._heard += len(data)
        if self._heard > LARGEST_HEAD:
            self.abort()
            return
        super().data_received(data)

    def _follow(self, data: bytes) -> None:
        """Count the octets of a head, up to the blank line that ends it (RFC 9112, 2.1)."""
        head = data if self._heard else data.lstrip(b"\r\n")  # empty lines before it: 2.2
        seen = self._tail + head
        self._tail = seen[-3:]
        end = seen.find(_BLANK_LINE)
        if end < 0:
            self._heard += len(head)
        elif end > LARGEST_HEAD - self._heard:
            self._heard = LARGEST_HEAD + 1
        else:
            self._tail = b""
            self.enter(Phase.BODY)

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
    """A listener's servers and connections, and the sweep that closes those over their limit.

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
            Phase.ANSWER: limits.body,
            Phase.IDLE: limits.idle,
        }
        self._interval = min(self._limits.values()) / 10
        self._servers: list[asyncio.Server] = []
        self._connections: dict[Connection, None] = {}  # who waits longest comes first
        self._crowds: Counter[str] = Counter()
        self._sweep: asyncio.TimerHandle | None = None

    async def serve(self, server: web.Server, sockets: Sequence[socket.socket]) -> None:
        """Listen on sockets that are bound (`listeners.sockets`); they are ours from now on."""
        loop = asyncio.get_running_loop()
        for each in sockets:
            self._servers.append(
                await listening(lambda: Connection(server, self, loop), each, AT_ONCE)
            )

    def add(self, connection: Connection) -> None:
        """Watch a connection; where there are too many, one that waits for its client goes.

        The one that waits longest, and of those who have more than their share if there are any: so
        a crowd pushes out itself, and not the gateway.
        """
        self._connections[connection] = None
        self._crowds[connection.household] += 1
        if len(self._connections) > ROOM:
            self._make_room()
        if self._sweep is None:
            self._later()

    def turned(self, connection: Connection) -> None:
        """A connection came into a new phase: now it is the one that waits shortest."""
        if connection in self._connections:
            del self._connections[connection]
            self._connections[connection] = None

    def remove(self, connection: Connection) -> None:
        """Watch a connection no more."""
        if connection in self._connections:
            del self._connections[connection]
            self._crowds[connection.household] -= 1
            if not self._crowds[connection.household]:
                del self._crowds[connection.household]

    def _make_room(self) -> None:
        shares = (SHARE, 0) if max(self._crowds.values()) > SHARE else (0,)
        victim = next(  # there is one: the newcomer waits as well
            each
            for share in shares
            for each in self._connections
            if each.phase is not Phase.WORKING and self._crowds[each.household] > share
        )
        waited = asyncio.get_running_loop().time() - victim.since
        if waited >= PATIENT or len(self._connections) > MOST_CONNECTIONS:
            self.remove(victim)
            victim.abort()

    async def drain(self, grace: float) -> None:
        """Stop listening; end idle connections now, others once answered, or after `grace` s."""
        for server in self._servers:
            server.close()
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
