"""A gateway that costs next to nothing: it reads a POST and answers with an id.

Counts what it takes: `GET /count` tells.  `GET /given/N` lists numbers and ids from the N-th text,
and `GET /disorder` how many texts came to a number after one whose serial (the digits that its
words end in) was higher.  Below `/slow/` it answers after 300 ms, below `/tenth/` each tenth
submission fails.  Run as `python -m tests.bench.gateway PORT`.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import cast

from tests.bench.loops import run

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
NUMBER = re.compile(rb"(?:^|&)to=([^&]*)")
SERIAL = re.compile(rb"(?:^|&)text=[^&]*?(\d+)(?:&|$)")
LONG = 2000
"""Octets of a body in which no serial is looked for."""
SLOW = 0.3


class Taken:
    """What the gateway has, over all connections."""

    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.disorder = 0
        self._latest: dict[bytes, int] = {}
        self._tried = 0

    def answer(self, path: bytes, body: bytes) -> bytes:
        """What is answered to a POST."""
        if path.endswith(b"/getbalance.aspx"):
            return b"BALANCE:1000000"
        if path.startswith(b"/tenth/"):
            self._tried += 1
            if self._tried % 10 == 0:
                return b"ERR:GATEWAY_ERROR"
        return self._take(body)

    def _take(self, body: bytes) -> bytes:
        """Take a request's texts; the answer."""
        found = NUMBER.search(body)
        numbers = re.split(rb",|%2C", found.group(1)) if found else [b"?"]
        id_ = b"1001%016d" % len(self.given)
        serial = SERIAL.search(body) if len(body) < LONG else None
        for number in numbers:
            self.given.append(b"%s %s" % (number, id_))
            if serial:
                self._place(number, int(serial.group(1)))
        if len(numbers) > 1:
            return b"\r\n".join(b"%s,ID:%s" % (number, id_) for number in numbers)
        return b"ID:" + id_

    def _place(self, number: bytes, serial: int) -> None:
        latest = self._latest.get(number, -1)
        self.disorder += serial < latest
        self._latest[number] = max(serial, latest)

    def tell(self, path: bytes) -> bytes:
        """What was asked for."""
        if path.startswith(b"/given/"):
            return b"\n".join(self.given[int(path.removeprefix(b"/given/")) :])
        return b"%d" % (self.disorder if path == b"/disorder" else len(self.given))


class Connection(asyncio.Protocol):
    """One connection: requests in, ids out."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            found = LENGTH.search(head)
            length = int(found.group(1)) if found else 0
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._answer(head, rest[:length])

    def _answer(self, head: bytes, body: bytes) -> None:
        method, path, _ = head.split(b" ", 2)
        close = b"connection: close" in head.lower()
        told = self._taken.tell(path) if method == b"GET" else self._taken.answer(path, body)
        if path.startswith(b"/slow/"):
            asyncio.get_running_loop().call_later(SLOW, self._write, told, close)
        else:
            self._write(told, close)

    def _write(self, answer: bytes, close: bool) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n%s\r\n%s"
            % (len(answer), b"Connection: close\r\n" if close else b"", answer)
        )
        if close:
            self._transport.close()


async def main(port: int) -> None:
    """Serve until killed."""
    taken = Taken()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(taken), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    run(main(int(sys.argv[1])))
