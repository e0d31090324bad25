"""Two hosts of one gateway: what the other one can do about it, and what only a person can mend."""

from __future__ import annotations

import ssl
import time
from collections.abc import Awaitable, Callable

import pytest
import trustme

from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.trouble import Hang, Reply
from tests.flows.conftest import POSTMASTER, House, OpenHouse, until

PHONE, OTHER = "447700900001", "447700901234"
NO_LOGIN = Reply(b"ERR:LOGIN_INVALID\r\n")
NOT_FOUND = Reply(b"no such page", status=404)
MOVED = Reply(b"elsewhere", status=308)


async def test_texts_go_by_the_host_that_takes_the_account_and_the_postmaster_hears_once(
    open_house: OpenHouse,
) -> None:
    house = await open_house(backup=True)
    house.sandbox.primary.order(NO_LOGIN, times=2, only="sendmsg")
    for words in ("One", "Two"):
        spool_id = await house.mail(words, PHONE)
        await house.stands(spool_id, "delivered")
    told = await house.told(POSTMASTER, "The gateway takes no texts: LOGIN_INVALID")
    await house.rest()
    assert house.sandbox.primary.url in told.text
    assert {text.door for text in house.sandbox.taken} == {house.sandbox.backup.url}
    assert len(house.tellings(POSTMASTER)) == 1


async def test_an_account_that_the_only_host_in_reach_refuses_lets_the_lane_rest(
    open_house: OpenHouse,
) -> None:
    house = await open_house(backup=True)
    await house.sandbox.backup.down()
    house.sandbox.primary.order(NO_LOGIN, times=1, only="sendmsg")
    spool_id = await house.mail("Hello", PHONE)
    await house.told(POSTMASTER, "The gateway takes no texts: LOGIN_INVALID")
    await house.stands(spool_id, "queued", token="LOGIN_INVALID")
    await house.later(61)
    await house.stands(spool_id, "delivered")
    assert len(house.tellings(POSTMASTER)) == 1


@pytest.mark.parametrize(
    ("said", "token"), [(NOT_FOUND, "HTTP_404"), (MOVED, "HTTP_308")], ids=["no such page", "moved"]
)
async def test_a_wrong_address_of_the_gateway_is_told_once_and_texts_wait(
    open_house: OpenHouse, said: Reply, token: str
) -> None:
    """T62: a redirect is not followed; only a person can say where the gateway is."""
    house = await open_house()
    house.sandbox.primary.order(said, times=2, only="sendmsg")
    spool_id = await house.mail("Hello", PHONE)
    await house.told(POSTMASTER, f"The gateway takes no texts: {token}")
    await house.later(6.1)
    await house.stands(spool_id, "queued")
    await house.later(18.1)
    await house.stands(spool_id, "delivered", attempts=3)
    assert len(house.tellings(POSTMASTER)) == 1


async def test_a_primary_that_says_nothing_loses_the_others_to_the_backup_and_gets_them_back(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.clients.uplink.SILENCE", 0.2)
    house = await open_house(backup=True, gateway={"timeout": "3 s", "stay_on_backup": "5 min"})
    primary, backup = house.sandbox.doors
    primary.order(Hang(), times=1, only="sendmsg")
    lost = await house.mail("Lost", PHONE)
    await until(first(house, backup.url))
    await house.mail("Fire", OTHER)
    (text,) = await house.texted("Fire")
    assert text.door == backup.url
    await house.stands(lost, "in-doubt")
    assert not house.took("Lost"), "never blindly by the other one"
    await house.later(301)
    await until(first(house, primary.url))
    await house.mail("Over", OTHER)
    (text,) = await house.texted("Over")
    assert text.door == primary.url


async def test_a_primary_that_hangs_in_all_hands_keeps_no_new_text_waiting(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.clients.uplink.SILENCE", 0.3)  # of 10 s, where 15 s are promised
    house = await open_house(backup=True, gateway={"timeout": "5 s", "connections": 3})
    primary, backup = house.sandbox.doors
    primary.order(Hang(), times=1000, only="sendmsg")
    lost = [await house.mail(f"Lost {n}", f"44770090100{n}") for n in range(3)]
    for each in lost:
        await house.stands(each, "submitting")
    began = time.monotonic()
    await house.mail("Fire", OTHER)
    (text,) = await house.texted("Fire")
    assert text.door == backup.url
    assert time.monotonic() - began < 2
    for each in lost:
        await house.stands(each, "submitting")
    for each in lost:
        await house.stands(each, "in-doubt")


async def test_a_gateway_that_is_slow_but_works_keeps_all_its_hands(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.clients.uplink.SILENCE", 0.2)
    house = await open_house(gateway={"timeout": "5 s", "connections": 8})
    house.sandbox.primary.latency = 0.4
    began = time.monotonic()
    for n in range(32):
        await house.mail(f"Text {n}", f"4477009010{n:02}")
    await until(lambda: all_taken(house, 32))
    assert time.monotonic() - began < 32 * 0.4 / 2, "they did not go one by one"


async def all_taken(house: House, count: int) -> bool:
    return len(house.sandbox.taken) >= count


def first(house: House, url: str) -> Callable[[], Awaitable[bool]]:
    async def found() -> bool:
        return house.ground.daemon.uplink.order()[0] == url

    return found


async def test_a_gateway_that_cannot_prove_who_it_is_is_told_once_and_hears_nothing(
    open_house: OpenHouse,
) -> None:
    """T61: texts wait, the lane does not rest, and all goes by itself once the certificate is good.

    The first host is one whose certificate nobody vouches for; it is asked in vain, and is down.
    """
    impostor = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(impostor)
    async with Sandbox(tls=impostor) as sandbox:
        house = await open_house(gateway={"url": sandbox.url})
        spool_id = await house.mail("Hello", PHONE)
        told = await house.told(POSTMASTER, "The gateway does not prove who it is")
        assert f"unable to get local issuer certificate ({sandbox.url})" in told.text
        await house.stands(spool_id, "queued", token="NOT_SENT")
        await house.mail("Hello again", OTHER)
        await house.rest()
        assert len(house.tellings(POSTMASTER)) == 1
        assert not list(sandbox.taken)
        lanes = await house.ground.daemon.spool.lanes(house.clock())
        assert not any(lane.paused_since for lane in lanes)
