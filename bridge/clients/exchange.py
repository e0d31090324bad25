"""One request and its answer, on a connection that carries no other.

aiohttp's protocol reads the answer; its session and its connector, which could keep connections,
follow redirects, and know cookies and proxies, are left out: nothing here can do any of it.
"""

from __future__ import annotations

import asyncio
import select
import zlib
from contextlib import suppress
from datetime import UTC, datetime

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage, StreamWriter
from aiohttp.http_exceptions import HttpProcessingError

from bridge.clients.connecting import Place
from bridge.gateways.contract import NotSent, Request, Response

LARGE = 65536
"""Octets of a request above which it is written in pieces, as the other side reads them."""

BROKEN = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError, RuntimeError)
"""All that an exchange raises, once it was sent: its request may have been read."""

_GZIP_OR_ZLIB = 47  # zlib's window bits for "either header"
_SWITCHING = 101


class Exchange(ResponseHandler):
    """A connection for one request; to be aborted whatever comes of it."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
        self.set_response_params(read_until_eof=True, auto_decompress=False)
        self._rest: asyncio.Task[None] | None = None

    def send(self, to: Place, request: Request) -> None:
        """Write a request; what is large of it, in the background.

        Raises `NotSent`, and has written nothing, if the other side hung up before.
        """
        transport = self.transport
        if transport is None or _hung_up(transport):
            raise NotSent("it hung up before it was asked")
        transport.write(_head(to, request) + request.body[:LARGE])
        if len(request.body) > LARGE:
            self._rest = asyncio.create_task(self._send_rest(request.body))

    async def answer(self) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
        """The head of the answer, and its body as it comes; what only says "go on" is passed by."""
        while True:
            head, body = await self.read()
            if head.code >= 200 or head.code == _SWITCHING:
                return head, body

    def abort(self) -> None:
        """Close the connection at once, whatever is still to be said on it."""
        if self._rest is not None:
            self._rest.cancel()
        super().abort()

    async def _send_rest(self, body: bytes) -> None:
        writer = StreamWriter(self, asyncio.get_running_loop())
        with suppress(*BROKEN):  # who waits for the answer hears of it
            for start in range(LARGE, len(body), LARGE):
                await writer.write(body[start : start + LARGE])


def _hung_up(transport: asyncio.Transport) -> bool:
    """Whether the other side has closed or reset, even if the loop has yet to hear of it."""
    if transport.is_closing():
        return True
    look = select.poll()
    look.register(transport.get_extra_info("socket").fileno(), select.POLLRDHUP)
    return bool(look.poll(0))


def why(error: Exception) -> str:
    """What broke an exchange, never in words of the host: it may repeat our body, and password."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it hung up before it had answered"
    if isinstance(error, HttpProcessingError):
        return "it does not speak HTTP"
    ours = isinstance(error, OSError | RuntimeError)
    return (str(error) if ours else "")[:200] or type(error).__name__


async def response(
    head: RawResponseMessage, stream: aiohttp.StreamReader, *, cap: int, until: float
) -> Response:
    """The answer with its body, to `cap` octets and until this instant of the loop's clock."""
    body, complete = await _body(stream, cap, until)
    headers = head.headers
    if headers.get("Content-Encoding", "").strip().lower() in ("gzip", "deflate"):
        body, ended = _inflated(body, cap)
        complete = complete and ended
    oversize = len(body) > cap
    return Response(
        status=head.code,
        body=body[:cap],
        content_type=headers.get("Content-Type", ""),
        complete=complete and not oversize,
        retry_after=_seconds(headers.get("Retry-After", "")),
        oversize=oversize,
    )


def _head(to: Place, request: Request) -> bytes:
    return (
        f"POST {to.path}/{request.path} HTTP/1.1\r\n"
        f"Host: {to.authority}\r\n"
        "User-Agent: smsbridge\r\n"
        "Accept: */*\r\n"
        "Accept-Encoding: identity\r\n"
        f"Content-Type: {request.content_type}\r\n"
        f"Content-Length: {len(request.body)}\r\n"
        "Connection: close\r\n\r\n"
    ).encode("ascii")


async def _body(stream: aiohttp.StreamReader, cap: int, until: float) -> tuple[bytes, bool]:
    """The body, to just past the cap, and whether it came to its end.

    Once the head is in, whatever breaks leaves an answer of which some lines may be whole.
    """
    body = bytearray()
    try:
        async with asyncio.timeout_at(until):
            async for chunk in stream.iter_any():
                body += chunk
                if len(body) > cap:
                    break
    except BROKEN:
        return bytes(body[: cap + 1]), False
    return bytes(body[: cap + 1]), True


def _inflated(body: bytes, cap: int) -> tuple[bytes, bool]:
    """What a server compressed unasked, to just past the cap, and whether it came to its end."""
    inflator = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        return inflator.decompress(body, cap + 1), inflator.eof
    except zlib.error:
        return b"", False


def _seconds(retry_after: str) -> float | None:
    """Retry-After in seconds, be it a number or a date (RFC 9110, 10.2.3); None if neither."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        at = datetime.strptime(retry_after, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
