"""A mail server that repeats what it is told in confidence, as some do where they refuse it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field


@dataclass
class Parrot:
    """Takes mails, one a connection; while it is `refusing`, no login, and says whose it was."""

    refusing: bool = False
    offers: bytes = b"PLAIN LOGIN"
    port: int = 0
    mails: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session."""
        writer.write(b"220 parrot\r\n")
        with closing(writer):
            async for line in reader:
                verb = line.split()[0].upper()
                writer.write(await self._answer(verb, line.rstrip(), reader, writer))
                if verb in (b"QUIT", b"DATA"):
                    break

    async def _answer(
        self,
        verb: bytes,
        line: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bytes:
        match verb:
            case b"EHLO":
                return b"250-parrot\r\n250 AUTH " + self.offers + b"\r\n"
            case b"AUTH":
                return await self._login(line, reader, writer)
            case b"DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                return b"250 2.0.0 kept\r\n"
            case _:
                return b"250 2.0.0 yes\r\n"

    async def _login(
        self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        said = line.split()[2:]
        if line.split()[1].upper() == b"LOGIN":
            for challenge in (b"VXNlcm5hbWU6", b"UGFzc3dvcmQ6")[len(said) :]:
                writer.write(b"334 " + challenge + b"\r\n")
                said.append((await reader.readline()).rstrip())
        if not self.refusing:
            return b"235 2.7.0 welcome\r\n"
        return b"535 5.7.8 who says " + b" ".join(said) + b"?\r\n"


@asynccontextmanager
async def parrot() -> AsyncIterator[Parrot]:
    """A parrot that listens on loopback."""
    bird = Parrot()
    sessions: set[asyncio.Task[None]] = set()

    def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sessions.add(asyncio.create_task(bird.serve(reader, writer)))

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    bird.port = server.sockets[0].getsockname()[1]
    try:
        yield bird
    finally:
        server.close()
        for each in sessions:
            each.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)
