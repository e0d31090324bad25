"""Status reports find their text, whichever came first, and settle doubts for free."""

from __future__ import annotations

import pytest

from bridge.core.events import Progress
from bridge.core.model import Accepted, ListName, State, Text
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story


@pytest.mark.parametrize(
    ("progress", "state"),
    [
        (Progress.PENDING, State.SUBMITTED),
        (Progress.DELIVERED, State.DELIVERED),
        (Progress.UNDELIVERABLE, State.UNDELIVERABLE),
        (Progress.EXPIRED, State.NET_EXPIRED),
    ],
)
async def test_a_report_moves_the_text_that_it_names(
    story: Story, progress: Progress, state: State
) -> None:
    await story.spool.accept(story.mail(SAM, ALEX))
    await story.sent(Accepted("77"))
    await story.spool.receive(story.callback(story.report("77", progress=progress)))
    states = {number: found for (_, number), found in (await story.states()).items()}
    assert states == {SAM.digits: state, ALEX.digits: State.SUBMITTED}
    assert await story.events() == [("StatusReport", "queued")]


async def test_a_final_state_stays_whatever_comes_late(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(Accepted("77"))
    for progress in (Progress.DELIVERED, Progress.UNDELIVERABLE, Progress.PENDING):
        await story.spool.receive(story.callback(story.report("77", progress=progress)))
    assert await story.state() == State.DELIVERED


async def test_a_report_that_came_before_the_answer_waits_for_it(story: Story) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 1), at=NOW + 1))
    assert await story.events() == [("StatusReport", "orphan")]
    assert await story.judged(lease, Accepted("77"), NOW + 3)
    assert await story.state() == State.DELIVERED
    assert await story.events() == [("StatusReport", "queued")]
    assert (await story.spool.about(story.report("77"), NOW)).by == "message-id"


async def test_a_doubt_is_settled_by_the_report_that_follows_it(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 9), at=NOW + 9))
    assert await story.state() == State.DELIVERED
    assert await story.lease(NOW + 999) == []
    assert await story.events() == [("StatusReport", "queued")]


async def test_a_doubt_is_settled_by_the_report_that_was_there_before_it(story: Story) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 1), at=NOW + 1))
    assert await story.judged(lease, NO_ANSWER, NOW + 30)
    assert await story.state() == State.DELIVERED
    assert await story.events() == [("StatusReport", "queued")]


async def test_a_report_from_before_the_request_settles_nothing(story: Story) -> None:
    await story.spool.receive(story.callback(story.report("66", at=NOW - 9), at=NOW - 9))
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER)
    assert await story.state() == State.UNKNOWN
    assert await story.events() == [("StatusReport", "orphan")]


async def test_a_report_settles_nothing_while_two_texts_may_be_meant(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.spool.accept(story.mail())
    doubtful, under_way = await story.lease()
    await story.sent(NO_ANSWER, lease=doubtful)
    assert await story.spool.begin(under_way, HOST, NOW)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 1), at=NOW + 1))
    assert sorted((await story.states()).values()) == [State.UNKNOWN, State.SUBMITTING]
    assert await story.judged(under_way, Accepted("88"), NOW + 2)
    states = await story.states()
    assert states[doubtful.item.id, SAM.digits] == State.DELIVERED, "88 was the other one"
    assert states[under_way.item.id, SAM.digits] == State.SUBMITTED


async def test_a_doubt_that_was_told_still_makes_two_of_them(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER)
    await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    await story.spool.accept(story.mail(at=NOW + 60))
    await story.sent(NO_ANSWER, NOW + 60)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 61), at=NOW + 61))
    assert sorted((await story.states()).values()) == [State.HELD, State.UNKNOWN]


async def test_a_settled_doubt_lets_the_next_part_go(story: Story) -> None:
    await story.spool.accept(story.mail(texts=(Text("1"), Text("2"))))
    await story.sent(NO_ANSWER)
    await story.spool.receive(story.callback(story.report("77", at=NOW + 1), at=NOW + 1))
    assert (await story.one(NOW + 1)).item.part == 2


async def test_a_member_of_a_gateway_s_list_is_told_of_under_the_list_s_mail(story: Story) -> None:
    mail = story.mail(ListName("Customers"))
    await story.spool.accept(mail)
    await story.sent(Accepted("77"))
    await story.spool.receive(story.callback(story.report("77")))
    assert await story.state() == State.SUBMITTED
    about = await story.spool.about(story.report("77"), NOW)
    assert about.mail is not None
    assert about.mail.id == mail.id


async def test_an_orphan_older_than_three_days_is_told_to_nobody(story: Story) -> None:
    await story.spool.receive(story.callback(story.report("77")))
    for age in (72 * 3600 - 1, 72 * 3600 + 1):
        await story.spool.sweep(NOW + age, bodies_before=NOW - 1, history_before=NOW - 1)
        state = "orphan" if age < 72 * 3600 else "nobody"
        assert await story.events() == [("StatusReport", state)]
