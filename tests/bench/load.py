"""Clients that cost next to nothing, SMTP and HTTP: prepared octets out, each answer timed.

On a connection one thing is done after another; connections take their work from one queue.
"""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from tests.bench.letters import Letter, Line

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
HOME = "127.0.0.1"
PER_ADDRESS = 190
"""Connections from one address: Bridge takes 200 of one that it trusts."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a run showed: how many were acknowledged, seconds in all, seconds that each took."""

    acknowledged: int
    seconds: float
    latencies: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Acknowledged in a second."""
        return self.acknowledged / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that `share` of them stayed below, in seconds."""
        ranked = sorted(self.latencies)
        return ranked[min(int(share * len(ranked)), len(ranked) - 1)]


@dataclass(frozen=True, slots=True)
class Way:
    """How a client comes: over how many connections, how fast, and as whom.

    With a `rate` (mails/s) each mail has its instant, from which its latency counts, whoever is
    late.  `fresh` makes a connection for each mail; its latency begins with it.
    """

    connections: int = 20
    rate: float = 0.0
    fresh: bool = False
    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None


@dataclass(slots=True)
class _Work:
    """What all connections of a run share."""

    rest: Iterator[Letter]
    way: Way
    start: float = field(default_factory=time.perf_counter)
    latencies: list[float] = field(default_factory=list)
    begun: int = 0

    def next(self) -> tuple[Letter, float] | None:
        """The next mail, and its instant; 0 if it has none."""
        found = next(self.rest, None)
        if found is None:
            return None
        self.begun += 1
        rate = self.way.rate
        return found, self.start + (self.begun - 1) / rate if rate else 0.0


class _Connection(asyncio.Protocol):
    """What both kinds have in common: `over` is done at the end, with the fault if there was."""

    def __init__(self) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail("the connection was lost", exc)

    def fail(self, why: str, cause: Exception | None = None) -> None:
        """End with a fault, unless it is over."""
        if not self.over.done():
            self.over.set_exception(RuntimeError(why if cause is None else f"{why}: {cause}"))
            self.transport.close()

    def end(self) -> None:
        """End well."""
        if not self.over.done():
            self.over.set_result(None)
        self.transport.close()


class _Mailer(_Connection):
    """An SMTP connection."""

    def __init__(self, work: _Work, first: tuple[Letter, float]) -> None:
        super().__init__()
        self._work = work
        self._todo: tuple[Letter, float] | None = first
        self._began = time.perf_counter()
        self._lines: Iterator[Line] = iter(_greeting(work.way.login))
        self._expected = b"220"
        self._mailing = False

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        last = self.buffer.rfind(b"\n", 0, -1) + 1
        if self.buffer[-1:] != b"\n" or self.buffer[last + 3 : last + 4] == b"-":
            return None
        if not self.buffer.startswith(self._expected):
            return self.fail(f"expected {self._expected!r}, got {self.buffer!r}")
        self.buffer = b""
        line = next(self._lines, None)
        return self._next() if line is None else self._say(line)

    def _say(self, line: Line) -> None:
        said, self._expected = line
        self.transport.write(said)

    def _next(self) -> None:
        if self._mailing:
            self._work.latencies.append(time.perf_counter() - self._began)
            self._todo = None if self._work.way.fresh else self._work.next()
        if self._todo is None:
            self.transport.write(b"QUIT\r\n")
            return self.end()
        letter, due = self._todo
        self._mailing = True
        self._lines = iter(letter.lines)
        now = time.perf_counter()
        if not self._work.way.fresh:
            self._began = due or now
        if due <= now:
            return self._say(next(self._lines))
        asyncio.get_running_loop().call_later(due - now, lambda: self._say(next(self._lines)))
        return None


def _greeting(login: tuple[str, str] | None) -> list[Line]:
    lines = [(b"EHLO load.example.com\r\n", b"250")]
    if login:
        name, password = (each.encode() for each in login)
        secret = base64.b64encode(b"\0" + name + b"\0" + password)
        lines.append((b"AUTH PLAIN " + secret + b"\r\n", b"235"))
    return lines


async def send(ports: Sequence[int], letters: Sequence[Letter], way: Way) -> Load:
    """Send mails, shared out among the ports.  Raises on any answer but the expected."""
    work = _Work(iter(letters), way)

    async def hand(number: int) -> None:
        while (first := work.next()) is not None:
            await _used(
                partial(_Mailer, work, first),
                ports[number % len(ports)],
                address=f"127.0.0.{1 + number // PER_ADDRESS}",
                tls=way.tls,
            )

    await asyncio.gather(*(hand(each) for each in range(way.connections)))
    return Load(len(work.latencies), time.perf_counter() - work.start, tuple(work.latencies))


class _Poster(_Connection):
    """An HTTP connection that stays open."""

    def __init__(self, requests: Iterator[bytes], latencies: list[float]) -> None:
        super().__init__()
        self._requests = requests
        self._latencies = latencies
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        if not head.startswith(b"HTTP/1.1 200"):
            return self.fail(f"expected 200, got {head!r}")
        found = LENGTH.search(head)
        if len(body) < (int(found[1]) if found else 0):
            return None
        self.buffer = b""
        self._latencies.append(time.perf_counter() - self._began)
        return self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            return self.end()
        self._began = time.perf_counter()
        return self.transport.write(request)


def request(path: str, form: str) -> bytes:
    """A callback, as octets."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: bridge\r\nContent-Length: {len(form)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}"
    ).encode()


async def post(ports: Sequence[int], requests: Sequence[bytes], *, connections: int) -> Load:
    """Post requests over connections that stay open; raises on any answer but 200."""
    rest, latencies = iter(requests), list[float]()
    start = time.perf_counter()
    await asyncio.gather(
        *(
            _used(lambda: _Poster(rest, latencies), ports[each % len(ports)])
            for each in range(connections)
        )
    )
    return Load(len(latencies), time.perf_counter() - start, tuple(latencies))


async def _used(
    make: Callable[[], _Connection],
    port: int,
    *,
    address: str = HOME,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Open a connection and let it do its work; it is over when that is done."""
    _, connection = await asyncio.get_running_loop().create_connection(
        make,
        HOME,
        port,
        local_addr=(address, 0) if address != HOME else None,
        ssl=tls,
        server_hostname="localhost" if tls else None,
    )
    await connection.over
