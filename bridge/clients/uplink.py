"""HTTP to a gateway's hosts: one POST, and whether it certainly did not leave.

One client serves all gateways.  What it raises is evidence: `NotSent` only before the first byte,
`Unanswered` from there on until the head of an answer is in.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence

from bridge import maillog
from bridge.clients.breaker import Breaker
from bridge.clients.connecting import Place, connected, place
from bridge.clients.contract import ANSWER_CAP, SILENCE
from bridge.clients.exchange import BROKEN, LARGE, Exchange, response, why
from bridge.gateways.contract import NotSent, Request, Response, Unanswered, Untrusted

CONNECT_TIMEOUT = 8.0
"""Seconds for name, connection and TLS: a dead host costs less than the 15 s that we promise."""

_UNREACHED = (OSError, ValueError, RuntimeError)


class Uplink:
    """The client; once it is closed, it sends nothing any more.

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
        self._tls = tls or ssl.create_default_context()
        self._tls.minimum_version = max(self._tls.minimum_version, ssl.TLSVersion.TLSv1_2)
        self._closed = False

    async def close(self) -> None:
        """Send nothing any more."""
        self._closed = True

    async def perform(
        self,
        host: str,
        request: Request,
        *,
        cap: int = ANSWER_CAP,
        silent: Callable[[], None] | None = None,
    ) -> Response:
        """POST a request to one host; raises `NotSent` or `Unanswered`, and nothing else.

        Every request has a connection of its own: on one that is kept, a server's silent closing
        cannot be told from a request that was read and not answered.  A body that ends early is an
        answer that is not complete; one that goes on past `cap` octets is cut there.  `silent` is
        called if the host says nothing for `SILENCE`.
        """
        until = asyncio.get_running_loop().time() + self._timeout
        silence = self._silence(host, request, silent)
        try:
            to, exchange = await self._reached(host)
            try:
                async with asyncio.timeout_at(until):
                    exchange.send(to, request)
                    head, body = await exchange.answer()
                silence.end()
                return await response(head, body, cap=cap, until=until)
            except NotSent as error:
                self._note(host, ok=False, dead=True, why=str(error))
                raise
            except BROKEN as error:
                # `from None`: what was no HTTP is quoted, and may be our own body
                raise self._unanswered(host, error, silence) from None
            finally:
                exchange.abort()
        finally:
            silence.end()

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

    async def _reached(self, host: str) -> tuple[Place, Exchange]:
        """A new connection to a host; raises `NotSent`."""
        if self._closed:
            raise NotSent("the client is closed")
        try:
            to = place(host)
            async with asyncio.timeout(min(CONNECT_TIMEOUT, self._timeout)):
                return to, await connected(Exchange, to, self._tls)
        except _UNREACHED as error:
            failed = _unreached(host, error)
            self._note(host, ok=False, dead=True, why=str(failed))
            raise failed from error

    def _unanswered(self, host: str, error: Exception, silence: _Silence) -> Unanswered:
        """That no whole answer came; the host is down if it let us wait in vain."""
        if not isinstance(error, TimeoutError):
            return Unanswered(why(error))
        waited = f"time-out after {self._timeout:g} s"
        if not silence.passed:  # it is noted once, and not when it ends
            self._note(host, ok=False, dead=True, why=waited)
        return Unanswered(waited)

    def _silence(self, host: str, request: Request, silent: Callable[[], None] | None) -> _Silence:
        """What is to happen if a host takes a request and says nothing."""

        def passed() -> None:
            self._note(host, ok=False, dead=True)
            if silent is not None:
                silent()

        return _Silence(SILENCE if len(request.body) <= LARGE else self._timeout, passed)

    def _note(
        self, host: str, *, ok: bool, dead: bool = False, text: bool = False, why: str = ""
    ) -> None:
        if self._breaker.report(host, self._clock(), ok=ok, dead=dead, text=text):
            maillog.host(host, state="up" if ok else "down", reason=why)


class _Silence:
    """Waits so many seconds, unless it is ended, and then tells that they have passed."""

    def __init__(self, seconds: float, tell: Callable[[], None]) -> None:
        self.passed = False
        self._tell = tell
        self._timer = asyncio.get_running_loop().call_later(seconds, self._pass)

    def end(self) -> None:
        """Wait no longer."""
        self._timer.cancel()

    def _pass(self) -> None:
        self.passed = True
        self._tell()


def _unreached(host: str, error: Exception) -> NotSent:
    """Why there was no connection."""
    match error:
        case ssl.SSLCertVerificationError(verify_message=found):
            return Untrusted(f"its certificate is not good: {found.rstrip('.')}"[:200])
        case TimeoutError(errno=None):
            said = "time-out"
        case OSError(strerror=str(said)):
            pass
        case _:
            said = str(error) or type(error).__name__
    return NotSent(f"Cannot connect to {host}: {said}"[:200])
