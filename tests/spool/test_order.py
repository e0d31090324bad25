"""Reports of one mail that meet: none is lost, none is told twice, bad news come before good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.consent import OptoutChange
from bridge.core.events import Progress, Summary, Undelivered
from bridge.core.leases import EventLease, NoticeVerdict, Told
from bridge.core.model import ListName, Notify
from bridge.core.outcomes import Accepted, Deferred, InDoubt, Outcome, Refused, State
from bridge.core.reporting import TOGETHER
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story
from tests.spool.test_owing import BAD, DELIVERED, KIM, NO, OUR_BUG, heard, told

ASKED = (Notify.SUCCESS, Notify.FAILURE)


async def answered(story: Story, sam: Outcome, alex: Outcome) -> str:
    """A mail to both that asked for all reports; what is in doubt is judged a minute later."""
    mail = story.mail(SAM, ALEX, notify=ASKED)
    await story.spool.accept(mail)
    await story.sent({SAM: sam, ALEX: alex})
    return mail.id


async def judged(story: Story, outcome: Outcome) -> None:
    """The end of the wait in doubt, a minute later."""
    assert await story.judged(await story.one(NOW + 61), outcome, NOW + 61)


async def mailing(story: Story, at: float) -> EventLease:
    """The one report that is mailed now."""
    (found,) = await story.spool.lease_events("us", 9, NOW + at, NOW + at + 60)
    return found


@pytest.mark.parametrize(
    ("outcome", "end"), [(NO_ANSWER, State.HELD), (OUR_BUG, State.REJECTED)], ids=["doubt", "ours"]
)
async def test_a_failure_that_meets_an_earlier_summary_is_told_by_itself_and_first(
    story: Story, outcome: InDoubt | Refused, end: State
) -> None:
    is_doubt = isinstance(outcome, InDoubt)
    await answered(story, NO_ANSWER if is_doubt else Deferred("DOWN", ""), Accepted("77"))
    await heard(story, ALEX, 1)
    await (judged(story, outcome) if is_doubt else story.sent(outcome, NOW + 61))
    assert await told(story, 2000) == [{SAM: end}]
    assert await told(story, 2000 + TOGETHER) == [{ALEX: DELIVERED}]


async def test_a_failure_that_is_due_with_a_summary_is_told_once(story: Story) -> None:
    await answered(story, Accepted("77"), Accepted("77"))
    await heard(story, SAM, 1, BAD)
    await heard(story, ALEX, 7)
    assert await told(story, 8) == [{SAM: State.UNDELIVERABLE}]
    (event,) = await story.told(NOW + 8 + TOGETHER)
    assert isinstance(event, Summary)
    assert [each.destination for each in event.endings] == [ALEX]
    assert [each.destination for each in event.before] == [SAM]


async def test_no_failure_of_before_is_mailed_after_the_success(story: Story) -> None:
    """The smarthost is down while an operator sends the text again."""
    mail = story.mail()
    await story.spool.accept(mail)
    await story.sent(NO)
    later = NoticeVerdict(Told.QUEUED, NOW + 3600)
    assert await story.spool.settle_event(await mailing(story, 5), later, NOW + 6)
    await story.ordered("retry", mail.id, NOW + 100)
    await story.sent(Accepted("77"), NOW + 100)
    await heard(story, SAM, 101)
    assert await told(story, 1100) == []
    assert await told(story, 3600) == [{SAM: State.REJECTED}]
    assert await told(story, 3600 + TOGETHER) == [{SAM: DELIVERED}]


async def test_a_summary_waits_for_failures_that_are_being_mailed_and_for_nobody_s_second_copy(
    story: Story,
) -> None:
    await answered(story, Accepted("77"), Accepted("77"))
    await heard(story, SAM, 1, BAD)
    lease = await mailing(story, 6)
    assert isinstance(lease.item, Undelivered)
    await heard(story, ALEX, 7)
    assert await told(story, 7) == []
    later = NoticeVerdict(Told.QUEUED, NOW + 3600, done=("jo@example.com",))
    assert await story.spool.settle_event(lease, later, NOW + 8)
    assert await told(story, 7 + TOGETHER) == [{ALEX: DELIVERED}]


async def test_a_summary_waits_for_no_mailbox_that_defers_another_number_s_failure(
    story: Story,
) -> None:
    """Of a fault of the bridge maybe only the operator hears."""
    await answered(story, Accepted("77"), OUR_BUG)
    lease = await mailing(story, 5)
    await heard(story, SAM, 6)
    assert await told(story, 6) == []
    assert await story.spool.settle_event(lease, NoticeVerdict(Told.QUEUED, NOW + 3600), NOW + 7)
    assert await told(story, 6 + TOGETHER) == [{SAM: DELIVERED}]


async def test_what_a_number_got_by_itself_is_told_beside_what_its_list_brought(
    story: Story,
) -> None:
    mail = story.mail(ListName("Customers"), SAM, notify=ASKED)
    (both,) = mail.submissions
    each_alone = (
        replace(both, id=f"{n}", destinations=(to,)) for n, to in enumerate(both.destinations)
    )
    await story.spool.accept(replace(mail, submissions=tuple(each_alone)))
    for each, of in zip(await story.lease(), ("list", "number"), strict=True):
        await story.sent(Accepted(of), lease=each)
    await heard(story, SAM, 1, Progress.EXPIRED, of="list")
    assert await told(story, 6) == [{SAM: State.NET_EXPIRED}]
    await heard(story, SAM, 7, BAD, of="number")
    assert await told(story, 12) == [{SAM: State.UNDELIVERABLE}]


async def test_a_summary_that_waited_for_one_who_opted_out_is_told_at_once(story: Story) -> None:
    """What slipped past the wish is turned away when it is leased."""
    await story.spool.accept(story.mail(SAM, ALEX, KIM, notify=ASKED))
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    await story.spool.optout(OptoutChange(ALEX.digits, True, NOW, "with STOP"))
    taken = Accepted("77")
    assert await story.judged(lease, {SAM: taken, ALEX: Deferred("DOWN", ""), KIM: taken}, NOW)
    await heard(story, SAM, 1)
    await heard(story, KIM, 4, BAD)
    await story.spool.woken("notify", 0)
    assert await story.lease(NOW + 5) == []
    assert await story.spool.woken("notify", 0)
    bad = {ALEX: State.REJECTED, KIM: State.UNDELIVERABLE}
    assert await told(story, 5) == [{SAM: DELIVERED, **bad}]
