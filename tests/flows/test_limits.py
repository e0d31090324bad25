"""T71 to T73, with the whole house: above a limit a text is held, told once, goes by itself."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage

import pytest

from bridge.cli import life
from bridge.cli.playground import OWNER, merged
from bridge.core.limits import HOUR
from bridge.settings.loading import from_tables
from bridge.settings.passwords import hashed
from tests.flows.conftest import MACHINE, PATIENCE, POSTMASTER, House, OpenHouse, at, letter, until

PHONE = "447700900001"
WORD = "correct horse battery"
MAILS = 120
"""How many the hijacked account mails here; 10,000 were tried."""


def limits(**said: int) -> dict[str, int]:
    """Limits, of which those that are not said are none."""
    return {"texts_per_hour": 0, "texts_per_day": 0, "texts_per_number": 0} | said


async def took(house: House, count: int) -> None:
    async def there() -> bool:
        return len(house.sandbox.taken) >= count

    await until(there)


async def test_what_is_above_a_limit_waits_is_told_once_and_goes_by_itself(
    open_house: OpenHouse,
) -> None:
    house = await open_house(limits=limits(texts_per_hour=2))
    mails = [await house.mail(f"Text {n}", PHONE) for n in range(5)]
    for each in mails[2:]:
        await house.stands(each, "held", token="LIMIT")
    told = await house.told(OWNER, "held")
    body = str(told.message.get_body(("plain",)))
    assert "Its sender's limit of 2 texts an hour is reached" in body
    assert "It goes by itself from about" in body
    assert f"smsbridge spool release {mails[2]}" in body
    await house.told(POSTMASTER, "held")
    spool = house.ground.daemon.spool
    (line,) = [each for each in await spool.browse(mails[2]) if each.what == "delivery"]
    assert "held, goes by itself from" in life.line(line, None, house.clock())
    await house.later(HOUR + 60)
    await took(house, 4)
    await house.later(HOUR + 60)
    await took(house, 5)
    assert [each.text for each in house.sandbox.taken] == [f"Text {n}" for n in range(5)]
    for each in (OWNER, POSTMASTER):
        assert len(house.tellings(each, "held")) == 1


async def test_a_sender_has_its_own_and_an_urgent_text_passes(open_house: OpenHouse) -> None:
    senders = [{"match": MACHINE, "texts_per_hour": 3}, {"match": OWNER, "profile": "person"}]
    house = await open_house(limits=limits(texts_per_hour=1), senders=senders)
    mine = [await house.mail(f"Text {n}", PHONE) for n in range(2)]
    theirs = [
        await house.mail(f"Host {'abcd'[n]} is down", PHONE, sender=MACHINE) for n in range(4)
    ]
    alert = await house.mail("Fire", f"{PHONE}.urgent")
    await house.stands(mine[1], "held")
    await house.stands(theirs[3], "held")
    await house.stands(alert, "delivered")
    assert len(house.sandbox.taken) == 5


async def test_limits_that_are_raised_count_for_what_is_held(open_house: OpenHouse) -> None:
    house = await open_house(limits=limits(texts_per_day=1))
    mails = [await house.mail(f"Text {n}", PHONE) for n in range(3)]
    await house.stands(mails[2], "held")
    await house.rest()
    raised = merged(house.ground.said, {"limits": limits(texts_per_day=9)})
    house.ground.settings = from_tables(raised)
    await house.ground.restart()
    await house.stands(mails[2], "delivered")


# ---------------------------------------------------------------- T72

TEXTS = {
    "one segment": ("Call me", 1),
    "three segments": ("word " * 80, 3),
    "numbered parts": ("Łódź " * 20, 2),
    "20 KB, cut": ("All work and no play. " * 1000, 4),
}


async def test_t72_what_texts_cost_is_what_the_gateway_counts_and_what_is_limited(
    open_house: OpenHouse,
) -> None:
    house = await open_house(limits=limits(texts_per_hour=sum(n for _, n in TEXTS.values())))
    for text, segments in TEXTS.values():
        before = sum(each.credits for each in house.sandbox.taken)
        mail = await house.mail(text, PHONE)
        await house.stands(mail, "delivered")
        assert sum(each.credits for each in house.sandbox.taken) - before == segments
    costs = await house.ground.daemon.spool.costs(0, house.clock() + 1, OWNER)
    assert sum(each.segments for each in costs) == sum(n for _, n in TEXTS.values())
    await house.stands(await house.mail("One more", PHONE), "held")


# ---------------------------------------------------------------- T71


def _posted(port: int, mails: list[EmailMessage]) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        client.login("jo", WORD)
        for n, each in enumerate(mails):
            client.send_message(each, OWNER, at(f"4477009{100 + n % 7:05}"))


async def hijacked(house: House, count: int, *, minutes: int = 10) -> None:
    """An account mails that many in so many minutes, in the time of the house."""
    mails = [letter(f"Win a prize: {n}") for n in range(count)]
    lot = -(-count // minutes)
    for first in range(0, count, lot):
        await asyncio.to_thread(_posted, house.ground.smtp, mails[first : first + lot])
        await house.later(60)


@pytest.fixture
async def guarded(open_house: OpenHouse) -> House:
    """A house with a user, and limits."""
    users = {"jo": {"password": hashed(WORD), "addresses": [OWNER]}}
    senders = [{"match": "user:jo", "profile": "person"}]
    return await open_house(limits=limits(texts_per_hour=30), users=users, senders=senders)


async def test_t71_of_a_hijacked_account_what_the_limits_allow_goes_and_the_operator_hears_once(
    guarded: House,
) -> None:
    await hijacked(guarded, MAILS)
    await guarded.rest()
    assert len(guarded.sandbox.taken) == 30
    held = await guarded.ground.daemon.spool.browse(waiting=True, limit=2 * MAILS)
    states = [each.fields["state"] for each in held if each.what == "delivery"]
    assert states == ["held"] * (MAILS - 30)
    await guarded.told(POSTMASTER, "held")
    assert len(guarded.tellings(POSTMASTER)) == 1
    assert len(guarded.tellings(OWNER, "held")) == 1
    await guarded.ground.daemon.spool.order("drop", "all", "root", guarded.clock())

    async def nothing_waits() -> bool:
        found = await guarded.ground.daemon.spool.browse(waiting=True)
        return not [each for each in found if each.what == "delivery"]

    await until(nothing_waits)
    await guarded.later(HOUR + 120)
    mine = await guarded.mail("Sorry about that", PHONE, sender=OWNER)
    await guarded.stands(mine, "delivered")
