"""Mail that a relay brings: RCPT tells strangers nothing, and DATA decides (T7, T8, T29)."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from bridge.core.consent import Optout
from bridge.core.model import Facts, Msisdn, Session
from bridge.core.policy import SenderRule
from bridge.spool.contract import Unavailable

if TYPE_CHECKING:
    from tests.listeners.conftest import SmtpDoor, SmtpHouse, Talk

RELAY = ip_network("127.0.0.5/32")
RULES = {
    "relays": (RELAY,),
    "authserv_id": "mx.example.com",
    "senders": (SenderRule("*@example.com"),),
}
SAM, KIM = Msisdn("447700900123"), Msisdn("447700900124")
JO = "jo@example.com"
PASSED = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com"
FROM = "From: Jo <jo@example.com>"
BEGINNING = "550 5.7.1 this mail came by a relay, and"


def to(local: str) -> str:
    return f"RCPT TO:<{local}@sms.example.com>"


async def from_relay(house: SmtpHouse, *, reverse_path: str = JO) -> Talk:
    """A transaction of the relay's, up to its recipients."""
    talk = await house.talk(source="127.0.0.5")
    await talk.ask("EHLO mx.example.com")
    assert await talk.ask(f"MAIL FROM:<{reverse_path}>") == "250 2.1.0 ok"
    return talk


async def data(talk: Talk, *headers: str) -> str:
    """What DATA is answered at last."""
    heard = await talk.ask("DATA")
    if not heard.startswith("354"):
        return heard
    await talk.say("\r\n".join((*headers, "Subject: hello", "", "Hello", ".", "")).encode())
    return await talk.hear()


@pytest.mark.parametrize("trusted", [True, False], ids=["in a trusted network", "in none"])
async def test_t29_a_vouched_author_texts(smtp_door: SmtpDoor, trusted: bool) -> None:
    networks = "127.0.0.0/8" if trusted else "203.0.113.0/24"
    house = await smtp_door(trusted=(ip_network(networks),), rules=RULES)
    talk = await from_relay(house)
    for local in ("07700900123", "sam", "+447700900124"):
        assert await talk.ask(to(local)) == "250 2.1.5 ok"
    assert await data(talk, PASSED, FROM) == "250 2.0.0 queued as m1"
    (envelope,) = house.envelopes
    assert [path.destinations for path in envelope.forward_paths] == [(SAM,), (KIM,)]
    assert envelope.session == Session("127.0.0.5", vouched=JO)
    assert envelope.reverse_path == JO


@pytest.mark.parametrize(
    ("headers", "reverse_path", "no"),
    [
        pytest.param([FROM], JO, "has no Authentication-Results of mx.example.com", id="From:"),
        pytest.param([PASSED], JO, "has not one From:", id="no From:"),
        pytest.param(
            [
                "Authentication-Results: mx.evil.org; dmarc=pass header.from=example.com",
                PASSED,
                FROM,
            ],
            JO,
            "its topmost Authentication-Results is of mx.evil.org",
            id="one below",
        ),
        pytest.param(
            [PASSED.replace("pass", "fail"), PASSED, FROM],
            JO,
            "mx.example.com says dmarc=fail",
            id="a forged one below",
        ),
        pytest.param(
            [PASSED, FROM.replace("example.com", "example.org")],
            JO,
            "DMARC passed for header.from=example.com, and its From: is jo@example.org",
            id="another From:",
        ),
        pytest.param(
            [PASSED, FROM], "jo@evil.org", "its return path jo@evil.org is not at", id="a forward"
        ),
        pytest.param(
            [PASSED, FROM],
            '"x; dmarc=pass"@example.com',
            'its return path "x; dmarc=pass"@example.com is no plain address',
            id="a return path that may be copied into the field",
        ),
        pytest.param(
            ["Subject: a\rAuthentication-Results: mx.example.com; dmarc=pass", FROM],
            JO,
            "",
            id="T27 a bare CR",
        ),
    ],
)
async def test_t29_without_it_nobody_is_texted_and_nothing_is_asked(
    smtp_door: SmtpDoor, headers: list[str], reverse_path: str, no: str
) -> None:
    house = await smtp_door(rules=RULES)
    talk = await from_relay(house, reverse_path=reverse_path)
    await talk.ask(to("447700900123"))
    heard = await data(talk, *headers)
    assert heard.startswith(f"{BEGINNING} {no}" if no else "521 5.6.0 bare CR")
    assert not house.spool.mails
    assert not house.spool.asked


async def test_one_mail_vouches_for_no_other(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(rules=RULES)
    talk = await from_relay(house)
    await talk.ask(to("sam"))
    assert (await data(talk, PASSED, FROM)).startswith("250")
    await talk.ask(f"MAIL FROM:<{JO}>")
    await talk.ask(to("sam"))
    assert (await data(talk, FROM)).startswith(f"{BEGINNING} has no Authentication-Results")
    assert len(house.spool.mails) == 1


# ---------------------------------------------------------------- what RCPT tells


@pytest.mark.parametrize(
    "local",
    [
        "447700900123",
        "sam",
        "nobody-here",
        "ops",
        "447700900124.7kq2pab3xd",
        "0770090012",
        "436641234567",
        "alerts-subscribe",
        "sendsms",
        "bounces",
        "postmaster",
    ],
)
async def test_t7_strangers_behind_a_relay_hear_the_same_of_every_name(
    smtp_door: SmtpDoor, local: str
) -> None:
    house = await smtp_door(rules=RULES)
    house.spool.known = Facts(optouts={SAM.digits: Optout(0.0, "with STOP")})
    talk = await from_relay(house, reverse_path="stranger@evil.org")
    assert await talk.ask(to(local)) == "250 2.1.5 ok"
    heard = await data(talk, FROM)
    assert heard == f"{BEGINNING} has no Authentication-Results of mx.example.com"
    assert not house.spool.asked


@pytest.mark.parametrize(
    ("reverse_path", "rcpt", "answer"),
    [
        (JO, "RCPT TO:<user@gmail.com>", "550 5.7.1 <user@gmail.com> is not at sms.example.com"),
        ("", to("sam"), f"{BEGINNING} has no return path (MAIL FROM:<>)"),
    ],
)
async def test_what_can_come_to_nothing_is_refused_at_once(
    smtp_door: SmtpDoor, reverse_path: str, rcpt: str, answer: str
) -> None:
    talk = await from_relay(await smtp_door(rules=RULES), reverse_path=reverse_path)
    assert (await talk.ask(rcpt)).startswith(answer)
    assert (await talk.ask("DATA")).startswith("554 5.5.1")


async def test_t10_so_many_recipients_and_no_more(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(rules=RULES, max_recipients=2)
    talk = await from_relay(house)
    answers = [await talk.ask(to(local)) for local in ("sam", "447700900124", "447700900125")]
    assert answers[:2] == ["250 2.1.5 ok"] * 2
    assert answers[2] == "452 4.5.3 too many recipients (2 at most)"


async def test_the_relay_is_asked_to_send_to_two_conversations_one_by_one(
    smtp_door: SmtpDoor,
) -> None:
    talk = await from_relay(await smtp_door(rules=RULES))
    for local, answer in (
        ("sam", "250 2.1.5"),
        ("447700900123.7kq2pab3xd", "250 2.1.5"),
        ("447700900124.7KQ2PAB3XD.urgent", "250 2.1.5"),
        ("447700900124.2newtokenx", "452 4.5.3"),
        ("447700900125", "250 2.1.5"),
    ):
        assert (await talk.ask(to(local))).startswith(answer), local


# ---------------------------------------------------------------- what DATA decides


@pytest.mark.parametrize(
    ("locals_", "answer"),
    [
        (["sam", "0770090012"], "550 5.1.3 0770090012 is one digit short"),
        (["sam", "sma"], "550 5.1.1 sma is neither a number nor a name known here; did you mean"),
        (["447700900125"], "550 5.7.1 447700900125 opted out with STOP"),
        (["436641234567"], "550 5.7.1 numbers outside GB are switched off"),
        (["447700900123.7kq2pab3xd"], "550 5.1.1 no mail of this bridge was sent with"),
        (["sam", "sendsms"], "550 5.5.1 a mail to sendsms@ or a list has no other recipient"),
        (["explain", "sam"], "550 5.5.3 a mail to sendsms@, explain@, bounces@ or a list"),
        (["ops"], "550 5.5.3 ops@sms.example.com has 2 members (1 at most)"),
        (["alerts-subscribe"], "550 5.7.1 the list alerts is changed by its managers alone"),
        (["postmaster"], "550 5.1.1 mail to postmaster is no text; write to ops@example.com"),
    ],
)
async def test_one_recipient_who_may_not_be_texted_ends_it_for_all(
    smtp_door: SmtpDoor, locals_: list[str], answer: str
) -> None:
    house = await smtp_door(
        rules=RULES, max_recipients=1 if "ops" in locals_ else 9, postmaster="ops@example.com"
    )
    house.spool.known = Facts(optouts={"447700900125": Optout(0.0, "with STOP")})
    talk = await from_relay(house)
    for local in locals_:
        assert await talk.ask(to(local)) == "250 2.1.5 ok"
    assert (await data(talk, PASSED, FROM)).startswith(answer)
    assert not house.spool.mails


async def test_a_store_that_is_away_is_no_reason_to_give_up(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(rules=RULES)
    talk = await from_relay(house)
    await talk.ask(to("sam"))
    house.spool.fault = Unavailable("locked")
    assert (await data(talk, PASSED, FROM)).startswith("451 4.3.0")


async def test_a_user_logs_in_on_a_relay_as_anywhere(smtp_door: SmtpDoor) -> None:
    house = await smtp_door(rules=RULES)
    talk = await house.talk(tls=True, source="127.0.0.5")
    await talk.ask("EHLO client")
    assert (await talk.ask("AUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=")).startswith("235")
    await talk.ask(f"MAIL FROM:<{JO}>")
    assert (await talk.ask(to("0770090012"))).startswith("550 5.1.3")
    assert (await talk.ask(to("sam"))).startswith("250")
    assert (await data(talk)).startswith("250")
    assert house.envelopes[0].session == Session("127.0.0.5", "jo", tls=True)
