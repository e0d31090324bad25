"""What senders hear of their texts: failures together, successes summed up, each end once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bridge.core.events import Ending, Event, Progress, Summary, Undelivered
from bridge.core.leases import NoticeVerdict, Told
from bridge.core.model import Destination, ListName, Msisdn, Notify, Text
from bridge.core.outcomes import Accepted, Deferred, Outcome, Refused, State
from bridge.core.reporting import RELAYED_AFTER, SUMMARY_AFTER, TOGETHER
from tests.spool.conftest import ALEX, NO_ANSWER, NOW, SAM, Story
from tests.spool.storm import Storm

KIM = Msisdn("447700900125")
NO = Refused("INVALID_NUMBER", "the gateway has no route to this number")
OUR_BUG = Refused("NO_TEXT", "the gateway misses the text", ours=True)
ASKED = (Notify.SUCCESS, Notify.FAILURE)
GOOD, BAD = Progress.DELIVERED, Progress.UNDELIVERABLE
DELIVERED = State.DELIVERED


async def heard(
    story: Story, number: Destination, at: float, progress: Progress = GOOD, of: str = "77"
) -> None:
    """The network's word on a number, so many seconds after the beginning."""
    report = story.report(of, number=str(number), progress=progress, at=NOW + at)
    await story.spool.receive(story.callback(report, at=NOW + at))


async def texted(story: Story, *numbers: Destination, notify: tuple[Notify, ...] = ASKED) -> str:
    """A mail whose texts the gateway took under the id 77."""
    mail = story.mail(*numbers, notify=notify)
    await story.spool.accept(mail)
    await story.sent(Accepted("77"))
    return mail.id


def ends(endings: tuple[Ending, ...]) -> dict[Destination, State]:
    return {each.destination: each.state for each in endings}


async def told(story: Story, at: float) -> list[dict[Destination, State]]:
    """What each report says that is mailed now."""
    return [_ends(event) for event in await story.told(NOW + at)]


def _ends(event: Event) -> dict[Destination, State]:
    assert isinstance(event, Undelivered | Summary)
    return ends(event.failures if isinstance(event, Undelivered) else event.endings)


# ---------------------------------------------------------------- failures


async def test_failures_of_a_mail_within_five_seconds_are_one_mail(story: Story) -> None:
    await texted(story, SAM, ALEX, KIM, notify=())
    await heard(story, SAM, 1, BAD)
    await heard(story, ALEX, 5.9, Progress.EXPIRED)
    assert await told(story, 5.9) == []
    (event,) = await story.told(NOW + 1 + TOGETHER)
    assert isinstance(event, Undelivered)
    assert event.failures == (
        Ending(SAM, State.UNDELIVERABLE, "6", "unable to deliver", "5.0.0"),
        Ending(ALEX, State.NET_EXPIRED, "8", "message expired", "4.4.7"),
    )
    await heard(story, KIM, 7, BAD)
    assert await told(story, 12) == [{KIM: State.UNDELIVERABLE}], "it was told, so none joins it"


async def test_failures_of_different_mails_are_mails_of_their_own(story: Story) -> None:
    for _ in range(2):
        await story.spool.accept(story.mail())
        await story.sent(NO)
    assert await told(story, TOGETHER) == [{SAM: State.REJECTED}] * 2


async def test_the_five_seconds_and_who_is_in_them_survive_a_restart(story: Story) -> None:
    mail = story.mail(SAM, ALEX)
    await story.spool.accept(mail)
    await story.sent({SAM: NO, ALEX: Accepted("77")})
    await story.reopened()
    assert await told(story, 4) == []
    await heard(story, ALEX, 4, BAD)
    assert await told(story, 5) == [{SAM: State.REJECTED, ALEX: State.UNDELIVERABLE}]


async def test_what_is_told_does_not_change_from_one_try_to_the_next(story: Story) -> None:
    """Else it would be another mail under the same Message-ID."""
    await texted(story, SAM, ALEX, notify=())
    await heard(story, SAM, 0, BAD)
    (first,) = await story.spool.lease_events("us", 9, NOW + 5, NOW + 65)
    await heard(story, ALEX, 6, BAD)
    later = NoticeVerdict(Told.QUEUED, NOW + 20)
    assert await story.spool.settle_event(first, later, NOW + 7)
    again, other = sorted(
        await story.spool.lease_events("us", 9, NOW + 20, NOW + 80), key=lambda each: each.id
    )
    assert (again.item, again.key) == (first.item, first.key)
    assert _ends(other.item) == {ALEX: State.UNDELIVERABLE}


@pytest.mark.parametrize(
    ("outcomes", "ours"), [({SAM: NO, ALEX: OUR_BUG}, True), ({SAM: NO, ALEX: NO}, False)]
)
async def test_the_operator_hears_too_if_one_of_them_is_the_bridge_s_fault(
    story: Story, outcomes: Mapping[Destination, Outcome], ours: bool
) -> None:
    await story.spool.accept(story.mail(SAM, ALEX))
    await story.sent(outcomes)
    (event,) = await story.told(NOW + TOGETHER)
    assert isinstance(event, Undelivered)
    assert event.ours is ours


async def test_a_text_in_parts_fails_once_and_says_which_part(story: Story) -> None:
    await story.spool.accept(story.mail(texts=(Text("1"), Text("2"), Text("3"))))
    await story.sent(Accepted("71"))
    await story.sent(Accepted("72"))
    await heard(story, SAM, 1, BAD, of="72")
    (event,) = await story.told(NOW + 6)
    assert isinstance(event, Undelivered)
    (failure,) = event.failures
    assert failure.reason == "unable to deliver; this was part 2 of 3"
    await heard(story, SAM, 7, BAD, of="71")
    await story.sent(NO)
    assert await told(story, 99) == []


async def test_a_part_that_is_refused_says_that_the_rest_is_not_sent(story: Story) -> None:
    await story.spool.accept(story.mail(texts=(Text("1"), Text("2"))))
    await story.sent(NO)
    (event,) = await story.told(NOW + 6)
    assert isinstance(event, Undelivered)
    assert event.failures[0].reason == f"{NO.reason}; this was part 1 of 2, the rest is not sent"


async def test_members_of_a_group_who_get_nothing_are_told_of_with_the_others(story: Story) -> None:
    mail = story.mail()
    opted_out = Ending(ALEX, State.REJECTED, "5.7.1", "opted out with STOP", "5.7.1")
    missed = Undelivered(mail.id, mail.id, (opted_out,), NOW)
    await story.spool.accept(replace(mail, events=(missed,)))
    await story.sent(NO, NOW + 1)
    assert await told(story, TOGETHER) == [{ALEX: State.REJECTED, SAM: State.REJECTED}]


async def test_what_an_operator_sends_again_before_it_was_told_is_not_told(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.sent(NO)
    await story.ordered("retry", mail.id, NOW + 1)
    assert await told(story, TOGETHER) == []
    assert await story.events() == [("Undelivered", "not-mailed")]


async def test_a_doubt_that_is_settled_before_it_was_told_is_not_told(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER)
    assert await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    await heard(story, SAM, 62)
    assert await told(story, 65) == []


async def test_expiry_is_told_once_for_a_mail(story: Story) -> None:
    await story.spool.accept(story.mail(SAM, ALEX, texts=(Text("1"), Text("2"))))
    await story.expired(await story.one(NOW + 3600), NOW + 3600)
    assert await told(story, 3605) == [{SAM: State.EXPIRED, ALEX: State.EXPIRED}]
    assert await told(story, 9999) == []


# ---------------------------------------------------------------- successes


async def test_success_that_nobody_asked_for_makes_no_event(story: Story) -> None:
    await texted(story, SAM, notify=(Notify.FAILURE,))
    await heard(story, SAM, 1)
    assert await story.events() == [("StatusReport", "not-mailed")]


@pytest.mark.parametrize(
    ("notify", "reports", "summed"),
    [
        ((Notify.SUCCESS,), "failures", 1),
        ((), "all", 1),
        ((), "failures", 0),
        ((), "none", 0),
        ((Notify.FAILURE,), "all", 0),
        ((Notify.NEVER,), "all", 0),
    ],
)
async def test_success_is_asked_for_by_the_client_or_else_by_the_profile(
    story: Story, notify: tuple[Notify, ...], reports: str, summed: int
) -> None:
    await story.spool.accept(story.mail(notify=notify, reports=reports))
    await story.sent(Accepted("77"))
    await heard(story, SAM, 1)
    assert len(await story.told(NOW + 1)) == summed


async def test_all_is_summed_up_as_soon_as_nothing_is_outstanding(story: Story) -> None:
    mail = await texted(story, SAM, ALEX, KIM)
    await heard(story, SAM, 1)
    await heard(story, ALEX, 2)
    assert await told(story, 3) == []
    await heard(story, KIM, 4, BAD)
    (event,) = await story.told(NOW + 4)
    assert isinstance(event, Summary)
    assert (event.mail, event.before, event.outstanding) == (mail, (), 0)
    assert ends(event.endings) == {SAM: DELIVERED, ALEX: DELIVERED, KIM: State.UNDELIVERABLE}
    assert await told(story, 99999) == [], "the failure is not told a second time"


async def test_after_a_quarter_of_an_hour_a_summary_tells_what_is_known(story: Story) -> None:
    await texted(story, SAM, ALEX, KIM)
    await heard(story, SAM, 1)
    await heard(story, KIM, 2, BAD)
    assert await told(story, 7) == [{KIM: State.UNDELIVERABLE}], "failures do not wait"
    assert await told(story, SUMMARY_AFTER) == []
    (event,) = await story.told(NOW + 1 + SUMMARY_AFTER)
    assert isinstance(event, Summary)
    assert ends(event.endings) == {SAM: DELIVERED}
    assert ends(event.before) == {KIM: State.UNDELIVERABLE}
    assert event.outstanding == 1
    await heard(story, ALEX, 2000)
    (rest,) = await story.told(NOW + 2000)
    assert isinstance(rest, Summary)
    assert ends(rest.endings) == {ALEX: DELIVERED}
    assert ends(rest.before) == {SAM: DELIVERED, KIM: State.UNDELIVERABLE}
    assert rest.outstanding == 0


async def test_a_failure_of_which_an_operator_must_hear_is_not_hidden_in_a_summary(
    story: Story,
) -> None:
    mail = story.mail(SAM, ALEX, notify=ASKED)
    await story.spool.accept(mail)
    await story.sent({SAM: Accepted("77"), ALEX: OUR_BUG})
    await heard(story, SAM, 1)
    assert await told(story, 1) == []
    (event,) = await story.told(NOW + TOGETHER)
    assert isinstance(event, Undelivered)
    assert event.ours
    assert ends(event.failures) == {ALEX: State.REJECTED}
    (rest,) = await story.told(NOW + 2 * TOGETHER)
    assert isinstance(rest, Summary)
    assert (ends(rest.endings), ends(rest.before)) == ({SAM: DELIVERED}, ends(event.failures))


async def test_a_text_in_parts_is_delivered_once_all_of_them_are(story: Story) -> None:
    await story.spool.accept(story.mail(texts=(Text("1"), Text("2")), notify=ASKED))
    await story.sent(Accepted("71"))
    await story.sent(Accepted("72"))
    await heard(story, SAM, 1, of="72")
    assert await told(story, 2000) == []
    await heard(story, SAM, 2001, of="71")
    assert await told(story, 2001) == [{SAM: DELIVERED}]


async def test_good_news_follow_bad_ones_to_who_asked_for_those(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER)
    assert await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    assert await told(story, 65) == [{SAM: State.HELD}]
    await heard(story, SAM, 99)
    (event,) = await story.told(NOW + 99)
    assert isinstance(event, Summary)
    (ending,) = event.endings
    assert (ending.state, ending.doubted) == (DELIVERED, True)


async def test_so_do_they_after_an_operator_sent_it_again(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.sent(NO)
    assert await told(story, TOGETHER) == [{SAM: State.REJECTED}]
    await story.ordered("retry", mail.id, NOW + 9)
    await story.sent(Accepted("77"), NOW + 9)
    await heard(story, SAM, 10)
    assert await told(story, 10) == [{SAM: DELIVERED}]


@pytest.mark.parametrize(
    ("outcome", "end"), [(NO, State.REJECTED), (Accepted("72"), DELIVERED)], ids=["bad", "good"]
)
async def test_a_text_in_parts_that_was_sent_again_is_told_of_again(
    story: Story, outcome: Outcome, end: State
) -> None:
    """What was told is told of the whole text, also of the part that had gone."""
    mail = story.mail(texts=(Text("1"), Text("2")), notify=(Notify.FAILURE,))
    await story.spool.accept(mail)
    await story.sent(Accepted("71"))
    await story.sent(NO)
    await heard(story, SAM, 1, of="71")
    assert await told(story, TOGETHER) == [{SAM: State.REJECTED}]
    await story.ordered("retry", mail.id, NOW + 9)
    await story.sent(outcome, NOW + 9)
    await heard(story, SAM, 10, of="72")
    assert await told(story, 15) == [{SAM: end}]


async def test_a_nudge_to_what_waits_anyway_tells_no_bad_news_again(story: Story) -> None:
    """One part failed for good, and the command is meant for another number."""
    mail = story.mail(SAM, ALEX, texts=(Text("1"), Text("2")))
    await story.spool.accept(mail)
    await story.sent({SAM: Accepted("71"), ALEX: Deferred("BUSY", "busy")})
    await heard(story, SAM, 1, BAD, of="71")
    assert await told(story, 1 + TOGETHER) == [{SAM: State.UNDELIVERABLE}]
    assert await story.ordered("retry", mail.id, NOW + 8)
    for lease in await story.lease(NOW + 8):
        answers = {each.destination: NO for each in lease.pending}
        await story.sent(answers, NOW + 8, lease=lease)
    assert await told(story, 8 + TOGETHER) == [{ALEX: State.REJECTED}]


async def test_a_part_that_is_sent_again_mends_no_text_whose_other_part_failed_for_good(
    story: Story,
) -> None:
    mail = story.mail(texts=(Text("1"), Text("2")))
    await story.spool.accept(mail)
    await story.sent(Accepted("71"))
    await story.sent(NO)
    await heard(story, SAM, 1, BAD, of="71")
    (failed,) = await told(story, TOGETHER)
    assert set(failed) == {SAM}
    assert await story.ordered("retry", mail.id, NOW + 9)
    await story.sent(NO, NOW + 9)
    assert await told(story, 2000) == []


async def test_a_folded_text_s_sender_hears_that_another_stands_for_it(story: Story) -> None:
    storm = Storm(story)
    await storm.alert("Disk full")
    folded = story.mail(
        texts=(Text("Disk full"),), notify=ASKED, at=NOW + 1, folding=storm.mail().folding
    )
    await story.spool.accept(folded)
    assert await story.state(folded.id) == State.FOLDED
    assert await told(story, 1) == [{SAM: State.FOLDED}]


# ---------------------------------------------------------------- members of a list


async def test_members_of_a_list_are_summed_up_in_a_quarter_of_an_hour(story: Story) -> None:
    await texted(story, ListName("Customers"))
    for n in range(20):
        number = Msisdn(f"4477009010{n:02}")
        await heard(story, number, n, BAD if n in (3, 4) else GOOD)
    failed = await story.told(NOW + 9)
    assert [len(_ends(each)) for each in failed] == [2]
    (event,) = await story.told(NOW + SUMMARY_AFTER)
    assert isinstance(event, Summary)
    assert (len(event.endings), len(event.before), event.outstanding) == (18, 2, 0)
    await heard(story, KIM, 1000)
    assert await told(story, 1000 + SUMMARY_AFTER) == [{KIM: DELIVERED}]


# ---------------------------------------------------------------- crashes, and amounts


async def test_a_summary_that_was_due_when_the_house_fell_is_told_after_it(story: Story) -> None:
    await texted(story, SAM, ALEX)
    await heard(story, SAM, 1)
    await heard(story, ALEX, 2, BAD)
    await story.reopened()
    assert await told(story, 2) == [{SAM: DELIVERED, ALEX: State.UNDELIVERABLE}]


async def test_one_whose_writer_died_says_the_same_to_the_next(story: Story) -> None:
    await texted(story, SAM)
    await heard(story, SAM, 1)
    (first,) = await story.spool.lease_events("us", 9, NOW + 1, NOW + 61)
    await story.reopened()
    (again,) = await story.spool.lease_events("next", 9, NOW + 99, NOW + 199)
    assert (again.item, again.key) == (first.item, first.key)


async def test_relayed_turns_into_delivered_if_the_report_comes_after_all(story: Story) -> None:
    await texted(story, SAM)
    await story.spool.remind(NOW + RELAYED_AFTER + 1)
    await story.spool.remind(NOW + RELAYED_AFTER + 1)
    assert await told(story, RELAYED_AFTER + 1) == [{SAM: State.SUBMITTED}]
    await heard(story, SAM, RELAYED_AFTER + 9)
    assert await told(story, RELAYED_AFTER + 9) == [{SAM: DELIVERED}]
