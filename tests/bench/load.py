"""Clients that reuse their connections, SMTP and HTTP: one after the other on each, timed."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.servers import DOMAIN

SENT_AS = "machine@example.com"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What a run showed: how many were acknowledged, seconds in all, seconds that each took."""

    acknowledged: int
    seconds: float
    latencies: tuple[float, ...]

    def percentile(self, share: float) -> float:
        """The latency that `share` of the mails stayed below, in seconds."""
        ranked = sorted(self.latencies)
        return ranked[min(int(share * len(ranked)), len(ranked) - 1)]


def mail(number: int, size: int = 2000) -> bytes:
    """A small text mail, as a machine sends it; all differ."""
    line = f"service web{number} is down and somebody ought to look at it soon"
    head = (
        f"From: {SENT_AS}\r\nTo: phone\r\nSubject: alert {number}\r\n"
        f"Message-ID: <{number}@example.com>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        + "X-Padding: "
        + "\r\n ".join(["x" * 70] * (size // 80))
    )
    return f"{head}\r\n\r\n{line}\r\n".encode()


async def send(
    ports: Sequence[int], *, first: int, mails: int, connections: int, rate: float = 0.0
) -> Load:
    """Send `mails` mails over `connections` connections, shared out among the ports.

    They are numbered from `first`: to send one twice to the same number would be a storm.  With a
    `rate` (mails/s) each has its instant, from which its latency counts, whoever is late.  Raises
    on any answer but 250.
    """
    numbers = iter(range(first, first + mails))
    latencies: list[float] = []
    start = time.perf_counter()

    async def hand(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await _reply(reader, b"220")
        writer.write(b"EHLO load.example.com\r\n")
        await _reply(reader, b"250")
        for number in numbers:
            began = time.perf_counter()
            if rate:
                began = start + (number - first) / rate
                await asyncio.sleep(began - time.perf_counter())
            recipient = f"4477009{number % 100_000:05d}@{DOMAIN}"
            for line, expected in (
                (f"MAIL FROM:<{SENT_AS}>\r\n".encode(), b"250"),
                (f"RCPT TO:<{recipient}>\r\n".encode(), b"250"),
                (b"DATA\r\n", b"354"),
                (mail(number) + b".\r\n", b"250"),
            ):
                writer.write(line)
                await _reply(reader, expected)
            latencies.append(time.perf_counter() - began)
        writer.write(b"QUIT\r\n")
        writer.close()

    await asyncio.gather(*(hand(ports[each % len(ports)]) for each in range(connections)))
    return Load(len(latencies), time.perf_counter() - start, tuple(latencies))


async def post(ports: Sequence[int], path: str, forms: Sequence[str], *, connections: int) -> Load:
    """Post forms over connections that stay open; raises on any answer but 200."""
    bodies = iter(forms)
    latencies: list[float] = []

    async def hand(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in bodies:
            began = time.perf_counter()
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: bridge\r\nContent-Length: {len(body)}\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"expected 200, got {head.splitlines()[0].decode()}")
            found = LENGTH.search(head)
            await reader.readexactly(int(found.group(1)) if found else 0)
            latencies.append(time.perf_counter() - began)
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(hand(ports[each % len(ports)]) for each in range(connections)))
    return Load(len(latencies), time.perf_counter() - start, tuple(latencies))


async def _reply(reader: asyncio.StreamReader, expected: bytes) -> None:
    while True:
        line = await reader.readline()
        if line[3:4] != b"-":
            break
    if not line.startswith(expected):
        raise RuntimeError(f"expected {expected.decode()}, got {line.decode().strip()}")
