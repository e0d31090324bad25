"""T71 to T73: texts are counted when they are accepted, held above a limit, go by themselves."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.core.events import Delayed, Held, Undelivered
from bridge.core.limits import DAY, HOUR
from bridge.core.model import Destination, ListName, Mms, Msisdn, Part, Session, Text, Unicode
from bridge.core.outcomes import Accepted, Refused
from bridge.core.promises import UNLIMITED, Limits, Mail
from bridge.spool import freeing
from bridge.spool.freeing import PAGE, STEP
from tests.spool.conftest import ALEX, NOW, SAM, Story, later, on_sqlite
from tests.spool.storm import FOLDING, Storm

LONG = 3 * DAY
"""Seconds until these texts expire."""


def limited(
    story: Story, limits: Limits, *to: Destination, at: float = 0.0, **more: object
) -> Mail:
    """A mail of a sender with such limits, whose texts wait for long."""
    mail = story.mail(*to, at=NOW + at, **more)  # type: ignore[arg-type]
    lasting = [replace(each, expires_at=NOW + at + LONG) for each in mail.submissions]
    return replace(mail, limits=limits, submissions=tuple(lasting))


async def accepted(
    story: Story, limits: Limits, count: int, *to: Destination, at: float = 0.0, **more: object
) -> list[str]:
    """Mails, a second apart; their ids."""
    mails = [limited(story, limits, *to, at=at + n, **more) for n in range(count)]
    return [await story.spool.accept(each) for each in mails]


async def freed(story: Story, limits: Limits, at: float) -> int:
    return await story.spool.free(lambda *_: limits, NOW + at)


async def stand(story: Story, ids: Sequence[str]) -> list[str]:
    return [await story.state(each) for each in ids]


def people(count: int, first: int = 0) -> list[Msisdn]:
    return [Msisdn(f"4477009{n:05}") for n in range(first, first + count)]


# ---------------------------------------------------------------- what goes, what is held


async def test_what_is_above_a_limit_is_held(story: Story) -> None:
    ids = await accepted(story, Limits(per_hour=3), 5)
    assert await stand(story, ids) == ["queued"] * 3 + ["held"] * 2
    (line,) = await story.lines("delivery", ids[4])
    assert line.fields["token"] == "LIMIT"
    assert str(line.fields["reason"]).startswith("its sender's limit of 3 texts an hour")
    assert 3600 <= float(str(line.fields["goes_at"])) - NOW <= 3660


async def test_of_a_mail_to_many_as_many_go_as_fit(story: Story) -> None:
    mail = limited(story, Limits(per_hour=30), *people(40))
    await story.spool.accept(mail)
    states = list((await story.states(mail.id)).values())
    assert states == ["queued"] * 30 + ["held"] * 10


@pytest.mark.parametrize(
    ("texts", "to", "segments"),
    [
        pytest.param((Text("x"),), SAM, 1, id="T72 a text"),
        pytest.param((Unicode("(1/2) é"), Unicode("(2/2) ü")), SAM, 2, id="T72 numbered parts"),
        pytest.param((Mms("x", (Part("x", "image/gif", b"GIF89a"),)),), SAM, 1, id="an MMS"),
        pytest.param((Text("x"),), ListName("Customers"), 1, id="a list of unknown size"),
    ],
)
async def test_a_text_counts_its_segments(
    story: Story, texts: tuple[Text, ...], to: Destination, segments: int
) -> None:
    ids = await accepted(story, Limits(per_hour=4), 6, to, texts=texts)
    states = [set((await story.states(each)).values()) for each in ids]
    assert states == [{"queued"}] * (4 // segments) + [{"held"}] * (6 - 4 // segments)


async def test_each_sender_and_each_number_has_its_own(story: Story) -> None:
    limits = Limits(per_hour=4, per_number=2)
    ids = await accepted(story, limits, 3)
    ids += await accepted(story, limits, 3, ALEX, at=5)
    kim = limited(story, limits)
    kim = replace(kim, envelope=replace(kim.envelope, session=Session("192.0.2.1", "kim")))
    ids.append(await story.spool.accept(kim))
    assert await stand(story, ids) == [*["queued"] * 2, "held", *["queued"] * 2, "held", "queued"]


async def test_the_limit_of_all_is_one_for_all_senders(story: Story) -> None:
    limits = Limits(per_day_all=3)
    ids = await accepted(story, limits, 2)
    for n, name in enumerate(("kim", "lee")):
        mail = limited(story, limits, at=9 + n)
        session = Session("192.0.2.1", name)
        mail = replace(mail, envelope=replace(mail.envelope, session=session))
        ids.append(await story.spool.accept(mail))
    assert await stand(story, ids) == ["queued"] * 3 + ["held"]


async def test_t73_an_urgent_text_goes_above_the_limits(story: Story) -> None:
    limits = Limits(per_hour=1, per_day_all=1, urgent_per_hour=2)
    ids = await accepted(story, limits, 2)
    ids += await accepted(story, limits, 3, at=9, urgent=True)
    assert await stand(story, ids) == ["queued", "held", "queued", "queued", "held"]


async def test_a_clients_retry_is_counted_once(story: Story) -> None:
    limits = Limits(per_hour=2)
    mail = limited(story, limits)
    await story.spool.accept(mail)
    await story.spool.accept(later(mail, 1))
    assert await stand(story, await accepted(story, limits, 2, at=9)) == ["queued", "held"]


async def test_what_is_folded_costs_nothing(story: Story) -> None:
    limits = Limits(per_hour=2)
    same = await accepted(story, limits, 5, folding=FOLDING, profile="machine")
    assert await stand(story, same) == ["queued"] + ["folded"] * 4
    assert await stand(story, await accepted(story, limits, 2, at=9)) == ["queued", "held"]


async def test_a_restart_forgets_nothing(story: Story) -> None:
    limits = Limits(per_hour=2)
    await accepted(story, limits, 2)
    await story.reopened()
    assert await stand(story, await accepted(story, limits, 1, at=9)) == ["held"]


async def test_all_nodes_count_together(story: Story) -> None:
    limits, other = Limits(per_hour=2), await story.another()
    mails = [limited(story, limits, at=n) for n in range(3)]
    for node, mail in zip((story.spool, other, story.spool), mails, strict=True):
        await node.accept(mail)
    assert await stand(story, [each.id for each in mails]) == ["queued", "queued", "held"]
    assert await other.free(lambda *_: limits, NOW + HOUR + 60) == 1
    await other.close()
    story.opened.remove(other)


@on_sqlite
@pytest.mark.parametrize("by", [86_400.0, -86_400.0], ids=["forward", "back"])
async def test_a_clock_that_is_set_opens_and_shuts_no_window(story: Story, by: float) -> None:
    """The store's time goes on from the new one; the windows go by a clock that nobody sets."""
    limits = Limits(per_hour=2)
    await accepted(story, limits, 2)
    await story.sql("UPDATE clock SET leaps = leaps + 1, moved = moved + ?", by)
    assert await stand(story, await accepted(story, limits, 1, at=by + 9)) == ["held"]
    assert await freed(story, limits, by + 10) == 0
    assert await freed(story, limits, by + HOUR + 60) == 1


# ---------------------------------------------------------------- who hears of it


async def test_t71_sender_and_postmaster_are_told_once_in_a_window(story: Story) -> None:
    limits = Limits(per_hour=2)
    ids = await accepted(story, limits, 20)
    (event,) = await story.told(NOW + 60)
    assert isinstance(event, Held)
    assert (event.mail, event.alarms) == (ids[2], True)
    assert "texts an hour" in event.reason
    assert event.goes_at is not None
    assert 3600 <= event.goes_at - NOW <= 3660
    assert event.expires_at == NOW + 2 + LONG
    await accepted(story, limits, 5, at=HOUR + 60)
    assert [type(each) for each in await story.told(NOW + HOUR + 99)] == [Held]


async def test_of_a_mail_to_many_all_that_are_held_are_named(story: Story) -> None:
    await story.spool.accept(limited(story, Limits(per_hour=3), *people(5)))
    (event,) = await story.told(NOW + 60)
    assert isinstance(event, Held)
    assert list(event.destinations) == people(2, 3)


async def test_it_is_told_at_once_and_not_as_delayed_later(story: Story) -> None:
    await accepted(story, Limits(per_hour=1), 1)
    await story.spool.woken("notify", 0)
    await accepted(story, Limits(per_hour=1), 2, at=1)
    assert await story.spool.woken("notify", 0)
    await story.spool.remind(NOW + 1000)
    events = await story.told(NOW + 1000)
    assert sum(isinstance(each, Delayed) for each in events) == 1, "the one that went"


async def test_what_never_fits_in_time_expires_and_its_sender_is_told_why(story: Story) -> None:
    mails = [replace(story.mail(), limits=Limits(per_hour=1)) for _ in range(2)]
    for each in mails:
        await story.spool.accept(each)
    await story.sent(Accepted("1"), NOW)
    await story.told(NOW)
    assert await freed(story, Limits(per_hour=1), HOUR + 60) == 0, "it is too old by then"
    await story.expired(await story.one(NOW + HOUR + 60), NOW + HOUR + 60)
    (event,) = await story.told(NOW + HOUR + 99)
    assert isinstance(event, Undelivered)
    assert "not sent in time: its sender's limit of 1 texts an hour" in event.failures[0].reason


# ---------------------------------------------------------------- it goes by itself


async def test_the_oldest_goes_first_and_as_many_as_fit(story: Story) -> None:
    limits = Limits(per_hour=2)
    ids = await accepted(story, limits, 7)
    assert await freed(story, limits, HOUR - 1) == 0
    assert await freed(story, limits, HOUR + 60) == 2
    assert await stand(story, ids) == ["queued"] * 4 + ["held"] * 3
    assert await freed(story, limits, HOUR + 61) == 0
    assert await freed(story, limits, 2 * HOUR + 120) == 2
    assert await freed(story, limits, 9 * HOUR) == 1
    assert await freed(story, limits, 9 * HOUR) == 0


async def test_a_mail_that_comes_meanwhile_goes_behind_them(story: Story) -> None:
    limits = Limits(per_hour=2)
    ids = await accepted(story, limits, 4)
    ids += await accepted(story, limits, 1, at=HOUR + 60)
    assert await stand(story, ids) == ["queued"] * 2 + ["held"] * 3
    assert await freed(story, limits, HOUR + 61) == 2
    assert await stand(story, ids) == ["queued"] * 4 + ["held"]


async def test_nor_does_one_of_another_sender_where_the_limit_of_all_holds_them(
    story: Story,
) -> None:
    limits, ids = Limits(per_day_all=2), []
    for user, at in (("kim", 0), ("kim", 1), ("lee", 2), ("jo", DAY + 100)):
        mail = limited(story, limits, at=at)
        session = Session("192.0.2.1", user)
        mail = replace(mail, envelope=replace(mail.envelope, session=session))
        ids.append(await story.spool.accept(mail))
    assert await stand(story, ids) == ["queued", "queued", "held", "held"]
    assert await freed(story, limits, DAY + 102) == 2
    assert await stand(story, await accepted(story, limits, 1, at=DAY + 103)) == ["held"]
    assert await freed(story, limits, 2 * DAY + 200) == 1
    assert await stand(story, await accepted(story, limits, 1, at=2 * DAY + 201)) == ["queued"]


@on_sqlite
async def test_to_one_number_a_short_one_does_not_slip_past_a_long_one(story: Story) -> None:
    limits = Limits(per_number=4, per_hour=60)
    await accepted(story, limits, 3)
    (long,) = await accepted(story, limits, 1, at=20, texts=(Text("web1 is"), Text("DOWN")))
    (short,) = await accepted(story, limits, 1, at=30, texts=(Text("web1 is UP"),))
    other = await accepted(story, limits, 1, ALEX, at=31)
    assert set((await story.states(long)).values()) == {"held"}
    assert await stand(story, [short, *other]) == ["held", "queued"]
    assert await freed(story, limits, 60) == 0
    assert await stand(story, await accepted(story, limits, 1, at=61)) == ["held"]


@on_sqlite
async def test_t73_what_is_urgent_and_held_goes_first_and_by_its_own_right(story: Story) -> None:
    limits = Limits(per_hour=2, urgent_per_hour=1)
    ids = await accepted(story, limits, 9)
    alerts = await accepted(story, limits, 4, at=60, urgent=True)
    assert await stand(story, alerts) == ["queued", "held", "held", "held"]
    assert await freed(story, limits, HOUR + 180) == 3, "two that fit, one above"
    assert await stand(story, [*alerts, ids[2]]) == ["queued"] * 4 + ["held"]


@on_sqlite
async def test_of_very_many_senders_only_those_are_looked_at_whose_time_it_is(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeing, "SENDERS", 2)
    limits, looked = Limits(per_hour=1), list[str]()

    def limits_of(session: Session, _: str) -> Limits:
        looked.append(session.user)
        return limits

    for n in range(5):
        for _ in range(2):
            mail = limited(story, limits, at=n)
            session = Session("192.0.2.1", f"user{n}")
            mail = replace(mail, envelope=replace(mail.envelope, session=session))
            await story.spool.accept(mail)
    for at in (60, 62):
        assert await story.spool.free(limits_of, NOW + at) == 0
        assert len(looked) == 5, "by new limits, once"
    assert await story.spool.free(limits_of, NOW + HOUR + 120) == 5
    assert len(looked) == 10


async def test_nor_does_a_short_one_slip_past_a_long_one(story: Story) -> None:
    limits = Limits(per_hour=4)
    await accepted(story, limits, 1)
    await accepted(story, limits, 3, at=1800)
    two = (Unicode("(1/2) é"), Unicode("(2/2) ü"))
    (long,) = await accepted(story, limits, 1, at=1900, texts=two)
    (short,) = await accepted(story, limits, 1, at=HOUR + 60)
    assert set((await story.states(long)).values()) == {"held"}
    assert await story.state(short) == "held"
    assert await freed(story, limits, HOUR + 1900) == 2
    assert set((await story.states(long)).values()) == {"queued"}


async def test_texts_to_other_numbers_go_before_one_whose_number_is_full(story: Story) -> None:
    limits = Limits(per_hour=4, per_number=2)
    sam = await accepted(story, limits, PAGE + 3)
    alex = await accepted(story, limits, 3, ALEX, at=120)
    assert await stand(story, [sam[2], *alex]) == ["held", "queued", "queued", "held"]
    assert await freed(story, limits, HOUR + 300) == 3
    assert await stand(story, [*sam[2:5], alex[2]]) == ["queued", "queued", "held", "queued"]


async def test_the_oldest_of_all_senders_goes_first_where_their_limit_is_the_scarce_one(
    story: Story,
) -> None:
    limits = Limits(per_day_all=2)
    ids = []
    for n in range(6):
        mail = limited(story, limits, at=float(n))
        session = Session("192.0.2.1", f"user{n % 3}")
        mail = replace(mail, envelope=replace(mail.envelope, session=session))
        ids.append(await story.spool.accept(mail))
    assert await freed(story, limits, DAY + 60) == 2
    assert await stand(story, ids) == ["queued"] * 4 + ["held"] * 2


async def test_it_goes_with_all_its_parts_in_their_turn(story: Story) -> None:
    limits = Limits(per_hour=2)
    parts = (Text("one"), Text("two"))
    for n in range(2):
        await story.spool.accept(limited(story, limits, at=n, texts=parts))
    await story.sent(Accepted("1"), NOW + 1)
    await story.sent(Accepted("2"), NOW + 1)
    assert await freed(story, limits, HOUR + 60) == 1
    held = await story.sent(Accepted("3"), NOW + HOUR + 60)
    assert (held.item.part, held.item.content) == (1, Text("one"))
    assert (await story.one(NOW + HOUR + 61)).item.part == 2


async def test_later_texts_to_its_number_do_not_wait_for_it_and_then_it_goes_first(
    story: Story,
) -> None:
    limits = Limits(per_hour=1)
    await accepted(story, limits, 1)
    (held,) = await accepted(story, limits, 1, at=1)
    urgent = Limits(per_hour=1, urgent_per_hour=1)
    (alert,) = await accepted(story, urgent, 1, at=2, urgent=True)
    await story.sent(Accepted("1"), NOW + 3)
    assert (await story.sent(Accepted("2"), NOW + 3)).item.mail == alert
    other = await story.spool.accept(story.mail(at=NOW + HOUR))
    assert await freed(story, limits, HOUR + 90) == 1
    assert (await story.one(NOW + HOUR + 90)).item.mail == held
    assert await story.state(other) == "queued"


async def test_limits_that_were_raised_let_it_go(story: Story) -> None:
    ids = await accepted(story, Limits(per_hour=1), 3)
    assert await freed(story, UNLIMITED, 60) == 2
    assert await stand(story, ids) == ["queued"] * 3


async def test_very_many_go_in_steps(story: Story) -> None:
    mail = limited(story, Limits(per_hour=1), *people(2 * STEP + 2))
    await story.spool.accept(mail)
    assert await freed(story, UNLIMITED, 60) == 2 * STEP + 1
    assert set((await story.states(mail.id)).values()) == {"queued"}
    assert await story.sql("SELECT 1 FROM spent WHERE waits = 1") == []


async def test_a_text_that_is_past_its_time_does_not_go(story: Story) -> None:
    limits = Limits(per_hour=1)
    ids = await accepted(story, limits, 2)
    assert await freed(story, limits, LONG + 60) == 0
    assert await stand(story, ids[1:]) == ["held"]


# ---------------------------------------------------------------- what an operator does


async def test_an_operator_lets_it_go_and_that_is_not_counted(story: Story) -> None:
    limits = Limits(per_hour=2)
    ids = await accepted(story, limits, 4)
    assert await story.ordered("release", ids[3], NOW + 9) == 1
    assert await stand(story, ids) == ["queued", "queued", "held", "queued"]
    assert await freed(story, limits, HOUR + 60) == 1


@on_sqlite
@pytest.mark.parametrize("named", ["", ".1", ".2"], ids=["by its mail", "a part", "a later part"])
async def test_an_operator_lets_go_a_text_with_all_its_parts(story: Story, named: str) -> None:
    limits = Limits(per_hour=1)
    await accepted(story, limits, 1)
    (held,) = await accepted(story, limits, 1, at=1, texts=(Text("one"), Text("two")))
    await story.sent(Accepted("1"), NOW + 2)
    assert await story.ordered("release", held + named, NOW + 3) == 2
    for n in (1, 2):
        assert (await story.sent(Accepted(f"{n + 1}"), NOW + 4)).item.part == n


async def test_what_an_operator_drops_uses_nothing_up(story: Story) -> None:
    limits = Limits(per_hour=2)
    ids = await accepted(story, limits, 5)
    await story.ordered("drop", ids[2], NOW + 9)
    await story.ordered("drop", ids[3], NOW + 9)
    assert await freed(story, limits, HOUR + 60) == 1
    assert await stand(story, ids[2:]) == ["dropped", "dropped", "queued"]


async def test_what_an_operator_holds_does_not_go_by_itself(story: Story) -> None:
    limits = Limits(per_hour=1)
    ids = await accepted(story, limits, 3)
    assert await story.ordered("hold", ids[1], NOW + 9) == 1
    assert await story.ordered("hold", ids[1], NOW + 10) == 0
    assert await freed(story, limits, HOUR + 60) == 1
    assert await stand(story, ids[1:]) == ["held", "queued"]


async def test_nobody_waits_behind_what_was_dropped(story: Story) -> None:
    limits = Limits(per_hour=1)
    await accepted(story, limits, 3)
    await story.ordered("drop", "all", NOW + 9)
    assert await freed(story, limits, HOUR + 60) == 0
    assert await story.sql("SELECT 1 FROM spent WHERE look_at IS NOT NULL") == []
    assert await stand(story, await accepted(story, limits, 1, at=HOUR + 60)) == ["queued"]


# ---------------------------------------------------------------- what the bridge writes itself


async def test_a_summary_counts_for_the_sender_whose_text_began_it_and_for_all(
    story: Story,
) -> None:
    storm, limits = Storm(story), Limits(per_hour=9, per_day_all=9)
    for n in range(8):
        mail = replace(storm.mail(Text(f"Disk {n}% full"), at=n), limits=limits)
        await story.spool.accept(mail)
    states = sorted(state for state in (await story.states()).values())
    assert states == ["folded"] * 3 + ["queued"] * 6
    went = dict(await story.sql("SELECT sender_key, went FROM spent WHERE number = ''"))
    assert {key: _segments(octets) for key, octets in went.items()} == {"": 6, "user:jo": 6}


@on_sqlite
async def test_what_a_summary_counts_is_not_ended_while_it_is_held_and_goes(story: Story) -> None:
    storm, mails = Storm(story), list[Mail]()
    for n in range(8):
        words = Text(f"Disk {n}% full" if n < 7 else "Disks recovered")
        mails.append(replace(storm.mail(words, at=n), limits=Limits(per_hour=5)))
        await story.spool.accept(mails[-1])
        if n < 4:
            await storm.goes(n)
    await story.sent(Refused("NO", "not this"), NOW + 50)
    states = await story.states()
    assert [states[f"{each.id}.1", str(SAM)] for each in mails[4:7]] == [
        "rejected",
        "folded",
        "folded",
    ]
    assert states[f"{mails[5].id}.1.similar1", str(SAM)] == "held"


@on_sqlite
async def test_t71_a_thief_gets_nothing_above_its_limits_by_storms(story: Story) -> None:
    storm, limits = Storm(story), Limits(per_hour=9)
    for n in range(0, 3000, 500):
        for more in range(6):
            words = Text(f"Hello {n + more}")
            mail = replace(storm.mail(words, *people(5), at=n + more), limits=limits)
            await story.spool.accept(mail)
        await storm.goes(n + 6)
    await storm.goes(HOUR)
    assert len(storm.sent) == 9


async def test_a_summary_above_it_is_held_grows_on_and_goes_by_itself(story: Story) -> None:
    storm, limits = Storm(story), Limits(per_day_all=5)
    for n in range(9):
        mail = replace(storm.mail(Text(f"Disk {n}% full"), at=n), limits=limits)
        await story.spool.accept(mail)
    (held,) = [key for key, state in (await story.states()).items() if state == "held"]
    assert held[0].endswith(".similar1")
    (event,) = await story.told(NOW + 30)
    assert isinstance(event, Held), "T73: never silence"
    assert event.alarms
    await story.sql("UPDATE delivery SET expires_at = expires_at + 172800 WHERE state = 'held'")
    assert await freed(story, limits, DAY) == 0
    assert await freed(story, limits, DAY + 120) == 1
    (line,) = [each for each in await story.lines("delivery", held[0]) if each.id == held[0]]
    assert (line.fields["state"], line.fields["token"]) == ("queued", "SUMMARY")
    ((content,),) = await story.sql("SELECT content FROM submission WHERE id = ?", held[0])
    assert "+4 similar" in content


def _segments(octets: bytes) -> float:
    return sum(array("d", bytes(octets))[1::2])


# ---------------------------------------------------------------- what machines mail


@on_sqlite
async def test_what_a_phone_hears_last_is_so(story: Story) -> None:
    storm, limits = Storm(story), Limits(per_number=2)
    for words, at in (("Late", 0), ("web1 is DOWN", 10), ("web1 is UP", 60), ("web1 is DOWN", 100)):
        await story.spool.accept(replace(storm.mail(Text(words), at=at), limits=limits))
        await storm.goes(at)
    for at in range(120, 1500, 60):
        await freed(story, limits, at)
        await storm.goes(at)
    assert storm.heard() == ["Late", "web1 is DOWN", "web1 is UP", "web1 is DOWN"]


@on_sqlite
async def test_what_is_held_stands_for_its_copies_and_so_each_goes_once(story: Story) -> None:
    storm, limits = Storm(story), Limits(per_number=2)
    copies = ["UPS on battery"] * 3
    for n, words in enumerate(["Late", "Failed", *copies, "Lunch?", *copies, "Fire"]):
        if words == "Lunch?":
            await storm.alert(words, at=n, folding=None)
        else:
            await story.spool.accept(replace(storm.mail(Text(words), at=n), limits=limits))
    await storm.goes(20)
    assert await freed(story, limits, 660) == 2
    await storm.goes(660)
    assert storm.heard() == ["Late", "Failed", "Lunch?", "UPS on battery", "Fire"]


@on_sqlite
async def test_nothing_goes_uncounted_for_what_a_limit_held_too_long(story: Story) -> None:
    storm, limits = Storm(story), Limits(per_day=1)
    for n, words in enumerate(["Late", "Fire", "Fire"]):
        await story.spool.accept(replace(storm.mail(Text(words), at=30 * n), limits=limits))
    await storm.goes(60)
    held = await story.one(NOW + HOUR + 31)
    await story.expired(held, NOW + HOUR + 31)
    await storm.goes(HOUR + 40)
    assert storm.heard() == ["Late"]
    assert sorted((await story.states()).values()) == ["expired", "expired", "submitted"]
    told = [each for each in await story.told(NOW + HOUR + 99) if isinstance(each, Undelivered)]
    assert len(told) == 1


# ---------------------------------------------------------------- what is kept


async def test_what_went_is_forgotten_when_no_window_has_it(story: Story) -> None:
    await accepted(story, Limits(per_day=1, per_number=5), 1)
    for seconds, left in ((HOUR, 1), (DAY + 120, 0)):
        now = NOW + seconds
        await story.spool.sweep(now, bodies_before=NOW - DAY, history_before=NOW - DAY)
        assert len(await story.sql("SELECT 1 FROM spent")) == left


async def test_whose_texts_are_held_is_not_forgotten(story: Story) -> None:
    await accepted(story, Limits(per_number=1), 2)
    now = NOW + 2 * DAY
    await story.spool.sweep(now, bodies_before=NOW - DAY, history_before=NOW - DAY)
    assert await freed(story, Limits(per_number=1), 2 * DAY) == 1
