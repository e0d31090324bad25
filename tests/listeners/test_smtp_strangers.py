"""What those who may not send cannot take from those who may: room, the log, their patience."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor

FRIEND, STRANGER, OTHER = "127.0.0.9", "127.0.0.2", "127.0.0.3"
FRIENDS = (ip_network("127.0.0.9/32"),)
MAIL = "MAIL FROM:<root@nas.example.com>"
RETURN = "MAIL FROM:<>"
TO_SAM = "RCPT TO:<447700900123@sms.example.com>"
TO_BOUNCES = "RCPT TO:<bounces@sms.example.com>"
LARGEST = 8_000_000


async def test_t13_mails_that_come_back_take_no_room_from_the_mails_of_others(
    smtp_door: SmtpDoor,
) -> None:
    """Anybody may give us a mail back: what they say of its size reserves nothing."""
    house = await smtp_door(trusted=FRIENDS, max_size=LARGEST, room=3 * LARGEST)
    for source in (STRANGER, OTHER):
        for _ in range(12):
            talk = await house.talk(source=source)
            for line in ("EHLO client", f"{RETURN} SIZE=1000000", TO_BOUNCES):
                assert (await talk.ask(line)).startswith("250")
            await talk.ask("DATA")
    friend = await house.talk(source=FRIEND)
    for line in ("EHLO client", f"{MAIL} SIZE={LARGEST}", TO_SAM):
        assert (await friend.ask(line)).startswith("250")
    assert (await friend.ask("DATA")).startswith("354")


async def test_t13_a_mail_that_comes_back_has_a_megabyte_at_most(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(trusted=FRIENDS, max_size=LARGEST)
    talk = await house.talk(source=STRANGER)
    for line in ("EHLO client", f"{RETURN} SIZE={LARGEST}", TO_BOUNCES):
        assert (await talk.ask(line)).startswith("250")
    assert await talk.ask("DATA") == "552 5.3.4 the limit is 1048576 octets"


async def test_t13_an_alert_comes_in_beside_the_pictures_of_its_relay(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(trusted=FRIENDS, max_size=LARGEST, room=9 * LARGEST)
    for size in (LARGEST,) * 4:
        talk = await house.talk(source=FRIEND)
        for line in ("EHLO client", f"{MAIL} SIZE={size}", TO_SAM):
            assert (await talk.ask(line)).startswith("250")
        assert (await talk.ask("DATA")).startswith("354")
    heard = []
    for size in (LARGEST, 16_000):
        talk = await house.talk(source=FRIEND)
        for line in ("EHLO client", f"{MAIL} SIZE={size}", TO_SAM):
            await talk.ask(line)
        heard.append((await talk.ask("DATA"))[:3])
    assert heard == ["452", "354"]


async def test_t13_a_stranger_is_named_once_a_minute_and_a_friend_each_time(
    smtp_door: SmtpDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    house = await smtp_door(trusted=FRIENDS)
    wrong = "RCPT TO:<call-me@sms.example.com>"
    for source in (STRANGER, FRIEND):
        talk = await house.talk(source=source)
        for line in ("EHLO client", MAIL, *([wrong] * 5)):
            await talk.ask(line)
    lines = [line for line in capsys.readouterr().out.splitlines() if "refused" in line]
    assert sum(STRANGER in line for line in lines) == 1
    assert sum(FRIEND in line for line in lines) == 5


async def test_t13_a_relay_of_ours_has_the_room_of_a_trusted_network(smtp_door: SmtpDoor) -> None:
    rules = {"relays": (ip_network("127.0.0.4/32"),), "authserv_id": "mx.example.com"}
    house = await smtp_door(trusted=FRIENDS, connections=6, rules=rules)
    for _ in range(5):
        await (await house.connect(source=STRANGER)).hear()
    assert (await (await house.connect(source=STRANGER)).hear()).startswith("421")
    assert (await (await house.connect(source="127.0.0.4")).hear()).startswith("220")


async def test_a_list_with_mistakes_in_it_is_read_to_its_end_for_who_may_send(
    smtp_door: SmtpDoor,
) -> None:
    talk = await (await smtp_door()).talk()
    await talk.ask("EHLO client")
    await talk.ask(MAIL)
    for _ in range(20):
        assert (await talk.ask(f"RCPT TO:<{'1' * 300}@sms.example.com>")).startswith("501")
    assert (await talk.ask(TO_SAM)).startswith("250")
    assert (await talk.ask("DATA")).startswith("354")
