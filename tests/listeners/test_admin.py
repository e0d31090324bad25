"""The operator's listener: it says two things, to nobody's browser, and is held open by nobody."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise

import pytest

from bridge.listeners.admin import AdminListener
from bridge.listeners.connections import AT_ONCE, LARGEST_HEAD, Limits
from bridge.listeners.sockets import bound
from tests.listeners.callback_door import ended

PAGE = b"smsbridge_mails_accepted_total 7.0\n"


async def _page() -> bytes:
    return PAGE


@asynccontextmanager
async def opened(limits: Limits | None = None) -> AsyncIterator[int]:
    """A listener on loopback; its port."""
    names = ("sms.example.com", "Bridge1.internal")
    listener = AdminListener(_page, "text/plain; version=0.0.4", names=names, limits=limits)
    listening = bound("127.0.0.1", 0)
    await listener.serve([listening])
    yield listening.getsockname()[1]
    await listener.drain(1.0)


async def answered(port: int, request: str) -> tuple[int, str]:
    """Status and all else of an answer, its head in lower case."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.replace("\n", "\r\n").encode())
    said = (await reader.read()).decode()
    writer.close()
    head, _, body = said.partition("\r\n\r\n")
    return int(head.split()[1]), f"{head.lower()}\n{body}"


@pytest.mark.parametrize(
    ("first", "status", "words"),
    [
        ("GET /metrics", 200, PAGE.decode()),
        ("HEAD /metrics", 200, f"content-length: {len(PAGE)}"),
        ("GET /metrics?name[]=x", 200, PAGE.decode()),
        ("GET /healthz", 200, "alive"),
        ("POST /metrics", 405, "allow: get, head"),
        ("GET /", 404, "Not found"),
        ("GET /readyz", 404, "Not found"),
        ("GET /metrics/", 404, "Not found"),
        ("GET /callback/0123456789abcdef0123456789abcdef", 404, "Not found"),
        ("GET /%2e%2e/metrics", 404, "Not found"),
    ],
)
async def test_it_says_two_things_and_nothing_else(first: str, status: int, words: str) -> None:
    async with opened() as port:
        found, said = await answered(
            port, f"{first} HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n\n"
        )
    assert found == status
    assert words in said
    assert "cache-control: no-store" in said
    assert "x-content-type-options: nosniff" in said


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8081", 200),
        ("[::1]:8081", 200),
        ("localhost:8081", 200),
        ("SMS.example.com", 200),
        ("bridge1.internal:8081", 200),
        ("bridge", 200),  # a neighbour's name for us: of a container, say
        ("evil.example:8081", 421),
        ("127.0.0.1.evil.example", 421),
        ("sms.example.com.evil.example", 421),
        ("[::1].evil.example", 421),
        ("evil.example@127.0.0.1", 421),
    ],
)
async def test_a_name_that_somebody_pointed_at_us_is_not_answered(host: str, status: int) -> None:
    """DNS rebinding: a page of evil.example would read it in the operator's browser."""
    async with opened() as port:
        said = f"GET /metrics HTTP/1.1\nHost: {host}\nConnection: close\n\n"
        found, words = await answered(port, said)
    assert found == status
    assert ("mails_accepted" in words) is (status == 200)


async def test_who_names_no_host_is_no_browser() -> None:
    async with opened() as port:
        assert (await answered(port, "GET /metrics HTTP/1.0\n\n"))[0] == 200


async def test_what_is_no_http_is_400() -> None:
    async with opened() as port:
        assert (await answered(port, "EHLO x\n\n"))[0] == 400


async def test_a_body_is_not_waited_for() -> None:
    async with opened() as port:
        found, said = await answered(
            port, "GET /metrics HTTP/1.1\nHost: x\nContent-Length: 1000000000\n\n"
        )
    assert found == 200
    assert "connection: close" in said


@pytest.mark.parametrize(
    "start",
    [b"", b"GET /metrics HTTP/1.1\r\nHost: x\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"],
    ids=["silent", "in the middle of a head", "after a request"],
)
async def test_whoever_says_nothing_more_is_shown_out(start: bytes) -> None:
    async with opened(Limits(0.1, 0.1, 0.1)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(start)
        await ended(reader)
        writer.close()


async def test_of_a_crowd_few_are_let_in_at_once() -> None:
    """All who wait in the kernel would stop the loop, and the SMTP door with it."""
    crowd = 3 * AT_ONCE
    async with AsyncExitStack() as opened, asyncio.timeout(10):
        listener = AdminListener(_page, "text/plain", names=())
        listening = bound("127.0.0.1", 0)
        await listener.serve([listening])
        opened.push_async_callback(listener.drain, 0.0)
        for _ in range(crowd):  # to the kernel's queue, which has room for all
            opened.enter_context(socket.create_connection(listening.getsockname(), timeout=2))
        inside = [0]
        while inside[-1] < crowd:
            await asyncio.sleep(0)
            inside.append(len(listener._watch._connections))
    assert max(now - before for before, now in pairwise(inside)) <= AT_ONCE


async def test_an_endless_head_is_the_end() -> None:
    async with opened() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\n" + b"X: xxxxxxxxxxxx\r\n" * (LARGEST_HEAD // 16))
        await ended(reader)
        writer.close()
