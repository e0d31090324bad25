"""The SMTP door when something goes wrong or takes too long, and when it closes."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from bridge.listeners import smtp_intake
from bridge.spool.contract import Full, Unavailable

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor, SmtpHouse

TO_SAM = "RCPT TO:<447700900123@sms.example.com>"
MAIL = "MAIL FROM:<root@nas.example.com>"
TEXT = b"Subject: hello\r\n\r\nHello\r\n"
OUTSIDE = (ip_network("203.0.113.0/24"),)
BUSY = "452 4.3.1 too many mails come in at once; please try again later"


# ---------------------------------------------------------------- faults of ours


@pytest.mark.parametrize("fault", [Unavailable("locked"), OSError(28, "/secret/bridge.db")])
async def test_a_fault_at_rcpt_is_temporary(smtp_door: SmtpDoor, fault: Exception) -> None:
    house = await smtp_door()
    house.spool.fault = fault
    talk = await house.talk()
    await talk.ask("EHLO client")
    await talk.ask(MAIL)
    answer = await talk.ask(TO_SAM)
    assert answer == "451 4.3.0 the bridge cannot take this now; please try again later"
    house.spool.fault = None
    assert (await talk.ask(TO_SAM)).startswith("250")


@pytest.mark.parametrize("fault", [Unavailable("full"), OSError(28, "/secret/bridge.db")])
async def test_a_fault_at_the_commit_is_temporary(smtp_door: SmtpDoor, fault: Exception) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    house.spool.fault = fault
    await talk.say(TEXT + b".\r\n")
    answer = await talk.hear()
    assert answer == "451 4.3.0 the bridge cannot take this now; please try again later"
    house.spool.fault = None
    await talk.begin()
    await talk.say(TEXT + b".\r\n")
    assert (await talk.hear()).startswith("250")


async def test_a_full_disk_is_told_as_such_and_logged_in_a_line(
    smtp_door: SmtpDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    house.spool.fault = Full("1 octet is free")
    await talk.say(TEXT + b".\r\n")
    assert await talk.hear() == "452 4.3.1 the bridge's disk is full; please try again later"
    (line,) = [each for each in "".join(capsys.readouterr()).splitlines() if "store-full" in each]
    assert "1 octet is free" in line


@pytest.mark.parametrize(
    ("fault", "reply"),
    [
        (Full("1 octet is free"), "452 4.3.1"),
        (Unavailable("locked"), "451 4.3.0"),
        (OSError(5, "input/output error"), "451 4.3.0"),
    ],
    ids=["full", "away", "fault"],
)
async def test_a_mail_that_cannot_be_kept_is_told_of_as_a_refusal(
    smtp_door: SmtpDoor, capsys: pytest.CaptureFixture[str], fault: Exception, reply: str
) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    house.spool.fault = fault
    await talk.say(TEXT + b".\r\n")
    assert (await talk.hear()).startswith(reply)
    said = "".join(capsys.readouterr())
    assert [each for each in said.splitlines() if "refused" in each and reply in each]
    assert "turned-away" not in said


async def test_where_there_is_no_room_a_client_hears_it_before_it_sends_its_mail(
    smtp_door: SmtpDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_intake, "ROOM_EVERY", 0.05)
    house = await smtp_door()
    house.spool.fault = Full("1 octet is free")
    talk = await house.talk()
    await talk.ask("EHLO client")
    for _ in range(2):
        answer = await talk.ask(MAIL)
        assert answer == "452 4.3.1 the bridge's disk is full; please try again later"
    house.spool.fault = None
    while not (answer := await talk.ask(MAIL)).startswith("250"):
        assert answer.startswith("452")
    assert (await talk.ask(TO_SAM)).startswith("250")


async def test_a_store_that_cannot_say_whether_it_has_room_is_away(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    house.spool.room = _broken  # type: ignore[method-assign]
    talk = await house.talk()
    await talk.ask("EHLO client")
    answer = await talk.ask(MAIL)
    assert answer == "451 4.3.0 the bridge cannot take this now; please try again later"


async def test_a_fault_in_compose_is_temporary_and_tells_nothing(
    smtp_door: SmtpDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    await talk.say(b"Subject: break me\r\n\r\n.\r\n")
    answer = await talk.hear()
    assert answer == "451 4.3.0 the bridge cannot take this now; please try again later"
    assert "fault" in "".join(capsys.readouterr())


async def test_an_unwritten_acknowledgement_harms_nobody(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    house.spool.acknowledged = _broken  # type: ignore[method-assign]
    await talk.say(TEXT + b".\r\n")
    assert (await talk.hear()).startswith("250")
    assert (await talk.ask("NOOP")).startswith("250")


async def _broken(mails: object = (), events: object = ()) -> None:
    raise Unavailable("locked")


async def test_the_log_holds_no_whole_number(
    smtp_door: SmtpDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    house = await smtp_door()
    talk = await house.talk()
    await talk.ask("EHLO client")
    await talk.ask(MAIL)
    await talk.ask("RCPT TO:<436641234567@sms.example.com>")
    await talk.ask(TO_SAM)
    await talk.ask("DATA")
    await talk.ask(TEXT.decode() + ".")
    log = "".join(capsys.readouterr())
    assert "4567" in log
    assert "accepted" in log
    assert "436641234567" not in log
    assert "447700900123" not in log


# ---------------------------------------------------------------- patience and room


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"first_command": 0.05}, b""),
        ({"first_command": 0.05}, b"NO"),  # half a line is no line
        ({"idle": 0.05}, b"NOOP\r\n"),
        ({"lifetime": 0.05}, b"NOOP\r\n"),
    ],
)
async def test_who_says_nothing_is_sent_away(
    smtp_door: SmtpDoor, options: dict[str, float], said: bytes
) -> None:
    """T12a, T12b, T12d"""
    talk = await (await smtp_door(**options)).talk()
    await talk.say(said)
    while (answer := await talk.hear()).startswith("250"):
        pass
    assert answer == "421 4.4.2 you took too long, goodbye"
    assert await talk.hear() == ""


async def test_a_mail_that_trickles_is_not_waited_for(smtp_door: SmtpDoor) -> None:
    """T12c"""
    house = await smtp_door(rate_grace=0.05, min_rate=1e6)
    talk = await (await house.talk()).begin()
    await talk.say(b"x")
    await asyncio.sleep(0.1)
    await talk.say(b"x")
    assert (await talk.hear()).startswith("421 4.4.2 the mail comes too slowly")
    assert await talk.hear() == ""


async def test_a_slow_commit_is_no_idle_client(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(idle=0.05)
    house.spool.may_commit.clear()
    talk = await (await house.talk()).begin()
    await talk.say(TEXT + b".\r\n")
    await asyncio.sleep(0.15)
    house.spool.may_commit.set()
    assert (await talk.hear()).startswith("250 2.0.0 queued")


async def test_mails_that_hold_too_much_together_are_to_come_again(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(room=90_000, max_size=30_000)
    first, *others, last = [await house.talk(source=f"127.0.0.{n}") for n in range(2, 6)]
    await first.begin()
    await first.say(b"x" * 28_000)
    for talk in (*others, last):
        for line in ("EHLO client", f"{MAIL} SIZE=28000", TO_SAM):
            assert (await talk.ask(line)).startswith("250")
    for talk in others:
        assert (await talk.ask("DATA")).startswith("354")
    assert await last.ask("DATA") == BUSY
    await first.say(b"\r\n.\r\n")
    assert (await first.hear()).startswith("250 2.0.0")
    for line in (f"{MAIL} SIZE=28000", TO_SAM):
        assert (await last.ask(line)).startswith("250")
    assert (await last.ask("DATA")).startswith("354")


async def test_one_client_leaves_room_for_the_mails_of_others(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(room=90_000, max_size=30_000)
    talks = [await house.talk() for _ in range(2)]
    talks.append(await house.talk(source="127.0.0.2"))
    for talk in talks:
        for line in ("EHLO client", f"{MAIL} SIZE=28000", TO_SAM):
            assert (await talk.ask(line)).startswith("250")
    heard = [await talk.ask("DATA") for talk in talks]
    assert [each[:3] for each in heard] == ["354", "452", "354"]


async def test_a_mail_of_unknown_size_that_finds_no_room_is_cut_off(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(room=90_000, max_size=30_000)
    house.spool.may_commit.clear()
    talks = [await (await house.talk(source=f"127.0.0.{n}")).begin() for n in range(2, 6)]
    for talk in talks:
        await talk.say(b"x" * 28_000 + b"\r\n.\r\n")
    answers = [asyncio.create_task(talk.hear()) for talk in talks]
    (cut_off,), others = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
    assert cut_off.result() == BUSY
    assert await talks[answers.index(cut_off)].hear() == ""
    house.spool.may_commit.set()
    assert all(answer.startswith("250 2.0.0") for answer in await asyncio.gather(*others))


async def _greetings(house: SmtpHouse, count: int) -> list[str]:
    return [await (await house.connect()).hear() for _ in range(count)]


async def test_one_address_has_room_for_so_many(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(trusted=OUTSIDE, connections_per_address=2)
    first, second, third = await _greetings(house, 3)
    assert first.startswith("220")
    assert second.startswith("220")
    assert third == "421 4.7.0 too many connections from your address"
    other = await house.connect(source="127.0.0.2")
    assert (await other.hear()).startswith("220")
    await house.talks[0].ask("QUIT")
    await house.talks[0].hear()
    await asyncio.sleep(0)
    assert (await _greetings(house, 1))[0].startswith("220")


async def test_a_trusted_network_may_use_all_the_room_there_is(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(connections_per_address=1, connections=3)
    heard = await _greetings(house, 4)
    assert [line[:3] for line in heard] == ["220", "220", "220", "421"]


# ---------------------------------------------------------------- closing


async def test_a_door_that_closes_lets_the_mail_in_hand_through(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    idle = await house.talk()
    busy = await (await house.talk()).begin()
    closing = asyncio.create_task(house.listener.drain(5))
    assert (await idle.hear()).startswith("421 4.3.2")
    assert await idle.hear() == ""
    with pytest.raises(ConnectionError):
        await house.connect()
    await busy.say(TEXT + b".\r\nNOOP\r\n")
    assert (await busy.hear()).startswith("250 2.0.0 queued")
    assert (await busy.hear()).startswith("421 4.3.2")
    await closing
    assert not house.listener.serving
    assert house.spool.acknowledgements == ["m1"]


async def test_a_door_that_closes_does_not_wait_for_ever(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    talk = await (await house.talk()).begin()
    async with asyncio.timeout(2):
        await house.listener.drain(0.05)
    assert await talk.hear() == ""


async def test_a_mail_in_hand_is_kept_though_its_client_is_sent_away(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    house.spool.may_commit.clear()
    talk = await (await house.talk()).begin()
    await talk.say(TEXT + b".\r\n")
    await house.spool.begun.wait()
    closing = asyncio.create_task(house.listener.drain(0.01))
    assert await talk.hear() == ""
    house.spool.may_commit.set()
    await closing
    assert len(house.spool.mails) == 1


async def test_a_commit_under_way_is_seen_through(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    house.spool.may_commit.clear()
    talk = await (await house.talk()).begin()
    await talk.say(TEXT + b".\r\n")
    await house.spool.begun.wait()
    closing = asyncio.create_task(house.listener.drain(5))
    await asyncio.sleep(0)
    house.spool.may_commit.set()
    assert (await talk.hear()).startswith("250")
    await closing
    assert len(house.spool.mails) == 1
