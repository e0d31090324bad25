"""A lease whose holder dies, sleeps or loses it; and what is in doubt after it."""

from __future__ import annotations

import pytest

from bridge.core.judge import DOUBT_WAIT
from bridge.core.leases import SubmissionLease
from bridge.core.model import Destination
from bridge.core.outcomes import Accepted, Deferred, Refused, State
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story

LATER = Deferred("GATEWAY_ERROR", "not now")
NEVER = Refused("INVALID_NUMBER", "no such number")


async def test_a_claim_that_ran_out_was_certainly_not_sent(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.one(owner="dead")
    lease = await story.one(NOW + 60)
    assert not lease.orphaned
    assert lease.pending[0].state is State.QUEUED


async def test_a_request_that_began_under_a_dead_holder_is_in_doubt(story: Story) -> None:
    await story.spool.accept(story.mail())
    assert await story.spool.begin(await story.one(owner="dead"), HOST, NOW)
    lease = await story.one(NOW + 60)
    assert lease.orphaned
    assert lease.pending[0].state is State.SUBMITTING
    assert not await story.spool.begin(lease, HOST, NOW + 60), "it must never be sent"
    assert await story.judged(lease, NO_ANSWER, NOW + 60)
    assert await story.state() == State.UNKNOWN


async def test_a_wait_ends_no_later_than_the_text_expires(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(LATER, NOW + 3598)
    assert await story.spool.next_due("submit") == NOW + 3600


async def test_a_request_begins_under_no_lease_that_is_over(story: Story) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert not await story.spool.begin(lease, HOST, NOW + 61)
    assert not (await story.one(NOW + 61)).orphaned, "certainly not sent"


async def test_a_lease_lasts_anew_from_each_request(story: Story) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW + 50)
    assert await story.lease(NOW + 109) == []
    assert (await story.one(NOW + 110)).orphaned


async def test_a_holder_that_overslept_writes_nothing(story: Story) -> None:
    await story.spool.accept(story.mail())
    asleep = await story.one(owner="asleep")
    awake = await story.one(NOW + 60, owner="awake")
    assert not await story.spool.begin(asleep, HOST, NOW + 61)
    assert not await story.judged(asleep, NEVER, NOW + 61)
    assert await story.state() == State.CLAIMED
    await story.sent(Accepted("1"), NOW + 61, lease=awake)
    assert not await story.judged(asleep, NEVER, NOW + 62)
    assert await story.state() == State.SUBMITTED
    assert await story.events() == []


async def orphaned(story: Story, *destinations: Destination) -> tuple[SubmissionLease, ...]:
    """A holder whose request is under way when the clock leaps, and the holder after it."""
    await story.spool.accept(story.mail(*destinations, profile="machine"))
    first = await story.one()
    assert await story.spool.begin(first, HOST, NOW)
    return first, await story.one(NOW + 600)


async def test_an_id_that_the_gateway_gave_is_kept_whoever_has_the_lease(story: Story) -> None:
    """P4: the clock leaps while a request is under way, and its row comes back as an orphan."""
    first, second = await orphaned(story)
    assert second.orphaned
    assert await story.judged(first, Accepted("1"), NOW + 601)
    assert await story.state() == State.SUBMITTED
    assert not await story.judged(second, NO_ANSWER, NOW + 602)
    await story.spool.receive(story.callback(story.report("1", at=NOW + 603), at=NOW + 603))
    assert await story.state() == State.DELIVERED
    assert await story.lease(NOW + 9999) == []


async def test_an_id_that_comes_while_its_text_is_in_doubt_ends_the_doubt(story: Story) -> None:
    first, second = await orphaned(story)
    assert await story.judged(second, NO_ANSWER, NOW + 600)
    assert await story.judged(first, Accepted("1"), NOW + 601)
    assert await story.lease(NOW + 9999) == []


async def test_an_id_that_comes_before_the_resend_stops_it(story: Story) -> None:
    first, second = await orphaned(story)
    assert await story.judged(second, NO_ANSWER, NOW + 600)
    assert await story.judged(await story.one(NOW + 660), NO_ANSWER, NOW + 660)
    again = await story.one(NOW + 660)
    assert await story.judged(first, Accepted("1"), NOW + 661)
    assert not await story.spool.begin(again, HOST, NOW + 662), "it must not go twice"
    assert await story.state() == State.SUBMITTED


async def test_an_id_that_comes_after_its_doubt_was_told_ends_the_hold(story: Story) -> None:
    await story.spool.accept(story.mail())
    first = await story.one()
    assert await story.spool.begin(first, HOST, NOW)
    for now in (NOW + 600, NOW + 660):
        assert await story.judged(await story.one(now), NO_ANSWER, now)
    assert await story.state() == State.HELD
    assert await story.judged(first, Accepted("1"), NOW + 661)
    assert await story.state() == State.SUBMITTED


async def test_of_a_lost_lease_only_the_ids_are_kept(story: Story) -> None:
    first, _ = await orphaned(story, SAM, ALEX)
    assert not await story.judged(first, {SAM: Accepted("1"), ALEX: NEVER}, NOW + 601)
    states = {number: state for (_, number), state in (await story.states()).items()}
    assert states == {SAM.digits: State.SUBMITTED, ALEX.digits: State.SUBMITTING}
    assert await story.events() == []


async def test_what_a_lost_lease_came_to_is_on_record_and_an_id_that_came_too_late_in_the_log(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = await orphaned(story)
    assert await story.judged(second, Accepted("2"), NOW + 601)
    assert not await story.judged(first, Accepted("1"), NOW + 602)
    attempts = await story.sql("SELECT ended_at, outcome FROM attempt")
    assert attempts == [(NOW + 602, "submitted")]
    assert "msgid=1" in capsys.readouterr().out


async def test_a_second_id_for_one_text_changes_nothing(story: Story) -> None:
    first, second = await orphaned(story)
    assert await story.judged(first, Accepted("1"), NOW + 601)
    assert not await story.judged(second, Accepted("2"), NOW + 602)
    (line,) = await story.lines("delivery")
    assert line.fields["message_id"] == "1"


async def test_the_other_host_may_be_tried_under_one_lease(story: Story) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.begin(lease, HOST, NOW)
    await story.sent(Accepted("1"), NOW + 1, lease=lease)
    attempts = [each.fields for each in await story.lines("attempt")]
    assert [each["outcome"] for each in attempts] == ["not taken", "submitted"]
    assert (await story.lines("delivery"))[0].fields["attempts"] == 2


# ---------------------------------------------------------------- in doubt


async def test_a_person_is_told_of_a_doubt_that_nothing_settled(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER)
    assert await story.lease(NOW + DOUBT_WAIT - 1) == []
    lease = await story.one(NOW + DOUBT_WAIT)
    assert lease.orphaned
    assert lease.pending[0].state is State.UNKNOWN
    assert await story.state() == State.UNKNOWN, "another crash must not make it unsent"
    assert await story.judged(lease, NO_ANSWER, NOW + DOUBT_WAIT)
    assert await story.state() == State.HELD
    assert await story.events() == [("Undelivered", "queued")]
    assert await story.spool.next_due("submit") is None


async def test_a_machine_s_text_goes_once_more_and_only_once(story: Story) -> None:
    await story.spool.accept(story.mail(profile="machine"))
    await story.sent(NO_ANSWER)
    doubt = await story.one(NOW + 60)
    assert await story.judged(doubt, NO_ANSWER, NOW + 60)
    again = await story.one(NOW + 60)
    assert not again.orphaned
    assert again.pending[0].resends == 1
    await story.sent(NO_ANSWER, NOW + 60, lease=again)
    doubt = await story.one(NOW + 120)
    assert await story.judged(doubt, NO_ANSWER, NOW + 120)
    assert await story.state() == State.HELD


async def test_a_doubt_comes_back_with_what_is_known_of_it(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(LATER)
    await story.sent(NO_ANSWER, NOW + 5)
    (each,) = (await story.one(NOW + 65)).pending
    assert (each.token, each.reason) == (NO_ANSWER.token, NO_ANSWER.reason)


async def test_of_a_request_that_died_nothing_is_known_but_that_it_began(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(LATER)
    assert await story.spool.begin(await story.one(NOW + 5), HOST, NOW + 5)
    (each,) = (await story.one(NOW + 65)).pending
    assert (each.token, each.reason) == ("", ""), "that of the request before is over"


async def test_a_batch_carries_its_size_so_that_it_is_not_resent(story: Story) -> None:
    await story.spool.accept(story.mail(SAM, ALEX))
    await story.sent(NO_ANSWER)
    assert [each.batch for each in (await story.one(NOW + 60)).pending] == [2, 2]
