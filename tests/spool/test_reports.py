"""Status reports find their text, whichever came first, and settle doubts for free."""

from __future__ import annotations

import pytest

from bridge.core.events import Progress, Undelivered
from bridge.core.model import ListName, Text
from bridge.core.outcomes import Accepted, Deferred, State
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story, damage, on_sqlite

LATER = Deferred("GATEWAY_ERROR", "not now")
RECORDED = ("StatusReport", "not-mailed")


@pytest.mark.parametrize(
    ("progress", "state", "told"),
    [
        (Progress.PENDING, State.SUBMITTED, []),
        (Progress.DELIVERED, State.DELIVERED, []),
        (Progress.UNDELIVERABLE, State.UNDELIVERABLE, [("Undelivered", "queued")]),
        (Progress.EXPIRED, State.NET_EXPIRED, [("Undelivered", "queued")]),
    ],
)
async def test_a_report_moves_the_text_that_it_names(
    story: Story, progress: Progress, state: State, told: list[tuple[str, str]]
) -> None:
    """T45"""
    await story.spool.accept(story.mail(SAM, ALEX))
    await story.sent(Accepted("77"))
    await story.spool.receive(story.callback(story.report("77", progress=progress)))
    states = {number: found for (_, number), found in (await story.states()).items()}
    assert states == {SAM.digits: state, ALEX.digits: State.SUBMITTED}
    assert await story.events() == [RECORDED, *told]


@on_sqlite
@pytest.mark.parametrize(
    ("progress", "wakes"),
    [(Progress.PENDING, False), (Progress.DELIVERED, False), (Progress.UNDELIVERABLE, True)],
)
async def test_a_report_wakes_the_lanes_if_there_is_something_to_tell(
    story: Story, progress: Progress, *, wakes: bool
) -> None:
    await story.spool.accept(story.mail())
    await story.sent(Accepted("77"))
    await story.spool.woken("notify", 0)
    await story.spool.receive(story.callback(story.report("77", progress=progress)))
    assert await story.spool.woken("notify", 0) is wakes


async def test_a_final_state_stays_whatever_comes_late_and_what_contradicts_it_is_flagged(
    story: Story,
) -> None:
    """T45"""
    await story.spool.accept(story.mail())
    await story.sent(Accepted("77"))
    late = (Progress.DELIVERED, Progress.UNDELIVERABLE, Progress.EXPIRED, Progress.PENDING)
    for key, progress in enumerate((Progress.DELIVERED, *late)):
        report = story.report("77", progress=progress)
        await story.spool.receive(story.callback(report, key=f"r{key}"))
    assert await story.state() == State.DELIVERED
    assert await story.events() == [RECORDED] * 5
    conflicts = sorted(str(each.fields["conflict"]) for each in await story.lines("event"))
    assert conflicts == ["", "", "", "delivered before", "delivered before"]


async def test_a_report_that_came_before_the_answer_waits_for_it(story: Story) -> None:
    """T44"""
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 1), at=NOW + 1))
    assert await story.events() == [("StatusReport", "orphan")]
    assert await story.judged(lease, Accepted("77"), NOW + 3)
    assert await story.state() == State.DELIVERED
    assert await story.events() == [RECORDED]
    assert (await story.spool.about(story.report("77"))).by == "message-id"


async def test_a_doubt_is_settled_by_the_report_that_follows_it(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 9), at=NOW + 9))
    assert await story.state() == State.DELIVERED
    assert await story.lease(NOW + 999) == []
    assert await story.events() == [RECORDED]


async def test_a_doubt_is_settled_by_the_report_that_was_there_before_it(story: Story) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 1), at=NOW + 1))
    assert await story.judged(lease, NO_ANSWER, NOW + 30)
    assert await story.state() == State.DELIVERED
    assert await story.events() == [RECORDED]


async def test_a_report_from_before_the_request_settles_nothing(story: Story) -> None:
    await story.spool.receive(story.callback(story.report("66", at=NOW - 9), at=NOW - 9))
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER)
    assert await story.state() == State.UNKNOWN
    assert await story.events() == [("StatusReport", "orphan")]


async def test_a_report_settles_nothing_while_two_texts_may_be_meant(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.spool.accept(story.mail())
    doubtful = await story.sent(NO_ANSWER)
    under_way = await story.one()
    assert await story.spool.begin(under_way, HOST, NOW)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 1), at=NOW + 1))
    assert sorted((await story.states()).values()) == [State.UNKNOWN, State.SUBMITTING]
    assert await story.judged(under_way, Accepted("88"), NOW + 2)
    states = await story.states()
    assert states[doubtful.item.id, SAM.digits] == State.DELIVERED, "88 was the other one"
    assert states[under_way.item.id, SAM.digits] == State.SUBMITTED


async def heard(story: Story, message_id: str, now: float, **more: Progress) -> None:
    """A status report on Sam's number that comes now."""
    report = story.report(message_id, at=now, **more)
    await story.spool.receive(story.callback(report, at=now))


async def held(story: Story, now: float) -> str:
    """A text of which its sender was told, at `now` and a minute, that it may have been sent."""
    mail = story.mail(at=now)
    await story.spool.accept(mail)
    await story.sent(NO_ANSWER, now)
    assert await story.judged(await story.one(now + 60), NO_ANSWER, now + 60)
    return mail.id


async def test_a_report_of_an_older_text_does_not_settle_a_newer_one_s_doubt(story: Story) -> None:
    """The first copy of a text that was resent had gone after all, and its reports are slow."""
    await story.spool.accept(story.mail(profile="machine"))
    await story.sent(NO_ANSWER)
    assert await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    await story.sent(Accepted("second copy"), NOW + 60)
    await heard(story, "first copy", NOW + 70, progress=Progress.PENDING)
    newer = story.mail(at=NOW + 100)
    await story.spool.accept(newer)
    await story.sent(NO_ANSWER, NOW + 100)
    await heard(story, "first copy", NOW + 110)
    assert await story.state(newer.id) == State.UNKNOWN


async def test_a_report_stops_a_resend_that_waits_in_its_back_off(story: Story) -> None:
    await story.spool.accept(story.mail(profile="machine"))
    await story.sent(NO_ANSWER)
    assert await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    await story.sent(LATER, NOW + 60)
    await heard(story, "77", NOW + 62)
    assert await story.state() == State.DELIVERED
    assert await story.lease(NOW + 9999) == []


async def test_a_report_stops_a_resend_that_was_leased_and_did_not_begin(story: Story) -> None:
    await story.spool.accept(story.mail(profile="machine"))
    await story.sent(NO_ANSWER)
    assert await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    again = await story.one(NOW + 60)
    await heard(story, "77", NOW + 61)
    assert not await story.spool.begin(again, HOST, NOW + 62)
    assert await story.state() == State.DELIVERED


async def test_what_was_certainly_not_sent_is_vouched_for_by_no_report(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.sent(LATER)
    await heard(story, "77", NOW + 1)
    assert await story.ordered("hold", mail.id, NOW + 2) == 1
    await heard(story, "78", NOW + 3)
    assert await story.state() == State.HELD
    assert await story.events() == [("StatusReport", "orphan")] * 2


async def test_a_doubt_that_was_told_is_settled_by_a_late_report(story: Story) -> None:
    await held(story, NOW)
    assert await story.state() == State.HELD
    await heard(story, "77", NOW + 9999, progress=Progress.UNDELIVERABLE)
    assert await story.state() == State.UNDELIVERABLE
    assert await story.events() == [("Undelivered", "queued"), RECORDED]


@pytest.mark.parametrize(
    ("apart", "state"), [(999.0, State.UNKNOWN), (3 * 86400.0 + 1, State.DELIVERED)]
)
async def test_a_doubt_that_was_told_hides_the_open_one_for_as_long_as_reports_take(
    story: Story, apart: float, state: State
) -> None:
    told = await held(story, NOW)
    newer = story.mail(at=NOW + apart)
    await story.spool.accept(newer)
    await story.sent(NO_ANSWER, NOW + apart)
    await heard(story, "77", NOW + apart + 1)
    assert (await story.state(newer.id), await story.state(told)) == (state, State.HELD)


async def test_of_two_doubts_that_were_told_a_report_settles_neither(story: Story) -> None:
    await held(story, NOW)
    await held(story, NOW + 100)
    await heard(story, "77", NOW + 999)
    assert set((await story.states()).values()) == {State.HELD}


async def test_a_settled_doubt_lets_the_next_part_go(story: Story) -> None:
    await story.spool.accept(story.mail(texts=(Text("1"), Text("2"))))
    await story.sent(NO_ANSWER)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 1), at=NOW + 1))
    assert (await story.one(NOW + 1)).item.part == 2


async def test_so_it_does_where_the_doubt_was_told_and_both_were_held(story: Story) -> None:
    mail = story.mail(texts=(Text("1"), Text("2"), Text("3")))
    await story.spool.accept(mail)
    await story.sent(NO_ANSWER)
    assert await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    assert set((await story.states()).values()) == {State.HELD}
    await heard(story, "77", NOW + 99)
    for part in (2, 3):
        lease = await story.sent(Accepted(f"7{part}"), NOW + 99)
        assert lease.item.part == part
    assert set((await story.states()).values()) == {State.DELIVERED, State.SUBMITTED}


async def test_a_part_that_an_operator_holds_stays_held_though_the_doubt_before_it_is_settled(
    story: Story,
) -> None:
    mail = story.mail(texts=(Text("1"), Text("2")))
    await story.spool.accept(mail)
    await story.sent(NO_ANSWER)
    assert await story.ordered("hold", mail.submissions[1].id, NOW + 1) == 1
    await heard(story, "77", NOW + 9)
    assert await story.lease(NOW + 99) == []
    assert set((await story.states()).values()) == {State.DELIVERED, State.HELD}


async def test_a_member_of_a_gateway_s_list_has_a_state_of_its_own_once_it_is_heard_of(
    story: Story,
) -> None:
    mail = story.mail(ListName("Customers"))
    await story.spool.accept(mail)
    await story.sent(Accepted("77"))
    for progress in (Progress.PENDING, Progress.UNDELIVERABLE, Progress.DELIVERED):
        await story.spool.receive(story.callback(story.report("77", progress=progress)))
    states = {number: state for (_, number), state in (await story.states()).items()}
    assert states == {"Customers": State.SUBMITTED, SAM.digits: State.UNDELIVERABLE}
    assert await story.lease(NOW + 9999) == [], "it is not sent to by itself"
    (event,) = await story.told(NOW + 5)
    assert isinstance(event, Undelivered)
    assert (event.mail, [each.destination for each in event.failures]) == (mail.id, [SAM])
    assert (await story.spool.about(event)).mail is not None


async def test_commands_leave_the_members_of_a_list_alone(story: Story) -> None:
    mail = story.mail(ListName("Customers"))
    await story.spool.accept(mail)
    await story.sent(Accepted("77"))
    await story.spool.receive(story.callback(story.report("77", progress=Progress.UNDELIVERABLE)))
    assert await story.ordered("retry", mail.id, NOW + 9) == 0


async def test_a_list_s_report_under_an_id_and_a_number_that_are_no_one_s_waits(
    story: Story,
) -> None:
    await story.spool.accept(story.mail())
    await story.sent(Accepted("77"))
    await story.spool.receive(story.callback(story.report("77", number=ALEX.digits)))
    await story.spool.receive(story.callback(story.report("", number=ALEX.digits)))
    assert await story.events() == [("StatusReport", "orphan")] * 2


async def test_reports_on_a_list_that_come_before_its_answer_wait_for_it(story: Story) -> None:
    mail = story.mail(ListName("Customers"))
    await story.spool.accept(mail)
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    for number in (SAM.digits, ALEX.digits):
        await story.spool.receive(story.callback(story.report("77", number=number)))
    await story.spool.receive(story.callback(story.report("66")))
    assert await story.judged(lease, Accepted("77"), NOW + 1)
    assert await story.events() == [RECORDED, RECORDED, ("StatusReport", "orphan")]
    assert len(await story.lines("event", mail.id)) == 2
    assert len(await story.states(mail.id)) == 3


async def test_an_orphan_that_nobody_can_read_keeps_no_text_from_its_settlement(
    story: Story,
) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    await heard(story, "77", NOW + 1)
    await damage(story)
    assert await story.judged(lease, Accepted("77"), NOW + 2)
    assert await story.state() == State.SUBMITTED
    assert await story.events() == [("StatusReport", "orphan")]


async def test_an_orphan_older_than_three_days_is_told_to_nobody(story: Story) -> None:
    """T44"""
    await story.spool.receive(story.callback(story.report("77")))
    for age in (72 * 3600 - 1, 72 * 3600 + 1):
        await story.spool.sweep(NOW + age, bodies_before=NOW - 1, history_before=NOW - 1)
        state = "orphan" if age < 72 * 3600 else "not-mailed"
        assert await story.events() == [("StatusReport", state)]
