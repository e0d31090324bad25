"""What a running bridge tells Prometheus: each figure is found where something happened."""

from __future__ import annotations

import asyncio
import re
import smtplib
import socket

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bridge.cli.playground import OWNER
from bridge.metrics import page
from bridge.sandbox.trouble import Reply
from tests.flows.conftest import CANARY, MACHINE, POSTMASTER, House, OpenHouse, at

PHONE, INVALID, OTHER = "447700900001", "447700900002", "447700900077"
TEXT = "marzipan"
LISTENING = {"admin_listen": ["127.0.0.1:0"]}

Figures = dict[str, float]


async def page_of(house: House) -> str:
    """The page, once all that is due is done."""
    await house.rest()
    (port,) = house.ground.daemon.admin_ports
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        assert answer.status == 200
        return await answer.text()


def figures(said: str) -> Figures:
    """Every series as `name{label=value,…}`, without the house's name before it."""
    found = {}
    for family in text_string_to_metric_families(said):
        assert family.documentation, family.name
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            name = sample.name.removeprefix("smsbridge_")
            found[f"{name}{{{labels}}}" if labels else name] = sample.value
    return found


async def read(house: House) -> Figures:
    return figures(await page_of(house))


async def refused(house: House, recipient: str) -> None:
    """Ask the door for somebody whom it does not take."""

    def asks() -> None:
        with (
            smtplib.SMTP("127.0.0.1", house.ground.smtp) as client,
            pytest.raises(smtplib.SMTPRecipientsRefused),
        ):
            client.sendmail(OWNER, at(recipient), TEXT)

    await asyncio.to_thread(asks)


@pytest.fixture(autouse=True)
def each_look_is_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "FRESH", 0.0)


async def test_a_day_s_work_is_found_in_the_figures(open_house: OpenHouse) -> None:
    house = await open_house(http=LISTENING)
    await house.mail(TEXT, PHONE)
    await house.mail("x" * 200, PHONE, sender=MACHINE)
    await house.mail(TEXT, INVALID)
    await refused(house, "nobody")
    house.sandbox.text_in(PHONE, TEXT)
    house.sandbox.text_in(OTHER, "STOP")
    await house.later(30)  # what fails is told with what fails beside it
    found = await read(house)
    assert found["mails_accepted_total{profile=person}"] == 2
    assert found["mails_accepted_total{profile=machine}"] == 1
    assert found["segments_accepted_total{profile=machine}"] == 2
    assert found["mail_accept_seconds_count"] == 3
    assert found["refusals_total{reply=550 5.1.1}"] == 1
    assert found["texts_total{state=submitted}"] == 2
    assert found["texts_total{state=rejected}"] == 1
    assert found["text_tokens_total{state=rejected,token=INVALID_NUMBER}"] == 1
    assert "text_tokens_total{state=submitted,token=}" not in found, "no word, no count"
    assert found["text_submit_seconds_count"] == 2
    assert found[f"gateway_request_seconds_count{{host={house.sandbox.url}}}"] == 3
    assert found["callbacks_total{kind=SmsReceived,repeated=no}"] == 2
    assert found["status_reports_total{progress=delivered}"] == 2
    reports = found["callbacks_total{kind=StatusReport,repeated=no}"]
    assert found["callback_accept_seconds_count"] == 2 + reports
    assert found["optouts_total{effect=stopped}"] == 1
    assert found["notices_total{kind=Undelivered,state=mailed}"] == 1
    assert found["notices_total{kind=SmsReceived,state=mailed}"] == 2
    assert found["notice_send_seconds_count"] >= 3
    assert found["queue_depth{lane=submit}"] == found["queue_depth{lane=notify}"] == 0
    assert found["store_up"] == found["smarthost_up"] == 1
    assert found["faults_total"] == 0
    for each in ("mail_accept", "text_submit", "gateway_request", "callback_accept"):
        sums = [v for name, v in found.items() if name.startswith(f"{each}_seconds_sum")]
        assert 0 < sum(sums) < 60, each
    assert found["process_resident_memory_bytes"] > 2**20
    assert not [each for each in found if "_created" in each]


async def test_what_fails_is_found_in_the_figures(open_house: OpenHouse) -> None:
    house = await open_house(http=LISTENING, backup=True, limits={"texts_per_number": 1})
    primary, backup = house.sandbox.doors
    await primary.down()
    for n in range(3):
        await house.mail(f"{TEXT} {n}", PHONE)
    await house.texted(f"{TEXT} 0")
    backup.order(Reply(b"ERR:LOGIN_INVALID"), 2)
    await house.mail(TEXT, OTHER)
    await house.told(POSTMASTER, "gateway")
    found = await read(house)
    assert found[f"gateway_host_up{{host={primary.url}}}"] == 0
    assert found[f"gateway_host_up{{host={backup.url}}}"] == 1
    assert found["text_tokens_total{state=held,token=LIMIT}"] == 2
    assert found["limits_reached_total"] == 1
    assert found["text_tokens_total{state=queued,token=LOGIN_INVALID}"] == 1
    assert found["queue_resting{lane=submit}"] == 1
    assert found["queue_depth{lane=submit}"] == 3
    assert "gateway_balance_credits" not in found, "nobody asked"
    await primary.up()
    await house.later(61)
    found = await read(house)
    assert found["queue_resting{lane=submit}"] == 0
    assert found["gateway_balance_credits"] > 0
    assert found["texts_total{state=submitted}"] == 2


async def test_a_storm_is_found_as_folded_texts(open_house: OpenHouse) -> None:
    house = await open_house(http=LISTENING)
    for _ in range(3):
        await house.mail(TEXT, PHONE, sender=MACHINE)
    found = await read(house)
    assert found["texts_total{state=folded}"] == 2


async def test_no_label_tells_of_anybody_or_of_what_was_said(open_house: OpenHouse) -> None:
    """P11: numbers, addresses, texts, the password and the callbacks' token."""
    house = await open_house(http=LISTENING)
    for word in (TEXT, PHONE, CANARY.upper()):
        house.sandbox.primary.order(Reply(f"ERR:{word}".encode()), 1)
        await house.mail(TEXT, PHONE, subject=TEXT)
    await refused(house, f"{TEXT}.{PHONE}")
    house.sandbox.text_in(PHONE, TEXT)
    house.sandbox.list_changed(TEXT, OTHER, "2")
    said = await page_of(house)
    assert figures(said)["text_tokens_total{state=rejected,token=ODD_ERROR}"] == 3
    for each in (
        TEXT,
        CANARY,
        CANARY.upper(),
        OWNER,
        "example.com",
        house.sandbox.account.password,
    ):
        assert each not in said
    labels = re.findall(r'="([^"]*)"', said)
    assert not [each for each in labels if re.search(r"[0-9]{7}", each)]


async def test_each_bridge_tells_of_itself_alone(open_house: OpenHouse) -> None:
    house, other = await open_house(http=LISTENING), await open_house(http=LISTENING)
    await house.mail(TEXT, PHONE, PHONE)
    await house.texted(TEXT)
    told = await read(house), await read(other)
    for name in ("mail_accept_seconds_count", "text_submit_seconds_count"):
        assert [each[name] for each in told] == [1, 0]


async def test_the_machine_s_own_names_may_be_asked_by(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "node1.internal")
    house = await open_house(http=LISTENING)
    (port,) = house.ground.daemon.admin_ports
    heard = {}
    async with aiohttp.ClientSession() as session:
        for name in (house.ground.daemon.policy.hostname, "node1.internal", "evil.example"):
            asked = session.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": name})
            async with asked as answer:
                heard[name] = answer.status
    assert list(heard.values()) == [200, 200, 421]
    assert all("." in name for name in heard), "others are answered anyway"


async def test_without_an_address_nothing_is_counted(open_house: OpenHouse) -> None:
    house = await open_house()
    await house.mail(TEXT, PHONE)
    await house.rest()
    found = figures((await house.ground.daemon._page.read()).decode())
    assert found["mail_accept_seconds_count"] == found["callback_accept_seconds_count"] == 0


async def test_a_mail_server_that_is_away_and_back_is_found_in_the_figures(
    open_house: OpenHouse,
) -> None:
    house = await open_house(http=LISTENING)
    house.ground.daemon._smarthost._port, port = 1, house.ground.daemon._smarthost._port
    house.sandbox.text_in(PHONE, TEXT)
    await house.later(1)
    assert (await read(house))["smarthost_up"] == 0
    house.ground.daemon._smarthost._port = port
    await house.later(60)
    assert (await read(house))["smarthost_up"] == 1
