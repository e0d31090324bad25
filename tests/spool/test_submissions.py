"""The states of a text, walked with the verdicts that `judge` really gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.judge import DOUBT_WAIT, surrendered
from bridge.core.model import (
    Accepted,
    Binary,
    Blocked,
    Content,
    Deferred,
    ListName,
    Mms,
    Notify,
    Part,
    Refused,
    State,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story

LATER = Deferred("GATEWAY_ERROR", "not now")
NEVER = Refused("INVALID_NUMBER", "no such number")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Accepted("1"), State.SUBMITTED),
        (NEVER, State.REJECTED),
        (LATER, State.QUEUED),
        (Blocked("LOGIN_INVALID", "login"), State.QUEUED),
        (NO_ANSWER, State.UNKNOWN),
    ],
    ids=lambda each: type(each).__name__ if not isinstance(each, State) else each,
)
async def test_each_answer_leads_to_its_state(
    story: Story, outcome: Accepted | Refused | Deferred | Blocked, state: State
) -> None:
    await story.spool.accept(story.mail())
    assert await story.state() == State.QUEUED
    lease = await story.one()
    assert await story.state() == State.CLAIMED
    assert await story.spool.begin(lease, HOST, NOW)
    assert await story.state() == State.SUBMITTING
    assert await story.judged(lease, outcome, NOW)
    assert await story.state() == state


@pytest.mark.parametrize(
    "content",
    [
        Text("price: £5"),
        Unicode("Łódź 🙂"),
        Voice("read me"),
        Binary(b"\x00\xff", b"\x05\x00"),
        WapPush("look", "https://example.com/?a=b&c"),
        Mms("party", (Part("a.jpg", "image/jpeg", b"\xff\xd8\x00"), Part("b.txt", "", b"hi"))),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_a_submission_is_leased_as_it_was_accepted(story: Story, content: Content) -> None:
    mail = story.mail(SAM, ListName("Customers 2026"), texts=(content,), user_context="ORDER-42")
    await story.spool.accept(mail)
    lease = await story.one()
    assert lease.item == mail.submissions[0]
    assert [each.destination for each in lease.pending] == [SAM, ListName("Customers 2026")]


async def test_what_is_leased_is_leased_to_nobody_else(story: Story) -> None:
    await story.spool.accept(story.mail())
    assert len(await story.lease(owner="a")) == 1
    assert await story.lease(owner="b") == []


async def test_the_oldest_are_leased_first_and_no_more_than_asked_for(story: Story) -> None:
    for at in (NOW + 3, NOW + 1, NOW + 2):
        await story.spool.accept(story.mail(SAM, ALEX, at=at))
    leases = await story.spool.lease_submissions("us", 2, NOW + 9, NOW + 60)
    assert [lease.item.accepted_at for lease in leases] == [NOW + 1, NOW + 2]
    assert all(len(lease.pending) == 2 for lease in leases)


async def test_a_deferred_text_comes_back_when_its_back_off_is_over(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(LATER)
    assert await story.spool.next_due("submit") == NOW + 5
    assert await story.lease(NOW + 4) == []
    lease = await story.one(NOW + 5)
    (each,) = lease.pending
    assert (each.attempts, each.failures, each.resends, each.host) == (1, 1, 0, HOST)
    await story.sent(LATER, NOW + 5, lease=lease)
    assert await story.spool.next_due("submit") == NOW + 20


async def test_one_number_neither_delays_nor_repeats_the_others(story: Story) -> None:
    await story.spool.accept(story.mail(SAM, ALEX))
    await story.sent({SAM: Accepted("1"), ALEX: LATER})
    lease = await story.one(NOW + 5)
    assert [each.destination for each in lease.pending] == [ALEX]


async def test_a_lease_given_back_is_due_at_once_and_burns_nothing(story: Story) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one()
    assert await story.spool.settle(lease, surrendered(lease, NOW), NOW)
    (each,) = (await story.one()).pending
    assert (each.attempts, each.failures) == (0, 0)


# ---------------------------------------------------------------- holders that die, or sleep


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


async def test_a_batch_carries_its_size_so_that_it_is_not_resent(story: Story) -> None:
    await story.spool.accept(story.mail(SAM, ALEX))
    await story.sent(NO_ANSWER)
    assert [each.batch for each in (await story.one(NOW + 60)).pending] == [2, 2]


# ---------------------------------------------------------------- expiry, split, pause


async def test_an_expired_text_is_told_once(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.expired(await story.one(NOW + 3600), NOW + 3600)
    assert await story.state() == State.EXPIRED
    assert await story.events() == [("Undelivered", "queued")]
    assert await story.lease(NOW + 9999) == []


async def test_a_refused_batch_is_split_and_each_tried_alone(story: Story) -> None:
    whole = Refused("INVALID_NUMBER", "one of them", whole=True)
    picture = Mms("s", (Part("a.jpg", "image/jpeg", b"\xff"),))
    mail = story.mail(SAM, ALEX, texts=(picture,))
    await story.spool.accept(mail)
    await story.sent(whole)
    leases = await story.lease()
    assert [[d.destination for d in lease.pending] for lease in leases] == [[SAM], [ALEX]]
    assert len({lease.item.id for lease in leases} | {mail.submissions[0].id}) == 3
    for lease in leases:
        (alone,) = (each.destination for each in lease.pending)
        expected = replace(mail.submissions[0], id=lease.item.id, destinations=(alone,))
        assert lease.item == expected
    await story.sent(Accepted("1"), lease=leases[0])
    await story.sent(NEVER, lease=leases[1])
    assert sorted((await story.states()).values()) == [State.REJECTED, State.SUBMITTED]
    assert await story.events() == [("Undelivered", "queued")]


async def test_a_blocked_account_rests_the_lane_and_is_told_once(story: Story) -> None:
    await story.spool.accept(story.mail(SAM))
    await story.spool.accept(story.mail(ALEX))
    first, second = await story.lease()
    await story.sent(Blocked("LOGIN_INVALID", "login"), lease=first)
    await story.sent(Blocked("LOGIN_INVALID", "login"), NOW + 1, lease=second)
    assert await story.events() == [("GatewayBlocked", "queued")]
    lane = (await story.spool.lanes(NOW + 10))[0]
    assert (lane.name, lane.waiting, lane.head_age) == ("submit", 2, 10)
    assert (lane.paused_since, lane.token, lane.probe_at) == (NOW, "LOGIN_INVALID", NOW + 60)
    assert await story.lease(NOW + 10) == []
    assert await story.spool.next_due("submit") == NOW + 60
    await story.spool.rest("submit", NOW + 120, NOW + 60)
    assert await story.spool.next_due("submit") == NOW + 120
    await story.spool.resume("submit", NOW + 70)
    assert len(await story.lease(NOW + 70)) == 2
    assert (await story.spool.lanes(NOW))[0].paused_since is None


async def test_a_resting_lane_still_judges_doubts_and_expiries(story: Story) -> None:
    await story.spool.accept(story.mail(SAM))
    await story.sent(NO_ANSWER)
    await story.spool.accept(story.mail(ALEX))
    await story.sent(Blocked("INSUFFICIENT_CREDIT", "credit"))
    (doubt,) = await story.lease(NOW + 60)
    assert doubt.orphaned
    await story.judged(doubt, NO_ANSWER, NOW + 60)
    assert await story.lease(NOW + 3599) == []
    await story.spool.rest("submit", NOW + 9999, NOW)
    assert await story.spool.next_due("submit") == NOW + 3600
    await story.expired(await story.one(NOW + 3600), NOW + 3600)


# ---------------------------------------------------------------- parts


async def test_a_part_goes_when_the_one_before_was_accepted(story: Story) -> None:
    await story.spool.accept(story.mail(SAM, ALEX, texts=(Text("1"), Text("2"), Text("3"))))
    first = await story.one()
    assert first.item.part == 1
    await story.sent({SAM: Accepted("1"), ALEX: LATER}, lease=first)
    second = await story.one()
    assert (second.item.part, [d.destination for d in second.pending]) == (2, [SAM])
    await story.sent(Accepted("2"), lease=second)
    await story.sent(Accepted("3"))
    assert [lease.item.part for lease in await story.lease(NOW + 5)] == [1]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(NEVER, State.REJECTED), (NO_ANSWER, State.HELD)],
    ids=["refused", "doubt"],
)
async def test_a_part_that_did_not_go_ends_the_rest_in_one_notice(
    story: Story, outcome: Refused, state: State
) -> None:
    await story.spool.accept(story.mail(texts=(Text("1"), Text("2"), Text("3"))))
    await story.sent(outcome)
    for lease in await story.lease(NOW + 60):
        await story.judged(lease, NO_ANSWER, NOW + 60)
    assert set((await story.states()).values()) == {state}
    assert await story.events() == [("Undelivered", "queued")]
    assert await story.lease(NOW + 9999) == []


async def test_parts_that_wait_expire_with_the_first_in_one_notice(story: Story) -> None:
    await story.spool.accept(story.mail(texts=(Text("1"), Text("2"))))
    await story.expired(await story.one(NOW + 3600), NOW + 3600)
    assert set((await story.states()).values()) == {State.EXPIRED}
    assert await story.events() == [("Undelivered", "queued")]
    assert await story.spool.next_due("submit") is None


async def test_a_part_whose_predecessor_is_still_under_way_at_the_end_is_left_to_it(
    story: Story,
) -> None:
    await story.spool.accept(story.mail(texts=(Text("1"), Text("2"))))
    first = await story.one(NOW + 3599)
    assert await story.spool.begin(first, HOST, NOW + 3599)
    assert await story.lease(NOW + 3601) == []
    due = await story.spool.next_due("submit")
    assert due is not None
    assert due > NOW + 3601, "nobody spins on it"


# ---------------------------------------------------------------- all or nothing


async def test_a_settlement_of_which_one_row_moved_on_writes_nothing(story: Story) -> None:
    await story.spool.accept(story.mail(SAM, ALEX))
    await story.sent(NO_ANSWER)
    doubt = await story.one(NOW + 60)
    await story.spool.receive(story.callback(story.report("9", at=NOW + 61), at=NOW + 61))
    assert not await story.judged(doubt, NO_ANSWER, NOW + 62)
    assert sorted((await story.states()).values()) == [State.DELIVERED, State.UNKNOWN]
    assert [kind for kind, _ in await story.events()] == ["StatusReport"]
    (left,) = (await story.one(NOW + 120)).pending
    assert left.destination == ALEX


async def test_what_the_client_asked_for_is_kept_with_each_number(story: Story) -> None:
    mail = story.mail(SAM)
    path = replace(
        mail.envelope.forward_paths[0],
        notify=frozenset({Notify.SUCCESS, Notify.FAILURE}),
        orcpt="rfc822;sam@example.com",
    )
    envelope = replace(mail.envelope, forward_paths=(path,), ret="HDRS", envid="E1")
    await story.spool.accept(replace(mail, envelope=envelope))
    await story.sent(Accepted("77"))
    about = (await story.spool.about(story.report("77"), NOW)).mail
    assert about is not None
    assert about.notify == {Notify.SUCCESS, Notify.FAILURE}
    assert (about.orcpt, about.ret, about.envid) == ("rfc822;sam@example.com", "HDRS", "E1")
