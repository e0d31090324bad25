"""The states of a text, walked with the verdicts that `judge` really gives."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bridge.core.about import Asked
from bridge.core.events import Ending, Undelivered
from bridge.core.leases import SubmissionLease
from bridge.core.model import (
    Binary,
    Content,
    ListName,
    Mms,
    Msisdn,
    Notify,
    Part,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.outcomes import Accepted, Blocked, Deferred, Refused, State
from bridge.spool.contract import Spool
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
    for n, at in enumerate((NOW + 3, NOW + 1, NOW + 2)):
        two = (Msisdn(f"44770090020{n}"), Msisdn(f"44770090030{n}"))
        await story.spool.accept(story.mail(*two, at=at))
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


# ---------------------------------------------------------------- expiry, split


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
    mail = story.mail(SAM, ALEX)
    sam, alex = mail.envelope.forward_paths
    both = frozenset({Notify.SUCCESS, Notify.FAILURE})
    sam = replace(sam, notify=both, orcpt="rfc822;sam@example.com")
    alex = replace(alex, notify=frozenset({Notify.NEVER}))
    envelope = replace(mail.envelope, forward_paths=(sam, alex), ret="HDRS", envid="E1")
    await story.spool.accept(replace(mail, envelope=envelope))
    await story.sent({SAM: Accepted("77"), ALEX: NEVER})
    sams, alexs = Asked(both, "rfc822;sam@example.com"), Asked(frozenset({Notify.NEVER}))
    reported = (await story.spool.about(story.report("77"))).mail
    assert reported is not None
    assert (reported.asked, reported.envid) == ({SAM: sams}, "E1")
    failure = Ending(ALEX, State.REJECTED, "T", "why", "5.0.0")
    told = (await story.spool.about(Undelivered(mail.id, "", (failure,), NOW))).mail
    assert told is not None
    assert told.asked == {SAM: sams, ALEX: alexs}


async def test_nodes_that_lease_at_once_share_what_is_due_and_no_text_is_divided(
    story: Story,
) -> None:
    for n in range(20):
        numbers = (Msisdn(f"4477009{n:03}{each:02}") for each in range(5))
        await story.spool.accept(story.mail(*numbers))
    found: list[SubmissionLease] = []

    async def node(spool: Spool, owner: str) -> None:
        while leases := await spool.lease_submissions(owner, 3, NOW, NOW + 60):
            found.extend(leases)

    other = await story.another()
    await asyncio.gather(*(node(each, f"n{n}") for n, each in enumerate((story.spool, other) * 2)))
    assert len({each.item.id for each in found}) == len(found) == 20
    assert {len(each.pending) for each in found} == {5}
