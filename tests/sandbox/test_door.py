"""Trouble that a test can order: what a client meets, and whether its text was taken."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import replace

import aiohttp
import pytest
import trustme

from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.trouble import Cut, Drop, Hang, Raw, Reply, Trouble

FORM = {"username": "sandbox", "password": "sandbox", "to": "447700900001", "text": "Hello"}


async def meet(session: aiohttp.ClientSession, url: str, seconds: float = 5.0) -> str:
    """What a client meets: the answer, or the name of what went wrong."""
    limit = aiohttp.ClientTimeout(total=seconds)
    try:
        async with session.post(f"{url}/sendmsg.aspx", data=FORM, timeout=limit) as response:
            return f"{response.status} {(await response.text()).strip()}"
    except (aiohttp.ClientError, TimeoutError) as error:
        return type(error).__name__


@pytest.mark.parametrize(
    ("trouble", "met"),
    [
        pytest.param(Hang(), "TimeoutError", id="no answer"),
        pytest.param(Drop(), "ServerDisconnectedError", id="a reset"),
        pytest.param(Reply(b"DELAY:5"), "200 DELAY:5", id="another answer"),
        pytest.param(Reply(b"<html>", 502), "502 <html>", id="another status"),
        pytest.param(Raw(b"garbage\r\n\r\n"), "ClientResponseError", id="no HTTP"),
        pytest.param(
            Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nID:1"),
            "ClientPayloadError",
            id="half an answer",
        ),
        pytest.param(Cut(), "200", id="a line missing"),
    ],
)
@pytest.mark.parametrize("taken", [False, True])
async def test_trouble_is_met_once_and_the_text_is_taken_or_not(
    sandbox: Sandbox, session: aiohttp.ClientSession, trouble: Trouble, met: str, taken: bool
) -> None:
    ordered = replace(trouble, taken=taken)
    sandbox.primary.order(ordered)
    assert (await meet(session, sandbox.url, 0.3)).removeprefix("Socket").strip() == met
    assert sandbox.taken.total == taken
    assert (await meet(session, sandbox.url)).startswith("200 ID:")


async def test_trouble_lasts_as_often_as_ordered_and_where(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    sandbox.primary.order(Reply(b"", 503), times=2, only="sendmsg")
    async with session.get(f"{sandbox.url}/getbalance.aspx") as response:
        assert response.status == 200
    met = [await meet(session, sandbox.url) for _ in range(3)]
    assert [each[:3] for each in met] == ["503", "503", "200"]
    sandbox.primary.order(Drop(), times=100)
    sandbox.primary.calm()
    assert (await meet(session, sandbox.url)).startswith("200")


async def test_a_door_in_a_mood_answers_as_it_likes_until_it_is_calm(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    sandbox.primary.mood = lambda asked: Drop() if asked.form.get("text") == "Hello" else None
    assert await meet(session, sandbox.url) == "ServerDisconnectedError"
    sandbox.primary.calm()
    assert (await meet(session, sandbox.url)).startswith("200")


async def test_a_door_that_is_down_refuses_until_it_is_up_again(
    session: aiohttp.ClientSession,
) -> None:
    async with Sandbox(listen=("127.0.0.1:0", "127.0.0.1:0")) as sandbox:
        assert (await meet(session, sandbox.url)).startswith("200")
        await sandbox.primary.down()
        await sandbox.primary.down()
        assert await meet(session, sandbox.url) == "ClientConnectorError"
        assert (await meet(session, sandbox.backup.url)).startswith("200")
        await sandbox.primary.up()
        assert (await meet(session, sandbox.url)).startswith("200")
        doors = [taken.door for taken in sandbox.taken]
        assert doors == [sandbox.url, sandbox.backup.url, sandbox.url]


async def test_latency_delays_the_answer_and_not_the_text(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    sandbox.primary.latency = 0.2
    asking = asyncio.create_task(meet(session, sandbox.url))
    await sandbox.wait_for(timeout=0.15)
    assert not asking.done()
    assert (await asking).startswith("200")


async def test_a_sandbox_closes_at_once_while_requests_hang(
    session: aiohttp.ClientSession,
) -> None:
    async with Sandbox() as sandbox:
        sandbox.primary.order(Hang(taken=True))
        asking = asyncio.create_task(meet(session, sandbox.url))
        await sandbox.wait_for()
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert await asking == "ServerDisconnectedError"


async def test_two_sandboxes_cannot_share_a_port(sandbox: Sandbox) -> None:
    address = sandbox.primary.root.removeprefix("http://")
    with pytest.raises(OSError, match="in use"):
        async with Sandbox(listen=("127.0.0.1:0", address)):
            pass


async def test_a_door_can_speak_tls() -> None:
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    connector = aiohttp.TCPConnector(ssl=trusting)
    async with (
        Sandbox(tls=serving) as sandbox,
        aiohttp.ClientSession(connector=connector) as session,
    ):
        assert sandbox.url.startswith("https://")
        assert (await meet(session, sandbox.url)).startswith("200 ID:")


async def test_a_client_that_expects_100_continue_is_told_to_go_on(sandbox: Sandbox) -> None:
    host, port = sandbox.primary.root.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /smsgateway/getbalance.aspx HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 33\r\n\r\n"
    )
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"username=sandbox&password=sandbox")
    assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
