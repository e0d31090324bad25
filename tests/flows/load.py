"""A scripted client that never loses count: which texts were answered 250, and which not."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Sequence

from bridge.cli.playground import DOMAIN

FIRST = 1000  # whatever ends in less is magic to the sandbox
PAUSE = 0.05


class Client:
    """Mails different texts to different numbers, as many at a time as it has hands.

    A mail without its 250 is mailed again, to the octet, until it has one, as mail servers do.
    `port` is asked at each connection: a daemon that was started again may be elsewhere.
    `prefix` is what its numbers begin with.
    """

    def __init__(self, port: Callable[[], int], sender: str, prefix: str = "44770091") -> None:
        self.acknowledged: list[str] = []
        self.tries: Counter[str] = Counter()
        self._port = port
        self._sender = sender
        self._prefix = prefix
        self._numbers = itertools.count(FIRST)
        self._stopping = False

    def stop(self) -> None:
        """Begin no more mails; those that were begun are seen through."""
        self._stopping = True

    async def hand(self) -> None:
        """Mail one text after the other until stopped."""
        while not self._stopping:
            number = f"{self._prefix}{next(self._numbers)}"
            await self.one(number, f"{self._sender} to {number}")

    async def one(self, number: str, text: str) -> None:
        """Mail one text until it has its 250."""
        while True:
            self.tries[text] += 1
            try:
                await mailed(self._port(), self._sender, (number,), text)
            except (OSError, EOFError):
                await asyncio.sleep(PAUSE)
            else:
                self.acknowledged.append(text)
                return


async def mailed(port: int, sender: str, numbers: Sequence[str], text: str) -> None:
    """One mail over one connection; raises `OSError` or `EOFError` without a 250."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"From: {sender}\r\nContent-Type: text/plain; charset=utf-8\r\n"
    lines = (
        ("EHLO client.example.com", b"250"),
        (f"MAIL FROM:<{sender}> BODY=8BITMIME", b"250"),
        *((f"RCPT TO:<{number}@{DOMAIN}>", b"250") for number in numbers),
        ("DATA", b"354"),
        (f"{head}\r\n{text}\r\n.", b"250"),
    )
    try:
        await _reply(reader, b"220")
        for line, expected in lines:
            writer.write(line.encode() + b"\r\n")
            await _reply(reader, expected)
        writer.write(b"QUIT\r\n")
    finally:
        writer.close()


async def _reply(reader: asyncio.StreamReader, expected: bytes) -> None:
    while True:
        line = await reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        if line[3:4] != b"-":
            break
    if not line.startswith(expected):
        if line.startswith(b"4"):  # "later, please", as while it stops
            raise EOFError
        raise AssertionError(line)
