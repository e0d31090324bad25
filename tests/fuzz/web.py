"""The callback door: whatever comes over a connection, what has the token is kept, and no more."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import structlog

from bridge.core.hearing import heard
from bridge.core.promises import Callback
from bridge.listeners.callbacks import CallbackListener, CallbackOptions
from bridge.spool.contract import Spool
from tests.fuzz import words
from tests.fuzz.endings import CHUNKS, pieces
from tests.fuzz.gateway import GATEWAY
from tests.fuzz.target import Target
from tests.mails.table import POLICY

TOKEN = "0123456789abcdefghijklmnopqrstuv"
ANSWER = re.compile(rb"HTTP/[01]\.[0-9] ([0-9]{3}) ")
ANSWERS = {b"200", b"400", b"404", b"405", b"413"}


@dataclass
class Memory:
    """The part of the spool's contract that the door uses."""

    kept: list[Callback] = field(default_factory=list)

    async def receive(self, callback: Callback) -> tuple[int, bool]:
        self.kept.append(callback)
        return len(self.kept), True

    async def acknowledged(self, mails: Sequence[str] = (), events: Sequence[int] = ()) -> None:
        return


def http(octets: bytes) -> None:
    """T40, T48: what knows the token is kept before its 200, and all else is a plain no.

    The first octet says how the connection's octets are cut.
    """
    how, octets = octets[0] if octets else 0, octets[1:]
    with structlog.testing.capture_logs() as logs:
        said, spool = asyncio.run(_talked(octets, CHUNKS[how % len(CHUNKS)]))
    faults = [each for each in logs if each["log_level"] in ("error", "critical")]
    assert not faults, faults
    codes = ANSWER.findall(said)
    assert {*codes} <= ANSWERS | {b"100"}, codes
    assert ANSWER.match(said) or not said, said[:80]
    assert len(spool.kept) <= octets.count(TOKEN.encode()), "kept without the token"
    assert codes.count(b"200") <= len(spool.kept), "a 200 for what is not kept"


async def _talked(octets: bytes, size: int) -> tuple[bytes, Memory]:
    """What the door said to a client that says this and ends its input, and what is kept."""
    spool = Memory()
    listener = CallbackListener(
        GATEWAY,
        cast(Spool, spool),
        CallbackOptions((TOKEN,)),
        heard=lambda callback: heard(POLICY, callback, lambda: "2newtokenx"),
        unready=_ready,
        clock=lambda: 1777680000.0,
    )
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("")  # to a name that nobody has, outside of the file system
        door.listen()
        await listener.serve([door])
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_unix_connection(door.getsockname())
            heard_all = asyncio.create_task(reader.read())
            for piece in pieces(octets, size):
                if writer.is_closing() or reader.at_eof():
                    break  # the door had enough
                writer.write(piece)
                await asyncio.sleep(0)
            await asyncio.sleep(0.001)  # the end of its input hurries the door
            with suppress(OSError):
                writer.write_eof()
            said = await _until_end(heard_all)
            writer.close()
        await listener.drain(1)
    return said, spool


async def _until_end(answer: asyncio.Task[bytes]) -> bytes:
    try:
        return await answer
    except ConnectionError:
        return b""


async def _ready() -> str:
    return ""


PATH = f"/callback/{TOKEN}"
BODY = b"from=447700900123&text=Yes+4pm&msgid=5001"


def _seeds() -> Sequence[bytes]:
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n".encode()
    long = b"Content-Length: %d\r\n" % len(BODY)
    form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    said = [
        head + long + form + b"\r\n" + BODY,
        head
        + long
        + b"\r\n"
        + BODY
        + f"GET {PATH}?from=1&text=a HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nfrom=\r\n0\r\n\r\n",
        head + b"Expect: 100-continue\r\nConnection: close\r\n" + long + b"\r\n" + BODY,
        head + b"Content-Encoding: gzip\r\nX-Forwarded-For: 1.2.3.4\r\n" + long + b"\r\n" + BODY,
        b"GET /callback/wrong HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /readyz HTTP/1.0\r\n\r\nEHLO x\r\n",
        f"PUT {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n".encode(),
    ]
    return [bytes([how]) + each for how in (0, 3, 7) for each in said]


TARGETS = (Target("http", http, _seeds, words.HTTP),)
