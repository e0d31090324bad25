"""One address at which the sandbox listens, and the trouble that a test may order there."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from bridge.sandbox.form import Form, read, weight
from bridge.sandbox.record import Record
from bridge.sandbox.trouble import TEXT, Cut, Drop, Hang, Raw, Reply, Trouble

LARGEST_BODY = 16 * 1024 * 1024
BASE = "/smsgateway"
PAGE = ".aspx"
"""How the gateway's own paths end; the others are for people."""

GOODBYE = 0.2
"""Seconds that requests in flight have when a door closes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it was read; `path` is in lower case, `door` the base URL it came to."""

    door: str
    method: str
    path: str
    query: str = field(repr=False)
    content_type: str
    accept: str
    form: Form = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered; `lost`: the connection closes instead."""

    body: bytes
    status: int = 200
    content_type: str = TEXT
    lost: bool = False


@dataclass
class _Order:
    trouble: Trouble
    times: int
    only: str


class Door:
    """Listens on `host:port` (port 0: any) and hands what is asked to `answer`.

    `latency` is how many seconds every answer waits after its request was carried out; `mood` says
    what trouble a request meets for which none was ordered; `met` is every request for a page of
    the gateway's, also one that met with trouble.
    """

    def __init__(
        self, listen: str, answer: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None
    ) -> None:
        self.latency = 0.0
        self.mood: Callable[[Asked], Trouble | None] = lambda _: None
        self.met: Record[Asked] = Record(lambda asked: weight(asked.form.files))
        host, _, port = listen.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._answer = answer
        self._tls = tls
        self._orders: list[_Order] = []
        self._bound: socket.socket | None = None
        self._listener: asyncio.Server | None = None
        self._server: web.Server | None = None

    @property
    def root(self) -> str:
        """Where the page for people is."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self._port}"

    @property
    def url(self) -> str:
        """The gateway's base URL here."""
        return self.root + BASE

    async def open(self) -> None:
        """Bind and listen; raises `OSError`."""
        self._server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._bound = self._bind()
        self._port = self._bound.getsockname()[1]
        await self.up()

    async def close(self) -> None:
        """Close the door, and every connection through it."""
        await self.down()
        if self._bound is not None:
            self._bound.close()

    async def up(self) -> None:
        """Listen (again)."""
        if self._listener is None and self._server and self._bound:
            self._listener = await asyncio.get_running_loop().create_server(
                self._server, sock=self._bound, ssl=self._tls, backlog=1024
            )

    async def down(self) -> None:
        """Refuse connections, and end those there are; the port stays ours."""
        if self._listener is not None and self._server is not None:
            self._listener.close()
            self._listener = None
            self._bound = self._bind()
            await self._server.shutdown(GOODBYE)

    def order(self, trouble: Trouble, times: int = 1, only: str = "") -> None:
        """Trouble for the next `times` requests whose path holds `only`, after earlier orders."""
        self._orders.append(_Order(trouble, times, only))

    def calm(self) -> None:
        """No more trouble, no more latency."""
        self._orders.clear()
        self.latency = 0.0
        self.mood = lambda _: None

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((self._host, self._port))
        except OSError:
            bound.close()
            raise
        bound.setblocking(False)
        return bound

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = await self._read(request)
        if asked.path.endswith(PAGE):
            self.met.add(asked)
        trouble = self._next_trouble(asked)
        answer = Answer(b"", lost=True)
        if trouble is None or trouble.taken:
            answer = self._answer(asked)
        if self.latency:
            await asyncio.sleep(self.latency)
        if trouble is not None:
            return await _make(trouble, request, answer)
        if answer.lost:
            return _abort(request)
        return _response(answer.body, answer.status, {"Content-Type": answer.content_type})

    async def _read(self, request: web.BaseRequest) -> Asked:
        content_type = request.headers.get("Content-Type", "")
        query = request.rel_url.raw_query_string
        path = request.rel_url.raw_path.lower()
        undeclared = "latin-1" if path.endswith(PAGE) else "utf-8"  # people's tools speak UTF-8
        return Asked(
            door=self.url,
            method=request.method,
            path=path,
            query=query,
            content_type=content_type,
            accept=request.headers.get("Accept", ""),
            form=read(query, content_type, await _body(request), undeclared=undeclared),
            at=time.time(),
        )

    def _next_trouble(self, asked: Asked) -> Trouble | None:
        if not asked.path.endswith(PAGE):
            return None
        for order in self._orders:
            if order.only.lower() in asked.path:
                order.times -= 1
                if order.times <= 0:
                    self._orders.remove(order)
                return order.trouble
        return self.mood(asked)


async def _body(request: web.BaseRequest) -> bytes:
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # aiohttp's own count: nothing of the answer is out yet
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, len(body))
    return bytes(body)


async def _make(trouble: Trouble, request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    match trouble:
        case Hang():
            await asyncio.Event().wait()  # until the client goes, or the door closes
        case Reply(body, status, content_type, headers):
            return _response(body, status, {"Content-Type": content_type, **headers})
        case Raw(octets):
            if request.transport is not None:
                request.transport.write(octets)
                request.transport.close()
        case Drop():
            return _abort(request)
        case Cut(lines):
            kept = b"".join(answer.body.splitlines(keepends=True)[:-lines])
            return _response(kept, answer.status, {"Content-Type": answer.content_type})
    return web.Response()


def _response(body: bytes, status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(body=body, status=status, headers=headers)


def _abort(request: web.BaseRequest) -> web.Response:
    """Reset the connection: aiohttp finds it gone and sends nothing."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
