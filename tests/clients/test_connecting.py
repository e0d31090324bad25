"""Connections: where an address leads, and which of a host's addresses is taken."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from bridge.clients.connecting import Place, connected, place

TLS = ssl.create_default_context()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://www.example.com",
            Place("www.example.com", 443, True, False, "www.example.com", ""),
        ),
        (
            "https://www.example.com/smsgateway/",
            Place("www.example.com", 443, True, False, "www.example.com", "/smsgateway"),
        ),
        (
            "https://WWW.Example.com:443/a/b",
            Place("www.example.com", 443, True, False, "www.example.com", "/a/b"),
        ),
        (
            "https://www.example.com:8443",
            Place("www.example.com", 8443, True, False, "www.example.com:8443", ""),
        ),
        ("http://127.0.0.1/x", Place("127.0.0.1", 80, False, True, "127.0.0.1", "/x")),
        ("http://[::1]:8080", Place("::1", 8080, False, True, "[::1]:8080", "")),
        ("http://sms1", Place("sms1", 80, False, False, "sms1", "")),
        (
            "https://bücher.example/grüße an%20alle",
            Place(
                *("xn--bcher-kva.example", 443, True, False, "xn--bcher-kva.example"),
                "/gr%C3%BC%C3%9Fe%20an%20alle",
            ),
        ),
    ],
)
def test_an_address_leads_somewhere(url: str, expected: Place) -> None:
    assert place(url) == expected


@pytest.mark.parametrize(
    "url",
    ["", "www.example.com", "gopher://a.example", "https://", "https://a..b", "https://a:99999"],
)
def test_an_address_that_leads_nowhere_is_an_error_in_words(url: str) -> None:
    with pytest.raises(ValueError, match=" "):
        place(url)


# ---------------------------------------------------------------- which address


class Greeted(asyncio.Protocol):
    """Knows who took its connection."""

    peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.peer = transport.get_extra_info("peername")[0]
        transport.close()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Where 127.0.0.1, and nobody else, takes connections."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@contextmanager
def _deaf(address: str, port: int) -> Iterator[None]:
    """An address whose queue is full: it drops whoever wants to connect."""
    with ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(3):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield


def _known_as(monkeypatch: pytest.MonkeyPatch, port: int, *addresses: str) -> Place:
    """A host with these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)
    return place(f"http://sms.example:{port}")


async def test_the_only_address_is_taken(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    to = _known_as(monkeypatch, port, "127.0.0.1")
    assert (await connected(Greeted, to, TLS)).peer == "127.0.0.1"


async def test_where_one_address_refuses_the_next_is_taken(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = _known_as(monkeypatch, port, "127.0.0.2", "127.0.0.1")
    assert (await connected(Greeted, to, TLS)).peer == "127.0.0.1"


async def test_where_one_address_is_silent_the_next_is_tried_beside_it(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.clients.connecting.HEAD_START", 0.01)
    to = _known_as(monkeypatch, port, "127.0.0.2", "127.0.0.1")
    with _deaf("127.0.0.2", port):
        async with asyncio.timeout(5):
            assert (await connected(Greeted, to, TLS)).peer == "127.0.0.1"


async def test_where_all_addresses_refuse_it_is_an_error(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = _known_as(monkeypatch, port, "127.0.0.2", "127.0.0.3")
    with pytest.raises(OSError, match=r"127\.0\.0\.[23]"):
        await connected(Greeted, to, TLS)


async def test_an_address_is_not_looked_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: pytest.fail("asked"))
    to = place(f"http://127.0.0.1:{port}")
    assert (await connected(Greeted, to, TLS)).peer == "127.0.0.1"
