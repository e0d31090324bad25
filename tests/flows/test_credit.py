"""The account's credit: told before it is used up, waited for when it is, billed when it was."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

from tests.flows.conftest import (
    MACHINE,
    PATIENCE,
    POSTMASTER,
    House,
    OpenHouse,
    StartProcess,
    at,
    letter,
    sent,
    until,
)

PHONE, DEAR, OTHER = "447700900001", "447700900007", "447700900010"
USED_UP = "The gateway takes no texts: INSUFFICIENT_CREDIT"


async def idle(store: str) -> bool:
    """Whether the bridge has nothing more to do, for a phone or for an inbox."""
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"))) as db:
        (left,) = db.execute(
            "SELECT (SELECT count(*) FROM delivery"
            " WHERE state IN ('queued', 'claimed', 'submitting', 'in-doubt'))"
            " + (SELECT count(*) FROM event WHERE state = 'queued')"
        ).fetchone()
    return bool(left == 0)


async def test_texts_wait_for_credit_over_a_restart_and_then_each_goes_once(
    start_process: StartProcess,
) -> None:
    """T74"""
    process = await start_process(gateway={"low_balance": 0})
    process.sandbox.account.balance = 0
    words = [f"Alert {n}" for n in range(5)]
    for each in words:
        await asyncio.to_thread(sent, process.smtp, letter(each), MACHINE, at(PHONE))
    await process.inbox.wait_for(lambda mail: mail.subject == USED_UP, PATIENCE)
    assert await process.signal(15) == 0
    process.sandbox.account.balance = 1000
    with closing(sqlite3.connect(process.store.removeprefix("sqlite:///"))) as db, db:
        rests = db.execute("SELECT token FROM lane WHERE probe_at IS NOT NULL").fetchall()
        assert rests == [("INSUFFICIENT_CREDIT",)]
        db.execute("UPDATE lane SET probe_at = 0 WHERE probe_at IS NOT NULL")  # a minute passes
    await process.start()
    await process.sandbox.taken.wait_total(5, PATIENCE)
    assert sorted(each.text for each in process.sandbox.taken) == words
    await until(lambda: idle(process.store))
    assert process.sandbox.taken.total == 5
    assert [mail.subject for mail in process.inbox.mails] == [USED_UP]


async def test_a_text_too_dear_for_what_is_left_waits_and_holds_up_no_other(
    house: House,
) -> None:
    house.sandbox.account.balance = 5
    dear = await house.mail("To everybody", *(f"4477009001{n:02}" for n in range(10)))
    await house.stands(dear, "queued", token="INSUFFICIENT_CREDIT")
    for n in range(3):
        await house.mail(f"Small {n}", OTHER)
        await house.texted(f"Small {n}")
    await house.rest()
    assert [mail.subject for mail in house.tellings(POSTMASTER) if "takes no" in mail.subject] == []
    house.sandbox.account.balance = 50
    await house.later(75)
    await house.stands(dear, "delivered")
    assert len(house.took("To everybody")) == 10


async def test_a_text_whose_price_nobody_knew_holds_up_no_other_and_is_told_once_a_day(
    house: House,
) -> None:
    dear = await house.mail("Abroad", DEAR)
    await house.stands(dear, "queued", token="INSUFFICIENT_CREDIT", attempts=1)
    said = await house.told(POSTMASTER, "A text costs more than the credit that is left")
    assert "(1000)" in said.text
    for n in range(3):
        await house.mail(f"Small {n}", OTHER)
        await house.texted(f"Small {n}")
        await house.later(650)
        await house.stands(dear, "queued", attempts=n + 2)
    assert len(house.tellings(POSTMASTER)) == 1
    assert (await house.ground.daemon.spool.lanes(house.clock()))[0].paused_since is None


async def test_a_balance_that_was_asked_for_a_text_s_sake_may_be_low_too(
    open_house: OpenHouse,
) -> None:
    house = await open_house(gateway={"low_balance": 2000})
    await house.mail("Abroad", DEAR)
    await house.told(POSTMASTER, "1000 credits")


async def test_a_low_balance_is_told_to_the_postmaster_once(open_house: OpenHouse) -> None:
    """T74"""
    house = await open_house(gateway={"low_balance": 100})
    keeper = house.ground.daemon._housekeeper
    house.sandbox.account.balance = 120
    await keeper.watch()
    house.sandbox.account.balance = 99
    for _ in range(3):
        await keeper.watch()
    await house.told(POSTMASTER, "99 credits")
    house.sandbox.account.balance = 98
    await keeper.watch()
    assert len(await house.events("LowBalance")) == 1
    house.sandbox.account.balance = 110
    await keeper.watch()
    house.sandbox.account.balance = 90
    await keeper.watch()
    await house.told(POSTMASTER, "90 credits")
    assert len(house.tellings(POSTMASTER)) == 2


async def test_a_balance_that_nobody_can_tell_is_no_low_one(house: House) -> None:
    await house.sandbox.primary.down()
    await house.ground.daemon._housekeeper.watch()
    house.sandbox.account.password = "another"
    await house.sandbox.primary.up()
    await house.ground.daemon._housekeeper.watch()
    assert await house.events("LowBalance") == []
