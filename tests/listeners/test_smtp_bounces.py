"""`bounces@`: what comes back is recorded before its 250, and nobody is ever texted."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from bridge.core.about import About
from bridge.core.addressing import NumberRules
from bridge.core.audience import audience
from bridge.core.events import Returned
from bridge.core.policy import Policy
from bridge.spool.contract import Unavailable

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor, SmtpHouse, Talk

OPS = "ops@example.com"
TO_BOUNCES = "RCPT TO:<bounces@sms.example.com>"
TO_SAM = "RCPT TO:<447700900123@sms.example.com>"
OURS = "<in.0123456789abcdef0123456789abcdef@sms.example.com>"
BOUNCE = (
    *("From: MAILER-DAEMON@mx.example.net", "Subject: failure notice", ""),
    *("Hi. This is the qmail-send program at mx.example.net.", ""),
    *("<jo@example.com>:", "No mailbox here by that name.", ""),
    *("--- Below this line is a copy of the message.", "", f"Message-ID: {OURS}", "", "Hi"),
)


async def bounced(talk: Talk, to: str = TO_BOUNCES, sender: str = "") -> str:
    """Hand a bounce over; what is answered."""
    for line in ("EHLO client", f"MAIL FROM:<{sender}>", to, "DATA"):
        answer = await talk.ask(line)
        assert answer[:1] in "23", (line, answer)
    await talk.say("\r\n".join((*BOUNCE, ".", "")).encode())
    return await talk.hear()


def recorded(house: SmtpHouse) -> list[Returned]:
    """The mails that came back."""
    return [each for each in house.spool.told if isinstance(each, Returned)]


@pytest.mark.parametrize("to", [TO_BOUNCES, "RCPT TO:<BOUNCES@SMS.example.com>"])
@pytest.mark.parametrize("sender", ["", "MAILER-DAEMON@mx.example.net"])
async def test_a_bounce_is_recorded_and_never_texted(
    smtp_door: SmtpDoor, to: str, sender: str
) -> None:
    house = await smtp_door()
    assert await bounced(await house.talk(), to, sender) == "250 2.0.0 queued as e1"
    (found,) = recorded(house)
    assert (found.about, found.recipients, found.failed) == (OURS, ("jo@example.com",), True)
    assert found.raw == "\r\n".join((*BOUNCE, "")).encode()
    assert not house.spool.mails


async def test_it_is_promised_only_when_it_is_stored(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    house.spool.fault = Unavailable("locked")
    assert (await bounced(await house.talk())).startswith("451 4.3.0")


@pytest.mark.parametrize(("first", "second"), [(TO_SAM, TO_BOUNCES), (TO_BOUNCES, TO_SAM)])
async def test_it_stands_alone_in_its_transaction(
    smtp_door: SmtpDoor, first: str, second: str
) -> None:
    talk = await (await smtp_door()).talk()
    for line in ("EHLO client", "MAIL FROM:<root@nas.example.com>", first):
        assert (await talk.ask(line)).startswith("250")
    assert (await talk.ask(second)).startswith("452 4.5.3")


# ---------------------------------------------------------------- T8: from those who may not send

OUTSIDE = (ip_network("203.0.113.0/24"),)
RELAYS = {"relays": (ip_network("127.0.0.0/8"),), "authserv_id": "mx.example.com"}
ASIDE = {"trusted": OUTSIDE}
BY_RELAY = {"rules": RELAYS}
STRANGERS = pytest.mark.parametrize("who", [ASIDE, BY_RELAY], ids=["a stranger", "a relay"])


@STRANGERS
async def test_any_server_may_give_back_a_mail_of_ours(
    smtp_door: SmtpDoor, who: dict[str, object]
) -> None:
    """It is the smarthost, or whoever stood behind it: of them nobody here has a list."""
    house = await smtp_door(**who)
    assert await bounced(await house.talk()) == "250 2.0.0 queued as e1"
    assert [each.about for each in recorded(house)] == [OURS]


@STRANGERS
async def test_what_names_no_mail_of_ours_is_not_kept_for_a_stranger(
    smtp_door: SmtpDoor, who: dict[str, object]
) -> None:
    house = await smtp_door(**who)
    talk = await (await house.talk()).begin(TO_BOUNCES, sender="")
    await talk.say(b"Subject: failure notice\r\n\r\n<jo@example.com>:\r\nNo.\r\n.\r\n")
    assert await talk.hear() == (
        "550 5.7.1 this names no mail of this bridge that could have come back"
    )
    assert not recorded(house)


@pytest.mark.parametrize(
    ("sender", "to", "second"),
    [
        pytest.param("jo@example.com", TO_BOUNCES, "", id="with a return path"),
        pytest.param("", TO_SAM, "", id="for a phone"),
        pytest.param("", TO_BOUNCES, TO_SAM, id="for a phone too"),
    ],
)
async def test_a_stranger_brings_nothing_else(
    smtp_door: SmtpDoor, sender: str, to: str, second: str
) -> None:
    talk = await (await smtp_door(trusted=OUTSIDE)).talk()
    await talk.ask("EHLO client")
    await talk.ask(f"MAIL FROM:<{sender}>")
    heard = await talk.ask(to)
    if second:
        assert heard == "250 2.1.5 ok"
        heard = await talk.ask(second)
    assert heard.startswith("550 5.7.1 this server takes mail to phones")


async def test_strangers_cannot_fill_the_disk_nor_the_operators_mailbox(
    smtp_door: SmtpDoor,
) -> None:
    house = await smtp_door(trusted=OUTSIDE)
    heard = []
    for n in range(1, 7):
        talk = await house.talk(source=f"127.0.0.{n}")
        heard += [(await bounced(talk))[:9] for _ in range(6)]
    five_and_one = ["250 2.0.0"] * 5 + ["450 4.7.1"]
    assert heard == five_and_one * 4 + ["450 4.7.1"] * 12
    assert len(recorded(house)) == 20


async def test_of_twenty_an_hour_the_operator_hears_and_all_are_recorded(
    smtp_door: SmtpDoor,
) -> None:
    house = await smtp_door(postmaster=OPS)
    policy = Policy("", ("sms.example.com",), NumberRules(), {}, postmaster=OPS)
    talk = await house.talk()
    for _ in range(25):
        assert (await bounced(talk)).startswith("250 ")
    told = [each for each in recorded(house) if audience(policy, each, About())]
    assert (len(recorded(house)), len(told)) == (25, 20)
