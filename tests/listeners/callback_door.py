"""A callback door on loopback with a store that remembers, and clients of all manners."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

import aiohttp

from bridge.core.promises import Callback
from bridge.gateways.registry import Account, gateway
from bridge.listeners.callbacks import CallbackListener, CallbackOptions
from bridge.listeners.sockets import bound
from bridge.spool.contract import Spool
from tests.listeners.changing import Changing

TOKEN, PREVIOUS = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
PATH = f"/callback/{TOKEN}"
FORM = "application/x-www-form-urlencoded"
SMS = b"from=447700900123&text=Hello&msgid=500110000000001&sent=2010-02-03T13:50:05-00:00"
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n".encode()
WHOLE = HEAD + f"Content-Type: {FORM}\r\nContent-Length: {len(SMS)}\r\n\r\n".encode() + SMS


@dataclass
class Store(Changing):
    """The part of the spool's contract that this door uses; it can be told to hang or fail."""

    stored: list[Callback] = field(default_factory=list)
    acknowledgements: list[list[int]] = field(default_factory=list)
    fault: Exception | None = None
    may_commit: asyncio.Event = field(default_factory=asyncio.Event)
    commits: set[asyncio.Task[tuple[int, bool]]] = field(default_factory=set)

    async def receive(self, callback: Callback) -> tuple[int, bool]:
        commit = asyncio.create_task(self._commit(callback))
        self.commits.add(commit)
        commit.add_done_callback(self.commits.discard)
        return await asyncio.shield(commit)

    async def _commit(self, callback: Callback) -> tuple[int, bool]:
        self.changed.set()
        await self.may_commit.wait()
        if self.fault:
            raise self.fault
        self.stored.append(callback)
        self.changed.set()
        return len(self.stored), True

    async def acknowledged(self, mails: Iterable[str] = (), events: Iterable[int] = ()) -> None:
        if self.fault:
            raise self.fault
        self.acknowledgements.append(list(events))
        self.changed.set()


@dataclass
class Door:
    """A listener on loopback, and who talks to it."""

    port: int
    store: Store
    listener: CallbackListener
    session: aiohttp.ClientSession

    async def ask(
        self,
        path: str = PATH,
        body: bytes = SMS,
        *,
        method: str = "POST",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Status and words of an answer."""
        url = f"http://127.0.0.1:{self.port}{path}"
        sent = {"Content-Type": FORM} | (headers or {})
        async with self.session.request(
            method, url, data=io.BytesIO(body) if body else None, headers=sent
        ) as response:
            return response.status, (await response.text()).strip()

    async def wire(
        self, octets: bytes, *, source: str = "127.0.0.1"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A raw connection on which these octets were sent."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=(source, 0)
        )
        writer.write(octets)
        return reader, writer


async def all_up() -> str:
    return ""


@asynccontextmanager
async def opened(options: CallbackOptions, *, buffers: int = 0) -> AsyncIterator[Door]:
    """Open a door; `buffers` is how little the kernel keeps for those who do not read."""
    store = Store()
    store.may_commit.set()
    codec = gateway("intellisms", Account("https://gateway.example", "user", "password"))
    listener = CallbackListener(
        codec,
        cast(Spool, store),
        options,
        heard=lambda callback: callback,
        unready=all_up,
        clock=lambda: 1_800_000_000.0,
    )
    listening = bound("127.0.0.1", 0)
    for each in (socket.SO_SNDBUF, socket.SO_RCVBUF) if buffers else ():
        listening.setsockopt(socket.SOL_SOCKET, each, buffers)
    port = listening.getsockname()[1]
    await listener.serve([listening])
    async with aiohttp.ClientSession() as session:
        yield Door(port, store, listener, session)
    await listener.drain(1.0)


async def ended(reader: asyncio.StreamReader) -> None:
    """Return when the other side has ended or reset a connection."""
    with suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 5)
