"""Crowds at the callback door: they cost little memory, fill no log, and push out themselves."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from ipaddress import ip_network

import aiohttp
import pytest

from bridge.listeners import connections
from bridge.listeners.callbacks import CallbackOptions
from bridge.listeners.connections import LARGEST_HEAD, Limits
from tests.listeners.callback_door import HEAD, PATH, SMS, TOKEN, WHOLE, Door, ended, opened

GATEWAY, STRANGER = "127.0.0.1", "127.0.0.2"
LINE = b"X: " + b"x" * 8000 + b"\r\n"


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened(CallbackOptions((TOKEN,))) as door:
        yield door


# -------------------------------------------------------------------- memory


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(HEAD, id="at once"),
        pytest.param(b"\r\n\r\n" + HEAD, id="after empty lines"),
        pytest.param(WHOLE + HEAD, id="after a request"),
        pytest.param(b"POST /callback/wrong HTTP/1.1\r\nHost: x\r\n", id="of a stranger"),
    ],
)
async def test_a_head_of_more_than_64_kib_is_the_end(door: Door, start: bytes) -> None:
    """T11, T48: 500 heads of a megabyte, which is what aiohttp takes, were a gigabyte."""
    reader, writer = await door.wire(start)
    sent = 0
    with suppress(ConnectionError):
        while sent < 4 * LARGEST_HEAD:
            writer.write(LINE)
            await writer.drain()
            await asyncio.sleep(0)
            sent += len(LINE)
    await ended(reader)
    writer.close()
    assert (await door.ask())[0] == 200


async def test_a_head_and_its_body_in_one_go_are_no_large_head(door: Door) -> None:
    body = b"text=" + b"x" * 900_000
    head = HEAD + LINE * 7 + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    reader, writer = await door.wire(head + body)
    assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_who_asks_on_and_on_before_the_answer_is_cut_off_and_was_heard(door: Door) -> None:
    """T49"""
    door.store.may_commit.clear()
    reader, writer = await door.wire(WHOLE)
    await door.store.changed.wait()  # it is being stored
    writer.write(WHOLE * 500)
    await ended(reader)
    writer.close()
    door.store.may_commit.set()
    await door.store.until(lambda: len(door.store.stored) == 1)


async def test_a_strangers_endless_body_is_not_waited_for(door: Door) -> None:
    head = b"POST /callback/wrong HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
    reader, writer = await door.wire(head)
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"Connection: close" in answer
    writer.close()


# -------------------------------------------------------------------- patience


async def test_whoever_reads_no_answers_is_shown_out() -> None:
    """T49: slow reading."""
    options = CallbackOptions((TOKEN,), limits=Limits(9, 0.1, 9))
    async with opened(options, buffers=4096) as door:
        loop = asyncio.get_running_loop()
        with socket.socket() as mute:
            for each in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                mute.setsockopt(socket.SOL_SOCKET, each, 4096)
            mute.setblocking(False)
            await loop.sock_connect(mute, ("127.0.0.1", door.port))
            sending = asyncio.create_task(loop.sock_sendall(mute, WHOLE * 2000))
            async with asyncio.timeout(5):
                with pytest.raises(ConnectionError):
                    await sending
        assert (await door.ask())[0] == 200


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for ten, of which four are a client's share; everybody waits too long."""
    for name, value in (("ROOM", 10), ("SHARE", 4), ("PATIENT", 0.0)):
        monkeypatch.setattr(connections, name, value)


@pytest.mark.usefixtures("little_room")
async def test_who_has_more_than_a_share_pushes_out_itself(door: Door) -> None:
    """T49: the gateway waits longest of all, and is not the one that has to go."""
    patient = [await door.wire(HEAD, source=GATEWAY) for _ in range(3)]
    crowd = [await door.wire(HEAD, source=STRANGER) for _ in range(20)]
    assert (await door.ask())[0] == 200
    for reader, writer in patient:
        writer.write(WHOLE[len(HEAD) :])
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    await ended(crowd[0][0])
    for _, writer in (*patient, *crowd):
        writer.close()


@pytest.mark.usefixtures("little_room")
async def test_what_is_being_stored_is_pushed_out_by_nobody(door: Door) -> None:
    """T49"""
    door.store.may_commit.clear()
    asking = asyncio.create_task(door.ask())
    await door.store.changed.wait()
    crowd = [await door.wire(HEAD, source=f"127.0.1.{n}") for n in range(1, 30)]
    await ended(crowd[0][0])
    door.store.may_commit.set()
    assert (await asking)[0] == 200
    for _, writer in crowd:
        writer.close()


async def test_a_crowd_that_comes_and_goes_pushes_out_nobody(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T49: who waits only because we are slow is not to blame."""
    monkeypatch.setattr(connections, "ROOM", 3)
    waiting = [await door.wire(HEAD, source=f"127.0.1.{n}") for n in range(1, 10)]
    for reader, writer in waiting:
        writer.write(WHOLE[len(HEAD) :])
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_the_cap_holds_however_quickly_they_come(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T49"""
    monkeypatch.setattr(connections, "ROOM", 3)
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 6)
    crowd = [await door.wire(HEAD, source=f"127.0.1.{n}") for n in range(1, 20)]
    for reader, _ in crowd[:13]:
        await ended(reader)
    assert not any(reader.at_eof() for reader, _ in crowd[13:])
    for _, writer in crowd:
        writer.close()


# -------------------------------------------------------------------- strangers


async def test_clients_of_one_proxy_are_counted_apart(capfd: pytest.CaptureFixture[str]) -> None:
    """T40: and who lies about an address is still one client of the proxy that tells."""
    proxy = CallbackOptions((TOKEN,), trusted_proxies=(ip_network("127.0.0.1/32"),))
    async with opened(proxy) as door:
        for n in range(60):
            told = {"X-Forwarded-For": f"192.0.2.{n}, 198.51.100.7:{n + 1}"}
            assert (await door.ask("/callback/guess", headers=told))[0] == 404
        with pytest.raises(aiohttp.ClientConnectionError):
            await door.ask("/callback/guess", headers=told)
        other = {"X-Forwarded-For": "198.51.100.8"}
        assert (await door.ask("/callback/guess", headers=other))[0] == 404
        assert (await door.ask(headers=told))[0] == 200
    logged = "".join(capfd.readouterr())
    assert logged.count("peer=198.51.100.7") == 1, "the first of a minute"
    assert "192.0.2." not in logged


async def test_several_headers_of_a_proxy_are_one_list(door: Door) -> None:
    """T40: what the client wrote stands before what the proxy added, in one header or in two."""
    options = CallbackOptions(
        (TOKEN,),
        networks=(ip_network("192.0.2.0/24"),),
        trusted_proxies=(ip_network("127.0.0.1/32"),),
    )
    async with opened(options) as door:
        for claimed, told, status in (
            ("192.0.2.1", "203.0.113.1", b"404"),
            ("203.0.113.1", "192.0.2.1", b"200"),
            ("203.0.113.1", "unknown", b"404"),
        ):
            head = f"X-Forwarded-For: {claimed}\r\nx-forwarded-for: {told}\r\n".encode()
            length = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(SMS)
            reader, writer = await door.wire(HEAD + head + length + SMS)
            assert (await reader.read()).split()[1] == status
            writer.close()


async def test_a_flood_of_questions_about_our_health_is_answered(door: Door) -> None:
    """T40: a load balancer asks as strangers do, and is never turned away."""
    for path in ("/healthz", "/readyz"):
        for _ in range(100):
            assert (await door.ask(path, b"", method="GET"))[0] == 200
    assert (await door.ask(PATH))[0] == 200
