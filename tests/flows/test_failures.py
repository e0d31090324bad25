"""What happens when the gateway, the network, the account or the mail server fails."""

from __future__ import annotations

import time

from bridge.cli.playground import OWNER
from bridge.core.reporting import TOGETHER
from bridge.sandbox.trouble import Drop, Hang, Reply
from tests.flows.conftest import MACHINE, PATIENCE, POSTMASTER, House, OpenHouse, until

PHONE, INVALID, ERROR_ONCE = "447700900001", "447700900002", "447700900003"
UNANSWERED, UNDELIVERABLE, NO_CREDIT = "447700900004", "447700900005", "447700900007"
DOUBT_WAIT, PROBE = 61.0, 61.0
BACKOFF = (6.1, 18.1, 36.1)  # 5, 15 and 30 s, each with a fifth of jitter


# ---------------------------------------------------------------- the gateway is away


async def test_while_the_gateway_is_down_mail_is_taken_and_afterwards_nothing_is_lost(
    open_house: OpenHouse,
) -> None:
    house = await open_house(backup=True, profiles={"machine": {"fold": False}})
    for door in house.sandbox.doors:
        await door.down()
    mails = [await house.mail(f"Alert {n}", PHONE, sender=MACHINE) for n in range(10)]
    for wait in BACKOFF:  # a minute in all
        await house.later(wait)
    assert house.sandbox.taken.total == 0
    for each in mails:
        (text,) = await house.deliveries(each)
        assert text["state"] == "queued"
    for door in house.sandbox.doors:
        await door.up()
    await house.later(72.1)
    for each in mails:
        await house.stands(each, "delivered")
    assert [text.text for text in house.sandbox.taken] == [f"Alert {n}" for n in range(10)]
    assert house.inbox.mails.total == 0


async def test_a_primary_that_refuses_costs_the_first_text_less_than_a_second(
    open_house: OpenHouse,
) -> None:
    house = await open_house(backup=True)
    await house.sandbox.primary.down()
    began = time.time()
    await house.mail("Fire", PHONE)
    (text,) = await house.texted("Fire")
    print(f"texted by the backup {text.at - began:.3f} s after the mail")
    assert text.door == house.sandbox.backup.url
    assert text.at - began < 5  # on a busy machine; by itself some hundredths


async def test_a_gateway_error_goes_to_the_other_host_at_once(open_house: OpenHouse) -> None:
    house = await open_house(backup=True)
    await house.mail("Hello", ERROR_ONCE)
    (text,) = await house.texted("Hello")
    assert text.door == house.sandbox.backup.url


async def test_a_gateway_error_without_another_host_is_tried_again_later(house: House) -> None:
    spool_id = await house.mail("Hello", ERROR_ONCE)
    await house.stands(spool_id, "queued", token="GATEWAY_ERROR")
    await house.later(BACKOFF[0])
    await house.stands(spool_id, "delivered", attempts=2)
    assert len(house.took("Hello")) == 1


async def test_a_busy_gateway_is_asked_again_when_it_said(house: House) -> None:
    house.sandbox.primary.order(Reply(b"DELAY:3\r\n"))
    spool_id = await house.mail("Hello", PHONE)
    await house.stands(spool_id, "queued", token="DELAY")
    await house.later(BACKOFF[0])
    await house.stands(spool_id, "delivered")


# ---------------------------------------------------------------- in doubt


async def test_a_persons_text_in_doubt_is_held_and_its_sender_told_that_it_may_have_been_sent(
    open_house: OpenHouse,
) -> None:
    house = await open_house(backup=True)
    house.sandbox.reporting = False
    spool_id = await house.mail("Pay the invoice", UNANSWERED, subject="Invoice")
    await house.stands(spool_id, "in-doubt")
    await house.later(DOUBT_WAIT)
    await house.stands(spool_id, "held", resends=0)
    await house.later(TOGETHER)
    mail = await house.told(OWNER, "Text may have been sent to 07700 900004: Invoice")
    assert f"smsbridge spool retry {spool_id}" in mail.text
    assert mail.reverse_path == "<>"
    assert len(house.took("Pay the invoice")) == 1


async def test_a_machines_text_in_doubt_goes_once_more_by_the_other_host_and_no_more(
    open_house: OpenHouse,
) -> None:
    house = await open_house(backup=True)
    house.sandbox.reporting = False
    spool_id = await house.mail("Disk full", UNANSWERED, sender=MACHINE)
    await house.stands(spool_id, "in-doubt")
    assert len(house.took("Disk full")) == 1
    await house.later(DOUBT_WAIT)
    await house.stands(spool_id, "in-doubt", resends=1)
    await house.later(DOUBT_WAIT)
    await house.stands(spool_id, "held", resends=1)
    await house.later(DOUBT_WAIT)
    await house.told(MACHINE, "Text may have been sent to 07700 900004")
    assert [text.door for text in house.took("Disk full")] == [
        door.url for door in house.sandbox.doors
    ]


async def test_a_machines_text_that_the_gateway_never_took_arrives_with_the_resend(
    open_house: OpenHouse,
) -> None:
    house = await open_house(backup=True)
    house.sandbox.primary.order(Drop())
    spool_id = await house.mail("Disk full", PHONE, sender=MACHINE)
    await house.stands(spool_id, "in-doubt")
    await house.later(DOUBT_WAIT)
    await house.stands(spool_id, "delivered", resends=1)
    assert [text.door for text in house.took("Disk full")] == [house.sandbox.backup.url]


async def test_a_status_report_settles_the_doubt_and_nothing_is_sent_again(
    open_house: OpenHouse,
) -> None:
    house = await open_house(backup=True)
    spool_id = await house.mail("Disk full", UNANSWERED, sender=MACHINE)
    await house.stands(spool_id, "delivered", resends=0)
    await house.later(DOUBT_WAIT)
    assert len(house.took("Disk full")) == 1
    assert house.inbox.mails.total == 0


async def test_a_gateway_that_never_answers_leaves_the_text_in_doubt(
    open_house: OpenHouse,
) -> None:
    house = await open_house(gateway={"timeout": "1 s"})
    house.sandbox.reporting = False
    house.sandbox.primary.order(Hang(taken=True))
    spool_id = await house.mail("Hello", PHONE)
    await house.stands(spool_id, "in-doubt", attempts=1)


# ---------------------------------------------------------------- refused, undeliverable, too late


async def test_an_invalid_number_is_told_in_a_dsn(house: House) -> None:
    mail_id = "<friday@example.com>"
    spool_id = await house.mail("Hello", INVALID, PHONE, subject="Friday", Message_ID=mail_id)
    await until(lambda: _stand(house, spool_id, {"rejected", "delivered"}))
    await house.later(TOGETHER)
    mail = await house.told(OWNER, "Text not delivered to 07700 900002: Friday")
    assert mail.message.get_content_type() == "multipart/report"
    assert mail.message["In-Reply-To"] == mail_id
    status = mail.raw.decode()
    assert "Final-Recipient: rfc822; 447700900002@sms.example.com" in status
    assert "Action: failed" in status
    assert "Status: 5.1.1" in status
    (text,) = await house.texted("Hello")
    assert text.to == PHONE


async def test_an_undeliverable_text_is_told_in_a_dsn(house: House) -> None:
    spool_id = await house.mail("Hello", UNDELIVERABLE, subject="Friday", UserContext="ORDER-42")
    await house.stands(spool_id, "undeliverable")
    await house.later(TOGETHER)
    mail = await house.told(OWNER, "Text not delivered to 07700 900005: Friday [ORDER-42]")
    assert "Action: failed" in mail.raw.decode()
    assert mail.message["UserContext"] == "ORDER-42"


async def test_a_text_that_could_not_go_in_time_is_not_sent_any_more_and_its_sender_told(
    house: House,
) -> None:
    await house.sandbox.primary.down()
    spool_id = await house.mail("Lunch?", PHONE, subject="Lunch", X_SMS_Expires="10 min")
    await house.later(11 * 60)  # before its sender is told that it still waits
    await house.stands(spool_id, "expired")
    await house.later(TOGETHER)
    await house.told(OWNER, "Text NOT sent (expired): Lunch")
    await house.sandbox.primary.up()
    await house.later(24 * 3600)
    assert house.sandbox.taken.total == 0
    assert len(house.tellings(OWNER)) == 1


# ---------------------------------------------------------------- the account


async def test_without_credit_the_lane_rests_and_the_postmaster_is_told_once(
    house: House,
) -> None:
    house.sandbox.account.balance = 0
    mails = [await house.mail(f"Alert {n}", PHONE, sender=MACHINE) for n in range(5)]
    await house.told(POSTMASTER, "The gateway takes no texts: INSUFFICIENT_CREDIT")
    for _ in range(3):
        probes = _probes(house)
        await house.later(PROBE)
        assert _probes(house) > probes
    for each in mails:
        await house.stands(each, "queued")
    assert len(house.tellings(POSTMASTER)) == 1

    house.sandbox.account.balance = 100
    await house.later(PROBE)
    for each in mails:
        await house.stands(each, "delivered")
    assert house.sandbox.taken.total == 5
    assert [mail.subject for mail in house.inbox.mails] == [
        "The gateway takes no texts: INSUFFICIENT_CREDIT"
    ]


async def test_a_refused_login_rests_the_lane_until_the_password_is_right(house: House) -> None:
    house.sandbox.account.password = "changed"
    spool_id = await house.mail("Hello", PHONE)
    await house.told(POSTMASTER, "The gateway takes no texts: LOGIN_INVALID")
    await house.stands(spool_id, "queued")
    house.sandbox.account.password = "sandbox"
    await house.later(PROBE)
    await house.stands(spool_id, "delivered")


# ---------------------------------------------------------------- the mail server is away


async def test_while_the_mail_server_is_down_texts_wait_and_are_then_mailed_once(
    house: House,
) -> None:
    await house.inbox.down()
    house.sandbox.text_in(PHONE, "Is anybody there?")
    await until(lambda: _tried(house, "SmsReceived", 1))
    await house.inbox.up()
    await house.later(13)
    mail = await house.told("team@example.com", "Text from 07700 900001")
    assert mail.text.startswith("Is anybody there?")
    assert house.inbox.mails.total == 1


async def test_a_mail_whose_acceptance_was_lost_comes_again_as_the_same_mail(
    house: House,
) -> None:
    house.inbox.refuse("451 4.3.0 the disk is full", times=1, kept=True)
    house.sandbox.text_in(PHONE, "Is anybody there?")
    await until(lambda: _tried(house, "SmsReceived", 1))
    await house.later(13)
    await house.inbox.mails.wait_total(2, PATIENCE)
    first, second = house.inbox.mails
    assert first.raw == second.raw
    assert first.message["Message-ID"] == second.message["Message-ID"]


async def test_a_mail_that_nobody_takes_is_kept_and_the_postmaster_told(house: House) -> None:
    house.inbox.refuse("550 5.1.1 no such user", at="RCPT", only="team@")
    house.sandbox.text_in(PHONE, "Is anybody there?")
    await house.told(POSTMASTER, "A mail could not be delivered to team@example.com")
    (event,) = await house.events("SmsReceived")
    assert event.fields["state"] == "dead"


async def _tried(house: House, kind: str, attempts: int) -> bool:
    found = await house.events(kind)
    return bool(found) and all(each.fields["attempts"] == attempts for each in found)


async def _stand(house: House, spool_id: str, states: set[str]) -> bool:
    return {str(each["state"]) for each in await house.deliveries(spool_id)} == states


def _probes(house: House) -> int:
    return sum(each.path.endswith("getbalance.aspx") for each in house.sandbox.asked)
