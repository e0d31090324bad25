"""T36: whoever's texts fail by the dozen hears of all of them, and is not flooded with mails."""

from __future__ import annotations

from bridge.cli.playground import DOMAIN, OWNER
from bridge.core.gathering import LIMIT, WITHIN
from bridge.core.reporting import TOGETHER
from bridge.sandbox.inbox import Mailed
from tests.flows.conftest import House

INVALID = "447700900002"
MAILS = 30


async def test_of_thirty_mails_to_a_wrong_number_twenty_are_reported_alone_and_ten_in_one_mail(
    house: House,
) -> None:
    ids = [await house.mail(f"Hello {n}", INVALID, subject=f"Friday {n:02}") for n in range(MAILS)]
    for each in ids:
        await house.stands(each, "rejected")
    await house.later(TOGETHER)
    told = await house.events("Undelivered")
    assert {each.fields["state"] for each in told} <= {"mailed", "not-mailed"}
    alone = house.tellings(OWNER)
    assert [mail.reverse_path for mail in alone] == ["<>"] * LIMIT
    named = {subject_of(mail) for mail in alone}
    assert len(named) == LIMIT

    await house.later(WITHIN)
    others = await house.told(OWNER, "10 more reports on your texts")

    assert others.reverse_path == f"bounces@{DOMAIN}"
    friday = {f"Friday {n:02}" for n in range(MAILS)}
    assert {each for each in friday if each in others.text} == friday - named
    assert others.text.count("07700 900002: was not sent.") == MAILS - LIMIT
    assert len(house.tellings(OWNER)) == LIMIT + 1


def subject_of(mail: Mailed) -> str:
    """The subject of the mail that a report is about."""
    return mail.subject.rpartition(": ")[2]
