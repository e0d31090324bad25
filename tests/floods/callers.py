"""Who calls at the door: one good client, many that are slow, each in a way of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TypeAlias

from tests.floods.ground import FRIENDS, Ground

PER_ADDRESS = 20
PATIENCE = 10.0  # seconds between two octets of a slow client

TO = "RCPT TO:<447700900123@sms.example.com>\r\n"

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def called(ground: Ground, source: str, *, tls: bool = False) -> Streams:
    """A connection from an address of loopback."""
    port = ground.tls if tls else ground.smtp
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))


async def greeting(ground: Ground, source: str) -> tuple[str, float, Streams]:
    """What an address hears first, and after how many seconds."""
    began = time.perf_counter()
    streams = await called(ground, source)
    with suppress(ConnectionError):
        reply = (await streams[0].readline()).decode().strip()
        return reply, time.perf_counter() - began, streams
    return "", time.perf_counter() - began, streams


async def mailed(ground: Ground, source: str = FRIENDS + "250") -> float:
    """The seconds in which a good client gets rid of a mail, from connecting to its 250."""
    began = time.perf_counter()
    reader, writer = await called(ground, source)
    await reader.readline()
    lines = ("HELO good\r\n", "MAIL FROM:<good@example.com>\r\n", TO, "DATA\r\n")
    for line in (*lines, f"Subject: {began}\r\n\r\nhello\r\n.\r\n"):
        writer.write(line.encode())
        reply = (await reader.readline()).decode()
        if reply[:1] not in "23":
            raise AssertionError(reply)
    took = time.perf_counter() - began
    writer.close()
    return took


async def silent(_: Streams) -> None:
    """It says nothing at all."""
    await asyncio.sleep(3600)


async def spelling(streams: Streams) -> None:
    """It says a command, an octet at a time."""
    await _trickle(streams, b"EHLO " + b"x" * 500)


async def writing(streams: Streams) -> None:
    """It writes a mail, an octet at a time."""
    writer = streams[1]
    writer.write(f"HELO x\r\nMAIL FROM:<x@example.com>\r\n{TO}DATA\r\n".encode())
    await _trickle(streams, b"x" * 500)


async def chatting(streams: Streams) -> None:
    """It says NOOP, for ever."""
    await _trickle(streams, [b"NOOP\r\n"] * 500)


async def shaking(streams: Streams) -> None:
    """It begins to shake hands for TLS: the first octets of a ClientHello."""
    streams[1].write(bytes.fromhex("16030101 fe010001 fa0303"))
    await asyncio.sleep(3600)


async def deaf(streams: Streams) -> None:
    """It asks and asks, and reads no answer."""
    streams[0]._transport.pause_reading()  # type: ignore[attr-defined]
    while True:
        streams[1].write(b"HELP\r\n" * 1000)
        await streams[1].drain()


SLOW: Mapping[str, Callable[[Streams], Awaitable[None]]] = MappingProxyType(
    {
        "a silent": silent,
        "b spelling": spelling,
        "c writing": writing,
        "d chatting": chatting,
        "e shaking": shaking,
        "f deaf": deaf,
    }
)


class Slow:
    """One slow client: when it came, and after how many seconds it was closed with what words."""

    def __init__(self, kind: str, source: str) -> None:
        self.kind = kind
        self.source = source
        self.closed: float | None = None
        self.words = ""

    async def live(self, ground: Ground) -> None:
        """Call, and be slow until the other side has enough."""
        began = time.perf_counter()
        streams = await called(ground, self.source, tls=self.kind == "e shaking")
        slowness = asyncio.ensure_future(SLOW[self.kind](streams))
        try:
            with suppress(ConnectionError):
                while line := await streams[0].readline():
                    self.words = line.decode(errors="replace").strip()
            self.closed = time.perf_counter() - began
        finally:
            slowness.cancel()
            streams[1].transport.abort()


def crowd(each: int) -> list[Slow]:
    """So many slow clients of each kind, twenty to an address; who writes comes from friends."""
    found = []
    for number, kind in enumerate(SLOW):
        network = FRIENDS if kind == "c writing" else f"127.0.{20 + number}."
        found += [Slow(kind, f"{network}{1 + n // PER_ADDRESS}") for n in range(each)]
    return found


async def _trickle(streams: Streams, octets: bytes | list[bytes]) -> None:
    for each in octets:
        streams[1].write(each if isinstance(each, bytes) else bytes([each]))
        await asyncio.sleep(PATIENCE)
