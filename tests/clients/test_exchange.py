"""One request and its answer: what is written, in which pieces, and when it is over."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

import pytest

from bridge.clients.connecting import connected, place
from bridge.clients.contract import ANSWER_CAP
from bridge.clients.exchange import LARGE, Exchange, response
from bridge.gateways.contract import NotSent, Request, Response

Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve: TypeAlias = Callable[[Talk], Awaitable[str]]

TLS = ssl.create_default_context()
REQUEST = Request("sendmsg.aspx", "application/x-www-form-urlencoded", b"text=hi")
PICTURE = Request("default.aspx", "multipart/form-data; boundary=x", bytes(range(256)) * 4000)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nID:42"


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers that talk as told; each gives its base URL."""
    async with AsyncExitStack() as opened:

        async def start(talk: Talk) -> str:
            server = await asyncio.start_server(talk, "127.0.0.1", 0)
            await opened.enter_async_context(server)
            return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/gateway"

        yield start


async def exchanged(url: str, request: Request) -> Response:
    to = place(url)
    exchange = await connected(Exchange, to, TLS)
    try:
        exchange.send(to, request)
        until = asyncio.get_running_loop().time() + 5
        async with asyncio.timeout_at(until):
            head, body = await exchange.answer()
        return await response(head, body, cap=ANSWER_CAP, until=until)
    finally:
        exchange.abort()


async def heard(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def test_a_request_is_written_to_the_octet(serve: Serve) -> None:
    met: list[tuple[bytes, bytes]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(await heard(reader))
        writer.write(OK)
        writer.close()

    url = await serve(talk)
    assert await exchanged(url, REQUEST) == Response(200, b"ID:42")
    head = (
        "POST /gateway/sendmsg.aspx HTTP/1.1\r\n"
        f"Host: {place(url).authority}\r\n"
        "User-Agent: smsbridge\r\n"
        "Accept: */*\r\n"
        "Accept-Encoding: identity\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 7\r\n"
        "Connection: close\r\n\r\n"
    )
    assert met == [(head.encode(), b"text=hi")]


async def test_what_is_large_arrives_whole(serve: Serve) -> None:
    met: list[tuple[bytes, bytes]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(await heard(reader))
        writer.write(OK)
        writer.close()

    assert await exchanged(await serve(talk), PICTURE) == Response(200, b"ID:42")
    assert met[0][1] == PICTURE.body


async def test_what_is_large_is_written_as_it_is_read(serve: Serve) -> None:
    """So that no picture is encrypted at one go while all else waits."""
    over = asyncio.Event()

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    to = place(await serve(talk))
    exchange = await connected(Exchange, to, TLS)
    assert exchange.transport is not None
    exchange.send(to, Request("default.aspx", "multipart/form-data", bytes(30_000_000)))
    for _ in range(1000):  # until it neither grows nor shrinks
        await asyncio.sleep(0)
    assert exchange.transport.get_write_buffer_size() <= 3 * LARGE
    exchange.abort()
    over.set()


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n", OK], id="go on"),
        pytest.param([b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK], id="hints"),
        pytest.param([OK[n : n + 1] for n in range(len(OK))], id="octet by octet"),
    ],
)
async def test_the_answer_is_what_comes_in_the_end(serve: Serve, pieces: list[bytes]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        writer.close()

    assert await exchanged(await serve(talk), REQUEST) == Response(200, b"ID:42")


async def test_a_connection_is_closed_with_its_answer_and_carries_no_other(serve: Serve) -> None:
    """The server would keep it, and answers twice."""
    closed = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(OK + OK)
        assert await reader.read() == b""
        closed.set()
        writer.close()

    assert await exchanged(await serve(talk), REQUEST) == Response(200, b"ID:42")
    async with asyncio.timeout(5):
        await closed.wait()


@pytest.mark.parametrize("linger", [(0, 0), (1, 0)], ids=["closes", "resets"])
@pytest.mark.parametrize("seen", [False, True], ids=["unseen", "seen"])
async def test_what_hung_up_before_it_was_asked_was_not_sent_to(
    linger: tuple[int, int], seen: bool
) -> None:
    """Whether or not the loop has heard of it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        to = place(f"http://127.0.0.1:{listening.getsockname()[1]}")
        exchange = await connected(Exchange, to, TLS)
        peer, _ = listening.accept()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", *linger))
        peer.close()
        if seen:
            for _ in range(100):
                await asyncio.sleep(0)
            assert not exchange.is_connected()
        with pytest.raises(NotSent, match="before it was asked"):
            exchange.send(to, REQUEST)
        exchange.abort()
