"""SMTP to the server that takes our mail: a mail goes over, and each recipient gets an outcome.

Connections are kept for a few seconds and used again: a mail costs four round trips on one that is
open, ten with TLS and a login on a new one.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
)

from bridge import maillog
from bridge.clients.transaction import Transaction, meaning
from bridge.core.outcomes import Blocked, Deferred, Outcome
from bridge.notices.render import Notice

STEP_TIMEOUT = 30.0
DATA_TIMEOUT = 660.0  # a server may take 600 s to answer the final dot (RFC 5321, 4.5.3.2.6)
IDLE_LIMIT = 10.0

Mode: TypeAlias = Literal["smtp", "smtps", "starttls"]


class Unreachable(Exception):
    """The smarthost cannot be used; the text says why."""


class _Stale(Exception):
    """A connection from the pool was gone before anything was said on it."""


@dataclass(frozen=True, slots=True)
class _Idle:
    client: SMTP
    expiry: asyncio.TimerHandle


class Smarthost:
    """One mail server, reached over at most `connections` connections, kept while they are used.

    `mode` is the scheme: `smtp` in clear, `smtps` with TLS from the start, `starttls` with TLS or
    not at all; certificates are always verified, by `tls` or by the system's authorities.
    `hostname` is how we greet.  An empty `username` means no login.  `step_timeout` bounds each
    command, `data_timeout` the answer to a mail, both in seconds.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        mode: Mode = "smtp",
        username: str = "",
        password: str = "",
        hostname: str = "localhost",
        connections: int = 4,
        step_timeout: float = STEP_TIMEOUT,
        data_timeout: float = DATA_TIMEOUT,
        tls: ssl.SSLContext | None = None,
        idle_limit: float = IDLE_LIMIT,
    ) -> None:
        self._host = host
        self._port = port
        self._mode = mode
        self._username = username
        self._password = password
        self._hostname = hostname
        self._step_timeout = step_timeout
        self._data_timeout = data_timeout
        self._idle_limit = idle_limit
        self._hands = asyncio.Semaphore(connections)
        self._tls = None if mode == "smtp" else tls or ssl.create_default_context()
        self._idle: list[_Idle] = []
        self._closed = False
        self._down = False

    async def deliver(self, notice: Notice) -> Mapping[str, Outcome]:
        """Hand over a mail; the outcome for each of its recipients.  Never raises."""
        async with self._hands:
            client = self._take()
            if client is not None:
                try:
                    return await self._transact(client, notice, reused=True)
                except _Stale:
                    pass
            try:
                client = await self._connect()
            except (SMTPException, OSError, ValueError) as error:
                why = self._unconnected(error)
                self._note(why.reason)
                return dict.fromkeys(notice.recipients, why)
            self._note("")
            return await self._transact(client, notice, reused=False)

    async def probe(self) -> str:
        """Connect and log in, send nothing; what was found.  Raises `Unreachable`."""
        place = f"{self._host}:{self._port}"
        try:
            client = await self._connect()
        except (SMTPException, OSError, ValueError) as error:
            raise Unreachable(f"{place}: {self._unconnected(error).reason}") from error
        tls = client.get_transport_info("ssl_object")
        found = [
            f"{tls.version()}" if tls else "no TLS",
            f"logged in as {self._username}" if self._username else "no login",
            *(name.upper() for name in ("size", "smtputf8") if client.supports_extension(name)),
        ]
        _hang_up(client)
        return f"{place} answers ({', '.join(found)})"

    async def close(self) -> None:
        """Close the connections that nobody uses, and keep no more."""
        self._closed = True
        while self._idle:
            self._retire(self._idle[-1])

    # ------------------------------------------------------------ connections

    async def _connect(self) -> SMTP:
        client = SMTP(
            hostname=self._host,
            port=self._port,
            username=self._username or None,
            password=self._password if self._username else None,
            local_hostname=self._hostname,
            timeout=self._step_timeout,
            use_tls=self._mode == "smtps",
            start_tls=self._mode == "starttls",
            tls_context=self._tls,
        )
        await client.connect()
        try:
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
        except BaseException:
            client.close()
            raise
        return client

    def _unconnected(self, error: Exception) -> Deferred | Blocked:
        """The meaning of an error before the first mail: nothing was sent."""
        reason = self._discreet(meaning(error))
        if isinstance(error, SMTPAuthenticationError) and error.code >= 500:
            return Blocked(str(error.code), f"login refused: {reason}")
        return Deferred("CONNECT", reason)

    def _note(self, wrong: str) -> None:
        """Tell, once, that the server cannot be used, or can again (wrong: "")."""
        if bool(wrong) is not self._down:
            self._down = bool(wrong)
            maillog.smarthost(state="down" if wrong else "up", reason=wrong)

    def _discreet(self, said: str) -> str:
        """A server's words, without our login where it repeats what it was told."""
        password = self._password.encode()
        plain = f"\0{self._username}\0{self._password}".encode()
        told = (base64.b64encode(each).decode() for each in (plain, password))
        for each in (self._password, *told) if password else ():
            said = said.replace(each, "********")
        return said

    def _take(self) -> SMTP | None:
        """A connection that was used a moment ago and is still open."""
        while self._idle:
            idle = self._idle.pop()
            idle.expiry.cancel()
            if idle.client.is_connected:
                return idle.client
            idle.client.close()
        return None

    def _keep(self, client: SMTP) -> None:
        loop = asyncio.get_running_loop()
        expiry = loop.call_later(self._idle_limit, self._expire, client)
        self._idle.append(_Idle(client, expiry))

    def _expire(self, client: SMTP) -> None:
        for idle in self._idle:
            if idle.client is client:
                self._retire(idle)
                return

    def _retire(self, idle: _Idle) -> None:
        self._idle.remove(idle)
        idle.expiry.cancel()
        _hang_up(idle.client)

    # ------------------------------------------------------------ one mail

    async def _transact(
        self, client: SMTP, notice: Notice, *, reused: bool
    ) -> Mapping[str, Outcome]:
        """One transaction; the connection is kept only if it ended as SMTP says it should."""
        transaction = Transaction(client, notice, self._step_timeout, self._data_timeout)
        try:
            await transaction.run()
        except (SMTPException, OSError, ValueError) as error:
            if reused and not transaction.begun:
                raise _Stale from error
            transaction.lost(error)
        finally:
            if transaction.ended and client.is_connected and not self._closed:
                self._keep(client)
            else:
                client.close()
        return transaction.outcomes


async def _greet(client: SMTP) -> None:
    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()


def _hang_up(client: SMTP) -> None:
    """QUIT and close; nobody waits for the answer."""
    if client.protocol is not None and client.is_connected:
        client.protocol.write(b"QUIT\r\n")
    client.close()
