"""The account's credit: told before it is used up, waited for when it is, billed when it was."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.flows.conftest import (
    MACHINE,
    POSTMASTER,
    House,
    OpenHouse,
    StartProcess,
    at,
    letter,
    sent,
    written,
)
from tests.flows.test_journal import commanded

PHONE, OTHER = "447700900001", "447700900010"
USED_UP = "The gateway takes no texts: INSUFFICIENT_CREDIT"


async def test_texts_wait_for_credit_over_a_restart_and_then_each_goes_once(
    start_process: StartProcess,
) -> None:
    process = await start_process(gateway={"low_balance": 0})
    process.sandbox.account.balance = 0
    words = [f"Alert {n}" for n in range(5)]
    for each in words:
        await asyncio.to_thread(sent, process.smtp, letter(each), MACHINE, at(PHONE))
    await process.inbox.wait_for(lambda mail: mail.subject == USED_UP, 10)
    assert await process.signal(15) == 0
    process.sandbox.account.balance = 1000
    with closing(sqlite3.connect(process.store.removeprefix("sqlite:///"))) as db, db:
        rests = db.execute("SELECT token FROM lane WHERE probe_at IS NOT NULL").fetchall()
        assert rests == [("INSUFFICIENT_CREDIT",)]
        db.execute("UPDATE lane SET probe_at = 0 WHERE probe_at IS NOT NULL")  # a minute passes
    await process.start()
    await process.sandbox.taken.wait_total(5)
    assert sorted(each.text for each in process.sandbox.taken) == words
    await asyncio.sleep(0.5)
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
    assert [mail.subject for mail in house.tellings(POSTMASTER) if "takes no" in mail.subject] == []
    house.sandbox.account.balance = 50
    await house.later(75)
    await house.stands(dear, "delivered")
    assert len(house.took("To everybody")) == 10


async def test_a_low_balance_is_told_to_the_postmaster_once(open_house: OpenHouse) -> None:
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
    house.sandbox.account.balance = 100
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


async def test_the_command_says_how_long_the_credit_lasts(house: House, tmp_path: Path) -> None:
    smsbridge = commanded(written(house.ground.said, tmp_path))
    house.sandbox.account.balance = 120
    nothing = await smsbridge("balance")
    assert (nothing.status, nothing.out) == (0, "120 credits\n")
    now = house.clock()
    for days, balance in ((4, 240), (3, 210), (2, 180), (1, 150)):
        await house.ground.daemon.spool.weigh(balance, 0, now - days * 86400)
    said = await smsbridge("balance")
    assert said.out == "120 credits, about 4 days at the present rate\n"
    assert (await smsbridge("balance", "--json")).objects[0]["days_left"] == 4.0
