"""One SMTP connection: lines and mails in, replies out, and the clocks.

It is aiosmtpd 1.4.6's protocol with the parts replaced that cost time or mail: the constructor (it
inspects its members for every connection), the loop over commands (bare LF, a timer for every
command), the reader of DATA (unbounded memory) and what a hang-up means.  Here that is the end of
the input, and what came whole before it is still done.  What is said is `smtp_dialogue`'s.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from typing import AnyStr, cast

from aiosmtpd.smtp import SMTP

from bridge.core.model import Refusal, Session
from bridge.listeners.smtp_data import DataDecoder, Ending
from bridge.listeners.smtp_dialogue import SmtpDialogue
from bridge.listeners.smtp_door import CLOSING, Door
from bridge.listeners.smtp_legacy import OldDevice
from bridge.listeners.smtp_stream import READ_ALL, Reader, address, encoded, is_heard

READ_AHEAD = 64 * 1024
MOST_UNSAID = 4096  # octets of replies that are written together
LAST_WORD = 10.0  # seconds from our last word until the connection is closed, read or not
HUSH = 1.0  # seconds of silence that prove LF.LF to be the end of a mail


class SmtpConnection(SMTP):
    """A client at the door, from the greeting to the goodbye; a `peer` given was let in before."""

    _reader: Reader
    _writer: asyncio.StreamWriter

    def __init__(self, door: Door, peer: str = "") -> None:
        self.loop = asyncio.get_running_loop()
        asyncio.StreamReaderProtocol.__init__(
            self,
            Reader(limit=READ_AHEAD, loop=self.loop),
            client_connected_cb=self._cb_client_connected,
            loop=self.loop,
        )
        self.peer = peer
        self.tls = False
        self.over = False
        self.old: OldDevice | None = None
        self.greeted = False
        self._door = door
        self._wire: asyncio.Transport | None = None
        self.work: asyncio.Task[None] | None = None
        self._ended = False
        self._cut_off = False
        self._waiting = False
        self._unsaid = b""
        self._deadline: float | None = None
        self._end = 0.0
        self._clock: asyncio.TimerHandle | None = None

    # ---------------------------------------------------------------- beginning and end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        asyncio.StreamReaderProtocol.connection_made(self, transport)
        self._wire = cast(asyncio.Transport, transport)
        self.tls = transport.get_extra_info("ssl_object") is not None
        self.greeted = True
        if not self.tls:
            self.peer = address(transport.get_extra_info("peername"))
            if turned_away := self._door.enter(self, self.peer):
                self.part(turned_away)
                return
        if self._door.legacy(self.peer):
            self.old = OldDevice(self.peer)
        self._end = self.loop.time() + self._door.options.lifetime
        self.work = self.loop.create_task(self._handle_client())

    def connection_lost(self, error: Exception | None) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._wire = None
        self._door.no_tls(self.peer, error)
        # However it was lost, to the reader it is the end of the input.
        asyncio.StreamReaderProtocol.connection_lost(self, None)

    def eof_received(self) -> bool | None:
        self._ended = True
        return asyncio.StreamReaderProtocol.eof_received(self) and not self.tls

    async def _handle_client(self) -> None:
        try:
            await SmtpDialogue(self._door, self).run()
            if self._cut_off:
                await self._hear_out()
        except ConnectionError:
            pass
        finally:
            self._close()
            try:
                await self._writer.wait_closed()
            finally:
                self._door.left(self, self.peer)

    async def heard(self) -> bool:
        """Whether the last reply reached the client.

        One that ended its input may still listen (`printf ... | nc`); TLS is never half closed.
        """
        wire = self._say()
        if wire is None or not self._ended:
            return wire is not None
        return not self.tls and await is_heard(wire)

    def part(self, reply: str) -> None:
        """The last word; nobody waits for the client to read it."""
        self._say(reply)
        self._close()

    def cut_off(self, reply: str) -> None:
        """The last word to a client that may be in the middle of talking.

        If we closed now, its octets that come and are not read would have TCP reset the
        connection (RFC 1122, 4.2.2.13), and it would never see why.  So they are dropped.
        """
        said = " ".join(reply.split()[:2])
        self._door.intake.refusals.tell(Session(self.peer, "", self.tls), said)
        self.over = self._cut_off = True
        wire = self._say(reply)
        if wire is not None and wire.can_write_eof() and not self._ended:
            wire.write_eof()

    async def _hear_out(self) -> None:
        """Drop what comes, for as long as it is worth it."""
        self._last_word()
        await self._reader.drop(2 * self._door.options.max_size)

    def _close(self) -> None:
        """Close when all is written; what the client does not take in time is dropped."""
        self.over = True
        if self._wire is not None and not self._wire.is_closing():
            self._last_word()
            self._wire.close()

    def _last_word(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._clock = self.loop.call_later(LAST_WORD, self._drop)

    def leave(self) -> None:
        """Say goodbye now, or (as `SmtpDialogue` does) when the mail in hand is answered."""
        if self.over:
            self._close()
        elif self._waiting:
            self.part(CLOSING)

    def abort(self) -> None:
        """Close the connection whatever is going on; a mail that came whole is still kept."""
        self._drop()
        if self.work is not None and not self._door.intake.keeps(self.work):
            self.work.cancel()

    def _drop(self) -> None:
        self.over = True
        if self._wire is not None:
            self._wire.abort()
        self.connection_lost(None)  # in the middle of a handshake asyncio tells nobody of it

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
        now = self.loop.time()
        due = now + self._door.options.idle if self._deadline is None else self._deadline
        if now < due:
            self._clock = self.loop.call_at(due, self._look)
        else:
            self.part("421 4.4.2 you took too long, goodbye")

    # ---------------------------------------------------------------- what goes over the wire

    async def push(self, status: AnyStr) -> None:
        """Write a reply, and wait only for a client that does not read.

        Where the next command is here already, its reply goes with this one (RFC 2920, 3.2).
        """
        if self._wire is None or self.over:
            return
        self._unsaid += status + b"\r\n" if isinstance(status, bytes) else encoded(str(status))
        if self._reader.has_line and len(self._unsaid) < MOST_UNSAID:
            return
        self._say()
        if self._wire.get_write_buffer_size() > READ_AHEAD:
            self._wait(self._door.options.idle)
            await self._writer.drain()
            self._deadline = None

    def _say(self, reply: str = "") -> asyncio.Transport | None:
        """Write what is not written yet, and the reply; the wire, if there is one to write on."""
        said, self._unsaid = self._unsaid, b""
        if self._wire is None or self._wire.is_closing():
            return None
        if said or reply:
            self._wire.write(said + encoded(reply) if reply else said)
        return self._wire

    async def line(self, patience: float) -> bytes | None:
        """The client's next line without its end; None at the end of input or of our patience."""
        self._wait(patience)
        self._waiting = True
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError:
            self.cut_off("500 5.5.2 the line is too long")
            return None
        finally:
            self._waiting = False
            self._deadline = None
        if self.old is not None:
            self.old.said(line)
        if line.endswith(b"\r\n"):
            return line[:-2]
        if self.old is not None:
            return line[:-1]
        self.cut_off("521 5.5.2 bare LF; lines end in CRLF")
        return None

    @property
    def ahead(self) -> bool:
        """Whether the client said more than was read."""
        return self._reader.ahead

    async def mail(self, decoder: DataDecoder) -> bytes | Refusal | None:
        """What comes after DATA; None where the client hung up or was cut off."""
        self._say()
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
                    self.cut_off("421 4.4.2 the mail comes too slowly, goodbye")
                    return None
        finally:
            self._deadline = None
        return await self._ended_with(ending, decoder)

    async def _ended_with(self, ending: Ending, decoder: DataDecoder) -> bytes | Refusal | None:
        rest = await self._behind(ending.rest) if ending.bare else ending.rest
        if ending.hang_up:
            self.cut_off(str(ending.mail))
        elif ending.bare and rest.strip().upper() not in (b"", b"QUIT"):
            self.cut_off("521 5.6.0 a dot between bare LFs in the mail; lines end in CRLF")
        else:
            self._reader.unread(rest)
            if self.old is not None and isinstance(ending.mail, bytes):
                self.old.mailed(ending.mail, decoder)
            return ending.mail
        return None

    async def _behind(self, rest: bytes) -> bytes:
        """What comes behind a dot between bare LFs before it is answered."""
        if not rest:
            with suppress(TimeoutError):
                async with asyncio.timeout(HUSH):
                    return await self._reader.read(READ_ALL)
        return rest

    async def secure(self, context: ssl.SSLContext) -> bool:
        """Shake hands; what came in plaintext before is forgotten (RFC 3207, 4.2)."""
        patience = self._door.options.handshake
        self._say()
        self._reader.forget()
        self.tls = True
        try:
            await self._writer.start_tls(context, ssl_handshake_timeout=patience)
        except OSError as error:  # ssl.SSLError is one
            self._door.no_tls(self.peer, error)
            self._drop()
            return False
        self._wire = cast(asyncio.Transport, self._writer.transport)
        self._reader.moved_to(self._wire)
        return True
