"""A cheap SMTP client: many connections, one mail after the other on each, latencies kept."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

SENT_AS = "machine@example.com"


@dataclass(frozen=True, slots=True)
class Load:
    """What a run showed: mails acknowledged, seconds from the first byte, seconds each took."""

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


async def send(port: int, *, first: int, mails: int, connections: int, domain: str) -> Load:
    """Send `mails` mails over `connections` connections; raises on any answer but 250.

    They are numbered from `first`: to send one twice to the same number would be a storm.
    """
    numbers = iter(range(first, first + mails))
    latencies: list[float] = []

    async def hand() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await _reply(reader, b"220")
        writer.write(b"EHLO load.example.com\r\n")
        await _reply(reader, b"250")
        for number in numbers:
            began = time.perf_counter()
            recipient = f"4477009{number % 100_000:05d}@{domain}"
            writer.write(f"MAIL FROM:<{SENT_AS}>\r\n".encode())
            await _reply(reader, b"250")
            writer.write(f"RCPT TO:<{recipient}>\r\n".encode())
            await _reply(reader, b"250")
            writer.write(b"DATA\r\n")
            await _reply(reader, b"354")
            writer.write(mail(number) + b".\r\n")
            await _reply(reader, b"250")
            latencies.append(time.perf_counter() - began)
        writer.write(b"QUIT\r\n")
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(hand() for _ in range(connections)))
    return Load(len(latencies), time.perf_counter() - began, tuple(latencies))


async def _reply(reader: asyncio.StreamReader, expected: bytes) -> None:
    while True:
        line = await reader.readline()
        if line[3:4] != b"-":
            break
    if not line.startswith(expected):
        raise RuntimeError(f"expected {expected.decode()}, got {line.decode().strip()}")
