"""T29: mail by a relay, through the whole house: by whose rule it goes, and who hears of it."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest

from bridge.core.reporting import TOGETHER
from tests.flows.conftest import House, OpenHouse, letter

PHONE, UNDELIVERABLE = "447700900001", "447700900005"
AUTHOR, BOUNCES = "jo@example.org", "bounce-17@mail.example.org"
RELAYS = {"relays": ["127.0.0.1"], "authserv_id": "mx.example.com"}
OPS = "ops@example.com"


async def opened(open_house: OpenHouse, **rule: object) -> House:
    """A house to which this machine is a relay, in a network that it trusts and has a rule for."""
    return await open_house(
        smtp=RELAYS,
        senders=[
            {"match": "127.0.0.0/8", "originators": ["NOTME"], "report_to": "not@example.com"},
            {"match": "*@example.org", **rule},
        ],
    )


def brought(text: str, **headers: str) -> EmailMessage:
    """A mail as the relay hands it on."""
    found = "mx.example.com; dmarc=pass (p=reject dis=none) header.from=example.org"
    return letter(text, Authentication_Results=found, From=f"Jo <{AUTHOR}>", **headers)


async def test_its_author_is_a_person_and_its_rule_that_of_the_authors_address(
    open_house: OpenHouse,
) -> None:
    house = await opened(open_house, originators=["ACME"])
    await house.post(brought("Call me\n\n-- \nJo Smith"), PHONE, sender=BOUNCES)
    (text,) = await house.texted("Call me")
    assert text.originator == "ACME"


async def test_t71_its_limits_are_the_authors_whatever_return_path_it_has(
    open_house: OpenHouse,
) -> None:
    house = await opened(open_house, texts_per_hour=1)
    mails = [
        await house.post(brought(f"Hello {n}"), PHONE, sender=f"bounce-{n}@mail.example.org")
        for n in range(2)
    ]
    await house.stands(mails[0], "delivered")
    await house.stands(mails[1], "held")
    (cost,) = await house.ground.daemon.spool.costs(0, house.clock() + 1, AUTHOR)
    assert cost.sender == f"dmarc:{AUTHOR}"


@pytest.mark.parametrize(
    ("rule", "reader"),
    [
        pytest.param({}, BOUNCES, id="the return path"),
        pytest.param({"report_to": OPS}, OPS, id="whom the author's rule names"),
    ],
)
async def test_what_failed_is_told_to(
    open_house: OpenHouse, rule: dict[str, object], reader: str
) -> None:
    house = await opened(open_house, **rule)
    await house.post(brought("Hello", subject="Friday"), UNDELIVERABLE, sender=BOUNCES)
    await house.texted("Hello")
    await house.later(TOGETHER + 1)
    (mail,) = house.inbox.mails
    assert mail.forward_paths == (reader,)


async def test_t29_an_originator_of_somebody_elses_rule_is_refused(open_house: OpenHouse) -> None:
    house = await opened(open_house, originators=["ACME"])
    with pytest.raises(smtplib.SMTPDataError, match=r"NOTME.*only ACME"):
        await house.post(brought("Hello", X_SMS_From="NOTME"), PHONE, sender=BOUNCES)
    assert house.sandbox.taken.total == 0
