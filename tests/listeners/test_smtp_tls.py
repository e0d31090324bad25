"""TLS at the SMTP door, and what is no TLS: what scanners send, who hangs up, what the log says."""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from contextlib import suppress

import pytest

from tests.listeners.conftest import SmtpDoor, SmtpHouse

HELLO = bytes.fromhex("160301003a0100003603030a") + bytes(31) + bytes.fromhex("000004c02fc0300100")
"""The beginning of a client's first TLS record; a line feed is in it, as in one of eight."""

MAIL = b"MAIL FROM:<root@nas.example.com>\r\nRCPT TO:<447700900123@sms.example.com>\r\nDATA\r\n"


async def answered(house: SmtpHouse, octets: bytes, *, tls: bool) -> bytes:
    """What is answered to somebody who says this from the first octet on, and hangs up behind."""
    port = house.tls_port if tls else house.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    writer.write_eof()
    heard = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(5):
            heard = await reader.read()
    writer.close()
    assert await house.listener._empty(5)
    return heard


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        pytest.param(b"EHLO client\r\nMAIL FROM:<jo@x>\r\n", "WRONG_VERSION_NUMBER", id="SMTP"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", "HTTP_REQUEST", id="HTTP"),
        pytest.param(
            b"\x16\x03\x01\x00\x05hello", "UNEXPECTED_MESSAGE", id="a record that is none"
        ),
        pytest.param(b"", "", id="nothing"),
        pytest.param(HELLO[:20], "", id="half a hello"),
    ],
)
async def test_what_is_no_tls_ends_at_the_tls_port_and_does_not_fill_the_log(
    smtp_door: SmtpDoor,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    octets: bytes,
    reason: str,
) -> None:
    """T14 at the door that speaks TLS from the first octet; an address is named once a minute."""
    house = await smtp_door()
    for _ in range(5):
        assert b"220" not in await answered(house, octets, tls=True), "no word of SMTP"
    lines = "".join(capsys.readouterr()).splitlines()
    assert [reason in line for line in lines] == ([True] if reason else [])
    assert not caplog.records, "asyncio's own words"
    await house.talk(tls=True)


async def test_tls_at_the_port_for_smtp_is_shown_the_door(smtp_door: SmtpDoor) -> None:
    """T14"""
    heard = await answered(await smtp_door(), HELLO, tls=False)
    assert [line[:3] for line in heard.splitlines()] == [b"220", b"521"]


# ---------------------------------------------------------------- clients that want other TLS


def client(*, newest: ssl.TLSVersion, ciphers: str = "") -> ssl.SSLContext:
    """One that asks nobody for a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():  # of old versions
        warnings.simplefilter("ignore")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = newest
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def connected(house: SmtpHouse, *, starttls: bool) -> socket.socket:
    """A connection on which TLS is to begin now."""
    port = house.port if starttls else house.tls_port
    connection = socket.create_connection(("127.0.0.1", port), 5)
    if starttls:
        connection.recv(1000)
        connection.sendall(b"STARTTLS\r\n")
        connection.recv(1000)
    return connection


def shaken_hands(house: SmtpHouse, context: ssl.SSLContext, *, starttls: bool) -> str:
    """The version and the first reply of a session, as a client sees it that waits for its turn."""
    with (
        connected(house, starttls=starttls) as connection,
        context.wrap_socket(connection, server_hostname="localhost") as session,
    ):
        session.sendall(b"NOOP\r\n")
        return f"{session.version()} {session.recv(1000)[:3].decode()}"


@pytest.mark.parametrize("starttls", [True, False], ids=["STARTTLS", "implicit"])
@pytest.mark.parametrize(
    ("context", "reason"),
    [
        pytest.param(
            client(newest=ssl.TLSVersion.TLSv1_1, ciphers="ALL:@SECLEVEL=0"),
            "UNSUPPORTED_PROTOCOL",
            id="TLS 1.1",
        ),
        pytest.param(
            client(newest=ssl.TLSVersion.TLSv1_2, ciphers="kRSA"),
            "NO_SHARED_CIPHER",
            id="no forward secrecy",
        ),
        pytest.param(
            client(newest=ssl.TLSVersion.TLSv1_2, ciphers="aNULL:@SECLEVEL=0"),
            "NO_SHARED_CIPHER",
            id="no certificate",
        ),
        pytest.param(ssl.create_default_context(), "UNKNOWN_CA", id="who does not believe us"),
    ],
)
async def test_the_log_says_why_a_client_and_we_did_not_agree(
    smtp_door: SmtpDoor,
    capsys: pytest.CaptureFixture[str],
    context: ssl.SSLContext,
    reason: str,
    starttls: bool,
) -> None:
    house = await smtp_door()
    for _ in range(3):
        with pytest.raises(OSError):  # noqa: PT011 - ssl.SSLError, or the connection is reset
            await asyncio.to_thread(shaken_hands, house, context, starttls=starttls)
    assert await house.listener._empty(5)
    (line,) = "".join(capsys.readouterr()).splitlines()
    assert reason in line


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_tls_of_today_is_spoken(smtp_door: SmtpDoor, newest: ssl.TLSVersion) -> None:
    house = await smtp_door()
    version = newest.name.replace("_", ".")
    said = await asyncio.to_thread(shaken_hands, house, client(newest=newest), starttls=False)
    assert said == f"{version} 220"
    said = await asyncio.to_thread(shaken_hands, house, client(newest=newest), starttls=True)
    assert said == f"{version} 250"


# ---------------------------------------------------------------- how a session ends


@pytest.mark.parametrize("starttls", [True, False], ids=["STARTTLS", "implicit"])
async def test_who_shakes_hands_and_goes_fills_no_log(
    smtp_door: SmtpDoor,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    starttls: bool,
) -> None:
    """A goodbye in one packet with the end of the handshake is no half-closed connection."""
    house = await smtp_door()

    def called() -> None:
        heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = house.trust.wrap_bio(heard, said, server_hostname="localhost")
        with connected(house, starttls=starttls) as connection:
            while True:
                with suppress(ssl.SSLWantReadError):
                    session.do_handshake()
                    break
                connection.sendall(said.read())
                heard.write(connection.recv(65536))
            with suppress(ssl.SSLWantReadError):
                session.unwrap()
            connection.sendall(said.read())

    for _ in range(5):
        await asyncio.to_thread(called)
    assert await house.listener._empty(5)
    assert not caplog.records, "asyncio's own words"
    assert "".join(capsys.readouterr()) == ""


async def test_a_goodbye_in_tls_is_one_of_tls_too(smtp_door: SmtpDoor) -> None:
    """Whoever cuts the wire cannot play the end of a session: close_notify ends it."""
    house = await smtp_door()

    def conversed() -> bytes:
        with (
            socket.create_connection(("127.0.0.1", house.tls_port), 5) as connection,
            house.trust.wrap_socket(
                connection, server_hostname="localhost", suppress_ragged_eofs=False
            ) as session,
        ):
            session.sendall(b"QUIT\r\n")
            return b"".join(iter(lambda: session.recv(1000), b""))  # raises without close_notify

    heard = await asyncio.to_thread(conversed)
    assert [line[:3] for line in heard.splitlines()] == [b"220", b"221"]


@pytest.mark.parametrize("politely", [True, False], ids=["close_notify", "cut off"])
async def test_a_mail_that_ends_with_the_connection_is_none(
    smtp_door: SmtpDoor, capsys: pytest.CaptureFixture[str], politely: bool
) -> None:
    house = await smtp_door()
    talk = await house.talk(tls=True)
    await talk.say(b"EHLO client\r\n" + MAIL)
    assert [(await talk.hear())[:3] for _ in range(4)] == ["250", "250", "250", "354"]
    await talk.say(b"Subject: half of it\r\n\r\nhello\r\n.")
    if politely:
        await talk.hang_up()
    else:
        talk.writer.transport.abort()
    assert await house.listener._empty(5)
    assert house.spool.mails == []
    assert "".join(capsys.readouterr()) == ""
