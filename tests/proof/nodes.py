"""The daemons, each kept alive as systemd would, and what stands in front of them."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bridge.process import DONE, TRY_LATER
from tests.flows.conftest import Process

HASTY = (str(Path(__file__).with_name("hasty.py")),)
RESTART = 0.1
"""Seconds until a daemon that ended is started again."""
CHUNK = 1 << 16


@dataclass
class Node:
    """A daemon that is started again whenever it ends, until `stopping`.

    `ends` counts the statuses with which it ended; a signal's is negative.  `astray` is what it
    said last before each end that neither a signal nor a missing store explains.
    """

    process: Process
    up: asyncio.Event = field(default_factory=asyncio.Event)
    ends: Counter[int] = field(default_factory=Counter)
    astray: list[str] = field(default_factory=list)
    stopping: bool = False
    keeping: asyncio.Task[None] | None = None

    def start(self, callbacks: int) -> None:
        """Begin to keep it alive; the gateway's callbacks go to this port of 127.0.0.1."""
        self.keeping = asyncio.create_task(self._keep(callbacks))

    async def _keep(self, callbacks: int) -> None:
        while not self.stopping:
            with suppress(RuntimeError):  # it ended before it listened: the store was away
                await self.process.start()
                front = urlsplit(self.process.sandbox.callback)
                front = front._replace(netloc=f"127.0.0.1:{callbacks}")
                self.process.sandbox.callback = front.geturl()
                self.up.set()
            running, reading = self.process.running, self.process.reading
            assert running
            assert reading
            status = await running.wait()
            self.up.clear()
            await asyncio.gather(reading, return_exceptions=True)
            self.ends[status] += 1
            if status not in (DONE, TRY_LATER, -signal.SIGKILL):
                self.astray.append(f"{status}: {''.join(self.process.said[-20:])}")
            self.process.command = HASTY
            await asyncio.sleep(RESTART)

    def signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        with suppress(ProcessLookupError):
            if self.process.running is not None:
                self.process.running.send_signal(number)

    async def ended(self) -> None:
        """End it at once, and start it no more."""
        self.stopping = True
        if self.keeping is not None:
            while not self.keeping.done():
                self.signal(signal.SIGKILL)
                await asyncio.wait((self.keeping,), timeout=0.2)
            await self.keeping


class Balancer:
    """Takes connections for the callbacks' listeners of all nodes, in turn, as a front does."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        self._turn = itertools.count()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        assert self._server
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aenter__(self) -> Balancer:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for each in self._open:
            each.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._join(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry octets both ways between a client and the first node that takes it."""
        async with AsyncExitStack() as ends:
            ends.callback(writer.close)
            node = await self._reached()
            if node is not None:
                ends.callback(node[1].close)
                await asyncio.gather(_carried(reader, node[1]), _carried(node[0], writer))

    async def _reached(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        first = next(self._turn)
        for n in range(len(self._nodes)):
            node = self._nodes[(first + n) % len(self._nodes)]
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", node.process.http)
        return None


async def _carried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry octets one way, to their end."""
    with suppress(OSError):
        while octets := await reader.read(CHUNK):
            writer.write(octets)
            await writer.drain()
        writer.write_eof()
