"""The daemon, the gateway that posts to it, and crowds of strangers: each a process or a task."""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from tests.bench.proc import cpu_seconds, resident

SERVE = """
import asyncio, json
from bridge import loglines
from bridge.cli.playground import Ports, playground
async def serve():
    loglines.as_json()
    async with playground(Ports()) as ground:
        print(json.dumps(ground.callback), flush=True)
        await asyncio.Event().wait()
asyncio.run(serve())
"""
POST = "from tests.strangers.crowds import post; post()"


@dataclass(frozen=True, slots=True)
class House:
    """A daemon that runs: its process, and where it takes callbacks."""

    pid: int
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Found:
    """What came of the gateway's callbacks while a crowd was there."""

    posted: int
    good: int
    slowest: float
    usual: float
    connections: float
    cpu: float
    memory_before: float
    memory: float


@asynccontextmanager
async def daemon() -> AsyncIterator[House]:
    """A daemon in a process of its own, with all that is around it."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVE),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert running.stdout
    try:
        url = urlsplit(json.loads(await running.stdout.readline()))
        yield House(running.pid, url.port or 0, url.path)
    finally:
        running.terminate()
        await running.wait()


Crowd: TypeAlias = Callable[[House, list[int]], Coroutine[None, None, None]]
"""Comes to a house until it is cancelled, and counts the connections that it made."""


async def met(house: House, crowd: Crowd, seconds: float) -> Found:
    """Let a crowd come for so long, and the gateway post meanwhile."""
    made, spent, before = [0], cpu_seconds(house.pid), resident(house.pid)
    coming = asyncio.create_task(crowd(house, made))
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", POST, str(house.port), house.path, str(seconds)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await gateway.communicate()
    cpu, memory = (cpu_seconds(house.pid) - spent) / seconds, resident(house.pid)
    coming.cancel()
    await asyncio.gather(coming, return_exceptions=True)
    waits = [wait for wait, status in json.loads(said) if status == "200"]
    return Found(
        posted=len(json.loads(said)),
        good=len(waits),
        slowest=max(waits, default=0.0),
        usual=statistics.median(waits or [0.0]),
        connections=made[0] / seconds,
        cpu=cpu,
        memory_before=before,
        memory=memory,
    )


# ---------------------------------------------------------------- the gateway


def post() -> None:
    """Post callbacks for so many seconds; print how long each waited for which answer."""
    port, path, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    end, answers = time.monotonic() + seconds, []
    while time.monotonic() < end:
        begun = time.monotonic()
        body = f"from=447700900123&text=Hi&msgid={time.time_ns()}"
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            with socket.create_connection(("127.0.0.1", port), 10) as one:
                one.sendall(f"{head}{body}".encode())
                status = one.recv(100).decode()[9:12]
        except OSError as error:
            status = type(error).__name__
        answers.append((time.monotonic() - begun, status))
        time.sleep(0.1)
    print(json.dumps(answers))


# ---------------------------------------------------------------- the crowds


def _address(n: int, among: int) -> str:
    """The n-th stranger's address, of so many."""
    return f"127.{1 + n % among // 250}.0.{2 + n % among % 250}"


async def _wrong(house: House, made: list[int], source: str) -> None:
    """A stranger who tries tokens, each on a new connection."""
    guess = b"POST /callback/0123456789abcdef HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", house.port, local_addr=(source, 0)
            )
            made[0] += 1
            try:
                writer.write(guess)
                await reader.read(100)
            finally:
                writer.transport.abort()
        await asyncio.sleep(0)


def wrong_tokens(many: int, among: int) -> Crowd:
    """So many at once who guess, from so many addresses."""

    async def crowd(house: House, made: list[int]) -> None:
        await asyncio.gather(*(_wrong(house, made, _address(n, among)) for n in range(many)))

    return crowd


def held_open(many: int, among: int, line: bytes, *, lines: int, pause: float) -> Crowd:
    """So many who begin a request and say so many lines more, so slowly (seconds between them)."""

    async def hold(house: House, made: list[int], source: str) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", house.port, local_addr=(source, 0))
        made[0] += 1
        try:
            writer.write(b"POST /callback/x HTTP/1.1\r\nHost: x\r\n")
            for _ in range(lines):
                writer.write(line)
                await writer.drain()
                await asyncio.sleep(pause)
            await asyncio.Event().wait()
        finally:
            writer.transport.abort()

    async def crowd(house: House, made: list[int]) -> None:
        holding = (hold(house, made, _address(n, among)) for n in range(many))
        await asyncio.gather(*holding, return_exceptions=True)

    return crowd


CROWDS: Mapping[str, Crowd] = {
    "200 slow ones": held_open(200, 1, b"X: y\r\n", lines=1000, pause=1.0),
    "400 slow ones": held_open(400, 1, b"X: y\r\n", lines=1000, pause=1.0),
    "500 with heads of a megabyte": held_open(
        500, 200, b"X: " + b"y" * 7900 + b"\r\n", lines=126, pause=0.0
    ),
    "200 with wrong tokens, one address": wrong_tokens(200, 1),
    "800 with wrong tokens, 1,000 addresses": wrong_tokens(800, 1000),
    "2,000 slow ones, 1,000 addresses": held_open(2000, 1000, b"X: y\r\n", lines=1000, pause=1.0),
}
