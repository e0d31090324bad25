"""A store in a PostgreSQL database, and a wire to it that is cut when a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from bridge.spool.opening import open_spool
from bridge.spool.postgres.migrating import TURN
from tests.postgres import Server
from tests.spool.conftest import Story, postgres

__all__ = ["postgres"]

COMMIT = b"COMMIT\0"
"""What ends a transaction of the writer on the wire; those of others end in a semicolon."""


class Cut(StrEnum):
    """What becomes of the next COMMIT that passes."""

    BEFORE = "it never reaches the server, which sees the connection end"
    SILENT = "it never reaches the server, which sees nothing at all"
    AFTER = "the server commits, and its answer is lost"


class Wire:
    """A TCP proxy before a server; `cut_at_commit` is used up by the COMMIT that it cuts.

    After that it leads to the server `then`.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.cut_at_commit: Cut | None = None
        self.then = port
        self.cuts = 0
        self.dead = False
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._passed, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.sleep(0)

    def cut(self) -> None:
        """Cut all connections."""
        for each in self._writers:
            each.transport.abort()

    async def _passed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if self.dead:
            return writer.transport.abort()
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.add(back)
        answers = asyncio.create_task(_copy(there, writer))
        with suppress(ConnectionError):
            while octets := await reader.read(65536):
                if self.cut_at_commit and octets.endswith(COMMIT):
                    await self._cut_at(octets, back, answers)
                    writer.transport.abort()
                    return None
                back.write(octets)
        writer.transport.abort()
        back.transport.abort()
        return None

    async def _cut_at(
        self, octets: bytes, back: asyncio.StreamWriter, answers: asyncio.Task[None]
    ) -> None:
        how, self.cut_at_commit = self.cut_at_commit, None
        self.cuts += 1
        self._port = self.then
        answers.cancel()
        await asyncio.gather(answers, return_exceptions=True)
        if how is Cut.AFTER:
            back.write(octets)
            await asyncio.sleep(0.1)  # the server commits
        if how is not Cut.SILENT:
            back.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while octets := await reader.read(65536):
            writer.write(octets)
    writer.transport.abort()


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """Somebody else has the turn to write."""
    holder = await asyncpg.connect(url)
    async with holder.transaction():
        await holder.execute("SELECT pg_advisory_xact_lock($1)", TURN)
        yield
    await holder.close()


@pytest.fixture
def url(postgres: Server) -> str:
    """A store that nobody has used yet."""
    return postgres.emptied("stories")


@pytest.fixture
async def wire(url: str) -> AsyncIterator[Wire]:
    """The way to that store."""
    async with Wire(urlsplit(url).port or 0) as wire:
        yield wire


@pytest.fixture
async def story(url: str, wire: Wire) -> AsyncIterator[Story]:
    """That store, open, at the end of the wire."""
    parts = urlsplit(url)
    along = urlunsplit(parts._replace(netloc=f"postgres@127.0.0.1:{wire.port}"))
    found = Story(along, await open_spool(along, daemon=True))
    yield found
    for each in (found.spool, *found.opened):
        await each.close()
