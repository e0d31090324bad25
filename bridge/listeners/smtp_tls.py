"""TLS from the first octet: the door counts a client before it has shaken hands.

asyncio's own server tells its protocol of a client only after the handshake, so that any number of
clients that never finish one could take all files of the process.
"""

from __future__ import annotations

import asyncio
import socket

from bridge import maillog
from bridge.listeners.smtp_connection import SmtpConnection
from bridge.listeners.smtp_door import Door
from bridge.listeners.smtp_stream import address

NO_FILE = 1.0  # seconds until the next try where `accept` fails for want of a file


class TlsServer:
    """Takes connections on a listening socket, as an `asyncio.Server` does, from now on."""

    def __init__(self, door: Door, listening: socket.socket) -> None:
        self._door = door
        self._accepting = asyncio.create_task(self._accept(listening))
        self._accepting.add_done_callback(lambda _: listening.close())

    def is_serving(self) -> bool:
        """Whether clients can connect."""
        return not self._accepting.done()

    def close(self) -> None:
        """Take no more."""
        self._accepting.cancel()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, name = await loop.sock_accept(listening)
            except OSError as error:
                maillog.fault("smtp.accept", error)
                await asyncio.sleep(NO_FILE)
                continue
            guest = SmtpConnection(self._door, address(name))
            if self._door.enter(guest, guest.peer):
                connection.close()  # words would be no TLS
            else:
                guest.work = asyncio.create_task(self._shake_hands(connection, guest))

    async def _shake_hands(self, connection: socket.socket, guest: SmtpConnection) -> None:
        """Make a guest of a client, whose `work` is then its own, or forget it."""
        options = self._door.options
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: guest,
                connection,
                ssl=options.tls,
                ssl_handshake_timeout=options.handshake,
            )
        except OSError as error:  # ssl.SSLError is one
            self._door.no_tls(guest.peer, error)
        finally:
            if not guest.greeted:
                self._door.left(guest, guest.peer)
