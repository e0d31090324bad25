"""A gateway that costs next to nothing: it reads a POST and answers with an id.

Counts what it takes; `GET /count` tells.  Run as `gateway.py PORT`.
"""

from __future__ import annotations

import asyncio
import re
import sys

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
NUMBER = re.compile(rb"(?:^|&)to=([^&]*)")


class Taker(asyncio.Protocol):
    """One connection: requests in, ids out."""

    taken = 0

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

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
        if head.startswith(b"GET"):
            answer = b"%d" % Taker.taken
        else:
            found = NUMBER.search(body)
            numbers = re.split(rb",|%2C", found.group(1)) if found else [b"?"]
            Taker.taken += len(numbers)
            answer = b"ID:1001%016d" % Taker.taken
            if len(numbers) > 1:
                answer = b"\r\n".join(b"%s,%s" % (number, answer) for number in numbers)
        close = b"connection: close" in head.lower()
        assert self._transport is not None
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n%s\r\n%s"
            % (len(answer), b"Connection: close\r\n" if close else b"", answer)
        )
        if close:
            self._transport.close()


async def main(port: int) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Taker, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
