"""One SMTP connection: lines and mails in, replies out, and the clocks.

It is aiosmtpd 1.4.6's protocol with the parts replaced that cost time or mail: the constructor (it
inspects its members for every connection), the loop over commands (bare LF, a timer for every
command), the reader of DATA (unbounded memory) and what a hang-up means.  Here that is the end of
the input, and what came whole before it is still done.  What is said is `smtp_dialogue`'s.
"""

from __future__ import annotations

import asyncio
import fcntl
import re
import select
import ssl
import struct
import termios
from typing import AnyStr, cast

from aiosmtpd.smtp import SMTP

from bridge.core.model import Refusal
from bridge.listeners.smtp_data import DataDecoder
from bridge.listeners.smtp_dialogue import SmtpDialogue
from bridge.listeners.smtp_door import Door

READ_AHEAD = 64 * 1024
READ_ALL = 1 << 20  # more than a stream with this read-ahead ever holds
REPLY_MAX = 510  # RFC 5321, 4.5.3.1.5, without CRLF
LAST_WORD = 10.0
HEARD = 2.0  # seconds that a reply may take to the other end of a half-closed connection
CLOSING = "421 4.3.2 closing down, please try again later"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class _Reader(asyncio.StreamReader):
    """A stream into which octets can be put back: the commands that came behind a mail."""

    _buffer: bytearray
    _transport: asyncio.BaseTransport

    def unread(self, octets: bytes) -> None:
        self._buffer[:0] = octets

    def forget(self) -> None:
        self._buffer.clear()

    def moved_to(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport


class SmtpConnection(SMTP):
    """A client at the door, from the greeting to the goodbye."""

    _reader: _Reader
    _writer: asyncio.StreamWriter

    def __init__(self, door: Door) -> None:
        self.loop = asyncio.get_running_loop()
        asyncio.StreamReaderProtocol.__init__(
            self,
            _Reader(limit=READ_AHEAD, loop=self.loop),
            client_connected_cb=self._cb_client_connected,
            loop=self.loop,
        )
        self.peer = ""
        self.tls = False
        self.over = False
        self._door = door
        self._wire: asyncio.Transport | None = None
        self._work: asyncio.Task[None] | None = None
        self._legacy = False
        self._ended = False
        self._waiting = False
        self._deadline: float | None = None
        self._end = 0.0
        self._clock: asyncio.TimerHandle | None = None

    # ---------------------------------------------------------------- beginning and end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        asyncio.StreamReaderProtocol.connection_made(self, transport)
        self._wire = cast(asyncio.Transport, transport)
        name = transport.get_extra_info("peername")
        self.peer = str(name[0]).removeprefix("::ffff:") if name else ""
        self.tls = transport.get_extra_info("ssl_object") is not None
        turned_away = self._door.enter(self, self.peer)
        if turned_away:
            self.part(turned_away)
            return
        self._legacy = self._door.legacy(self.peer)
        self._end = self.loop.time() + self._door.options.lifetime
        self._work = self.loop.create_task(self._handle_client())

    def connection_lost(self, error: Exception | None) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._wire = None
        # However it was lost, to the reader it is the end of the input.
        asyncio.StreamReaderProtocol.connection_lost(self, None)

    def eof_received(self) -> bool | None:
        self._ended = True
        return asyncio.StreamReaderProtocol.eof_received(self)

    async def _handle_client(self) -> None:
        try:
            await SmtpDialogue(self._door, self).run()
        except ConnectionError:
            pass
        finally:
            if self._wire is not None:
                self._wire.close()
            self._door.left(self, self.peer)

    async def heard(self) -> bool:
        """Whether the last reply reached the client.

        One that ended its input may still listen (`printf ... | nc`) or be gone: its TCP soon
        acknowledges the reply, or resets the connection.  TLS is never half closed.
        """
        until = self.loop.time() + HEARD
        while self._wire is not None and not self._wire.is_closing():
            if not self._ended:
                return True
            if self.tls or _is_reset(self._wire) or self.loop.time() > until:
                return False
            if _is_acknowledged(self._wire):
                return True
            await asyncio.sleep(HEARD / 100)
        return False

    def part(self, reply: str) -> None:
        """The last word; nobody waits for the client to read it."""
        self.over = True
        if self._wire is not None and not self._wire.is_closing():
            self._wire.write(_encoded(reply))
            self._wire.close()

    def leave(self) -> None:
        """Say goodbye now, or (as `SmtpDialogue` does) when the mail in hand is answered."""
        if self._waiting and not self.over:
            self.part(CLOSING)

    def abort(self) -> None:
        """Close the connection whatever is going on."""
        if self._wire is not None:
            self._wire.abort()
        if self._work is not None:
            self._work.cancel()

    # ---------------------------------------------------------------- the clocks

    def _wait(self, seconds: float) -> None:
        """From now on the client has to move; one timer looks after all such waits."""
        self._deadline = min(self.loop.time() + seconds, self._end)
        if self._clock is None:
            self._clock = self.loop.call_at(self._deadline, self._look)
        elif self._deadline < self._clock.when():
            self._clock.cancel()
            self._clock = self.loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        if self.over:
            if self._wire is not None:
                self._wire.abort()  # it does not read our last word
            return
        now = self.loop.time()
        due = now + self._door.options.idle if self._deadline is None else self._deadline
        if now < due:
            self._clock = self.loop.call_at(due, self._look)
            return
        self.part("421 4.4.2 you took too long, goodbye")
        self._clock = self.loop.call_later(LAST_WORD, self._look)

    # ---------------------------------------------------------------- what goes over the wire

    async def push(self, status: AnyStr) -> None:
        """Write a reply, and wait only for a client that does not read."""
        wire = self._wire
        if wire is None or wire.is_closing():
            return
        wire.write(status + b"\r\n" if isinstance(status, bytes) else _encoded(str(status)))
        if wire.get_write_buffer_size() > READ_AHEAD:
            self._wait(self._door.options.idle)
            await self._writer.drain()
            self._deadline = None

    async def line(self, patience: float) -> bytes | None:
        """The client's next line without its end; None at the end of input or of our patience."""
        self._wait(patience)
        self._waiting = True
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError:
            self.part("500 5.5.2 the line is too long")
            return None
        finally:
            self._waiting = False
            self._deadline = None
        if line.endswith(b"\r\n"):
            return line[:-2]
        if self._legacy:
            return line[:-1]
        self.part("521 5.5.2 bare LF; lines end in CRLF")
        return None

    async def mail(self, decoder: DataDecoder) -> bytes | Refusal | None:
        """What comes after DATA; None where the client hung up or was too slow."""
        options = self._door.options
        begun, octets = self.loop.time(), 0
        try:
            while True:
                self._wait(options.idle)
                chunk = await self._reader.read(READ_ALL)
                if not chunk:
                    return None
                octets += len(chunk)
                ending = decoder.feed(chunk)
                if ending is not None:
                    break
                took = self.loop.time() - begun
                if took > options.rate_grace and octets < options.min_rate * took:
                    self.part("421 4.4.2 the mail comes too slowly, goodbye")
                    return None
        finally:
            self._deadline = None
        self._reader.unread(ending.rest)
        if ending.hang_up:
            self.part(str(ending.mail))
        return ending.mail

    async def secure(self, context: ssl.SSLContext) -> bool:
        """Shake hands; what came in plaintext before is forgotten (RFC 3207, 4.2)."""
        patience = self._door.options.handshake
        self._reader.forget()
        try:
            await self._writer.start_tls(context, ssl_handshake_timeout=patience)
        except OSError:  # ssl.SSLError is one
            self.over = True
            return False
        self._wire = cast(asyncio.Transport, self._writer.transport)
        self._reader.moved_to(self._wire)
        self.tls = True
        return True


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


def _encoded(reply: str) -> bytes:
    """A reply line: never more than one, never beyond ASCII, whatever it quotes."""
    return _CONTROL.sub(" ", reply).encode("ascii", "backslashreplace")[:REPLY_MAX] + b"\r\n"
