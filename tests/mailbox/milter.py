"""A checker of DMARC as Postfix asks one, by the milter protocol; what it finds it is told.

The protocol is Sendmail's, as Postfix's MILTER_README has it: packets of a length, a command and
its data.  It says what it found on top of the mail, as OpenDMARC and Rspamd do.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping

OPTIONS, MACROS, ABORT, QUIT, END_OF_BODY, HEADER = b"O", b"D", b"A", b"Q", b"E", b"L"
INSERT_HEADER, CONTINUE = b"i", b"c"
ADD_HEADERS, CHANGE_HEADERS = 0x01, 0x10
NO_BODY = 0x10


class Checker:
    """Says of the domains in `verdicts` what stands there, and `fail` of all others."""

    def __init__(self, server: str, verdicts: Mapping[str, str]) -> None:
        self._server = server
        self._verdicts = verdicts
        self.port = 0

    async def __aenter__(self) -> Checker:
        self._listener = await asyncio.start_server(self._asked, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        author = ""
        while packet := await _packet(reader):
            command, said = packet[:1], packet[1:]
            if command == QUIT:
                break
            if command == OPTIONS:
                (version,) = struct.unpack("!I", said[:4])
                options = (min(version, 6), ADD_HEADERS | CHANGE_HEADERS, NO_BODY)
                _answer(writer, OPTIONS, struct.pack("!III", *options))
                continue
            if command == HEADER:
                name, value = said.split(b"\0")[:2]
                author = value.decode() if name.lower() == b"from" else author
            if command == END_OF_BODY:
                found = f"Authentication-Results\0{self._found(author)}\0".encode()
                _answer(writer, INSERT_HEADER, struct.pack("!I", 1) + found)
            if command not in (MACROS, ABORT):
                _answer(writer, CONTINUE)
        writer.close()

    def _found(self, author: str) -> str:
        domain = author.rpartition("@")[2].rstrip("> ")
        verdict = self._verdicts.get(domain, "fail")
        return f"{self._server}; dmarc={verdict} (p=none dis=none) header.from={domain}"


async def _packet(reader: asyncio.StreamReader) -> bytes:
    """The next packet; empty at the end."""
    try:
        (length,) = struct.unpack("!I", await reader.readexactly(4))
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def _answer(writer: asyncio.StreamWriter, command: bytes, said: bytes = b"") -> None:
    writer.write(struct.pack("!I", 1 + len(said)) + command + said)
