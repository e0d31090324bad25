"""What an SMTP connection needs of its stream that asyncio's does not tell or do."""

from __future__ import annotations

import asyncio
import fcntl
import re
import select
import struct
import termios
from contextlib import suppress

READ_ALL = 1 << 20  # more than a stream with the door's read-ahead ever holds
QUIET = 2.0  # seconds without an octet after which a client that was cut off is done
HEARD = 2.0  # seconds that a reply may take to the other end of a half-closed connection
REPLY_MAX = 510  # RFC 5321, 4.5.3.1.5, without CRLF

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Reader(asyncio.StreamReader):
    """A stream into which octets can be put back: the commands that came behind a mail."""

    _buffer: bytearray
    _transport: asyncio.BaseTransport

    @property
    def ahead(self) -> bool:
        """Whether something came that was not read yet."""
        return bool(self._buffer)

    @property
    def has_line(self) -> bool:
        """Whether a whole line came that was not read yet."""
        return b"\n" in self._buffer

    def unread(self, octets: bytes) -> None:
        """Put octets back, to be read next."""
        self._buffer[:0] = octets

    async def drop(self, most: int) -> None:
        """Read and drop what comes, up to so many octets, until it ends or comes no more."""
        with suppress(TimeoutError):
            while most > 0:
                async with asyncio.timeout(QUIET):
                    dropped = len(await self.read(READ_ALL))
                most = most - dropped if dropped else 0

    def forget(self) -> None:
        """Drop what came and was not read."""
        self._buffer.clear()

    def moved_to(self, transport: asyncio.BaseTransport) -> None:
        """From now on octets come by way of this transport: TLS's."""
        self._transport = transport


async def is_heard(wire: asyncio.Transport) -> bool:
    """Whether what was written reached the other end of a connection that it half closed.

    Its TCP soon acknowledges that, or resets the connection.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + HEARD
    while not wire.is_closing() and not _is_reset(wire) and loop.time() <= until:
        if _is_acknowledged(wire):
            return True
        await asyncio.sleep(HEARD / 100)
    return False


def _is_reset(wire: asyncio.Transport) -> bool:
    """Whether both ways of a connection are closed."""
    ended = select.poll()
    ended.register(wire.get_extra_info("socket").fileno(), 0)  # a hang-up is told without asking
    return bool(ended.poll(0))


def _is_acknowledged(wire: asyncio.Transport) -> bool:
    """Whether the other side's TCP has all that was written (SIOCOUTQ, tcp(7))."""
    fd = wire.get_extra_info("socket").fileno()
    (waiting,) = struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4)))
    return waiting == 0 and not _is_reset(wire)  # a reset empties the queue too


def encoded(reply: str) -> bytes:
    """A reply line: never more than one, never beyond ASCII, whatever it quotes."""
    return _CONTROL.sub(" ", reply).encode("ascii", "backslashreplace")[:REPLY_MAX] + b"\r\n"


def address(name: object) -> str:
    """The address in a socket's name (`getpeername`); "" where there is none any more."""
    return str(name[0]).removeprefix("::ffff:") if isinstance(name, tuple) else ""
