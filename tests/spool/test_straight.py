"""The straight road: a text begins with the commit that accepts or leases it, and nothing else is
different from the long one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from bridge.core.consent import OptoutChange
from bridge.core.leases import Pause, SubmissionLease, Verdict
from bridge.core.model import Text
from bridge.core.outcomes import Accepted, State
from bridge.core.promises import Folding, Limits, Mail
from bridge.core.states import Evidence
from bridge.spool import accepting, leaping
from bridge.spool.contract import Full, Hand, Unavailable
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story, later, on_sqlite
from tests.spool.test_plans import Statements

LASTS = 60.0


@dataclass
class Hands:
    """As many free hands as are wanted, and what they were given."""

    given: list[SubmissionLease | None] = field(default_factory=list)

    def __call__(self) -> Hand:
        return Hand("us", HOST, LASTS, self.given.append)


@pytest.fixture
def hands(story: Story) -> Hands:
    found = Hands()
    story.spool.offer(found)
    return found


async def written(story: Story, mail: Mail) -> list[tuple[object, ...]]:
    """What the store knows of a mail's texts, its own instants and ids apart."""
    deliveries = await story.sql(
        "SELECT is_list, state, epoch, owner, attempts, failures, resends, host, batch, token,"
        " reason, message_id, behind, due_at - begun_at, begun_at - changed_at, expires_at"
        " FROM delivery WHERE submission = ? ORDER BY id",
        mail.submissions[0].id,
    )
    attempts = await story.sql(
        "SELECT epoch, host, ended_at, outcome FROM attempt WHERE submission = ?",
        mail.submissions[0].id,
    )
    return [*deliveries, *attempts]


async def test_it_leads_to_the_same_rows_and_the_same_lease_as_the_long_road(
    story: Story, hands: Hands
) -> None:
    now = story.spool.now()
    straight, long = story.mail(SAM, at=now), story.mail(ALEX, at=now)
    await story.spool.accept(straight)
    (lease,) = hands.given
    assert lease is not None
    story.spool.offer(lambda: None)
    await story.spool.accept(long)
    (other,) = await story.spool.lease_submissions("us", 9, now + 0.5, now + 0.5 + LASTS)
    assert await story.spool.begin(other, HOST, now + 0.5)
    assert await written(story, straight) == await written(story, long)

    assert lease.item == straight.submissions[0]
    assert other.item == long.submissions[0]
    (mine,), (its,) = lease.pending, other.pending
    assert replace(mine, id=its.id, destination=ALEX) == its
    begun = replace(other, item=lease.item, pending=lease.pending, begun=HOST)
    assert lease == replace(begun, until=lease.until)


async def test_what_is_leased_with_a_host_has_begun_there(story: Story) -> None:
    now = story.spool.now()
    first, other = story.mail(SAM, at=now), story.mail(ALEX, at=now)
    for each in (first, other):
        await story.spool.accept(each)
    (mine,) = await story.spool.lease_submissions("us", 1, now, now + LASTS, host=HOST)
    (its,) = await story.spool.lease_submissions("us", 1, now, now + LASTS)
    assert (mine.begun, its.begun) == (HOST, "")
    assert await story.spool.begin(its, HOST, now)
    assert await written(story, first) == await written(story, other)


async def test_it_is_settled_like_any_other(story: Story, hands: Hands) -> None:
    now = story.spool.now()
    await story.spool.accept(story.mail(SAM, ALEX, at=now))
    (lease,) = hands.given
    assert lease is not None
    assert await story.spool.begin(lease, HOST, now)
    assert await story.judged(lease, {SAM: Accepted("7"), ALEX: NO_ANSWER}, now)
    assert list((await story.states()).values()) == [State.SUBMITTED, State.UNKNOWN]


# ---------------------------------------------------------------- what takes the long road


async def something_is_due(story: Story, mail: Mail) -> Mail:
    story.spool.offer(lambda: None)
    await story.spool.accept(story.mail(ALEX, at=mail.envelope.received_at))
    return mail


async def one_is_under_way_to_the_number(story: Story, mail: Mail) -> Mail:
    await something_is_due(story, mail)
    await story.sql("UPDATE delivery SET destination = ?", SAM.digits)
    await story.one(mail.envelope.received_at)
    return mail


async def the_number_opted_out(story: Story, mail: Mail) -> Mail:
    at = mail.envelope.received_at
    await story.spool.optout(OptoutChange(SAM.digits, True, at, "with STOP"))
    return mail


async def the_lane_rests(story: Story, mail: Mail) -> Mail:
    await something_is_due(story, mail)
    at = mail.envelope.received_at
    lease = await story.one(at)
    pause = Pause("LOGIN_INVALID", "login", at + 60)
    assert await story.spool.settle(lease, Verdict((), pause=pause), at)
    await story.sql("UPDATE delivery SET due_at = NULL")
    return mail


async def it_is_too_old(story: Story, mail: Mail) -> Mail:
    (text,) = mail.submissions
    return replace(mail, submissions=(replace(text, expires_at=text.accepted_at - 1),))


async def it_has_two_parts(story: Story, mail: Mail) -> Mail:
    return story.mail(texts=(Text("one"), Text("two")), at=mail.envelope.received_at)


async def the_clock_was_set_of_which_this_node_did_not_hear(story: Story, mail: Mail) -> Mail:
    await story.spool.keep_time()
    await story.sql("UPDATE clock SET leaps = 1, moved = 60")
    return mail


Obstacle = Callable[[Story, Mail], Awaitable[Mail]]
OBSTACLES: list[Obstacle] = [
    something_is_due,
    one_is_under_way_to_the_number,
    the_number_opted_out,
    the_lane_rests,
    it_is_too_old,
    it_has_two_parts,
    the_clock_was_set_of_which_this_node_did_not_hear,
]


@pytest.mark.parametrize("obstacle", OBSTACLES, ids=lambda each: each.__name__)
async def test_what_is_held_up_is_found_by_a_lease(story: Story, obstacle: Obstacle) -> None:
    mail = await obstacle(story, story.mail(SAM, at=story.spool.now()))
    found = Hands()
    story.spool.offer(found)
    await story.spool.woken("submit", 0)
    await story.spool.accept(mail)
    assert found.given == [None], "the hand is free again"
    assert set((await story.states(mail.id)).values()) == {State.QUEUED}
    assert await story.spool.woken("submit", 0)


async def test_what_is_folded_or_above_a_limit_is_not_sent(story: Story, hands: Hands) -> None:
    now = story.spool.now()
    fold = Folding("Disks", same_text=600.0, expires=3600.0)
    mails = [story.mail(texts=(Text("full"),), at=now, folding=fold) for _ in range(2)]
    await story.spool.accept(mails[0])
    (lease,) = hands.given
    assert lease is not None
    assert await story.judged(lease, Accepted("7"), now)
    await story.spool.accept(mails[1])
    limited = replace(story.mail(ALEX, at=now), limits=Limits(per_hour=1))
    await story.spool.accept(limited)
    await story.spool.accept(replace(story.mail(ALEX, at=now), limits=Limits(per_hour=1)))
    assert [each is None for each in hands.given] == [False, True, False, True]
    states = await story.states()
    assert [states[each] for each in sorted(states)] == [
        State.SUBMITTED,
        Evidence.SPARED.after,
        Evidence.STORED_AND_BEGUN.after,
        Evidence.LIMITED.after,
    ]


async def test_what_a_machine_texted_before_is_not_the_last_any_more(
    story: Story, hands: Hands
) -> None:
    """So the same text again is news: as on the long road."""
    now = story.spool.now()
    fold = Folding("Disks", same_text=600.0, expires=3600.0)
    for folding in (fold, None, fold):
        mail = story.mail(texts=(Text("full"),), at=now, folding=folding)
        await story.spool.accept(mail)
        lease = hands.given[-1]
        assert lease is not None
        assert await story.judged(lease, Accepted(mail.id), now)


# ---------------------------------------------------------------- what fails on the way


async def test_a_copy_of_what_its_client_means_is_not_sent_again(
    story: Story, hands: Hands
) -> None:
    mail = story.mail(SAM, at=story.spool.now())
    assert await story.spool.accept(mail) == await story.spool.accept(later(mail, 1))
    assert [each is None for each in hands.given] == [False, True]


@on_sqlite
async def test_a_mail_that_is_not_taken_gives_its_hand_back(story: Story) -> None:
    full = await story.another(min_free=1 << 62)
    found = Hands()
    full.offer(found)
    with pytest.raises(Full):
        await full.accept(story.mail(SAM, at=full.now()))
    await full.close()
    with pytest.raises(Unavailable):
        await full.accept(story.mail(SAM, at=full.now()))
    assert found.given == [None, None]


@on_sqlite
async def test_a_crash_leaves_what_a_hand_had_in_doubt_and_nothing_else(
    story: Story, hands: Hands
) -> None:
    now = story.spool.now()
    await story.spool.accept(story.mail(SAM, at=now))
    story.spool.offer(lambda: None)
    await story.spool.accept(story.mail(ALEX, at=now))
    await story.reopened()
    orphaned = {lease.pending[0].destination: lease.orphaned for lease in await story.lease(now)}
    assert orphaned == {SAM: True, ALEX: False}


async def test_a_holder_that_stood_still_asks_whether_its_lease_is_its_own(
    story: Story, hands: Hands
) -> None:
    now = story.spool.now()
    await story.spool.accept(story.mail(SAM, at=now))
    (lease,) = hands.given
    assert lease is not None
    (other,) = await story.spool.lease_submissions("other", 9, now + 90, now + 150)
    assert other.orphaned
    assert not await story.spool.begin(lease, HOST, now + 100)


async def test_where_its_host_is_not_reached_it_begins_again_at_the_other(
    story: Story, hands: Hands
) -> None:
    now = story.spool.now()
    mail = story.mail(SAM, at=now)
    await story.spool.accept(mail)
    (lease,) = hands.given
    assert lease is not None
    assert await story.spool.begin(lease, HOST, now)
    assert await story.spool.begin(lease, "https://other.example", now)
    found = await story.sql("SELECT host, outcome FROM attempt ORDER BY id")
    assert found == [(HOST, "not taken"), ("https://other.example", "")]


@on_sqlite
def test_who_mails_is_stirred_only_where_somebody_is_to_be_told(
    story: Story, statements: Statements
) -> None:
    db, _ = statements
    fold = Folding("Disks", same_text=600.0, expires=3600.0)
    mails = [story.mail(SAM, at=NOW, folding=fold, texts=(Text("full"),)) for _ in range(2)]
    assert [accepting.accept(db, each, NOW, leaping.latest(db)).tells for each in mails] == [
        False,
        True,
    ]
