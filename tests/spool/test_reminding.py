"""What no answer brings is told by the clock: texts that still wait, reports that never come."""

from __future__ import annotations

import pytest

from bridge.core.events import Delayed, Event, Summary
from bridge.core.judge import judge
from bridge.core.model import Notify, Text
from bridge.core.outcomes import Accepted, Blocked, Deferred, State
from bridge.core.reminding import DELAYED_AFTER
from bridge.core.reporting import RELAYED_AFTER
from tests.spool.conftest import ALEX, NOW, POLICY, SAM, Story
from tests.spool.storm import Storm

LATER = NOW + DELAYED_AFTER
DOWN = Deferred("NOT_SENT", "no gateway host could be reached")
BROKE = Blocked("INSUFFICIENT_CREDIT", "the account's credit is used up")


async def late(story: Story, now: float = LATER) -> list[Event]:
    """What is mailed once the mails are looked after."""
    await story.spool.remind(now)
    return await story.told(now)


async def test_texts_that_still_wait_are_told_once_after_a_quarter_of_an_hour(story: Story) -> None:
    mail = story.mail(SAM, ALEX)
    await story.spool.accept(mail)
    lease = await story.one()
    assert await story.judged(lease, {SAM: DOWN, ALEX: DOWN}, NOW + 1)
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
    lease = await story.one()
    assert await story.spool.settle(lease, judge(POLICY, lease, {SAM: BROKE}, NOW), NOW)
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


async def test_many_mails_are_looked_after_in_one_call(story: Story) -> None:
    for _ in range(250):
        await story.spool.accept(story.mail())
    assert await story.spool.remind(LATER) == 250
    assert await story.spool.remind(LATER) == 0
