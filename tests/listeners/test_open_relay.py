"""T8: the open-relay matrix: each door, each peer, with and without AUTH, each form of recipient.

`DOORS` x `PEERS` x `LOGINS` x the recipients of `ANSWERS` are 432 cells; all of them are asked of a
listener that runs, and each has the answer that stands for it here.
"""

from __future__ import annotations

from ipaddress import ip_network
from itertools import product
from typing import TYPE_CHECKING, Literal, TypeAlias

import pytest

from bridge.core.policy import SenderRule

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor, SmtpHouse, Talk

Door: TypeAlias = Literal["25, plain", "587, STARTTLS", "465, TLS"]
Peer: TypeAlias = Literal["trusted", "relay", "stranger"]
Login: TypeAlias = Literal["a user", "nobody"]
DOORS: tuple[Door, ...] = ("25, plain", "587, STARTTLS", "465, TLS")
PEERS: tuple[Peer, ...] = ("trusted", "relay", "stranger")
LOGINS: tuple[Login, ...] = ("a user", "nobody")
SOURCES = {"trusted": "127.0.1.1", "relay": "127.0.2.1", "stranger": "127.0.3.1"}
RULES = {
    "relays": (ip_network("127.0.2.0/24"),),
    "authserv_id": "mx.example.com",
    "senders": (SenderRule("*@example.com"),),
}

YES = "250 2.1.5 ok"
NO = "550 5.7.1 this server takes mail to phones from its own users only"
SYNTAX = "501 5.5.4 say TO:<address>"
EMPTY = "501 5.1.3 an empty address gets nothing"
NO_TEXT = "550 5.1.1 mail to {} is no text; write to ops@example.com"
ELSEWHERE = "550 5.7.1 <{}> is not at sms.example.com; nothing is relayed"

SAM = "447700900123@sms.example.com"
ANSWERS: dict[str, dict[Literal["admitted", "relay", "stranger"], str]] = {
    f"<{SAM}>": {"admitted": YES, "relay": YES, "stranger": NO},
    SAM: {"admitted": YES, "relay": YES, "stranger": NO},
    f"<@evil.org:{SAM}>": {"admitted": YES, "relay": YES, "stranger": NO},  # its route is ignored
    f"<@evil.org,@evil.net:{SAM}>": {"admitted": YES, "relay": YES, "stranger": NO},
    "<447700900123@SMS.EXAMPLE.COM>": {"admitted": YES, "relay": YES, "stranger": NO},
    **{
        f"<{address}>": {"admitted": no, "relay": no, "stranger": NO}
        for address in (
            "user@gmail.com",
            "447700900123%sms.example.com@evil.org",
            "user%gmail.com@evil.org",
            "evil.org!user@gmail.com",
            f'"{SAM}"@evil.org',
            '"user@gmail.com"@[127.0.0.1]',
            "user@[127.0.0.1]",
            "447700900123@sms.example.com.evil.org",
            "447700900123",
        )
        for no in (ELSEWHERE.format(address),)
    },
    "<user%gmail.com@sms.example.com>": {
        "admitted": "550 5.1.1 user%gmail.com is neither a number nor a name known here",
        "relay": YES,
        "stranger": NO,
    },
    '<"user@gmail.com"@sms.example.com>': {
        "admitted": "550 5.1.1 user@gmail.com is neither a number nor a name known here",
        "relay": YES,
        "stranger": NO,
    },
    "<gmail.com!user@sms.example.com>": {
        "admitted": "550 5.1.1 gmail.com!user is neither a number nor a name known here",
        "relay": YES,
        "stranger": NO,
    },
    f"<{SAM}@evil.org>": {"admitted": SYNTAX, "relay": SYNTAX, "stranger": SYNTAX},
    "<user@gmail.com@sms.example.com>": {"admitted": SYNTAX, "relay": SYNTAX, "stranger": SYNTAX},
    "<>": {"admitted": EMPTY, "relay": EMPTY, "stranger": EMPTY},
    "<postmaster>": {"admitted": NO_TEXT.format("postmaster"), "relay": YES, "stranger": NO},
    "<postmaster@sms.example.com>": {
        "admitted": NO_TEXT.format("postmaster"),
        "relay": YES,
        "stranger": NO,
    },
    "<abuse@sms.example.com>": {
        "admitted": NO_TEXT.format("abuse"),
        "relay": YES,
        "stranger": NO,
    },
    "<bounces@sms.example.com>": {"admitted": YES, "relay": YES, "stranger": NO},
}


async def arrived(house: SmtpHouse, door: Door, peer: Peer, login: Login) -> Talk:
    """A client that has said what it can at this door, and begins a mail."""
    talk = await house.talk(tls=door == "465, TLS", source=SOURCES[peer])
    await talk.ask("EHLO client")
    if door == "587, STARTTLS":
        assert (await talk.ask("STARTTLS")).startswith("220")
        await talk.writer.start_tls(house.trust, server_hostname="localhost")
        await talk.ask("EHLO client")
    if login == "a user":
        await talk.ask("AUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=")
    assert await talk.ask("MAIL FROM:<jo@example.com>") == "250 2.1.0 ok"
    return talk


@pytest.mark.parametrize(("door", "peer", "login"), list(product(DOORS, PEERS, LOGINS)))
async def test_t8_nobody_is_texted_or_mailed_for_a_stranger(
    smtp_door: SmtpDoor, door: Door, peer: Peer, login: Login
) -> None:
    house = await smtp_door(
        trusted=(ip_network("127.0.1.0/24"), ip_network("127.0.2.0/24")),
        postmaster="ops@example.com",
        rules=RULES,
    )
    talk = await arrived(house, door, peer, login)
    # this machine may log in without TLS; nobody else may, as test_smtp_clients has it
    standing = "admitted" if login == "a user" or peer == "trusted" else peer
    found = {}
    for recipient in ANSWERS:
        found[recipient] = await talk.ask(f"RCPT TO:{recipient}")
        await talk.ask("RSET")
        await talk.ask("MAIL FROM:<jo@example.com>")
    assert found == {recipient: answers[standing] for recipient, answers in ANSWERS.items()}
    assert (await talk.ask("RCPT TO:<user@gmail.com>")).startswith("550 5.7.1")
    assert (await talk.ask("DATA")).startswith("554 5.5.1")
    assert not house.spool.mails
    assert standing == "admitted" or not house.spool.asked  # strangers cost no look into the store


def test_t8_the_matrix_has_cells_enough() -> None:
    assert len(DOORS) * len(PEERS) * len(LOGINS) * len(ANSWERS) >= 90
