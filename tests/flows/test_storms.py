"""A monitor that loses its head: what its admin's phone gets of it."""

from __future__ import annotations

from bridge.cli.playground import OWNER
from tests.flows.conftest import MACHINE, House, OpenHouse, until

PHONE, OTHER = "447700900001", "447700900006"
TEN_MINUTES = 600.0


def alert(n: int) -> str:
    return f"PROBLEM disk of web1 is {n}% full"


async def storm(house: House, first: int, end: int) -> list[str]:
    """Alerts that differ in a number, as fast as they come; their spool ids."""
    return [await house.mail(alert(n), PHONE, sender=MACHINE) for n in range(first, end)]


def heard(house: House, phone: str = PHONE) -> list[str]:
    """The texts to a phone so far."""
    return [text.text for text in house.sandbox.taken if text.to == phone]


async def has_heard(house: House, count: int) -> list[str]:
    """The texts to the phone, once there are so many."""

    async def there() -> bool:
        return len(heard(house)) >= count

    await until(there)
    return heard(house)


async def test_sixty_alerts_are_five_texts_and_one_that_counts_the_rest(house: House) -> None:
    mails = await storm(house, 0, 40)
    await house.ground.restart()
    await house.mail(alert(99), f"{PHONE}.urgent", sender=MACHINE)
    mails += await storm(house, 40, 60)

    at_once = [*map(alert, range(5)), alert(99)]
    assert sorted(await has_heard(house, 6)) == sorted(at_once)
    for each in mails[:5]:
        await house.stands(each, "delivered")
    for each in mails[6:]:
        await house.stands(each, "folded", token="SIMILAR")
    reason = (await house.deliveries(mails[-1]))[0]["reason"]
    assert str(reason).endswith(f"counted in {mails[5]}.1.similar1")

    await house.later(TEN_MINUTES)
    assert heard(house)[6:] == ["+55 similar from nagios in 10 min"]
    folded, summary = await house.deliveries(mails[5])
    assert (folded["state"], summary["number"]) == ("folded", PHONE)


async def test_in_a_storm_a_recovery_and_the_problem_after_it_go_at_once(house: House) -> None:
    await storm(house, 0, 8)
    await has_heard(house, 5)
    told = ["RECOVERY disk of web1 is 12% full", alert(98)]
    for words in (*told, alert(99)):
        await house.mail(words, PHONE, sender=MACHINE)
    await house.rest()
    assert sorted(heard(house)[5:]) == sorted(told)


async def test_an_answer_to_a_summary_reaches_who_sent_the_storm(house: House) -> None:
    await storm(house, 0, 6)
    await has_heard(house, 5)
    await house.later(TEN_MINUTES)
    await has_heard(house, 6)
    house.sandbox.text_in(PHONE, "I am on it")
    mail = await house.told(MACHINE, "")
    assert "I am on it" in mail.text


async def test_a_summary_waits_for_a_gateway_that_is_down(open_house: OpenHouse) -> None:
    house = await open_house()
    await storm(house, 0, 8)
    await has_heard(house, 5)
    await house.rest()  # an answer that is cut off would leave a text in doubt
    await house.sandbox.primary.down()
    await house.later(TEN_MINUTES)
    (summary,) = [
        each.fields
        for each in await house.ground.daemon.spool.browse(waiting=True)
        if each.what == "delivery"
    ]
    assert summary["attempts"] != 0
    await house.sandbox.primary.up()
    await house.later(60)  # longer than until it is seen that the gateway is back
    await has_heard(house, 6)
    assert heard(house)[5:] == ["+3 similar from nagios in 10 min"]


async def test_the_same_alert_twice_is_texted_once_and_again_after_two_minutes(
    house: House,
) -> None:
    mails = [await house.mail(alert(91), PHONE, sender=MACHINE) for _ in range(2)]
    await house.stands(mails[1], "folded", token="SAME_TEXT")
    await house.later(120)
    await house.mail(alert(91), PHONE, sender=MACHINE)
    await house.rest()
    assert heard(house) == [alert(91)] * 2


async def test_people_may_repeat_themselves(house: House) -> None:
    for _ in range(7):
        await house.mail("Call me", PHONE, sender=OWNER)
    await house.rest()
    assert heard(house) == ["Call me"] * 7


async def test_a_storm_at_one_phone_is_none_at_another(house: House) -> None:
    await storm(house, 0, 6)
    both = await house.mail(alert(6), PHONE, OTHER, sender=MACHINE)

    async def settled() -> bool:
        states = {each["number"]: each["state"] for each in await house.deliveries(both)}
        return states == {PHONE: "folded", OTHER: "delivered"}

    await until(settled)
    assert heard(house, OTHER) == [alert(6)]
