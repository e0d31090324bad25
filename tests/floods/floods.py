"""What is measured while the door is flooded."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from tests.bench.proc import cpu_seconds, resident
from tests.floods.callers import TO, Slow, called, crowd, greeting, mailed
from tests.floods.ground import FRIENDS, Ground

STRANGER = "127.0.200."


@dataclass(slots=True)
class Served:
    """What a good client met meanwhile, in seconds, and what the daemon cost, in cores and MiB."""

    mails: list[float] = field(default_factory=list)
    cores: float = 0.0
    memory: float = 0.0

    def __str__(self) -> str:
        return (
            f"{len(self.mails)} good mails: median {statistics.median(self.mails) * 1000:.0f} ms, "
            f"slowest {max(self.mails) * 1000:.0f} ms; daemon {self.cores * 100:.1f} % of a core, "
            f"{self.memory:.0f} MiB"
        )


async def serving(ground: Ground, seconds: float, *, every: float = 0.25) -> Served:
    """Send good mails for so long."""
    served, before, began = Served(), cpu_seconds(ground.pid), time.perf_counter()
    while time.perf_counter() < began + seconds:
        served.mails.append(await mailed(ground))
        await asyncio.sleep(every)
    served.cores = (cpu_seconds(ground.pid) - before) / (time.perf_counter() - began)
    served.memory = resident(ground.pid)
    return served


async def slowness(ground: Ground, each: int, seconds: float) -> tuple[list[Slow], Served]:
    """Let slow clients of every kind hang on for so long, and serve a good one meanwhile."""
    slow = crowd(each)
    lives = [asyncio.create_task(one.live(ground)) for one in slow]
    await asyncio.sleep(0.5)
    served = await serving(ground, seconds)
    for life in lives:
        life.cancel()
    await asyncio.gather(*lives, return_exceptions=True)
    return slow, served


@dataclass(slots=True)
class Turned:
    """How many heard which code, how long the last waited, and how long others did meanwhile."""

    heard: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    stranger: tuple[str, float] = ("", 0.0)
    friend: tuple[str, float] = ("", 0.0)
    held: Served | None = None

    def __str__(self) -> str:
        codes = ", ".join(f"{n} x {code or 'closed'}" for code, n in sorted(self.heard.items()))
        others = (("another address", self.stranger), ("a trusted one", self.friend))
        told = [f"{who}: {code} in {took * 1000:.0f} ms" for who, (code, took) in others]
        return "; ".join([codes, f"slowest {self.slowest * 1000:.0f} ms", *told])


async def flood(ground: Ground, sources: list[str], *, hold: float = 0.0) -> Turned:
    """Connect from all of these at once, and stay; then others try."""
    turned = Turned()
    answers = await asyncio.gather(*(greeting(ground, each) for each in sources))
    turned.heard.update(reply[:3] for reply, _, _ in answers)
    turned.slowest = max(took for _, took, _ in answers)
    others = []
    for name, source in (("stranger", STRANGER + "1"), ("friend", FRIENDS + "251")):
        reply, took, streams = await greeting(ground, source)
        setattr(turned, name, (reply[:3], took))
        others.append(streams)
    if hold:
        turned.held = await serving(ground, hold)
    for _, writer in (*others, *(streams for _, _, streams in answers)):
        writer.close()
    await asyncio.sleep(0.2)
    return turned


async def storm(ground: Ground, seconds: float, hands: int = 50) -> tuple[float, Served]:
    """Connect again and again from one address: how often a second, and what others met."""
    until, tries = time.perf_counter() + seconds, 0

    async def again() -> None:
        nonlocal tries
        while time.perf_counter() < until:
            _, _, streams = await greeting(ground, STRANGER + "2")
            tries += 1
            streams[1].close()

    began = time.perf_counter()
    callers = asyncio.gather(*(again() for _ in range(hands)))
    served = await serving(ground, seconds)
    await callers
    return tries / (time.perf_counter() - began), served


async def stream(ground: Ground, piece: bytes, octets: int) -> tuple[str, float]:
    """Send so many octets into a mail; the last words, and by how many MiB the daemon grew."""
    reader, writer = await called(ground, FRIENDS + "252")
    writer.write(f"HELO x\r\nMAIL FROM:<x@example.com>\r\n{TO}DATA\r\n".encode())
    for _ in range(5):
        await reader.readline()
    before, most, chunk = resident(ground.pid), 0.0, piece * (1_000_000 // len(piece))
    with suppress(ConnectionError):
        for _ in range(octets // len(chunk)):
            writer.write(chunk)
            await writer.drain()
            most = max(most, resident(ground.pid))
    words = b""
    with suppress(ConnectionError):
        words = await reader.readline()
    writer.close()
    return words.decode().strip(), most - before
