"""Real clients at the SMTP door: the standard library, aiosmtplib, curl; TLS as they speak it."""

from __future__ import annotations

import asyncio
import shutil
import smtplib
import ssl
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, cast

import aiosmtplib
import pytest

from bridge.core.model import Msisdn, Session
from bridge.listeners.credentials import Credentials
from bridge.listeners.smtp_auth import LogIn
from bridge.listeners.smtp_door import Client
from bridge.settings.passwords import hashed, matches

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor, SmtpHouse

OUTSIDE = (ip_network("203.0.113.0/24"),)


def letter() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "jo@example.com"
    mail["To"] = "447700900123@sms.example.com"
    mail["Subject"] = "Friday"
    mail.set_content(".leading dot\n\nGrüße\n")
    return mail


def texted(house: SmtpHouse) -> list[Msisdn]:
    return [
        each
        for envelope in house.envelopes
        for path in envelope.forward_paths
        for each in path.destinations
        if isinstance(each, Msisdn)
    ]


async def test_the_standard_library_logs_in_after_starttls(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(trusted=OUTSIDE)

    def run() -> None:
        with smtplib.SMTP("localhost", house.port, timeout=5) as client:
            client.starttls(context=house.trust)
            client.login("jo", "correct horse")
            assert client.send_message(letter()) == {}

    await asyncio.to_thread(run)
    assert texted(house) == [Msisdn("447700900123")]
    assert house.envelopes[0].session == Session("127.0.0.1", "jo", tls=True)
    assert b"\r\n.leading dot\r\n" in house.envelopes[0].content


async def test_the_standard_library_speaks_implicit_tls(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()

    def run() -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP_SSL(
            "localhost", house.tls_port, timeout=5, context=house.trust
        ) as client:
            recipients = ["447700900123@sms.example.com", "0770090012@sms.example.com"]
            return client.send_message(letter(), to_addrs=recipients)

    refused = await asyncio.to_thread(run)
    assert list(refused) == ["0770090012@sms.example.com"]
    assert refused["0770090012@sms.example.com"][0] == 550
    assert texted(house) == [Msisdn("447700900123")]


async def test_aiosmtplib_sends_over_one_connection(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    client = aiosmtplib.SMTP(
        hostname="localhost",
        port=house.port,
        start_tls=True,
        tls_context=house.trust,
        username="jo",
        password="correct horse",
    )
    async with client:
        for n in range(1, 4):
            _, answer = await client.send_message(letter())
            assert answer == f"2.0.0 queued as m{n}"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_sends_a_mail(smtp_door: SmtpDoor, tmp_path: Path) -> None:
    house = await smtp_door()
    file = tmp_path / "mail"
    file.write_bytes(b"Subject: x\r\n\r\nHello from curl\r\n")
    curl = await asyncio.create_subprocess_exec(
        "curl",
        "-sS",
        f"smtp://127.0.0.1:{house.port}/client",
        "--mail-from",
        "root@nas",
        "--mail-rcpt",
        "+44 (0)7700 900123@sms.example.com",
        "-T",
        str(file),
    )
    assert await curl.wait() == 0
    assert texted(house) == [Msisdn("447700900123")]
    assert house.envelopes[0].content == b"Subject: x\r\n\r\nHello from curl\r\n"


# ---------------------------------------------------------------- TLS, octet by octet


async def test_what_comes_before_tls_is_forgotten(smtp_door: SmtpDoor) -> None:
    """T4"""
    house = await smtp_door(trusted=OUTSIDE)
    talk = await house.talk()
    await talk.ask("EHLO client")
    assert (await talk.ask("STARTTLS now")).startswith("501 5.5.4")
    await talk.say(b"STARTTLS\r\nEHLO client\r\nMAIL FROM:<injected@x>\r\n")
    assert (await talk.hear()).startswith("220 2.0.0")
    await talk.writer.start_tls(house.trust, server_hostname="localhost")
    assert (await talk.ask("RCPT TO:<447700900123@sms.example.com>")).startswith("503")
    assert (await talk.ask("MAIL FROM:<jo@example.com>")).startswith("503")
    offers = await talk.ask("EHLO client")
    assert "STARTTLS" not in offers
    assert "AUTH PLAIN LOGIN" in offers
    assert (await talk.ask("STARTTLS")).startswith("503 5.5.1")
    assert (await talk.ask("AUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=")).startswith("235")


async def test_a_failed_handshake_ends_the_connection(smtp_door: SmtpDoor) -> None:
    talk = await (await smtp_door()).talk()
    assert (await talk.ask("STARTTLS")).startswith("220")
    await talk.say(b"MAIL FROM:<jo@example.com>\r\n" * 10)
    async with asyncio.timeout(5):
        heard = await talk.reader.read()  # at most TLS's own alert
    assert b"250" not in heard


async def test_a_handshake_is_not_waited_for_for_ever(smtp_door: SmtpDoor) -> None:
    """T12e"""
    talk = await (await smtp_door(handshake=0.05)).talk()
    assert (await talk.ask("STARTTLS")).startswith("220")
    async with asyncio.timeout(5):
        assert await talk.reader.read() == b""


async def test_without_a_certificate_there_is_no_tls(smtp_door: SmtpDoor) -> None:
    talk = await (await smtp_door(certificate=False)).talk()
    assert "STARTTLS" not in await talk.ask("EHLO client")
    assert (await talk.ask("STARTTLS")).startswith("502 5.5.1")


async def test_a_large_mail_crosses_tls(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await house.talk(tls=True)
    await talk.ask("EHLO client")
    await talk.ask("MAIL FROM:<jo@example.com>")
    await talk.ask("RCPT TO:<447700900123@sms.example.com>")
    await talk.ask("DATA")
    await talk.say(b"0123456789abcde\r\n" * 300_000 + b".\r\n")
    assert (await talk.hear()).startswith("250 2.0.0")
    assert len(house.envelopes[0].content) == 17 * 300_000


async def test_an_old_tls_is_not_spoken(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        house.trust.minimum_version = house.trust.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await house.talk(tls=True)


# ---------------------------------------------------------------- who is who


@dataclass
class Caller:
    """A client that is nothing but an address."""

    peer: str
    tls: bool


@pytest.mark.parametrize(
    ("peer", "tls", "offered"),
    [
        ("192.0.2.1", False, False),
        ("192.0.2.1", True, True),
        ("203.0.113.9", False, True),  # a trusted network
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("", False, False),
    ],
)
async def test_t5_passwords_cross_a_network_in_tls_only(
    smtp_door: SmtpDoor, peer: str, tls: bool, offered: bool
) -> None:
    house = await smtp_door(trusted=OUTSIDE)
    login = LogIn(house.listener._door, cast(Client, Caller(peer, tls)))
    assert login.offered is offered
    if not offered:
        answer = await login.attempt("PLAIN AGpvAGNvcnJlY3QgaG9yc2U=")
        assert str(answer).startswith("538 5.7.11")
        assert login.user == ""


async def _guess(house: SmtpHouse, times: int) -> list[str]:
    """What so many wrong passwords hear, three on a connection."""
    heard: list[str] = []
    while len(heard) < times:
        talk = await house.talk()
        await talk.ask("EHLO client")
        more = min(3, times - len(heard))
        heard += [await talk.ask("AUTH PLAIN AGpvAHdyb25n") for _ in range(more)]
    return heard


async def test_t6_who_guesses_on_and_on_is_not_let_in_any_more(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(trusted=OUTSIDE)
    heard = await _guess(house, 10)
    assert [line[:3] for line in heard] == ["535", "535", "421"] * 3 + ["535"]
    answer = await house.talks[-1].ask("AUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=")
    assert answer == "454 4.7.0 too many failed logins; please try again later"
    turned_away = await house.connect()
    assert await turned_away.hear() == "421 4.7.0 too many failed logins from your address"
    other = await house.talk(source="127.0.0.2")
    await other.ask("EHLO client")
    assert (await other.ask("AUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=")).startswith("235")


async def test_t6_a_trusted_machine_that_guesses_may_still_send_without_a_password(
    smtp_door: SmtpDoor,
) -> None:
    house = await smtp_door()
    await _guess(house, 10)
    talk = await house.talk()
    await talk.ask("EHLO client")
    assert (await talk.ask("AUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=")).startswith("454 4.7.0")
    await talk.begin()


async def test_t6_so_many_check_their_passwords_at_once_and_no_more(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    may_answer = threading.Event()
    slow = Credentials({"jo": "x"}, lambda _hash, _password: may_answer.wait(5))
    house.listener._door.credentials = slow

    async def checked() -> bool:
        async with slow.turn():
            return await slow.proven("jo", "?")

    checks = [asyncio.create_task(checked()) for _ in range(36)]
    talk = await house.talk()
    await talk.ask("EHLO client")
    answer = await talk.ask("AUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=")
    assert answer == "454 4.7.0 too many log in at once; please try again later"
    may_answer.set()
    assert all(await asyncio.gather(*checks))
    assert (await talk.ask("AUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=")).startswith("235")


async def test_t7_an_unknown_name_costs_as_much_as_some_other() -> None:
    """A hash may be of an older, cheaper kind: of unknown names, each looks like one of those."""
    asked: list[str] = []

    def matches(against: str, _password: str) -> bool:
        asked.append(against)
        return True  # however it matches, a name that nobody has is nobody

    hashes = {"jo": "dear", "amy": "cheap"}
    credentials = Credentials(hashes, matches)
    names = [f"nobody {n}" for n in range(40)]
    for name in names * 2:
        assert not await credentials.proven(name, "x")
    credentials.close()
    assert asked[:40] == asked[40:]  # and always like the same
    assert set(asked) == set(hashes.values())


async def test_only_the_name_and_its_own_password_prove_anything() -> None:
    credentials = Credentials({"jo": hashed("a"), "kim": hashed("b")}, matches)
    found = [await credentials.proven(u, p) for u in ("jo", "kim", "nobody") for p in ("a", "b")]
    credentials.close()
    assert found == [True, False, False, True, False, False]


def test_without_users_there_is_nobody_to_log_in_as() -> None:
    assert not Credentials({}, matches)
