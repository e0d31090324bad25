"""The gateway's callbacks over HTTP: what is durable is answered 200, all else is asked for again.

`/callback/<token>` takes GET and POST of every kind on one URL.  The raw octets, their event and
its dedupe key are one transaction; only then comes 200.  Whoever does not know the token, or calls
from elsewhere, hears the same 404 as at any path that there is not.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from aiohttp import web

from bridge import maillog
from bridge.core.policy import Network, within
from bridge.core.promises import Callback
from bridge.gateways.contract import Gateway, RawCallback
from bridge.listeners.admission import Strangers, Tokens, client_address
from bridge.listeners.connections import Connection, Limits, Phase, Watch
from bridge.listeners.health import Health, Unready
from bridge.spool.contract import Full, Spool, Unavailable

PREFIX = "/callback/"
LARGEST_BODY = 1024 * 1024
LARGE = 65_536
"""Octets of a body that take longer to read than others should wait."""

PATIENCE = 4.5
"""Seconds that the store has, so that the gateway hears 503 within five."""

LAZY = 0.2
"""Seconds within which 200s that were written are gathered into one note to the store."""

HEADERS = {"Content-Type": "text/plain; charset=utf-8", "Server": "smsbridge"}


@dataclass(frozen=True, slots=True)
class CallbackOptions:
    """Whom the listener believes, and for how long it waits.

    `tokens` are the current one and, while it is being changed, the previous; `networks` who may
    call (none: anybody who knows a token); `trusted_proxies` whose X-Forwarded-For counts.
    """

    tokens: tuple[str, ...] = field(repr=False)
    networks: tuple[Network, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    limits: Limits = field(default_factory=Limits)


class CallbackListener:
    """The HTTP server at the door of the road in."""

    def __init__(
        self,
        gateway: Gateway,
        spool: Spool,
        options: CallbackOptions,
        *,
        heard: Callable[[Callback], Callback],
        unready: Unready,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._gateway = gateway
        self._spool = spool
        self._options = options
        self._heard = heard
        self._health = Health(unready)
        self._clock = clock
        self._tokens = Tokens(options.tokens)
        self._strangers = Strangers()
        self._watch = Watch(options.limits, self._broken)
        self._unacknowledged: list[int] = []
        self._acknowledging: asyncio.Task[None] | None = None

    async def serve(self, sockets: Sequence[socket.socket]) -> None:
        """Listen on sockets that are bound (`listeners.sockets`); they are ours from now on."""
        await self._watch.serve(web.Server(self._handle), sockets)

    async def drain(self, grace: float) -> None:
        """Stop listening; finish the requests there are, for at most `grace` seconds."""
        await self._watch.drain(grace)
        self._health.close()
        if self._acknowledging is not None:
            await self._acknowledging

    # ---------------------------------------------------------------- one request

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = cast(Connection, request.protocol)
        if connection.phase is not Phase.BODY:  # it came in one go with the request before it
            connection.enter(Phase.BODY)
        try:
            response = await self._answer(request, connection)
            if not request.content.is_eof():
                response.force_close()  # what else it has to say is nothing that we wait for
            return response
        finally:
            connection.enter(Phase.IDLE if request.content.is_eof() else Phase.BODY)

    async def _answer(self, request: web.BaseRequest, connection: Connection) -> web.StreamResponse:
        path = request.rel_url.raw_path
        peer = self._client(request)
        known = self._tokens.know(path[len(PREFIX) :])
        allowed = not self._options.networks or within(peer, self._options.networks)
        if path.startswith(PREFIX) and known and allowed:
            return await self._callback(request, connection, peer)
        connection.enter(Phase.WORKING)
        said = await self._health.answer(path)
        return _answered(*said) if said else self._stranger(connection, peer)

    async def _callback(
        self, request: web.BaseRequest, connection: Connection, peer: str
    ) -> web.StreamResponse:
        if request.method not in ("GET", "POST"):
            return _answered(405, "GET or POST", {"Allow": "GET, POST"})
        try:
            body = await _body(request)
        except web.HTTPRequestEntityTooLarge:
            maillog.turned_away(peer, why="over 1 MiB")
            return _answered(413, "1 MiB at most")
        except web.RequestPayloadError:
            return _answered(400, "a broken body")
        connection.enter(Phase.WORKING)
        raw = RawCallback(
            query=request.rel_url.raw_query_string.encode("utf-8", "surrogateescape"),
            body=body,
            content_type=_legible(request.headers.get("Content-Type", "")),
            received_at=self._clock(),
        )
        try:
            callback = await self._understood(raw)
            event = await self._stored(callback)
        except Full as error:
            maillog.store_full(str(error))
            return _answered(503, "later, please")
        except Unavailable:
            maillog.turned_away(peer, why="the store is away")
            return _answered(503, "later, please")
        response = await self._kept(request)
        if callback.weak:
            self._note(event)
        return response

    async def _understood(self, raw: RawCallback) -> Callback:
        """What a callback means; one that is larger than any text is read beside the loop."""

        def read() -> Callback:
            return self._heard(self._gateway.callback(raw))

        return await asyncio.to_thread(read) if len(raw.body) > LARGE else read()

    async def _stored(self, callback: Callback) -> int:
        """Store a callback, and wait no longer than the gateway should; raises `Unavailable`.

        Waiting in vain does not undo what is being committed (see `Spool.receive`): the gateway
        asks again, and the repeat joins what was stored.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                event, new = await self._spool.receive(callback)
        except TimeoutError:
            raise Unavailable(f"not stored within {PATIENCE} s") from None
        maillog.received(
            event,
            kind=type(callback.event).__name__,
            number=getattr(callback.event, "number", ""),
            message_id=getattr(callback.event, "message_id", ""),
            new=new,
            progress=getattr(callback.event, "progress", ""),
            took=self._clock() - callback.received_at,
        )
        return event

    async def _kept(self, request: web.BaseRequest) -> web.StreamResponse:
        """Write the 200."""
        cast(Connection, request.protocol).enter(Phase.ANSWER)
        response = _answered(200, "OK")
        if self._watch.closing.is_set():
            response.force_close()
        await response.prepare(request)
        await response.write_eof()
        return response

    def _note(self, event: int) -> None:
        """Have it noted that an event without an id had its 200: a copy of it is another from now.

        One that has an id joins its copies for ever.
        """
        self._unacknowledged.append(event)
        if self._acknowledging is None or self._acknowledging.done():
            self._acknowledging = asyncio.create_task(self._acknowledge())

    async def _acknowledge(self) -> None:
        """Tell the store, in one go, whose 200 was written of late."""
        while self._unacknowledged:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._watch.closing.wait(), LAZY)
            events, self._unacknowledged = self._unacknowledged, []
            try:
                await self._spool.acknowledged(events=events)
            except Unavailable:
                self._unacknowledged += events
                return  # with the next 200; to lose it in a crash is safe

    # ---------------------------------------------------------------- those who get no 200

    def _client(self, request: web.BaseRequest) -> str:
        proxies = self._options.trusted_proxies
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", ())) if proxies else ""
        return client_address(request.remote or "", forwarded, proxies)

    def _stranger(self, connection: Connection, peer: str) -> web.Response:
        """404, whatever was wrong; after too many in a minute, not even that.

        Never at the connection itself: a gateway's addresses are those of all its customers, and
        one of them may have it call us with guesses.
        """
        if not self._tried(peer, "wrong path, token or address"):
            connection.abort()
            raise ConnectionAbortedError
        return _answered(404, "Not found")

    def _tried(self, peer: str, why: str) -> bool:
        """Count what a stranger tries, and log the first; whether it is still to be answered."""
        due = self._strangers.tried(peer, self._clock())
        maillog.turned_away(peer, why=why, news=due.line)
        return due.answer

    def _broken(self, request: web.BaseRequest, error: BaseException | None) -> web.Response:
        """What was no HTTP is 400; what broke in our hands is asked for again."""
        if error is not None:
            maillog.fault("callbacks", error)
            return _answered(503, "later, please")
        self._tried(request.remote or "", "no HTTP")
        return _answered(400, "no HTTP")


async def _body(request: web.BaseRequest) -> bytes:
    """The octets as they came; raises aiohttp's 413 over `LARGEST_BODY`, before reading if told."""
    if (request.content_length or 0) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, request.content_length or 0)
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # aiohttp's own count: nothing of the answer is out yet
    return await request.read()


def _legible(header: str) -> str:
    """A header in which octets that are no UTF-8 are marked: they came as lone surrogates."""
    return header.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _answered(status: int, words: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, body=f"{words}\n".encode(), headers={**HEADERS, **(headers or {})}
    )
