"""Too many at the SMTP door: who is turned away, who never is, and what the log says of it."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from bridge.listeners.smtp_door import Door
from bridge.listeners.sockets import FULL_HOUSE, fitting

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor, SmtpHouse

FRIEND, STRANGER, OTHER = "127.0.0.9", "127.0.0.2", "127.0.0.3"
FRIENDS = (ip_network("127.0.0.9/32"),)
MAIL = "MAIL FROM:<root@nas.example.com>"
TO_SAM = "RCPT TO:<447700900123@sms.example.com>"
TOO_MANY = "421 4.7.0 too many connections, please try again later"
TOO_MANY_OF_YOU = "421 4.7.0 too many connections from your address"


async def greetings(house: SmtpHouse, source: str, count: int) -> list[str]:
    """The codes that so many connections from an address hear first."""
    heard = [await (await house.connect(source=source)).hear() for _ in range(count)]
    return [each[:3] for each in heard]


# ---------------------------------------------------------------- T13: caps


async def test_the_21st_connection_of_an_address_is_turned_away_and_others_are_not(
    smtp_door: SmtpDoor,
) -> None:
    """T13"""
    house = await smtp_door(trusted=FRIENDS)
    assert await greetings(house, STRANGER, 21) == ["220"] * 20 + ["421"]
    assert await greetings(house, OTHER, 1) == ["220"]


async def test_a_broken_script_in_a_trusted_network_leaves_room_for_all_others(
    smtp_door: SmtpDoor,
) -> None:
    """T13"""
    house = await smtp_door(trusted=FRIENDS, connections_per_trusted_address=3)
    assert await greetings(house, FRIEND, 5) == ["220"] * 3 + ["421"] * 2
    assert await greetings(house, STRANGER, 1) == ["220"]


async def test_strangers_cannot_lock_trusted_networks_out(smtp_door: SmtpDoor) -> None:
    """T13"""
    house = await smtp_door(trusted=FRIENDS, connections=6)
    assert await greetings(house, STRANGER, 7) == ["220"] * 5 + ["421"] * 2
    assert await greetings(house, OTHER, 1) == ["421"]
    assert await greetings(house, FRIEND, 2) == ["220", "421"]


async def test_in_ipv6_all_that_one_client_has_is_one_address(smtp_door: SmtpDoor) -> None:
    """T13"""
    door: Door = (await smtp_door(connections_per_address=2)).listener._door
    guests = [Nobody() for _ in range(4)]
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"]
    answers = [door.enter(guest, at) for guest, at in zip(guests, addresses, strict=True)]
    assert answers == ["", "", TOO_MANY_OF_YOU, ""]
    for guest, address, answer in zip(guests, addresses, answers, strict=True):
        if not answer:
            door.left(guest, address)
    assert not door.guests


class Nobody:
    """A guest that nobody waits for."""

    def leave(self) -> None:
        """Go."""

    def abort(self) -> None:
        """Go at once."""


async def test_who_is_turned_away_is_named_in_the_log_once_a_minute(
    smtp_door: SmtpDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    house = await smtp_door(trusted=FRIENDS, connections_per_address=1)
    await greetings(house, STRANGER, 5)
    await greetings(house, OTHER, 5)
    lines = [line for line in "".join(capsys.readouterr()).splitlines() if TOO_MANY_OF_YOU in line]
    assert [STRANGER in line for line in lines] == [True, False]


async def test_who_only_shakes_hands_is_counted_too(smtp_door: SmtpDoor) -> None:
    """T12e, T13: TLS from the first octet; who is turned away hears no words, but is closed."""
    house = await smtp_door(trusted=FRIENDS, connections_per_address=2, handshake=0.3)
    writers = []
    for _ in range(3):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", house.tls_port, local_addr=(STRANGER, 0)
        )
        writers.append(writer)
    assert await asyncio.wait_for(reader.read(), 2) == b""
    assert await greetings(house, STRANGER, 1) == ["421"]
    assert await house.listener._empty(5)
    assert await greetings(house, STRANGER, 1) == ["220"]
    for writer in writers:
        writer.close()


async def test_who_is_gone_has_left_his_place_whatever_he_was_at(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    for said in (
        b"",
        b"EHLO",
        b"EHLO client\r\n" + MAIL.encode(),
        b"STARTTLS\r\n",
        b"HELP\r\n" * 900,
    ):
        talk = await house.talk()
        await talk.say(said)
        await asyncio.sleep(0)
        talk.writer.transport.abort()
        await talk.hang_up()
    assert await house.listener._empty(5)


async def test_a_handshake_that_nobody_finishes_leaves_its_place(smtp_door: SmtpDoor) -> None:
    """T12e: asyncio tells nobody of a connection that is lost in a handshake."""
    house = await smtp_door(handshake=0.1)
    talk = await house.talk()
    assert (await talk.ask("STARTTLS")).startswith("220")
    assert await house.listener._empty(1)


# ---------------------------------------------------------------- T12, T14: talk that leads nowhere


@pytest.mark.parametrize("command", ["NOOP", "RSET", "HELP", "EHLO client", "VRFY root"])
async def test_who_talks_much_and_sends_nothing_is_shown_the_door(
    smtp_door: SmtpDoor, command: str
) -> None:
    """T12d"""
    talk = await (await smtp_door(small_talk=20)).talk()
    await talk.say((command.encode() + b"\r\n") * 30)
    heard = [await talk.hear() for _ in range(22)]
    assert heard[21] == "421 4.7.0 much talk and no mail, goodbye"
    assert await talk.hear() == ""


async def test_who_tries_one_recipient_after_the_other_is_shown_the_door(
    smtp_door: SmtpDoor,
) -> None:
    talk = await (await smtp_door(trusted=FRIENDS, small_talk=20)).talk()
    await talk.ask("EHLO client")
    await talk.ask(MAIL)
    heard = [await talk.ask(TO_SAM) for _ in range(20)]
    assert heard[-1].startswith("550 5.7.1")
    assert await talk.hear() == "421 4.7.0 much talk and no mail, goodbye"


async def test_who_sends_mails_may_talk_as_well(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(small_talk=4)
    talk = await house.talk()
    for _ in range(5):
        await talk.ask("RSET")
        await talk.begin()
        await talk.say(b"\r\nhello\r\n.\r\n")
        assert (await talk.hear()).startswith("250")


async def test_recipients_beyond_the_limit_are_no_small_talk(smtp_door: SmtpDoor) -> None:
    """T10"""
    house = await smtp_door(max_recipients=3, small_talk=4)
    talk = await house.talk()
    await talk.ask("EHLO client")
    await talk.ask(MAIL)
    codes = [await talk.ask(f"RCPT TO:<44770090{n:04}@sms.example.com>") for n in range(50)]
    assert [code[:9] for code in codes] == ["250 2.1.5"] * 3 + ["452 4.5.3"] * 47
    await talk.ask("DATA")
    await talk.say(b"\r\nhello\r\n.\r\n")
    assert (await talk.hear()).startswith("250 2.0.0")


# ---------------------------------------------------------------- T13: open files


@pytest.fixture
def soft_limit() -> Iterator[int]:
    """A low soft limit of open files, as a shell has it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    low = min(soft, 1024)
    resource.setrlimit(resource.RLIMIT_NOFILE, (low, hard))
    yield low
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_soft_limit_of_open_files_is_raised_to_what_a_full_house_needs(soft_limit: int) -> None:
    """T13"""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < FULL_HOUSE:
        pytest.skip("this machine gives a process too few files")
    assert fitting(1200) == 1200
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (FULL_HOUSE, hard)


def test_where_files_are_few_the_door_takes_fewer() -> None:
    """T13: its own cap is met first, so that `accept` never fails for want of a file."""
    few = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300));"
        "from bridge.listeners.sockets import fitting; print(fitting(50), fitting(1200))"
    )
    said = subprocess.run([sys.executable, "-c", few], capture_output=True, text=True, check=True)
    assert said.stdout.endswith("50 100\n")
    assert said.stdout.count("few-files") == 1
