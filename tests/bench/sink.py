"""A mail server that takes every mail, keeps none and costs next to nothing: the smarthost.

Run as `python -m tests.bench.sink PORT`.  QUIT apart, it knows no order of commands; that a mail
is under way it knows by DATA alone.  The command COUNT tells how many mails it took.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import cast

from tests.bench.loops import run


@dataclass(slots=True)
class Taken:
    """How many mails came, over all connections."""

    mails: int = 0


class Connection(asyncio.Protocol):
    """One connection: commands in, the usual answers out."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._buffer = b""
        self._data = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            mark = b"\r\n.\r\n" if self._data else b"\r\n"
            said, end, rest = self._buffer.partition(mark)
            if not end:
                return
            self._buffer = rest
            self._answer(said[:4].upper())

    def _answer(self, word: bytes) -> None:
        if self._data:
            self._data = False
            self._taken.mails += 1
            self._transport.write(b"250 OK\r\n")
        elif word == b"DATA":
            self._data = True
            self._transport.write(b"354 go on\r\n")
        elif word == b"COUN":
            self._transport.write(b"250 %d\r\n" % self._taken.mails)
        else:
            self._transport.write(b"221 bye\r\n" if word == b"QUIT" else b"250 OK\r\n")


async def main(port: int) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    taken = Taken()
    server = await loop.create_server(lambda: Connection(taken), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    run(main(int(sys.argv[1])))
