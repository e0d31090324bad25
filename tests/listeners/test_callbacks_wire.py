"""HTTP that two readers could read in two ways is taken in one or not at all (T48, smuggling).

With aiohttp's parser in C, and with the one in Python that stands in for it where that cannot be
built.  Behind each request comes a second one on the same connection: what a proxy and we divide
differently would be a request that the proxy never saw.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import web_protocol
from aiohttp.http_parser import HttpRequestParser, HttpRequestParserPy

from bridge.listeners.callbacks import CallbackOptions
from tests.listeners.callback_door import HEAD, PATH, SMS, TOKEN, Door, opened

N = len(SMS)
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (N, SMS)
NEXT = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
TE = b"Transfer-Encoding: chunked\r\n"
CL = b"Content-Length: %d\r\n" % N


@pytest.fixture(params=[HttpRequestParser, HttpRequestParserPy], ids=["C", "Python"])
async def door(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Door]:
    monkeypatch.setattr(web_protocol, "HttpRequestParser", request.param)
    async with opened(CallbackOptions((TOKEN,))) as door:
        yield door


def post(head: bytes, body: bytes = SMS) -> bytes:
    return HEAD + head + b"\r\n" + body


def at(path: bytes) -> bytes:
    return b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + CL + b"\r\n" + SMS


async def heard(door: Door, octets: bytes) -> list[int]:
    """The statuses of all answers to these octets."""
    reader, writer = await door.wire(octets)
    said = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(3):
            while piece := await reader.read(65536):
                said += piece
    writer.close()
    return [int(each) for each in re.findall(rb"HTTP/\d\.\d (\d{3}) ", said)]


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(post(b"Content-Length: 5\r\n" + TE, CHUNKED), id="length and chunks"),
        pytest.param(post(TE + b"Content-Length: 5\r\n", CHUNKED), id="chunks and length"),
        pytest.param(post(TE + b"Transfer-Encoding: identity\r\n", CHUNKED), id="two codings"),
        pytest.param(post(b"Transfer-Encoding: chunked, identity\r\n", CHUNKED), id="not at last"),
        pytest.param(post(b"Transfer-Encoding: xchunked\r\n", CHUNKED), id="almost chunked"),
        pytest.param(post(b"Transfer-Encoding: \x0bchunked\r\n", CHUNKED), id="odd white space"),
        pytest.param(post(b"Transfer-Encoding : chunked\r\n", CHUNKED), id="a space at the colon"),
        pytest.param(post(b"Transfer-Encoding:\r\n chunked\r\n", CHUNKED), id="folded coding"),
        pytest.param(post(b"X: a\r\n b\r\n" + CL), id="folded header"),
        pytest.param(post(CL + CL), id="two lengths"),
        pytest.param(post(CL + b"Content-Length: 0\r\n"), id="two lengths that differ"),
        pytest.param(post(b"Content-Length: %d, %d\r\n" % (N, N)), id="a list of lengths"),
        pytest.param(post(b"Content-Length: +%d\r\n" % N), id="a length with a sign"),
        pytest.param(post(b"Content-Length: -1\r\n"), id="a negative length"),
        pytest.param(post(b"Content-Length: 0x%x\r\n" % N), id="a length in hex"),
        pytest.param(post(b"Content-Length: 7_7\r\n"), id="a length with an underscore"),
        pytest.param(post(b"Content-Length: \xa077\r\n"), id="a length after another space"),
        pytest.param(post("Content-Length: ٧٧\r\n".encode()), id="a length in other digits"),
        pytest.param(post(CL).replace(b"\r\n", b"\n"), id="bare LF"),
        pytest.param(post(b"X: y\n" + CL), id="bare LF once"),
        pytest.param(post(b"X: y\r" + CL), id="bare CR"),
        pytest.param(post(b"X: a\0b\r\n" + CL), id="NUL"),
        pytest.param(post(b"X Y: x\r\n" + CL), id="a space in a name"),
        pytest.param(post(b": x\r\n" + CL), id="no name"),
        pytest.param(post(b"Nonsense\r\n" + CL), id="no colon"),
        pytest.param(post(b"Host: y\r\n" + CL), id="two hosts"),
        pytest.param(b"POST " + PATH.encode() + b"\r\n\r\n" + SMS, id="HTTP/0.9"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(post(TE, b"%x;a\nb\r\n%s\r\n0\r\n\r\n" % (N, SMS)), id="LF in an extension"),
        pytest.param(post(TE, b"%x\n%s\r\n0\r\n\r\n" % (N, SMS)), id="LF after a chunk's size"),
        pytest.param(post(TE, b"%x\r\n%s\n0\r\n\r\n" % (N, SMS)), id="LF after a chunk"),
        pytest.param(post(TE, b"0x%x\r\n%s\r\n0\r\n\r\n" % (N, SMS)), id="0x and a size"),
        pytest.param(post(TE, b"+%x\r\n%s\r\n0\r\n\r\n" % (N, SMS)), id="a size with a sign"),
        pytest.param(post(TE, b"%x \r\n%s\r\n0\r\n\r\n" % (N, SMS)), id="a size and a space"),
        pytest.param(
            post(TE, b"%x\r\n%s\r\n0\r\n" % (N, SMS) + b"X: y\r\n" * 2000 + b"\r\n"),
            id="a flood of trailers",
        ),
        pytest.param(post(b"X: y\r\n" * 200 + CL), id="a flood of headers"),
    ],
)
async def test_what_can_be_read_in_two_ways_is_400_and_the_end(door: Door, request_: bytes) -> None:
    assert await heard(door, request_ + NEXT) == [400]
    assert door.store.stored == []


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(post(CL), id="a length"),
        pytest.param(post(TE, CHUNKED), id="chunks"),
        pytest.param(post(TE.upper(), CHUNKED), id="CHUNKS"),
        pytest.param(post(TE, b"%x;a=b\r\n%s\r\n0\r\nX: y\r\n\r\n" % (N, SMS)), id="and more"),
        pytest.param(
            post(TE, b"".join(b"1\r\n%c\r\n" % each for each in SMS) + b"0\r\n\r\n"),
            id="octet by octet",
        ),
        pytest.param(b"\r\n\r\n" + post(CL), id="after empty lines"),
        pytest.param(b"\r\n" * 50_000 + post(CL), id="after many empty lines"),
        pytest.param(post(b"X: y\r\n" * 100 + CL), id="many headers"),
        pytest.param(post(b"Expect: the unexpected\r\n" + CL), id="Expect"),
        pytest.param(post(b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + CL), id="Upgrade"),
        pytest.param(at(b"http://elsewhere.example" + PATH.encode()), id="an absolute address"),
    ],
)
async def test_what_can_be_read_in_one_way_is_one_callback(door: Door, request_: bytes) -> None:
    assert await heard(door, request_ + NEXT) == [200, 200]
    (stored,) = door.store.stored
    assert stored.raw == SMS


async def test_http_1_0_is_understood(door: Door) -> None:
    """T48"""
    assert await heard(door, post(CL).replace(b"HTTP/1.1", b"HTTP/1.0")) == [200]
    assert len(door.store.stored) == 1


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"/{PATH}", id="two slashes"),
        pytest.param(f"/x/..{PATH}", id="there and back"),
        pytest.param(f"{PATH};x=y", id="parameters"),
        pytest.param(f"{PATH}/", id="a slash at the end"),
        pytest.param(f"{PATH}.json", id="a suffix"),
        pytest.param(f"/callback/%30{TOKEN[1:]}", id="an octet in disguise"),
        pytest.param(f"/callback/{TOKEN.upper()}", id="capitals"),
        pytest.param(f"/Callback/{TOKEN}", id="a capital"),
        pytest.param(f"/callback/x?{TOKEN}", id="the token elsewhere"),
        pytest.param(f"http://{TOKEN}/callback/", id="the token for a host"),
    ],
)
async def test_a_path_that_is_almost_right_is_404(door: Door, path: str) -> None:
    """T40"""
    assert await heard(door, at(path.encode()) + NEXT) == [404, 200]
    assert door.store.stored == []
