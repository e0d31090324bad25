"""The HTTP client against servers that refuse, hang, reset, lie and never end.

What counts is the evidence: `NotSent` only if no octet can have left, `Unanswered` if the request
may have been read, an incomplete answer if its head was there.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
import traceback
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias

import pytest
import trustme

from bridge.clients import contract
from bridge.clients.uplink import Uplink
from bridge.gateways.contract import NotSent, Request, Response, Unanswered, Untrusted

Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve: TypeAlias = Callable[..., Awaitable[str]]

FORM = "application/x-www-form-urlencoded; charset:utf-8"
REQUEST = Request("sendmsg.aspx", FORM, b"username=u&password=canary&text=hi")
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nID:42"


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers that talk as told; each gives its base URL."""
    async with AsyncExitStack() as stack:

        async def start(talk: Talk, tls: ssl.SSLContext | None = None) -> str:
            port = await stack.enter_async_context(_server(talk, tls))
            return f"http{'s' if tls else ''}://localhost:{port}/smsgateway"

        yield start


@asynccontextmanager
async def _server(talk: Talk, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    talks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await talk(reader, writer)
        finally:
            writer.close()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(connected(reader, writer)))

    server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@asynccontextmanager
async def uplink(
    *hosts: str, within: float = 5.0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Uplink]:
    client = Uplink(hosts, timeout=within, stay_on_backup=300.0, tls=tls)
    try:
        yield client
    finally:
        await client.close()


async def perform(host: str, *, within: float = 5.0, cap: int = 65536) -> Response:
    async with uplink(host, within=within) as client:
        return await client.perform(host, REQUEST, cap=cap)


# ---------------------------------------------------------------- ways to talk


async def heard(reader: asyncio.StreamReader) -> bytes:
    """Read one whole request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


def answers(*pieces: bytes, pause: float = 0.0) -> Talk:
    """Read a request, write the pieces, close."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return talk


def answers_and_hangs(*pieces: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.writelines(pieces)
        await asyncio.Event().wait()

    return talk


async def hangs(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    writer.transport.abort()


async def resets_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _reset(writer)


async def resets_after_reading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await heard(reader)
    _reset(writer)


async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await heard(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await heard(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n\r\nID:42\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


# ---------------------------------------------------------------- what comes back


async def test_an_answer_comes_back_whole(serve: Serve) -> None:
    assert await perform(await serve(answers(OK))) == Response(200, b"ID:42", "text/html")


async def test_a_request_is_a_post_with_all_that_is_secret_in_its_body(serve: Serve) -> None:
    """T60"""
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await heard(reader))
        writer.write(OK)

    await perform(await serve(talk))
    head, _, body = seen[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /smsgateway/sendmsg.aspx HTTP/1.1"
    assert b"Content-Type: " + FORM.encode() in lines
    assert b"Accept-Encoding: identity" in lines
    assert b"canary" not in head
    assert body == REQUEST.body


async def test_each_request_has_a_connection_of_its_own_and_takes_no_cookie(serve: Serve) -> None:
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen.append(await heard(reader))
            writer.write(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n"))

    connections: list[object] = []

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await talk(reader, writer)

    host = await serve(counted)
    async with uplink(host) as client:
        for _ in range(3):
            await client.perform(host, REQUEST)
    assert len(connections) == len(seen) == 3
    assert all(b"cookie" not in each.lower() for each in seen)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nID:42\r\n4477",
            Response(200, b"ID:42\r\n4477", complete=False),
            id="cut before its length",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
            Response(200, b"", complete=False),
            id="cut after its head",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nID:42\r\n",
            Response(200, b"ID:42", complete=False),
            id="cut between chunks",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nID:42\r\n0\r\n\r\n",
            Response(200, b"ID:42"),
            id="whole chunks",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n\r\nID:42", Response(200, b"ID:42"), id="ends with the connection"
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nID:42", Response(200, b"ID:42"), id="HTTP/1.0"),
        pytest.param(
            b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", Response(500, b""), id="a failure"
        ),
        pytest.param(
            b"HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n",
            Response(429, b"", retry_after=120.0),
            id="Retry-After",
        ),
        pytest.param(
            b"HTTP/1.1 503 No\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n",
            Response(503, b""),
            id="Retry-After that is nothing",
        ),
        pytest.param(
            b"HTTP/1.1 503 No\r\nRetry-After: Wed, 01 Jan 2020 00:00:00 GMT\r\n"
            b"Content-Length: 0\r\n\r\n",
            Response(503, b"", retry_after=0.0),
            id="Retry-After that is over",
        ),
    ],
)
async def test_what_a_server_says_is_told_as_far_as_it_came(
    serve: Serve, answer: bytes, expected: Response
) -> None:
    assert await perform(await serve(answers(answer))) == expected


async def test_retry_after_may_be_a_date(serve: Serve) -> None:
    at = (datetime.now(UTC) + timedelta(seconds=100)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    head = f"HTTP/1.1 503 No\r\nRetry-After: {at}\r\nContent-Length: 0\r\n\r\n"
    response = await perform(await serve(answers(head.encode())))
    assert response.retry_after == pytest.approx(100, abs=10)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_never_followed(serve: Serve, status: int) -> None:
    """T62"""
    visits: list[object] = []

    async def elsewhere(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(writer)

    target = await serve(elsewhere)
    head = f"HTTP/1.1 {status} Go\r\nLocation: {target}/\r\nContent-Length: 0\r\n\r\n"
    assert await perform(await serve(answers(head.encode()))) == Response(status, b"")
    assert visits == []


async def test_an_endless_body_is_cut_at_the_cap(serve: Serve) -> None:
    """T63"""
    response = await perform(await serve(floods), cap=100_000)
    assert response == Response(200, b"x" * 100_000, complete=False, oversize=True)


async def test_a_body_of_just_the_cap_is_whole(serve: Serve) -> None:
    response = await perform(await serve(answers(b"HTTP/1.1 200 OK\r\n\r\n12345")), cap=5)
    assert response == Response(200, b"12345")


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(drips, id="drips"),
        pytest.param(answers_and_hangs(b"HTTP/1.1 200 OK\r\n\r\nID:42\r\nx"), id="hangs"),
    ],
)
async def test_a_body_that_outlasts_the_time_out_is_an_answer_that_was_cut(
    serve: Serve, talk: Talk
) -> None:
    """T63: of which a whole line counts, and the rest is in doubt."""
    response = await perform(await serve(talk), within=0.3)
    assert response.body.startswith(b"ID:42\r\nx")
    assert not response.complete


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(gzip.compress(b"ID:42"), Response(200, b"ID:42"), id="gzip"),
        pytest.param(
            gzip.compress(bytes(50_000_000)),
            Response(200, bytes(65536), complete=False, oversize=True),
            id="a bomb",
        ),
        pytest.param(
            gzip.compress(b"ID:42")[:-3], Response(200, b"ID:42", complete=False), id="cut"
        ),
        pytest.param(b"ID:42", Response(200, b"", complete=False), id="not gzip at all"),
    ],
)
async def test_what_was_compressed_unasked_is_unpacked_to_the_cap(
    serve: Serve, body: bytes, expected: Response
) -> None:
    """T63"""
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    assert await perform(await serve(answers(head.encode() + body))) == expected


# ---------------------------------------------------------------- nothing left


def _closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("https://nowhere.invalid", id="no such name"),
        pytest.param("https://a..b", id="no name at all"),
        pytest.param("https://localhost:99999", id="no such port"),
        pytest.param("gopher://localhost", id="another protocol"),
        pytest.param("", id="nothing"),
    ],
)
async def test_a_host_that_does_not_exist_means_not_sent(host: str) -> None:
    with pytest.raises(NotSent):
        await perform(host)


async def test_a_refused_connection_means_not_sent() -> None:
    with pytest.raises(NotSent, match="Cannot connect"):
        await perform(f"http://127.0.0.1:{_closed_port()}")


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(hangs, id="hangs"),
        pytest.param(resets_at_once, id="resets"),
        pytest.param(answers(b""), id="speaks no TLS"),
    ],
)
async def test_a_handshake_that_fails_means_not_sent(serve: Serve, talk: Talk) -> None:
    host = (await serve(talk)).replace("http:", "https:")
    with pytest.raises(NotSent):
        await perform(host, within=0.3)


async def test_a_client_that_is_closed_sends_nothing(serve: Serve) -> None:
    client = Uplink((), timeout=1.0, stay_on_backup=1.0)
    await client.close()
    with pytest.raises(NotSent, match="closed"):
        await client.perform(await serve(answers(OK)), REQUEST)


# ---------------------------------------------------------------- it may have been read


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(hangs, id="never reads"),
        pytest.param(answers_and_hangs(), id="reads and hangs"),
        pytest.param(answers_and_hangs(b"HTTP/1.1 200 OK\r\nContent-Le"), id="half a head"),
        pytest.param(resets_after_reading, id="resets after reading"),
        pytest.param(answers(), id="closes after reading"),
        pytest.param(answers(b"HTTP/1.1 200 OK\r\nContent-"), id="closes within the head"),
        pytest.param(answers(b"ID:42\r\n"), id="answers without HTTP"),
        pytest.param(answers(b"HTTP/9.9 abc\r\n\r\n"), id="answers in bad HTTP"),
        pytest.param(
            answers(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"), id="a huge head"
        ),
        pytest.param(
            answers(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n"), id="a flood of heads"
        ),
        pytest.param(answers(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000), id="go on, and on"),
    ],
)
async def test_a_request_without_an_answer_may_have_been_read(serve: Serve, talk: Talk) -> None:
    """T63"""
    with pytest.raises(Unanswered):
        await perform(await serve(talk), within=0.3)


async def test_a_host_that_resets_at_once_was_sent_nothing_or_may_have_read(serve: Serve) -> None:
    """What counts is whether its reset was there before the request."""
    with pytest.raises((NotSent, Unanswered)):
        await perform(await serve(resets_at_once), within=0.3)


async def test_a_host_that_closes_at_once_is_soon_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def closes() -> None:
            with suppress(OSError):  # the end of the test
                while True:
                    listening.accept()[0].close()

        closing = Thread(target=closes)
        closing.start()
        host, other = f"http://127.0.0.1:{listening.getsockname()[1]}", "http://other.example"
        try:
            async with uplink(host, other) as client, asyncio.timeout(5):
                while client.order()[0] == host:
                    with suppress(Unanswered, NotSent):  # its closing may come after the request
                        await client.perform(host, REQUEST)
                assert list(client.order()) == [other, host]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            await asyncio.to_thread(closing.join)


async def test_a_large_request_that_nobody_reads_may_have_been_read_in_part(serve: Serve) -> None:
    host = await serve(hangs)
    large = Request("default.aspx", "multipart/form-data; boundary=x", bytes(20_000_000))
    async with uplink(host, within=0.5) as client:
        with pytest.raises(Unanswered):
            await client.perform(host, large)


async def test_a_large_request_may_be_answered_before_it_was_read(serve: Serve) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n")
        await asyncio.Event().wait()

    host = await serve(talk)
    large = Request("default.aspx", "multipart/form-data; boundary=x", bytes(20_000_000))
    async with uplink(host, within=3.0) as client:
        assert await client.perform(host, large) == Response(413, b"")


async def test_whoever_cancels_is_obeyed(serve: Serve) -> None:
    host = await serve(hangs)
    async with uplink(host) as client:
        task = asyncio.create_task(client.perform(host, REQUEST))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def repeats(before: bytes, after: bytes) -> Talk:
    """Answer with the request's body, amid other octets."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = (await heard(reader)).partition(b"\r\n\r\n")[2]
        writer.write(before + body + after)

    return talk


NO_HTTP = "it does not speak HTTP"
HUNG_UP = "it hung up before it had answered"


@pytest.mark.parametrize(
    ("talk", "why"),
    [
        pytest.param(answers(), HUNG_UP, id="nothing"),
        pytest.param(repeats(b"", b""), NO_HTTP, id="no HTTP"),
        pytest.param(repeats(b"HTTP/1.1 ", b" x\r\n\r\n"), NO_HTTP, id="as a status"),
        pytest.param(repeats(b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n"), NO_HTTP, id="as a header"),
        pytest.param(
            repeats(b"HTTP/1.1 200 OK\r\nContent-Length: ", b"\r\n\r\n"), NO_HTTP, id="as a length"
        ),
        pytest.param(repeats(b"HTTP/1.1 200 OK\r\nX: ", b""), HUNG_UP, id="in half a head"),
        pytest.param(repeats(b"HTTP/1.1 200 OK\r\nX: ", b"\r\n"), HUNG_UP, id="in a head, cut"),
    ],
)
async def test_a_host_that_repeats_our_password_is_not_quoted(
    serve: Serve, talk: Talk, why: str
) -> None:
    """T60: an echo, a proxy for debugging, a liar."""
    with pytest.raises(Unanswered) as caught:
        await perform(await serve(talk))
    assert str(caught.value) == why
    assert "canary" not in "".join(traceback.format_exception(caught.value))


async def test_no_reason_tells_a_secret(serve: Serve) -> None:
    """T60"""
    for host in (f"http://127.0.0.1:{_closed_port()}", "https://a..b"):
        with pytest.raises(NotSent) as caught:
            await perform(host)
        assert " " in str(caught.value), "words, and no mere name"
        assert len(str(caught.value)) <= 200
        assert "canary" not in "".join(traceback.format_exception(caught.value))


# ---------------------------------------------------------------- TLS


def _served(cert: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert.configure_cert(context)
    return context


def _trusting(ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return context


async def test_a_certificate_that_is_trusted_is_enough(serve: Serve) -> None:
    ca = trustme.CA()
    host = await serve(answers(OK), _served(ca.issue_cert("localhost")))
    async with uplink(host, tls=_trusting(ca)) as client:
        assert (await client.perform(host, REQUEST)).body == b"ID:42"


async def _refuses(
    serve: Serve, served: ssl.SSLContext, trusted: ssl.SSLContext | None, *, why: str
) -> NotSent:
    """That nothing is sent to a server; what is said of it."""
    heard_of: list[object] = []

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard_of.append(writer)

    host = await serve(talk, served)
    async with uplink(host, tls=trusted) as client:
        with pytest.raises(NotSent, match=why) as caught:
            await client.perform(host, REQUEST)
    assert heard_of == []
    return caught.value


async def test_a_certificate_of_an_unknown_issuer_means_not_sent(serve: Serve) -> None:
    """T61: it is no matter of waiting, so a person hears why, in words."""
    served = _served(trustme.CA().issue_cert("localhost"))
    why = "^its certificate is not good: unable to get local issuer certificate$"
    assert isinstance(await _refuses(serve, served, None, why=why), Untrusted)


async def test_a_certificate_that_vouches_for_itself_means_not_sent(
    serve: Serve, tmp_path: Path
) -> None:
    """T61"""
    alone = trustme.CA()
    for each in (alone.private_key_pem, alone.cert_pem):
        each.write_to_path(tmp_path / "alone.pem", append=True)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(tmp_path / "alone.pem")
    error = await _refuses(serve, served, None, why="certificate is not good: self-signed")
    assert isinstance(error, Untrusted)


async def test_a_certificate_of_another_host_means_not_sent(serve: Serve) -> None:
    """T61"""
    ca = trustme.CA()
    served = _served(ca.issue_cert("other.example"))
    error = await _refuses(serve, served, _trusting(ca), why="not valid for 'localhost'$")
    assert isinstance(error, Untrusted)


async def test_an_expired_certificate_means_not_sent(serve: Serve) -> None:
    """T61"""
    ca = trustme.CA()
    old = ca.issue_cert("localhost", not_after=datetime.now(UTC) - timedelta(days=1))
    error = await _refuses(serve, _served(old), _trusting(ca), why="certificate has expired$")
    assert isinstance(error, Untrusted)


async def test_tls_before_1_2_means_not_sent(serve: Serve) -> None:
    """T61"""
    ca = trustme.CA()
    served, trusted = _served(ca.issue_cert("localhost")), _trusting(ca)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        served.minimum_version = ssl.TLSVersion.TLSv1
        served.maximum_version = ssl.TLSVersion.TLSv1_1
        trusted.minimum_version = ssl.TLSVersion.TLSv1
    for context in (served, trusted):
        context.set_ciphers("ALL:@SECLEVEL=0")
    await _refuses(serve, served, trusted, why="Cannot connect")


# ---------------------------------------------------------------- which host


async def test_it_is_what_the_workers_ask_for() -> None:
    async with uplink("https://one.example") as client:
        asked: contract.Uplink = client
        assert list(asked.order()) == ["https://one.example"]


async def test_a_primary_that_is_not_reached_is_asked_last_from_then_on(serve: Serve) -> None:
    dead, alive = f"http://127.0.0.1:{_closed_port()}", await serve(answers(OK))
    async with uplink(dead, alive) as client:
        assert list(client.order()) == [dead, alive]
        with pytest.raises(NotSent):
            await client.perform(dead, REQUEST)
        assert list(client.order()) == [alive, dead]
        assert client.probes_due() == ()


async def test_a_primary_that_does_not_answer_in_time_is_asked_last_from_then_on(
    serve: Serve,
) -> None:
    hanging, alive = await serve(hangs), await serve(answers(OK))
    async with uplink(hanging, alive, within=0.1) as client:
        with pytest.raises(Unanswered):
            await client.perform(hanging, REQUEST)
        assert list(client.order()) == [alive, hanging]


async def test_a_primary_that_does_not_process_is_asked_last_after_three_reports() -> None:
    async with uplink("https://one.example", "https://two.example") as client:
        for _ in range(3):
            assert client.order()[0] == "https://one.example"
            client.report("https://one.example", ok=False)
        assert client.order()[0] == "https://two.example"


async def test_proxies_of_the_environment_are_ignored(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T64"""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{_closed_port()}")
    assert (await perform(await serve(answers(OK)))).status == 200


async def test_a_hosts_name_is_looked_up_for_each_request(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T64: so a new address counts from the next text on."""
    host = await serve(answers(OK))
    looked_up: list[object] = []
    real = socket.getaddrinfo

    def counting(*args: Any, **kwargs: Any) -> Any:
        looked_up.append(args[0])
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", counting)
    async with uplink(host) as client:
        for _ in range(3):
            await client.perform(host, REQUEST)
    assert looked_up == ["localhost"] * 3


async def test_a_host_that_says_nothing_is_left_by_others_while_who_asked_waits_on(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.clients.uplink.SILENCE", 0.1)
    hanging, other = await serve(answers_and_hangs()), await serve(answers(OK))
    async with uplink(hanging, other, within=20) as client:
        silent = asyncio.Event()
        asked = asyncio.create_task(client.perform(hanging, REQUEST, silent=silent.set))
        await silent.wait()
        while client.order()[0] == hanging:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        assert not asked.done(), "it may have been sent: its answer is waited for"
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


async def test_a_slow_answer_that_has_begun_is_no_silence(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.clients.uplink.SILENCE", 0.1)
    slow = await serve(answers(OK[:-5], OK[-5:], pause=0.3))
    async with uplink(slow, "http://localhost:1/other") as client:
        assert (await client.perform(slow, REQUEST)).body == b"ID:42"
        assert client.order()[0] == slow


async def test_a_silence_takes_a_host_down_once_and_not_again_when_it_ends(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host came back meanwhile: that an old request runs into its time-out is no news."""
    monkeypatch.setattr("bridge.clients.uplink.SILENCE", 0.1)
    hanging = await serve(answers_and_hangs())
    async with uplink(hanging, within=1) as client:
        silent = asyncio.Event()
        asked = asyncio.create_task(client.perform(hanging, REQUEST, silent=silent.set))
        await silent.wait()
        assert client.at_once(8) == 0
        client.report(hanging, ok=True, text=True)
        assert client.at_once(8) == 8
        with pytest.raises(Unanswered):
            await asked
        assert client.at_once(8) == 8
