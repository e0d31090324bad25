"""A mail server that refuses, hangs or goes away: the mail waits, and comes again as it was.

Time-outs are a 150th of what they are in use: 30 s for an answer, 660 s for that to the last dot.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bridge import daemon
from bridge.cli.playground import TEAM
from bridge.clients import smarthost
from bridge.clients.smarthost import Mode, Smarthost
from bridge.settings.model import Settings
from tests.clients.test_smarthost import DROP, HANG, Scripted, scripted
from tests.flows.conftest import POSTMASTER, House, OpenHouse, until

PHONE, WORDS = "447700900001", "Is anybody there?"
SCALE = 150
RETRY = 13.0

Script = Mapping[str, str | list[str]]


def hasty(port: int, *, mode: Mode = "smtp") -> Smarthost:
    return Smarthost(
        "127.0.0.1",
        port,
        mode=mode,
        hostname="sms.example.com",
        step_timeout=smarthost.STEP_TIMEOUT / SCALE,
        data_timeout=smarthost.DATA_TIMEOUT / SCALE,
    )


@asynccontextmanager
async def served(script: Script) -> AsyncIterator[Scripted]:
    """A mail server by a script, which at the end keeps no connection open."""
    async with scripted(script) as server:
        try:
            yield server
        finally:
            server.hang_up()


@dataclass(frozen=True)
class Row:
    """What the server says the first time, how often it gets the mail, and who hears of it."""

    id: str
    script: Script
    copies: int = 1
    told: Sequence[str] = field(default=(TEAM,))


ROWS = [
    Row("hangs before its greeting", {"greeting": [HANG, "220 mx"]}),
    Row("is busy", {"greeting": ["421 busy", "220 mx"]}),
    Row("hangs at EHLO", {"EHLO": [HANG, "250 mx"]}),
    Row("4xx at MAIL", {"MAIL": ["451 wait", "250 ok"]}),
    Row("hangs at MAIL", {"MAIL": [HANG, "250 ok"]}),
    Row("drops at MAIL", {"MAIL": [DROP, "250 ok"]}),
    Row("4xx at RCPT", {"RCPT": ["450 grey", "250 ok"]}),
    Row("4xx at DATA", {"DATA": ["451 wait", "354 go on"]}),
    Row("hangs at DATA", {"DATA": [HANG, "354 go on"]}),
    Row("drops at DATA", {"DATA": [DROP, "354 go on"]}),
    Row("4xx after the last dot", {"END": ["452 full", "250 ok"]}, copies=2),
    Row("hangs after the last dot", {"END": [HANG, "250 ok"]}, copies=2),
    Row("drops after the last dot", {"END": [DROP, "250 ok"]}, copies=2),
    Row("nonsense after the last dot", {"END": ["what?", "250 ok"]}, copies=2),
    Row("5xx at RCPT", {"RCPT TO:<team": "550 no such user"}, copies=0, told=(POSTMASTER,)),
    Row("5xx at DATA", {"DATA": ["554 no", "354 go on"]}, copies=0, told=(POSTMASTER,)),
    Row("5xx after the last dot", {"END": ["554 spam", "250 ok"]}, told=(TEAM, POSTMASTER)),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
async def test_a_mail_comes_again_to_the_octet_until_it_is_taken_or_refused(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch, row: Row
) -> None:
    async with served(row.script) as server:
        monkeypatch.setattr(daemon, "smarthost_of", lambda _: hasty(server.port))
        house = await open_house()
        house.sandbox.text_in(PHONE, WORDS)
        refused = POSTMASTER in row.told
        await until(lambda: _stands(house, "dead" if refused else "queued", tries=1))
        await house.later(RETRY)
        await until(lambda: _stands(house, "dead" if refused else "mailed"))
        await house.later(86_400)
        copies = [mail for mail in server.mails if WORDS.encode() in mail]
        assert len(copies) == row.copies
        assert len(set(copies)) <= 1, "each copy is the same mail: its Message-ID is, too"
        taken = [each for each in server.said("RCPT TO:") if "550" not in row.script.get(each, "")]
        assert {each.partition("<")[2].rstrip(">") for each in taken} == {*row.told, TEAM}


async def test_where_tls_is_asked_for_and_not_offered_nothing_is_said(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served({}) as server:
        monkeypatch.setattr(daemon, "smarthost_of", lambda _: hasty(server.port, mode="starttls"))
        house = await open_house()
        house.sandbox.text_in(PHONE, WORDS)
        await until(lambda: _stands(house, "queued", tries=1))
        await house.later(RETRY)
        assert server.connections == 2
        assert server.said("MAIL") == []


async def test_a_server_that_takes_two_minutes_over_the_last_dot_gets_no_second_copy(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(settings: Settings) -> Smarthost:
        return hasty(settings.mail.smarthost.port)

    monkeypatch.setattr(daemon, "smarthost_of", made)
    house = await open_house()
    house.inbox.latency = 120 / SCALE
    house.sandbox.text_in(PHONE, WORDS)
    await until(lambda: _stands(house, "mailed"))
    await house.later(86_400)
    assert house.inbox.mails.total == 1


def test_a_lease_outlasts_the_longest_that_a_server_may_take() -> None:
    assert smarthost.DATA_TIMEOUT > 600, "RFC 5321, 4.5.3.2.6"
    assert daemon.NOTICE_LEASE > smarthost.DATA_TIMEOUT + 6 * smarthost.STEP_TIMEOUT


async def _stands(house: House, state: str, tries: int = 0) -> bool:
    found = [each.fields for each in await house.events("SmsReceived")]
    return bool(found) and all(
        each["state"] == state and int(str(each["attempts"])) >= tries for each in found
    )
