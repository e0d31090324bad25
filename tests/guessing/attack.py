"""T6, T7: somebody who guesses passwords over real connections, and what is learned from it."""

from __future__ import annotations

import asyncio
import base64
import itertools
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from bridge.cli.playground import Playground, Ports, playground
from bridge.settings.passwords import hashed

KNOWN, UNKNOWN = "jo", "nobody"
PATIENCE = 30.0
A_CONNECTION = 2  # guesses that a connection survives
AN_ADDRESS = 8  # guesses that an address may make, and a few to spare


@asynccontextmanager
async def house() -> AsyncIterator[Playground]:
    """A bridge that trusts nobody here; this machine may log in without TLS."""
    changes = {
        "smtp": {"trusted_networks": ["203.0.113.0/24"]},
        "users": {
            name: {"password": hashed(f"{name}'s own"), "addresses": [f"{name}@example.com"]}
            for name in (KNOWN, "amy")
        },
    }
    async with playground(Ports(), changes=changes) as ground:
        yield ground


@asynccontextmanager
async def session(port: int, source: str) -> AsyncIterator[Session]:
    """A connection from an address of this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        yield Session(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@dataclass(frozen=True, slots=True)
class Session:
    """A client, line by line."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hear(self) -> str:
        """A reply's last line, "" at the end."""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):
                while line := (await self.reader.readline()).decode():
                    if line[3:4] != "-":
                        return line.strip()
        return ""

    async def ask(self, line: str) -> str:
        """What a line is answered."""
        with suppress(ConnectionError):
            self.writer.write(f"{line}\r\n".encode())
            await self.writer.drain()
        return await self.hear()

    async def guess(self, user: str, password: str) -> str:
        """What a password is answered."""
        said = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        return await self.ask(f"AUTH PLAIN {said}")


# ---------------------------------------------------------------- T6: how many are looked at


async def flood(
    port: int, guesses: int, *, at_once: int, source: str = "127.0.0.9"
) -> Counter[str]:
    """So many guesses from one address, on so many connections at once; what they were answered.

    The key is the reply's code, `421 at connect` where there was no guess to be made.
    """
    heard: Counter[str] = Counter()
    numbers = iter(range(guesses))

    async def guesser() -> None:
        for number in numbers:
            async with session(port, source) as client:
                greeting = await client.hear()
                if not greeting.startswith("220"):
                    heard[f"{greeting[:3]} at connect"] += 1
                    continue
                await client.ask("EHLO guesser")
                for each in (number, *itertools.islice(numbers, 2)):
                    heard[(await client.guess(KNOWN, str(each)))[:3] or "hung up"] += 1

    await asyncio.gather(*(guesser() for _ in range(at_once)))
    return heard


async def is_served(port: int, source: str) -> bool:
    """Whether somebody with a password logs in, from that address."""
    async with session(port, source) as client:
        await client.hear()
        await client.ask("EHLO jo")
        return (await client.guess(KNOWN, f"{KNOWN}'s own")).startswith("235")


# ---------------------------------------------------------------- T7: what their time tells


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that guesses took, of a name that is known and of one that is not; what was said."""

    known: tuple[float, ...]
    unknown: tuple[float, ...]
    said: frozenset[str]

    @property
    def ratio(self) -> float:
        """How much longer the median of a known name takes: 1.0 tells nothing."""
        return statistics.median(self.known) / statistics.median(self.unknown)


async def times(port: int, tries: int) -> Times:
    """So many guesses at each name, by turns, from as many addresses as that needs."""
    took: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    said: set[str] = set()
    for address in itertools.count():
        for _ in range(AN_ADDRESS // A_CONNECTION):
            async with session(port, f"127.0.{1 + address // 250}.{1 + address % 250}") as client:
                await client.hear()
                await client.ask("EHLO guesser")
                for name in (KNOWN, UNKNOWN):
                    begun = time.perf_counter()
                    said.add(await client.guess(name, "wrong"))
                    took[name].append(time.perf_counter() - begun)
            if len(took[UNKNOWN]) == tries:
                return Times(tuple(took[KNOWN]), tuple(took[UNKNOWN]), frozenset(said))
    raise AssertionError("addresses never end")
