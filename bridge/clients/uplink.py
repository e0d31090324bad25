"""HTTP to a gateway's hosts: one POST, and whether it certainly did not leave.

One client serves all gateways.  What it raises is evidence: `NotSent` only before the first byte,
`Unanswered` from there on until the head of an answer is in.
"""

from __future__ import annotations

import asyncio
import ssl
import time
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from bridge import maillog
from bridge.clients.breaker import Breaker
from bridge.clients.contract import ANSWER_CAP, SILENCE
from bridge.gateways.contract import NotSent, Request, Response, Unanswered, Untrusted

CONNECT_TIMEOUT = 8.0
"""Seconds for name, connection and TLS: a dead host costs less than the 15 s that we promise."""

LARGE = 65536
"""Octets of a request above which silence may be the time that it takes."""

_AGENT = "smsbridge"
_BROKEN = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError, RuntimeError)
_NO_HTTP = (HttpProcessingError, aiohttp.ClientResponseError, aiohttp.ClientPayloadError)
_OURS = (aiohttp.ClientConnectionError, aiohttp.InvalidURL, OSError, UnicodeError, RuntimeError)
"""Errors whose words are the system's or our settings'; all others may quote what a host said."""

_GZIP_OR_ZLIB = 47  # zlib's window bits for "either header"


class Uplink:
    """The client; it is made inside a running event loop, and closed.

    `timeout` (seconds) bounds a request from the first look-up to the last byte of its answer.
    `stay_on_backup` (seconds) is how long another host than the first keeps the traffic after a
    switch.  `tls` replaces the system's trusted certificates.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        *,
        timeout: float,
        stay_on_backup: float,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._breaker = Breaker(hosts, stay=stay_on_backup)
        self._clock = clock
        self._timeout = timeout
        self._session = _session(timeout, tls or ssl.create_default_context())

    async def close(self) -> None:
        """Close what is open."""
        await self._session.close()

    async def perform(
        self,
        host: str,
        request: Request,
        *,
        cap: int = ANSWER_CAP,
        silent: Callable[[], None] | None = None,
    ) -> Response:
        """POST a request to one host; raises `NotSent` or `Unanswered`, and nothing else.

        A body that ends early is an answer that is not complete; one that goes on past `cap`
        octets is cut there.  `silent` is called if the host says nothing for `SILENCE`.
        """
        url = f"{host.rstrip('/')}/{request.path}"
        progress = SimpleNamespace(left=False, noted=False)
        silence = self._silence(host, request, silent, progress)
        try:
            async with self._session.post(
                url,
                data=BytesIO(request.body),  # written in pieces, however large
                headers={"Content-Type": request.content_type},
                allow_redirects=False,  # a redirected POST would carry the password along
                trace_request_ctx=progress,
            ) as answer:
                silence.cancel()
                return await _response(answer, cap)
        except _BROKEN as error:
            why = self._why(error)
            timed_out = isinstance(error, TimeoutError) and not progress.noted
            if not progress.left or timed_out:  # a silence is noted once, and not when it ends
                self._note(host, ok=False, dead=True, why=why)
            if progress.left:  # `from None`: what was no HTTP is quoted, and may be our own body
                raise Unanswered(why) from None
            if isinstance(error, aiohttp.ClientConnectorCertificateError):
                raise Untrusted(why) from error
            raise NotSent(why) from error
        finally:
            silence.cancel()

    def order(self, avoid: str = "") -> Sequence[str]:
        """The hosts to try, best first; `avoid` comes last."""
        return self._breaker.order(avoid)

    @property
    def returns(self) -> int:
        """How often a host came back where none had worked."""
        return self._breaker.returns

    def at_once(self, most: int) -> int:
        """How many texts may be under way, of at most so many."""
        return self._breaker.at_once(most, self._clock())

    def tried(self) -> None:
        """Tell that a text is about to be sent."""
        self._breaker.tried(self._clock())

    def report(self, host: str, *, ok: bool, text: bool = False) -> None:
        """Tell how a request to a host went: whether it processed it; whether it was a text."""
        self._note(host, ok=ok, text=text)

    def probes_due(self) -> Sequence[str]:
        """The hosts that are down and whose balance is to be asked now."""
        return self._breaker.probes_due(self._clock())

    def _silence(
        self,
        host: str,
        request: Request,
        silent: Callable[[], None] | None,
        progress: SimpleNamespace,
    ) -> asyncio.TimerHandle:
        """What is to happen if a host takes a request and says nothing."""
        seconds = SILENCE if len(request.body) <= LARGE else self._timeout

        def passed() -> None:
            progress.noted = True
            self._note(host, ok=False, dead=True)
            if silent is not None:
                silent()

        return asyncio.get_running_loop().call_later(seconds, passed)

    def _note(
        self, host: str, *, ok: bool, dead: bool = False, text: bool = False, why: str = ""
    ) -> None:
        if self._breaker.report(host, self._clock(), ok=ok, dead=dead, text=text):
            maillog.host(host, state="up" if ok else "down", reason=why)

    def _why(self, error: Exception) -> str:
        """What went wrong, never in words of the host: it may repeat our body, password and all."""
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            found = getattr(error.certificate_error, "verify_message", "unknown")
            return f"its certificate is not good: {found.rstrip('.')}"[:200]
        if isinstance(error, TimeoutError):
            return str(error)[:200] or f"time-out after {self._timeout:g} s"
        if isinstance(error, aiohttp.ServerDisconnectedError):
            return "it hung up before it had answered"
        if isinstance(error, _NO_HTTP):
            return "it does not speak HTTP"
        return (str(error) if isinstance(error, _OURS) else "")[:200] or type(error).__name__


def _session(timeout: float, tls: ssl.SSLContext) -> aiohttp.ClientSession:
    """A session that remembers nothing and follows nothing.

    Every request has a connection of its own: on one that is kept, a server's silent closing
    cannot be told from a request that was read and not answered.
    """
    tls.minimum_version = max(tls.minimum_version, ssl.TLSVersion.TLSv1_2)
    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(_left)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=tls, force_close=True, limit=0, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": _AGENT, "Accept-Encoding": "identity"},
        timeout=aiohttp.ClientTimeout(total=timeout, connect=CONNECT_TIMEOUT),
        auto_decompress=False,
        trust_env=False,
        trace_configs=[tracing],
    )


async def _left(
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _sent: aiohttp.TraceRequestHeadersSentParams,
) -> None:
    """The head is about to be written: from here on the request may have left."""
    context.trace_request_ctx.left = True


async def _response(answer: aiohttp.ClientResponse, cap: int) -> Response:
    body, complete = await _body(answer, cap)
    if answer.headers.get("Content-Encoding", "").strip().lower() in ("gzip", "deflate"):
        body, ended = _inflated(body, cap)
        complete = complete and ended
    oversize = len(body) > cap
    return Response(
        status=answer.status,
        body=body[:cap],
        content_type=answer.headers.get("Content-Type", ""),
        complete=complete and not oversize,
        retry_after=_seconds(answer.headers.get("Retry-After", "")),
        oversize=oversize,
    )


async def _body(answer: aiohttp.ClientResponse, cap: int) -> tuple[bytes, bool]:
    """The body, to just past the cap, and whether it came to its end.

    Once the head is in, whatever breaks leaves an answer of which some lines may be whole.
    """
    body = bytearray()
    try:
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > cap:
                break
    except _BROKEN:
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
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        at = datetime.strptime(retry_after, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
