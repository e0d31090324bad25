"""The response table of the promises, row by row, through the whole house.

Each row: what the primary host does with the first request for a text, how often each host was
asked at once and in the end, how the text stands, what the phones got, and who was told what.
Nobody is asked more often than it says, and nobody else hears of anything.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import pytest
import trustme

from bridge.clients import breaker, uplink
from bridge.core import judge
from bridge.core.reporting import TOGETHER
from bridge.sandbox.gateway import Sandbox
from bridge.workers import housekeeper
from tests.faults.answers import ONE, ROWS, Asked, Mail, Row
from tests.flows.conftest import POSTMASTER, House, OpenHouse, until

SAID = "Hello"
DAY = 86_400.0

Away: TypeAlias = Callable[[], AsyncIterator[str]]
"""A place where no request arrives: serves it, and gives its URL."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
async def test_an_answer_leads_to_what_the_table_says(open_house: OpenHouse, row: Row) -> None:
    house = await open_house(backup=row.backup, gateway={"timeout": "1 s"})
    house.sandbox.reporting = False
    house.sandbox.primary.order(row.primary, times=row.times, only="sendmsg")
    spool_id = await house.mail(SAID, *row.to, sender=row.sender)
    await stands(house, spool_id, row.stands, row.token)
    assert asked(house) == row.asked
    for wait in row.waits:
        assert asked(house) == row.asked, "it waits as long as it should"
        await house.later(wait)
    await stands(house, spool_id, row.stands_then or row.stands)
    await house.later(TOGETHER)
    await house.later(DAY)
    assert asked(house) == (row.asked_then or row.asked)
    assert len(house.took(SAID)) == row.taken
    assert told(house) == sorted(row.told)


# ---------------------------------------------------------------- the class A: certainly not sent


async def nowhere() -> AsyncIterator[str]:
    yield "https://nowhere.invalid"


async def refuses() -> AsyncIterator[str]:
    async with Sandbox() as away:
        await away.primary.down()
        yield away.url


async def vouched_for_by_nobody() -> AsyncIterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with Sandbox(tls=context) as stranger:
        yield stranger.url
        assert stranger.primary.met.total == 0


async def hangs_up(hang: bool = False) -> AsyncIterator[str]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if hang:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


def never_shakes_hands() -> AsyncIterator[str]:
    return hangs_up(hang=True)


AWAY = [nowhere, refuses, vouched_for_by_nobody, hangs_up, never_shakes_hands]
TOLD = {vouched_for_by_nobody: [(POSTMASTER, "The gateway does not prove who it is")]}


@pytest.mark.parametrize("away", AWAY, ids=lambda each: each.__name__.replace("_", " "))
async def test_where_a_host_is_not_reached_the_other_one_gets_the_text_at_once(
    open_house: OpenHouse, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "CONNECT_TIMEOUT", 0.5)
    async with asynccontextmanager(away)() as url:
        house = await open_house(backup=True, gateway={"url": url})
        spool_id = await house.mail(SAID, ONE)
        await stands(house, spool_id, "delivered")
        assert asked(house) == (0, 1)
        await house.rest()
        assert told(house) == TOLD.get(away, [])


@pytest.mark.parametrize("away", AWAY, ids=lambda each: each.__name__.replace("_", " "))
async def test_where_no_host_is_reached_a_text_waits_and_goes_once_when_one_is_back(
    open_house: OpenHouse, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "CONNECT_TIMEOUT", 0.5)
    monkeypatch.setattr(breaker, "PROBE_SOON", 0.1)
    monkeypatch.setattr(breaker, "PROBE_EVERY", 1.0)
    monkeypatch.setattr(housekeeper, "LANES_EVERY", 0.1)
    monkeypatch.setattr(judge, "SUBMIT_BACKOFF", (0.5,))
    async with asynccontextmanager(away)() as url:
        house = await open_house(backup=True, gateway={"url": url})
        await house.sandbox.backup.down()
        spool_id = await house.mail(SAID, ONE)
        await house.stands(spool_id, "queued", attempts=2, token="NOT_SENT", resends=0)
        await house.sandbox.backup.up()
        await stands(house, spool_id, "delivered")
        assert asked(house) == (0, 1)
        await house.rest()
        assert told(house) == TOLD.get(away, [])


# ---------------------------------------------------------------- what was seen


async def stands(house: House, spool_id: str, states: str, token: str = "") -> None:
    """Wait until the texts stand so: one word for all, or one for each number in its order."""

    async def there() -> bool:
        found = {str(each["number"]): each for each in await house.deliveries(spool_id)}
        words = [str(found[number]["state"]) for number in sorted(found)]
        same = words == (states.split() if " " in states else [states] * len(words))
        return same and all(each["token"] == token for each in found.values() if token)

    await until(there)


def asked(house: House) -> Asked:
    """How often each host was asked to send the text."""
    doors = house.sandbox.doors
    counts = [sum(e.path.endswith("sendmsg.aspx") for e in door.met) for door in doors]
    return counts[0], counts[1] if len(doors) > 1 else 0


def told(house: House) -> list[Mail]:
    """Every mail that went out: to whom, and its subject."""
    return sorted((", ".join(each.forward_paths), each.subject) for each in house.inbox.mails)
