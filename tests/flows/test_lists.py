"""Lists managed by mail, and opt-outs: from a person's word to the gateway and back to an inbox."""

from __future__ import annotations

import asyncio
import signal
import smtplib
from email.policy import SMTP

from bridge.cli.playground import DOMAIN, OWNER, TEAM
from bridge.sandbox.account import LIST
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.trouble import Reply
from bridge.settings.passwords import hashed
from bridge.workers.lists import PATIENCE as AN_HOUR
from tests.flows.conftest import PATIENCE, House, OpenHouse, StartProcess, letter, until

PASSWORD = "correct horse battery"
SAM, ALEX, KIM = "447700900101", "447700900102", "447700900103"
UPDATE = "updatesubscriptionlist.aspx"
MANAGED = {
    "users": {"jo": {"password": hashed(PASSWORD), "addresses": [OWNER]}},
    "subscription_lists": {"alerts": {"name": LIST, "managers": ["jo"]}},
}


def ordered(port: int, action: str, *numbers: str, subject: str = "New people") -> str:
    """A manager mails numbers to the list's address; the 250."""
    mail = letter("\n".join(numbers), subject)
    mail["Message-ID"] = "<order@example.com>"
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        client.ehlo()
        client.login("jo", PASSWORD)
        client.mail(OWNER)
        code, words = client.rcpt(f"alerts-{action}@{DOMAIN}")
        assert code == 250, words
        code, words = client.data(mail.as_bytes(policy=SMTP))
        assert code == 250, words
    return words.decode().rpartition(" ")[2]


async def order(house: House, action: str, *numbers: str) -> str:
    return await asyncio.to_thread(ordered, house.ground.smtp, action, *numbers)


def refused(port: int, address: str) -> str:
    """What a recipient is answered that is not taken; "" for one that is."""
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail(OWNER)
        code, words = client.rcpt(f"{address}@{DOMAIN}")
    return "" if code == 250 else f"{code} {words.decode()}"


async def said_no(house: House, address: str) -> str:
    return await asyncio.to_thread(refused, house.ground.smtp, address)


def updates(sandbox: Sandbox) -> list[str]:
    """The numbers whose change was asked for, each time."""
    return [each.form.get("msisdn") for each in sandbox.asked if each.path.endswith(UPDATE)]


async def test_a_manager_changes_a_list_by_mail_and_hears_how_it_went(
    open_house: OpenHouse,
) -> None:
    house = await open_house(**MANAGED)
    house.sandbox.primary.order(Reply(b"ERR:INVALID_NUMBER\r\n"), only=UPDATE)
    await order(house, "subscribe", "nobody", "07700 900101", f"+{ALEX}", KIM)
    answer = await house.told(OWNER, "New people")
    assert house.sandbox.account.lists[LIST] == {ALEX, KIM}
    assert answer.message["In-Reply-To"] == "<order@example.com>"
    assert answer.message["Auto-Submitted"]
    body = answer.message.get_content()
    for words in ("07700 900101", "07700 900102", "07700 900103", "nobody is neither a number"):
        assert words in body
    assert len(house.tellings(OWNER)) == 1


async def test_who_is_taken_off_a_list_is_not_texted_until_put_back(
    open_house: OpenHouse,
) -> None:
    house = await open_house(**MANAGED)
    await order(house, "unsubscribe", SAM)
    await house.told(TEAM, "New people")  # who reads of the list reads the answer
    await until(lambda: _count(house, "ListChanged", 1))
    assert "opted out from the list alerts on" in await said_no(house, SAM)
    await order(house, "delete", SAM)
    await until(lambda: _count(house, "ListChanged", 2))
    assert await said_no(house, SAM) != ""
    await asyncio.sleep(1)  # callbacks count in seconds, and of two wishes in one STOP counts
    await order(house, "subscribe", SAM)
    await until(lambda: _count(house, "ListChanged", 3))
    assert await said_no(house, SAM) == ""
    await house.rest()
    assert house.tellings(TEAM, LIST) == []  # the gateway's own word on what was ordered


async def _count(house: House, kind: str, wanted: int) -> bool:
    return len(await house.events(kind)) >= wanted


async def _tries(house: House) -> int:
    (event,) = await house.events("ListOrder")
    return int(str(event.fields["attempts"]))


async def test_a_gateway_that_is_down_for_ten_minutes_delays_the_answer(
    open_house: OpenHouse,
) -> None:
    house = await open_house(**MANAGED)
    await house.sandbox.primary.down()
    await order(house, "subscribe", SAM, ALEX)
    for _ in range(5):
        await house.later(120)
    assert await _tries(house) > 1
    assert house.tellings(OWNER) == []
    await house.sandbox.primary.up()
    await house.later(600)
    await house.told(OWNER, "New people")
    assert house.sandbox.account.lists[LIST] == {SAM, ALEX}


async def test_what_is_not_done_within_the_hour_is_said_so(open_house: OpenHouse) -> None:
    house = await open_house(**MANAGED)
    await house.sandbox.primary.down()
    await order(house, "delete", SAM)
    await house.rest()
    assert await _tries(house) > 0
    await house.later(AN_HOUR)
    answer = await house.told(OWNER, "New people")
    assert "07700 900101" in answer.message.get_content()
    await house.sandbox.primary.up()
    await house.later(600)
    assert updates(house.sandbox) == []


async def test_a_kill_in_between_loses_nothing_and_repeats_little(
    start_process: StartProcess,
) -> None:
    process = await start_process(**MANAGED)
    process.sandbox.primary.latency = 0.1
    numbers = [f"4477009002{n:02}" for n in range(8)]
    await asyncio.to_thread(ordered, process.smtp, "subscribe", *numbers)

    async def half_done() -> bool:
        return len(updates(process.sandbox)) >= 4

    await until(half_done)
    await process.signal(signal.SIGKILL)
    process.sandbox.primary.latency = 0.0
    await process.start()
    answer = await process.inbox.wait_for(lambda mail: "New people" in mail.subject, PATIENCE)
    assert OWNER in answer.forward_paths
    assert process.sandbox.account.lists[LIST] == set(numbers)
    asked = updates(process.sandbox)
    assert set(asked) == set(numbers)
    assert len(asked) <= len(numbers) + 1  # the one under way may have been changed
    assert await process.signal(signal.SIGTERM) == 0
    assert len([mail for mail in process.inbox.mails if "New people" in mail.subject]) == 1


async def test_who_says_stop_is_texted_no_more_until_start(house: House) -> None:
    await house.sandbox.primary.down()
    waits = await house.mail("Can you call me?", KIM)
    await house.stands(waits, "queued", token="NOT_SENT")
    house.sandbox.text_in(KIM, "Stop!")
    await house.stands(waits, "rejected", token="OPTED_OUT")
    await house.later(60)
    told = await house.told(OWNER, "not delivered")
    assert "opted out with STOP" in told.message.as_string()
    no = await said_no(house, KIM)
    assert no.startswith(f"550 5.7.1 {KIM} opted out with STOP")
    await asyncio.sleep(1)  # callbacks count in seconds, and of two wishes in one STOP counts
    house.sandbox.text_in(KIM, "start")

    async def back() -> bool:
        return await said_no(house, KIM) == ""

    await until(back)
    await house.sandbox.primary.up()
    await house.later(600)
    assert house.took("Can you call me?") == []


async def test_an_alert_to_a_contact_is_not_silenced_by_a_text(house: House) -> None:
    house.sandbox.text_in("447700900006", "STOP")
    mail = await house.told(TEAM, "Text from Sam Jones")
    assert "smsbridge optout add 447700900006" in mail.message.get_content()
    assert await said_no(house, "sam") == ""
