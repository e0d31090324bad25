"""What no answer brings is told by the clock: texts that still wait, reports that never come."""

from __future__ import annotations

import pytest

from bridge.core.events import Delayed, Event, Progress, Summary
from bridge.core.model import Notify, Text
from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Refused, State
from bridge.core.reminding import DELAYED_AFTER
from bridge.core.reporting import RELAYED_AFTER, TOGETHER
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story
from tests.spool.storm import Storm

LATER = NOW + DELAYED_AFTER
DOWN = Deferred("NOT_SENT", "no gateway host could be reached")
NO = Refused("INVALID_NUMBER", "the gateway has no route to this number")
BROKE = Blocked("INSUFFICIENT_CREDIT", "the account's credit is used up")


async def late(story: Story, now: float = LATER) -> list[Event]:
    """What is mailed once the mails are looked after."""
    await story.spool.remind(now)
    return await story.told(now)


async def test_texts_that_still_wait_are_told_once_after_a_quarter_of_an_hour(story: Story) -> None:
    mail = story.mail(SAM, ALEX)
    await story.spool.accept(mail)
    lease = await story.one()
    await story.sent({SAM: DOWN, ALEX: DOWN}, NOW + 1, lease=lease)
    assert await late(story, LATER - 1) == []
    reason = f"the gateway has not taken it yet: {DOWN.reason}"
    assert await late(story) == [Delayed(mail.id, (SAM, ALEX), reason, LATER)]
    for hours in (1, 80):
        assert await late(story, NOW + hours * 3600) == []


async def test_only_what_waits_is_named(story: Story) -> None:
    await story.spool.accept(story.mail(SAM, ALEX))
    await story.sent({SAM: Accepted("1"), ALEX: DOWN})
    (event,) = await late(story)
    assert isinstance(event, Delayed)
    assert event.destinations == (ALEX,)


async def test_where_the_lane_rests_that_is_why(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent({SAM: BROKE})
    found = [each for each in await late(story) if isinstance(each, Delayed)]
    assert [each.reason for each in found] == [f"the gateway has not taken it yet: {BROKE.reason}"]


async def test_what_an_operator_holds_waits_as_well(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.ordered("hold", mail.id)
    (event,) = await late(story)
    assert isinstance(event, Delayed)
    assert event.reason == "it is held: hold by root"


async def test_a_summary_of_folded_texts_was_meant_to_wait(story: Story) -> None:
    storm = Storm(story)
    await storm.rage(7)
    await storm.goes(9)
    for at in (LATER, LATER + 60):
        assert await late(story, at) == []


@pytest.mark.parametrize("texts", [(Text("1"),), (Text("1"), Text("2"))])
async def test_what_was_taken_and_never_reported_on_is_relayed_after_72_hours(
    story: Story, texts: tuple[Text, ...]
) -> None:
    await story.spool.accept(story.mail(texts=texts, notify=(Notify.SUCCESS,)))
    for n, _ in enumerate(texts):
        await story.sent(Accepted(f"7{n}"), NOW + 100)
    assert await late(story, LATER) == []
    assert await late(story, NOW + RELAYED_AFTER + 99) == []
    (event,) = await late(story, NOW + RELAYED_AFTER + 100)
    assert isinstance(event, Summary)
    (ending,) = event.endings
    assert (ending.destination, ending.state, ending.enhanced) == (SAM, State.SUBMITTED, "2.0.0")
    assert event.outstanding == 0
    assert await late(story, NOW + 2 * RELAYED_AFTER) == []


async def test_who_did_not_ask_for_success_hears_nothing_of_it(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(Accepted("77"))
    assert await late(story) == []
    assert await late(story, NOW + 2 * RELAYED_AFTER) == []
    assert await story.events() == []


@pytest.mark.parametrize("outcome", [DOWN, NO_ANSWER], ids=["fails", "doubt"])
async def test_one_that_is_being_tried_when_it_is_looked_after_is_told_once_it_waits_again(
    story: Story, outcome: Deferred | InDoubt
) -> None:
    await story.spool.accept(story.mail(profile="machine"))
    lease = await story.one(LATER - 1)
    assert await story.spool.begin(lease, HOST, LATER - 1)
    assert await late(story) == []
    assert await story.judged(lease, outcome, LATER + 1)
    if outcome is NO_ANSWER:
        assert await late(story, LATER + 60) == []
        assert await story.judged(await story.one(LATER + 61), outcome, LATER + 61)
    (event,) = await late(story, LATER + 120)
    assert isinstance(event, Delayed)
    assert await late(story, LATER + 999) == []


async def test_one_that_was_taken_when_it_is_looked_after_again_is_not_told(story: Story) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one(LATER - 1)
    assert await story.spool.begin(lease, HOST, LATER - 1)
    assert await late(story) == []
    assert await story.judged(lease, Accepted("77"), LATER + 1)
    assert await late(story, LATER + 60) == []
    assert await late(story, NOW + 2 * RELAYED_AFTER) == []


async def relayed(story: Story, since: float) -> bool:
    """Whether Sam's text is told to be relayed, three days after it was taken, and once."""
    assert await late(story, since + DELAYED_AFTER) == []
    found = await late(story, since + RELAYED_AFTER + 1)
    assert await late(story, since + 2 * RELAYED_AFTER) == []
    endings = [each.endings for each in found if isinstance(each, Summary)]
    return [(e.destination, e.state) for (e,) in endings] == [(SAM, State.SUBMITTED)]


BOTH_ASKS = pytest.mark.parametrize("notify", [(), (Notify.SUCCESS, Notify.FAILURE)])


@BOTH_ASKS
async def test_what_an_operator_sent_again_after_its_failure_was_told_is_relayed_as_well(
    story: Story, notify: tuple[Notify, ...]
) -> None:
    """Also to who asked for failures alone: the failure is not to be the last word."""
    mail = story.mail(notify=notify)
    await story.spool.accept(mail)
    await story.sent(NO)
    assert len(await story.told(NOW + TOGETHER)) == 1
    assert await late(story) == []
    await story.ordered("retry", mail.id, LATER + 1)
    await story.sent(Accepted("77"), LATER + 1)
    assert await relayed(story, LATER + 1)


@BOTH_ASKS
async def test_so_is_what_was_told_to_be_in_doubt_and_turned_out_to_be_taken(
    story: Story, notify: tuple[Notify, ...]
) -> None:
    await story.spool.accept(story.mail(notify=notify))
    await story.sent(NO_ANSWER)
    assert await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    assert len(await story.told(NOW + 60 + TOGETHER)) == 1
    assert await late(story) == []
    pending = story.report("77", progress=Progress.PENDING, at=LATER + 1)
    await story.spool.receive(story.callback(pending, at=LATER + 1))
    assert await story.state() == State.SUBMITTED
    assert await relayed(story, LATER + 1)


async def test_so_is_what_was_folded_and_went_instead_of_the_text_that_stood_for_it(
    story: Story,
) -> None:
    storm = Storm(story)
    first = await storm.alert("Disk full")
    folded = story.mail(
        texts=(Text("Disk full"),),
        notify=(Notify.SUCCESS,),
        at=NOW + 1,
        folding=storm.mail().folding,
    )
    await story.spool.accept(folded)
    assert len(await story.told(NOW + 1)) == 1
    assert await late(story, LATER + 1) == []
    lost = story.report(first.id, progress=Progress.UNDELIVERABLE, at=LATER + 2)
    await story.spool.receive(story.callback(lost, at=LATER + 2))
    assert len(await story.told(LATER + 2 + TOGETHER)) == 1
    await story.sent(Accepted("77"), LATER + 9)
    assert await relayed(story, LATER + 9)


async def test_many_mails_are_looked_after_in_one_call(story: Story) -> None:
    for _ in range(250):
        await story.spool.accept(story.mail())
    assert await story.spool.remind(LATER) == 250
    assert await story.spool.remind(LATER) == 0
