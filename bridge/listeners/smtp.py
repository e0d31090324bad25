"""E-mail in: the SMTP listener that the daemon opens, drains and closes.

The way of a mail: `smtp_connection` (octets, clocks) -> `smtp_dialogue` (commands; `smtp_wire` and
`smtp_data` read them, `credentials` proves who speaks) -> `smtp_intake` (policy, compose, commit,
250), which fills a `smtp_transaction` with what `smtp_recipients` admits; whose mail a relay brings
is `smtp_relayed`'s to say, and mail for the bridge itself is `smtp_own`'s.  `smtp_door` is what all
connections share; `smtp_legacy` names old devices.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace

from bridge.core.model import Ids
from bridge.core.policy import Policy
from bridge.listeners.contract import Composes
from bridge.listeners.credentials import Credentials
from bridge.listeners.smtp_connection import SmtpConnection
from bridge.listeners.smtp_door import Door, SmtpOptions
from bridge.listeners.smtp_intake import Intake
from bridge.listeners.smtp_tls import TlsServer
from bridge.listeners.sockets import fitting, listening
from bridge.spool.contract import Spool

__all__ = ["SmtpListener", "SmtpOptions"]

AT_ONCE = 16
"""Connections taken in one turn of the loop: few, so that those that are to be turned away are
closed before they are many."""

GOODBYE = 1.0


class SmtpListener:
    """Takes mail on bound sockets.

    `clock` gives UNIX seconds.
    """

    def __init__(
        self,
        policy: Policy,
        spool: Spool,
        compose: Composes,
        *,
        credentials: Credentials,
        options: SmtpOptions,
        clock: Callable[[], float],
        ids: Callable[[], Ids],
    ) -> None:
        intake = Intake(policy, spool, compose, clock=clock, ids=ids)
        self._door = Door(policy=policy, options=options, intake=intake, credentials=credentials)
        self._servers: list[asyncio.Server | TlsServer] = []

    async def serve(
        self, plain: Sequence[socket.socket], tls: Sequence[socket.socket] = ()
    ) -> None:
        """Begin to take connections; `tls` are the sockets that speak TLS from the first octet."""
        door = self._door
        door.options = replace(door.options, connections=fitting(door.options.connections))
        if tls and door.options.tls is None:
            raise ValueError("implicit TLS needs a certificate")
        for each in plain:
            self._servers.append(await listening(lambda: SmtpConnection(door), each, AT_ONCE))
        self._servers += [TlsServer(door, each) for each in tls]

    @property
    def serving(self) -> bool:
        """Whether clients can connect."""
        return bool(self._servers) and all(each.is_serving() for each in self._servers)

    async def drain(self, grace: float) -> None:
        """Stop: no new connection from now on, and new commands hear 421.

        Mails that are on their way are answered, if that takes no longer than `grace` seconds.
        At the end the threads of `credentials` are closed too.
        """
        for server in self._servers:
            server.close()
        door = self._door
        door.closing = True
        for guest in tuple(door.guests):
            guest.leave()
        loop = asyncio.get_running_loop()
        until = loop.time() + grace
        if await self._empty(grace) is False:
            for guest in tuple(door.guests):
                guest.abort()
            await self._empty(GOODBYE)
        await door.intake.finish(max(0.0, until - loop.time()))
        door.credentials.close()

    async def _empty(self, at_most: float) -> bool:
        """Whether everybody left within so many seconds."""
        door = self._door
        empty = asyncio.Event()
        door.on_empty = empty.set
        if not door.guests:
            return True
        try:
            await asyncio.wait_for(empty.wait(), at_most)
        except TimeoutError:
            return False
        return True
