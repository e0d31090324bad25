"""The callback door: what is durable gets 200, and nobody else learns that there is a door."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from ipaddress import ip_network
from itertools import chain

import aiohttp
import pytest

from bridge.core.events import ListChanged, MmsReceived, SmsReceived, StatusReport, Unreadable
from bridge.listeners import callbacks
from bridge.listeners.callbacks import LARGEST_BODY, CallbackOptions
from bridge.listeners.connections import Limits
from bridge.spool.contract import Full, Unavailable
from tests.listeners.callback_door import (
    FORM,
    HEAD,
    PATH,
    PREVIOUS,
    SMS,
    TOKEN,
    WHOLE,
    Door,
    ended,
    opened,
)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened(CallbackOptions((TOKEN, PREVIOUS))) as door:
        yield door


NAMELESS = b"from=447700900123&text=Hello"
STATUS = b"msgid=10011000000000000001&status=4&toaddr=447700900123"
MMS = b"from=447700900123&text=Cat&msgid=5001&type=5&filelist=cid1.gif"
LIST = (
    b"sublistname=News&sublisttype=2&msisdn=447700900123&action=2&source=1"
    b"&timestamp=2010-02-03T13:50:05-00:00"
)


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        pytest.param(SMS, SmsReceived, id="a text"),
        pytest.param(STATUS, StatusReport, id="a status report"),
        pytest.param(MMS, MmsReceived, id="an MMS"),
        pytest.param(LIST, ListChanged, id="a list event"),
        pytest.param(b"", Unreadable, id="nothing"),
        pytest.param(b"%FF=&&&=%zz", Unreadable, id="nonsense"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_every_kind_is_taken_on_one_url(
    door: Door, form: bytes, kind: type, method: str
) -> None:
    """T48"""
    if method == "POST":
        assert await door.ask(body=form) == (200, "OK")
    else:
        request = b"GET %s?%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        reader, writer = await door.wire(request % (PATH.encode(), form))
        assert (await reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")
        writer.close()
    assert isinstance(door.store.stored[0].event, kind)
    assert door.store.stored[0].received_at == 1_800_000_000.0


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param("", SMS, id="none"),
        pytest.param("text/plain", SMS, id="plain text"),
        pytest.param(f"{FORM}; charset=punycode", b"from=1&text=" + b"a-" * 90_000, id="punycode"),
        pytest.param(f"{FORM}; charset=unicode_escape", b"text=\\x0d&from=1", id="escapes"),
        pytest.param(f"{FORM}; charset=utf-7", b"text=+AA0ACg-&from=1", id="utf-7"),
        pytest.param(f"{FORM}; charset=nonesuch", SMS, id="a charset there is not"),
        pytest.param("multipart/form-data", SMS, id="multipart without a boundary"),
        pytest.param("multipart/form-data; boundary=", b"--\r\n" * 150_000, id="an empty one"),
        pytest.param("application/json", b'{"from":' * 100_000, id="JSON without an end"),
        pytest.param(FORM, b"text=%A3&from=447700900123", id="windows-1252"),
        pytest.param(FORM, b"from=\xff&text=\xff", id="no UTF-8"),
        pytest.param(FORM, b"from=1&text=a&from=2&text=b", id="fields twice"),
        pytest.param(FORM, b"a&" * 300_000, id="300,000 fields"),
        pytest.param(FORM, b"x" * LARGEST_BODY, id="as large as may be"),
    ],
)
async def test_whatever_comes_is_stored_as_it_came(
    door: Door, content_type: str, body: bytes
) -> None:
    """T48"""
    assert await door.ask(body=body, headers={"Content-Type": content_type}) == (200, "OK")
    assert body in door.store.stored[0].raw
    assert door.store.stored[0].content_type == content_type


async def test_a_compressed_body_is_stored_unopened(door: Door) -> None:
    """T48: a bomb stays shut."""
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert await door.ask(body=bomb, headers={"Content-Encoding": "gzip"}) == (200, "OK")
    assert bomb in door.store.stored[0].raw


async def test_one_octet_too_many_is_413(door: Door) -> None:
    """T48"""
    assert (await door.ask(body=b"x" * (LARGEST_BODY + 1)))[0] == 413
    chunked = (
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        f"{LARGEST_BODY + 1:x}\r\n{'x' * (LARGEST_BODY + 1)}\r\n0\r\n\r\n"
    )
    reader, writer = await door.wire(chunked.encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()
    assert door.store.stored == []


@pytest.mark.parametrize(
    ("head", "said"),
    [
        pytest.param(f"POST {PATH}", b"HTTP/1.1 100 Continue", id="go on"),
        pytest.param("POST /callback/wrong", b"HTTP/1.1 404 Not Found", id="not to strangers"),
    ],
)
async def test_who_expects_100_continue_hears_it(door: Door, head: str, said: bytes) -> None:
    """T48"""
    request = (
        f"{head} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {len(SMS)}\r\n"
    )
    reader, writer = await door.wire(f"{request}Content-Type: {FORM}\r\n\r\n".encode())
    assert (await reader.readline()).strip() == said
    if b"100" in said:
        await reader.readline()
        writer.write(SMS)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_curl_is_understood(door: Door) -> None:
    url = f"http://127.0.0.1:{door.port}{PATH}"
    running = await asyncio.create_subprocess_exec(
        *("curl", "-s", "-F", "from=447700900123", "-F", "text=Größe", "-F", "msgid=5", url),
        stdout=asyncio.subprocess.PIPE,
    )
    assert (await running.communicate())[0] == b"OK\n"
    event = door.store.stored[0].event
    assert isinstance(event, SmsReceived)
    assert event.text == "Größe"


# -------------------------------------------------------------------- who may call


@pytest.mark.parametrize("token", [TOKEN, PREVIOUS])
async def test_the_current_and_the_previous_token_are_good(door: Door, token: str) -> None:
    assert (await door.ask(f"/callback/{token}"))[0] == 200


async def test_all_that_is_wrong_is_the_same_404(door: Door) -> None:
    """T40"""

    async def heard(method: str, path: str) -> tuple[int, str, list[str]]:
        url = f"http://127.0.0.1:{door.port}{path}"
        async with door.session.request(method, url, data=SMS) as response:
            return response.status, await response.text(), list(response.headers)

    wrong = [
        await heard("POST", path)
        for path in ("/", "/callback", "/callback/", f"{PATH}x", f"{PATH}/", f"/x{PATH}")
    ]
    wrong += [await heard(method, f"/callback/{'0' * 32}") for method in ("GET", "PUT", "DELETE")]
    assert wrong == [wrong[0]] * len(wrong)
    assert wrong[0][0] == 404
    assert door.store.stored == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_other_methods_are_not_allowed(door: Door, method: str) -> None:
    assert (await door.ask(method=method))[0] == 405


@pytest.mark.parametrize(
    ("networks", "proxies", "forwarded", "status"),
    [
        pytest.param(["127.0.0.0/8"], [], "", 200, id="from the right network"),
        pytest.param(["192.0.2.0/24"], [], "", 404, id="from elsewhere"),
        pytest.param(["192.0.2.0/24"], [], "192.0.2.1", 404, id="which anybody may claim"),
        pytest.param(["192.0.2.0/24"], ["127.0.0.1/32"], "192.0.2.1", 200, id="through our proxy"),
        pytest.param(["192.0.2.0/24"], ["127.0.0.1/32"], "192.0.3.1", 404, id="which tells truth"),
    ],
)
async def test_networks_are_kept_to(
    networks: list[str], proxies: list[str], forwarded: str, status: int
) -> None:
    options = CallbackOptions(
        (TOKEN,),
        networks=tuple(map(ip_network, networks)),
        trusted_proxies=tuple(map(ip_network, proxies)),
    )
    async with opened(options) as door:
        assert (await door.ask(headers={"X-Forwarded-For": forwarded}))[0] == status


async def test_a_stranger_who_goes_on_hears_nothing_and_the_gateway_still_does(door: Door) -> None:
    """T40: the gateway may have us called from its own address, for another customer of its."""
    for _ in range(60):
        assert (await door.ask("/callback/guess"))[0] == 404
    with pytest.raises(aiohttp.ClientConnectionError):
        await door.ask("/callback/guess")
    assert (await door.ask())[0] == 200


async def test_the_secret_is_in_no_log(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    """T40: wherever in a request somebody puts it."""
    await door.ask()
    await door.ask(f"/?token={TOKEN}")
    await door.ask("/callback/", headers={"X-Token": TOKEN, "Referer": PATH})
    await door.ask(f"{PATH}x")
    await door.ask(f"{PATH}?text=secretly", b"", method="PUT")
    reader, writer = await door.wire(b"BAD " + PATH.encode() + b" \x00 HTTP/9\r\n\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()
    logged = "".join(capfd.readouterr())
    assert "turned-away" in logged
    assert TOKEN not in logged
    assert "Hello" not in logged


# -------------------------------------------------------------------- the promise


async def test_200_comes_after_the_commit_and_never_before(door: Door) -> None:
    door.store.may_commit.clear()
    asking = asyncio.create_task(door.ask())
    await door.store.changed.wait()  # it is being stored
    await asyncio.sleep(0.05)
    assert not asking.done()
    door.store.may_commit.set()
    assert (await asking)[0] == 200


async def test_200s_that_were_written_are_noted_together(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "LAZY", 0.05)
    await asyncio.gather(*(door.ask(body=NAMELESS) for _ in range(20)))
    await door.store.until(lambda: sum(map(len, door.store.acknowledgements)) == 20)
    assert sorted(chain(*door.store.acknowledgements)) == list(range(1, 21))
    assert len(door.store.acknowledgements) < 20


async def test_of_a_callback_that_has_an_id_no_200_is_noted(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "LAZY", 0.0)
    for body in (SMS, STATUS, NAMELESS):
        await door.ask(body=body)
    await door.store.until(lambda: door.store.acknowledgements != [])
    assert door.store.acknowledgements == [[3]]


async def test_notes_that_the_store_cannot_take_go_with_the_next(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "LAZY", 0.05)
    await door.ask(body=NAMELESS)
    door.store.fault = Unavailable("full")
    await asyncio.sleep(0.1)
    door.store.fault = None
    await door.ask(body=NAMELESS)
    await door.store.until(lambda: door.store.acknowledgements == [[1, 2]])


async def test_an_octet_that_is_no_utf8_is_no_reason_to_ask_again(door: Door) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(SMS)}\r\n".encode()
    odd = f"Content-Type: {FORM}; x=\xff\r\nConnection: close\r\n\r\n".encode("latin-1")
    reader, writer = await door.wire(head + odd + SMS)
    assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
    writer.close()
    assert door.store.stored[0].content_type == f"{FORM}; x=\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("fault", [Unavailable("locked"), RuntimeError("our secret mistake")])
async def test_what_cannot_be_stored_is_asked_for_again(door: Door, fault: Exception) -> None:
    door.store.fault = fault
    status, words = await door.ask()
    assert (status, words) == (503, "later, please")
    door.store.fault = None
    assert (await door.ask())[0] == 200


async def test_a_full_disk_is_logged_in_a_line(
    door: Door, capfd: pytest.CaptureFixture[str]
) -> None:
    door.store.fault = Full("1 octet is free")
    assert (await door.ask())[0] == 503
    (line,) = "".join(capfd.readouterr()).splitlines()
    assert "store-full" in line


async def test_a_store_that_hangs_is_503_and_what_it_commits_later_is_no_loss(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T50"""
    assert callbacks.PATIENCE < 5
    monkeypatch.setattr(callbacks, "PATIENCE", 0.05)
    door.store.may_commit.clear()
    assert (await door.ask())[0] == 503
    door.store.may_commit.set()
    await door.store.until(lambda: len(door.store.stored) == 1)
    assert door.store.acknowledgements == []


async def test_a_store_that_fails_after_503_is_no_fault_of_ours(
    door: Door, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """T50: a flood of tracebacks would hold up the loop for longer than the store does."""
    monkeypatch.setattr(callbacks, "PATIENCE", 0.05)
    door.store.may_commit.clear()
    door.store.fault = Unavailable("the database is away")
    assert (await door.ask())[0] == 503
    door.store.may_commit.set()
    await asyncio.sleep(0.01)
    (line,) = "".join(capfd.readouterr()).splitlines()
    assert "turned-away" in line


async def test_a_client_that_hangs_up_does_not_undo_the_commit(door: Door) -> None:
    door.store.may_commit.clear()
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"
    _, writer = await door.wire(f"{head}Content-Length: {len(SMS)}\r\n\r\n".encode() + SMS)
    await door.store.changed.wait()  # it is being stored
    writer.transport.abort()
    await asyncio.sleep(0.05)
    door.store.may_commit.set()
    await door.store.until(lambda: len(door.store.stored) == 1)


async def test_draining_finishes_what_is_being_stored_and_takes_nothing_new(door: Door) -> None:
    await door.ask(body=NAMELESS)  # leaves an idle connection behind
    door.store.may_commit.clear()
    door.store.changed.clear()
    asking = asyncio.create_task(door.ask(body=NAMELESS))
    await door.store.changed.wait()
    draining = asyncio.create_task(door.listener.drain(5.0))
    await asyncio.sleep(0.05)
    with pytest.raises(OSError, match="111"):
        await asyncio.open_connection("127.0.0.1", door.port)
    door.store.may_commit.set()
    assert (await asking)[0] == 200
    await asyncio.wait_for(draining, 1.0)
    assert list(chain(*door.store.acknowledgements)) == [1, 2]


async def test_draining_does_not_wait_for_those_who_say_nothing(door: Door) -> None:
    silent = [await door.wire(octets) for octets in (b"", HEAD)]
    await door.ask()
    began = time.monotonic()
    await door.listener.drain(5.0)
    assert time.monotonic() - began < 2
    for reader, writer in silent:
        await ended(reader)
        writer.close()


# -------------------------------------------------------------------- slow clients


@pytest.mark.parametrize(
    ("limits", "octets"),
    [
        pytest.param(Limits(0.1, 9, 9), b"", id="nothing at all"),
        pytest.param(Limits(0.1, 9, 9), HEAD, id="headers that do not end"),
        pytest.param(Limits(9, 0.1, 9), WHOLE[:-1], id="a body that does not end"),
        pytest.param(Limits(9, 9, 0.1), WHOLE, id="idle after a request"),
        pytest.param(Limits(0.1, 9, 9), WHOLE + HEAD, id="a second request that does not end"),
    ],
)
async def test_whoever_is_slow_is_shown_out(limits: Limits, octets: bytes) -> None:
    """T49; the limits themselves are below."""
    async with opened(CallbackOptions((TOKEN,), limits=limits)) as door:
        reader, writer = await door.wire(octets)
        began = time.monotonic()
        if octets == WHOLE + HEAD:
            await reader.readuntil(b"OK\n")
            writer.write(b"X-Slow: ")
        await ended(reader)
        assert time.monotonic() - began < 2
        writer.close()


@pytest.mark.parametrize("many", [200, 400])
async def test_slow_connections_do_not_stop_a_good_one(door: Door, many: int) -> None:
    """T49"""
    slow = [await door.wire(HEAD) for _ in range(many)]
    began = time.monotonic()
    assert (await door.ask())[0] == 200
    assert time.monotonic() - began < 1
    for _, writer in slow:
        writer.close()


async def test_where_there_are_too_many_the_slowest_goes(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T49"""
    monkeypatch.setattr("bridge.listeners.connections.ROOM", 3)
    monkeypatch.setattr("bridge.listeners.connections.PATIENT", 0.04)
    slow = [await door.wire(HEAD) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert (await door.ask())[0] == 200
    await ended(slow[0][0])
    assert not slow[1][0].at_eof()
    for _, writer in slow:
        writer.close()


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"\x16\x03\x01 TLS hello\r\n\r\n", id="TLS"),
        pytest.param(HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", id="both"),
        pytest.param(HEAD + b"Content-Length: -1\r\n\r\n", id="a negative length"),
        pytest.param(HEAD + b"X: " + b"x" * 20_000 + b"\r\n\r\n", id="a long header"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", id="a broken chunk"),
    ],
)
async def test_what_is_no_http_is_400_and_the_end(door: Door, octets: bytes) -> None:
    reader, writer = await door.wire(octets)
    answer = await asyncio.wait_for(reader.read(), 2)
    assert b" 400 Bad Request" in answer
    assert b"Exception" not in answer
    writer.close()
    assert door.store.stored == []


def test_the_limits_are_those_of_the_plan() -> None:
    """T49: seconds for headers, a body, and the next request."""
    assert Limits() == Limits(headers=10, body=30, idle=30)
    assert CallbackOptions((TOKEN,)).limits == Limits()


async def test_how_we_are_is_told_to_anybody(door: Door) -> None:
    assert await door.ask("/healthz", method="GET", body=b"") == (200, "alive")
    assert await door.ask("/readyz", method="GET", body=b"") == (200, "ready")
