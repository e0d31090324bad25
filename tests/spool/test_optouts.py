"""Who is not to be texted: wishes in any order, and what waits when one comes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.consent import Optout, OptoutChange, OptoutEffect
from bridge.core.events import ListChanged, SmsReceived, Undelivered
from bridge.core.model import Msisdn, Text
from bridge.core.optouts import LONGEST_WAY
from bridge.core.outcomes import Accepted, Deferred, InDoubt, State
from bridge.core.promises import Callback, Folding
from tests.spool.conftest import ALEX, HOST, NOW, SAM, Story

STOP = OptoutChange(SAM.digits, True, NOW, "with STOP")
START = OptoutChange(SAM.digits, False, NOW + 60, "with START")
BLOCKED = OptoutChange(SAM.digits, True, NOW + 120, "by the operator")
REMOVED = OptoutChange(SAM.digits, False, NOW + 60, "by the operator")
JOINED = OptoutChange(SAM.digits, False, NOW + 60, "from the list alerts")
LEFT = OptoutChange(SAM.digits, True, NOW, "from the list others")
EFFECT = OptoutEffect


def at(wish: OptoutChange, instant: float) -> OptoutChange:
    return OptoutChange(wish.number, wish.out, instant, wish.source, wish.spared)


async def outs(story: Story) -> dict[str, Optout]:
    facts = await story.spool.facts([SAM.digits, ALEX.digits], [])
    assert dict(await story.spool.optouts()) == facts.optouts
    return dict(facts.optouts)


@pytest.mark.parametrize(
    ("wishes", "effects", "since"),
    [
        pytest.param([STOP], [EFFECT.STOPPED], NOW, id="one who stops is out"),
        pytest.param([STOP, START], [EFFECT.STOPPED, EFFECT.BACK], None, id="and comes back"),
        pytest.param(
            [START, STOP], [EFFECT.NONE, EFFECT.NONE], None, id="the earlier STOP is late"
        ),
        pytest.param(
            [STOP, at(START, NOW - 1)], [EFFECT.STOPPED, EFFECT.NONE], NOW, id="START was earlier"
        ),
        pytest.param(
            [STOP, at(START, NOW)], [EFFECT.STOPPED, EFFECT.NONE], NOW, id="in one second STOP wins"
        ),
        pytest.param(
            [at(START, NOW), STOP], [EFFECT.NONE, EFFECT.STOPPED], NOW, id="whichever came first"
        ),
        pytest.param(
            [STOP, at(STOP, NOW + 90)],
            [EFFECT.STOPPED, EFFECT.STILL],
            NOW,
            id="twice is since once",
        ),
        pytest.param(
            [STOP, at(STOP, NOW + 90), START],
            [EFFECT.STOPPED, EFFECT.STILL, EFFECT.NONE],
            NOW,
            id="the second STOP was after START",
        ),
        pytest.param(
            [STOP, START, BLOCKED],
            [EFFECT.STOPPED, EFFECT.BACK, EFFECT.STOPPED],
            NOW + 120,
            id="the operator's word counts at once",
        ),
        pytest.param(
            [BLOCKED, START], [EFFECT.STOPPED, EFFECT.NONE], NOW + 120, id="and over earlier texts"
        ),
        pytest.param(
            [BLOCKED, at(START, NOW + 180), at(JOINED, NOW + 181)],
            [EFFECT.STOPPED, EFFECT.NONE, EFFECT.NONE],
            NOW + 120,
            id="which no START and no list lifts",
        ),
        pytest.param(
            [BLOCKED, at(STOP, NOW + 180), at(START, NOW + 190)],
            [EFFECT.STOPPED, EFFECT.NONE, EFFECT.NONE],
            NOW + 120,
            id="nor a STOP and a START",
        ),
        pytest.param(
            [BLOCKED, at(BLOCKED, NOW + 130), at(REMOVED, NOW + 140)],
            [EFFECT.STOPPED, EFFECT.STILL, EFFECT.BACK],
            None,
            id="the operator alone lifts it",
        ),
        pytest.param([START], [EFFECT.NONE], None, id="START of one who never left"),
        pytest.param(
            [STOP, REMOVED, at(STOP, NOW + 30)],
            [EFFECT.STOPPED, EFFECT.BACK, EFFECT.STOPPED],
            NOW + 30,
            id="a slow phone's STOP after the operator's word",
        ),
        pytest.param(
            [STOP, REMOVED, at(STOP, NOW + 30), at(START, NOW + 40)],
            [EFFECT.STOPPED, EFFECT.BACK, EFFECT.STOPPED, EFFECT.BACK],
            None,
            id="and its START after that",
        ),
        pytest.param(
            [JOINED, at(STOP, NOW + 30)],
            [EFFECT.NONE, EFFECT.STOPPED],
            NOW + 30,
            id="the gateway's clock proves no STOP late",
        ),
        pytest.param(
            [JOINED, LEFT],
            [EFFECT.NONE, EFFECT.NONE],
            None,
            id="by the gateway's own clock who left came back",
        ),
        pytest.param(
            [BLOCKED, at(REMOVED, NOW + 5)],
            [EFFECT.STOPPED, EFFECT.BACK],
            None,
            id="the operator's word counts after our clock was set back",
        ),
    ],
)
async def test_of_all_wishes_the_last_one_uttered_counts(
    story: Story, wishes: list[OptoutChange], effects: list[OptoutEffect], since: float | None
) -> None:
    assert [await story.spool.optout(each) for each in wishes] == effects
    found = (await outs(story)).get(SAM.digits)
    assert (found.since if found else None) == since


async def test_a_second_wish_changes_neither_the_day_nor_the_way(story: Story) -> None:
    await story.spool.optout(STOP)
    await story.spool.optout(at(LEFT, NOW + 120))
    assert await outs(story) == {SAM.digits: Optout(NOW, "with STOP")}


async def test_whom_the_operator_blocks_after_a_stop_comes_back_by_no_start(story: Story) -> None:
    await story.spool.optout(STOP)
    assert await story.spool.optout(BLOCKED) is EFFECT.STOPPED
    assert await story.spool.optout(at(START, NOW + 180)) is EFFECT.NONE
    assert await outs(story) == {SAM.digits: Optout(NOW + 120, "by the operator")}


async def test_a_contact_s_stop_is_told_and_not_obeyed(story: Story) -> None:
    spared = OptoutChange(SAM.digits, True, NOW, "with STOP", spared=True)
    assert await story.spool.optout(spared) is EFFECT.SPARED
    assert await outs(story) == {}


async def test_a_contact_s_start_lifts_what_was_before_it_became_one(story: Story) -> None:
    await story.spool.optout(STOP)
    back = OptoutChange(SAM.digits, False, NOW + 999, "with START", spared=True)
    assert await story.spool.optout(back) is EFFECT.BACK
    assert await outs(story) == {}


async def test_what_an_operator_orders_is_in_the_life_of_the_number(story: Story) -> None:
    back = OptoutChange(SAM.digits, False, NOW + 130, "by the operator")
    for wish in (BLOCKED, BLOCKED, back):
        await story.spool.optout(wish, "root")
    found = await story.spool.browse(SAM.digits)
    assert [(each.what, each.at) for each in found] == [
        ("command", NOW + 120),
        ("command", NOW + 120),
        ("command", NOW + 130),
    ]
    told = [(each.fields["by"], each.fields["verb"], each.fields["changed"]) for each in found]
    assert told == [
        ("root", "optout add", 1),
        ("root", "optout add", 0),
        ("root", "optout remove", 1),
    ]
    assert await story.spool.obey(NOW + 200) == 0


async def test_those_who_are_out_are_listed_the_latest_first(story: Story) -> None:
    await story.spool.optout(STOP)
    await story.spool.optout(OptoutChange(ALEX.digits, True, NOW + 5, "from the list alerts"))
    assert [number for number, _ in await story.spool.optouts()] == [ALEX.digits, SAM.digits]
    await story.reopened()
    assert [number for number, _ in await story.spool.optouts()] == [ALEX.digits, SAM.digits]


async def test_who_came_back_is_forgotten_when_no_older_wish_can_come(story: Story) -> None:
    for wish in (STOP, START, OptoutChange(ALEX.digits, True, NOW, "with STOP")):
        await story.spool.optout(wish)
    for after, erased in ((LONGEST_WAY, 0), (LONGEST_WAY + 1, 1)):
        now = START.at + after
        found = await story.spool.sweep(now, bodies_before=NOW, history_before=NOW)
        assert found == erased
    assert set(await outs(story)) == {ALEX.digits}


# ---------------------------------------------------------------- by callback


async def heard(story: Story, wish: OptoutChange, *, key: str = "") -> OptoutEffect:
    """A text that utters a wish arrives; the effect that its mail will tell."""
    callback = story.callback(story.text("stop", number=wish.number), key=key)
    await story.spool.receive(_with(callback, wish))
    leases = await story.spool.lease_events("us", 100, NOW + 999, NOW + 1000)
    (item,) = (each.item for each in leases if isinstance(each.item, SmsReceived))
    return item.effect


def _with(callback: Callback, wish: OptoutChange) -> Callback:
    return replace(callback, optout=wish)


async def test_a_text_s_mail_tells_what_its_wish_came_to(story: Story) -> None:
    assert await heard(story, STOP) is EFFECT.STOPPED
    assert await outs(story) == {SAM.digits: Optout(NOW, "with STOP")}


async def test_a_repeated_callback_is_no_second_wish(story: Story) -> None:
    stop = _with(story.callback(story.text("stop"), key="one"), STOP)
    start = _with(story.callback(story.text("start"), key="two"), START)
    await story.spool.receive(stop)
    await story.spool.receive(start)
    await story.spool.receive(stop)
    assert await outs(story) == {}


async def test_a_list_s_change_counts_as_well(story: Story) -> None:
    event = ListChanged("MyAlerts", "user", SAM.digits, "unsubscribed", "API", "", NOW)
    wish = OptoutChange(SAM.digits, True, NOW, "from the list alerts")
    await story.spool.receive(_with(story.callback(event), wish))
    (lease,) = await story.spool.lease_events("us", 100, NOW, NOW + 60)
    assert isinstance(lease.item, ListChanged)
    assert lease.item.effect is EFFECT.STOPPED


# ---------------------------------------------------------------- what waits


async def told(story: Story, now: float = NOW + 999) -> list[tuple[str, str, str]]:
    """Of which mails' texts the senders are told, with which code and why."""
    leases = await story.spool.lease_events("us", 100, now, now + 1)
    items = [each.item for each in leases if isinstance(each.item, Undelivered)]
    return [(i.mail, f.enhanced, f.reason) for i in items for f in i.failures]


WHY = f"{SAM} opted out with STOP on 21 Sep 2026"


async def test_what_waits_for_one_who_stops_is_not_sent_and_its_sender_told(story: Story) -> None:
    both = await story.spool.accept(story.mail(SAM, ALEX))
    await story.spool.accept(story.mail(ALEX))
    await story.spool.optout(STOP)
    assert await told(story) == [(both, "5.7.1", WHY)]
    assert set((await story.states()).values()) == {"rejected", "queued"}
    for _ in range(2):
        lease = await story.sent(Accepted("id1"))
        assert [each.destination for each in lease.pending] == [ALEX]


async def test_of_a_long_text_the_rest_is_withdrawn_in_one_notice(story: Story) -> None:
    parts = (Text("one"), Text("two"), Text("three"))
    mail = await story.spool.accept(story.mail(SAM, texts=parts))
    await story.sent(Accepted("id1"))
    await story.spool.optout(STOP)
    ((told_of, enhanced, why),) = await told(story)
    assert (told_of, enhanced) == (mail, "5.7.1")
    assert why.startswith(WHY)
    assert "part 2 of 3" in why
    assert sorted((await story.states()).values()) == ["rejected", "rejected", "submitted"]


async def test_what_is_held_for_an_operator_is_withdrawn_as_well(story: Story) -> None:
    mail = await story.spool.accept(story.mail(SAM))
    await story.ordered("hold", mail)
    await story.spool.optout(STOP)
    assert await story.state() == "rejected"


async def test_what_may_have_been_sent_is_left_to_its_own_end(story: Story) -> None:
    await story.spool.accept(story.mail(SAM))
    await story.sent(InDoubt("NO_ANSWER", "reset"))
    await story.spool.optout(STOP)
    assert await story.state() == "in-doubt"
    assert await told(story) == []


async def doubted(story: Story, *texts: Text) -> str:
    """A machine's text that may have been sent, and is to be sent once more."""
    mail = await story.spool.accept(story.mail(SAM, texts=texts, profile="machine"))
    await story.sent(InDoubt("NO_ANSWER", "reset"))
    assert await story.judged(await story.one(NOW + 60), InDoubt("NO_ANSWER", "reset"), NOW + 60)
    return mail


@pytest.mark.parametrize("leased", [False, True], ids=["while it waits", "once it is leased"])
async def test_what_is_not_sent_once_more_stays_in_doubt_and_its_report_is_told(
    story: Story, leased: bool
) -> None:
    mail = await doubted(story, Text("hello"))
    lease = await story.one(NOW + 60) if leased else None
    await story.spool.optout(STOP)
    if lease:
        assert not await story.spool.begin(lease, HOST, NOW + 61)
        assert await story.lease(NOW + 61) == []
    why = f"it may have been sent once, and was not sent again: {WHY}"
    assert await story.state() == "held"
    assert await told(story) == [(mail, "4.4.1", why)]
    await story.spool.receive(story.callback(story.report("77", at=NOW + 99), at=NOW + 99))
    assert await story.state() == "delivered"


async def test_the_parts_after_it_are_turned_away_once_it_is_known_to_have_gone(
    story: Story,
) -> None:
    mail = await doubted(story, Text("1"), Text("2"))
    await story.spool.optout(STOP)
    assert set((await story.states()).values()) == {"held"}
    assert len(await story.told(NOW + 70)) == 1
    await story.spool.receive(story.callback(story.report("77", at=NOW + 99), at=NOW + 99))
    assert await story.lease(NOW + 100) == []
    assert sorted((await story.states()).values()) == ["delivered", "rejected"]
    ((told_of, enhanced, why),) = await told(story, NOW + 2000)
    assert (told_of, enhanced) == (mail, "5.7.1")
    assert "part 2 of 2" in why


async def test_what_is_tried_just_then_is_not_tried_again(story: Story) -> None:
    mail = await story.spool.accept(story.mail(SAM))
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    await story.spool.optout(STOP)
    assert await story.judged(lease, Deferred("DOWN", "no gateway"), NOW)
    assert await story.lease(NOW + 60) == []
    assert await story.state() == "rejected"
    assert await told(story) == [(mail, "5.7.1", WHY)]


@pytest.mark.parametrize("begun", [False, True], ids=["before its request", "between two hosts"])
async def test_what_is_leased_just_then_is_turned_away(story: Story, begun: bool) -> None:
    mail = await story.spool.accept(story.mail(SAM, ALEX))
    lease = await story.one()
    if begun:
        assert await story.spool.begin(lease, HOST, NOW)
    await story.spool.optout(STOP)
    assert not await story.spool.begin(lease, "https://backup.example", NOW + 1)
    assert set((await story.states()).values()) == {"queued"}
    assert await story.spool.woken("submit", 0)
    await story.sent(Accepted("71"), NOW + 1)
    assert set((await story.states()).values()) == {"rejected", "submitted"}
    assert await told(story) == [(mail, "5.7.1", WHY)]
    outcomes = [each.fields["outcome"] for each in await story.lines("attempt")]
    assert outcomes == ["not taken"] * begun + ["submitted"]


async def test_a_lost_lease_gives_nothing_back(story: Story) -> None:
    await story.spool.accept(story.mail(SAM))
    lost = await story.one()
    assert await story.spool.begin(await story.one(NOW + 60), HOST, NOW + 60)
    await story.spool.optout(STOP)
    assert not await story.spool.begin(lost, HOST, NOW + 61)
    assert await story.state() == "submitting"


async def test_a_mail_that_was_in_data_just_then_is_not_sent(story: Story) -> None:
    await story.spool.optout(STOP)
    mail = await story.spool.accept(story.mail(SAM, ALEX))
    lease = await story.one()
    assert [each.destination for each in lease.pending] == [ALEX]
    assert await told(story) == [(mail, "5.7.1", WHY)]


async def test_a_holder_that_died_with_it_does_not_keep_it_alive(story: Story) -> None:
    await story.spool.accept(story.mail(SAM))
    await story.one()
    await story.spool.optout(STOP)
    assert await story.lease(NOW + 61) == []
    assert await story.state() == "rejected"


@pytest.mark.parametrize("wish", [START, OptoutChange(SAM.digits, True, NOW, "with STOP", True)])
async def test_nothing_is_withdrawn_without_a_wish_that_counts(
    story: Story, wish: OptoutChange
) -> None:
    await story.spool.accept(story.mail(SAM))
    await story.spool.optout(wish)
    assert await story.state() == State.QUEUED


async def test_another_process_may_withdraw_too(story: Story) -> None:
    await story.spool.accept(story.mail(Msisdn(SAM.digits)))
    line = await story.another()
    assert await line.optout(BLOCKED) is EFFECT.STOPPED
    assert await story.lease(NOW + 200) == []
    assert await story.state() == "rejected"


async def test_what_was_folded_into_it_ends_with_it(story: Story) -> None:
    folding = Folding("nagios1", same_text=600, expires=3600)
    for n in range(2):
        mail = story.mail(texts=(Text("Disk full"),), at=NOW + n, folding=folding)
        await story.spool.accept(mail)
    assert sorted((await story.states()).values()) == ["folded", "queued"]
    await story.spool.optout(at(STOP, NOW + 2))
    assert sorted((await story.states()).values()) == ["rejected", "rejected"]
    assert await story.lease(NOW + 999) == []
