"""T36 and P2: a mailbox hears of twenty reports an hour one by one, of all others in one mail."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from bridge.core.events import Event, Gathered, Held
from bridge.core.gathering import LIMIT, WITHIN
from bridge.core.leases import EventLease, NoticeVerdict, Told
from tests.spool.conftest import NOW, SAM, Story

JO, OPS = "jo@example.com", "ops@example.com"
MAILED = NoticeVerdict(Told.MAILED, None)
WITH_OTHERS = NoticeVerdict(Told.NOBODY, None, "told with others")


async def arise(story: Story, count: int, at: float = 0.0) -> None:
    """So many reports, each on a mail of its own."""
    for _ in range(count):
        mail = f"m{next(story.numbers)}"
        await story.spool.tell(Held(mail, (SAM,), "a loop?", NOW + at), NOW + at)


async def due(story: Story, at: float) -> Sequence[EventLease]:
    return await story.spool.lease_events("us", 1000, NOW + at, NOW + at + 60)


async def carry(story: Story, lease: EventLease, at: float, *mailboxes: str) -> Sequence[str]:
    """Mail one event to those who hear of it by itself, as the notifier does; who that was."""
    gathered = await story.spool.gather(lease.id, mailboxes, NOW + at)
    alone = [each for each in mailboxes if each not in gathered]
    assert await story.spool.settle_event(lease, MAILED if alone else WITH_OTHERS, NOW + at)
    return alone


async def mailed(story: Story, at: float, *mailboxes: str) -> list[Event]:
    """The events of which mails go out now."""
    found: list[Event] = []
    for lease in await due(story, at):
        if isinstance(lease.item, Gathered):
            assert await story.spool.settle_event(lease, MAILED, NOW + at)
            found.append(lease.item)
        elif await carry(story, lease, at, *(mailboxes or (JO,))):
            found.append(lease.item)
    return found


async def told_by(story: Story, event: Event) -> list[str]:
    """The mails of which a mail tells."""
    if not isinstance(event, Gathered):
        return [event.mail] if isinstance(event, Held) else []
    about = await story.spool.about(event)
    return [each.mail for each, _ in about.gathered if isinstance(each, Held)]


def is_gathered(events: Sequence[Event]) -> list[bool]:
    return [isinstance(each, Gathered) for each in events]


# ---------------------------------------------------------------- twenty, and the others


async def test_twenty_go_and_the_forty_others_are_one_mail_an_hour_later(story: Story) -> None:
    await arise(story, 60)
    alone = await mailed(story, 0)
    assert is_gathered(alone) == [False] * LIMIT
    assert await mailed(story, WITHIN - 1) == []

    others = await mailed(story, WITHIN)

    assert others == [Gathered(JO, NOW + WITHIN)]
    heard = [mail for each in (*alone, *others) for mail in await told_by(story, each)]
    assert sorted(heard) == sorted(f"m{n}" for n in range(1, 61)), "each of them once"
    assert await mailed(story, 9 * WITHIN) == []


async def test_what_is_told_with_others_says_where(story: Story) -> None:
    await arise(story, LIMIT + 1)
    await mailed(story, 0)
    *_, last, gathered = await story.events()
    assert last == ("Held", Told.NOBODY)
    assert gathered == ("Gathered", Told.QUEUED)
    found = await story.spool.gather(LIMIT + 1, (JO,), NOW)
    assert found == {JO: LIMIT + 2}


async def test_more_than_a_mail_can_name_is_counted(story: Story) -> None:
    await arise(story, LIMIT + 230)
    await mailed(story, 0)
    (event,) = await mailed(story, WITHIN)
    about = await story.spool.about(event)
    assert (len(about.gathered), about.more) == (200, 30)


async def test_room_comes_back_as_the_hour_goes_by(story: Story) -> None:
    await arise(story, LIMIT - 1)
    await mailed(story, 0)
    await arise(story, 2, 1800)
    assert is_gathered(await mailed(story, 1800)) == [False]
    await arise(story, LIMIT, 3600)
    assert is_gathered(await mailed(story, 3600)) == [False] * (LIMIT - 1)
    assert is_gathered(await mailed(story, 1800 + WITHIN)) == [True]


async def test_however_long_it_goes_on_an_hour_has_twenty_reports_and_one_other_mail(
    story: Story,
) -> None:
    """Three hours of three reports a minute; nobody hears of one more than an hour late."""
    sent: list[tuple[float, Event]] = []
    for at in range(0, 4 * 3600, 60):
        if at < 3 * 3600:
            await arise(story, 3, at)
        sent += [(at, each) for each in await mailed(story, at)]

    alone = [at for at, each in sent if not isinstance(each, Gathered)]
    others = [at for at, each in sent if isinstance(each, Gathered)]
    assert all(b - a >= WITHIN for a, b in zip(alone, alone[LIMIT:], strict=False))
    assert all(b - a >= WITHIN for a, b in pairwise(others))
    heard = {mail: at for at, each in sent for mail in await told_by(story, each)}
    arose = {f"m{n + 1}": n // 3 * 60 for n in range(3 * 3 * 60)}
    assert heard.keys() == arose.keys()
    assert all(heard[mail] - arose[mail] <= WITHIN for mail in arose)


# ---------------------------------------------------------------- whose mailbox


async def test_each_mailbox_has_its_own_twenty(story: Story) -> None:
    """The operator's copies count for the operator alone."""
    await arise(story, LIMIT)
    await mailed(story, 0, JO)
    await arise(story, 2)
    first, second = await due(story, 0)
    assert await carry(story, first, 0, JO, OPS) == [OPS]
    assert await carry(story, second, 0, "amy@example.com") == ["amy@example.com"]


async def test_a_mailbox_is_one_in_whatever_letters(story: Story) -> None:
    await arise(story, LIMIT)
    await mailed(story, 0, "Jo@Example.com")
    await arise(story, 1)
    assert await mailed(story, 0, JO) == []


async def test_the_log_of_a_mailbox_has_what_it_heard_of_machines(story: Story) -> None:
    mail = story.mail(sender="nagios@example.com")
    await story.spool.accept(mail)
    await story.spool.tell(Held(mail.id, (SAM,), "a loop?", NOW), NOW)
    await mailed(story, 0, OPS)
    assert {each.what for each in await story.spool.browse(OPS)} == {"mail", "delivery", "event"}


# ---------------------------------------------------------------- tries and crashes


async def test_a_report_that_is_tried_again_is_counted_once_and_not_gathered_then(
    story: Story,
) -> None:
    later = NoticeVerdict(Told.QUEUED, NOW + 10)
    await arise(story, LIMIT - 1)
    for lease in await due(story, 0):
        assert await story.spool.gather(lease.id, (JO,), NOW) == {}
        assert await story.spool.settle_event(lease, later, NOW)
    await arise(story, 2, 5)
    assert len(await mailed(story, 5)) == 1, "nineteen wait, so there is room for one"
    assert len(await mailed(story, 10)) == LIMIT - 1


async def test_what_a_smarthost_could_not_take_for_hours_leaves_no_room_when_it_can(
    story: Story,
) -> None:
    await arise(story, LIMIT)
    for hour in range(3):
        for lease in await due(story, hour * 3000.0):
            assert await story.spool.gather(lease.id, (JO,), NOW + hour * 3000) == {}
            retry = NoticeVerdict(Told.QUEUED, NOW + (hour + 1) * 3000)
            assert await story.spool.settle_event(lease, retry, NOW)
    await arise(story, 1, 6001)
    assert await mailed(story, 6001) == []


@pytest.mark.parametrize("killed", ["leased", "gathered", "settled"])
async def test_a_daemon_that_dies_loses_no_report_and_tells_none_twice(
    story: Story, killed: str
) -> None:
    await arise(story, LIMIT + 3)
    heard: list[Event] = []
    for lease in await due(story, 0):
        if killed != "leased":
            gathered = await story.spool.gather(lease.id, (JO,), NOW)
            if killed == "settled":
                verdict = WITH_OTHERS if gathered else MAILED
                assert await story.spool.settle_event(lease, verdict, NOW)
                heard += [] if gathered else [lease.item]
    await story.reopened()
    heard += await mailed(story, 100)
    assert len(heard) == LIMIT
    await story.reopened()
    (event,) = await mailed(story, WITHIN + 100)
    heard.append(event)
    told = [mail for each in heard for mail in await told_by(story, each)]
    assert sorted(told) == sorted(f"m{n}" for n in range(1, LIMIT + 4))


async def test_what_is_gathered_is_the_same_mail_at_its_second_try(story: Story) -> None:
    """Else it would be another mail under the same Message-ID."""
    await arise(story, LIMIT + 2)
    await mailed(story, 0)
    await arise(story, LIMIT, WITHIN)
    (first,) = [e for e in await due(story, WITHIN) if isinstance(e.item, Gathered)]
    before = await story.spool.about(first.item)
    retry = NoticeVerdict(Told.QUEUED, NOW + WITHIN + 61)
    assert await story.spool.settle_event(first, retry, NOW + WITHIN)
    await arise(story, 1, WITHIN + 60)
    again = await due(story, WITHIN + 61)
    for lease in again:
        if isinstance(lease.item, Held):
            await carry(story, lease, WITHIN + 61, JO)
    assert first.key in [each.key for each in again]
    assert await story.spool.about(first.item) == before
    assert len(before.gathered) == 2
    assert [kind for kind, state in await story.events() if state == Told.QUEUED] == ["Gathered"]


# ---------------------------------------------------------------- erased


async def test_what_was_erased_before_it_was_told_is_counted_still(story: Story) -> None:
    """A smarthost may be away for longer than texts are kept."""
    await arise(story, LIMIT + 3)
    await mailed(story, 0)
    (lease,) = await due(story, WITHIN)
    at = NOW + 2 * WITHIN
    assert await story.spool.sweep(at, bodies_before=at, history_before=0) > 0
    about = await story.spool.about(lease.item)
    assert (about.gathered, about.more) == ((), 3)


async def test_who_heard_of_a_report_is_forgotten_with_it(story: Story) -> None:
    await arise(story, LIMIT + 3)
    await mailed(story, 0)
    await mailed(story, WITHIN)
    at = NOW + 2 * WITHIN
    await story.spool.sweep(at, bodies_before=at, history_before=at)
    for table in ("event", "report"):
        assert await story.sql(f"SELECT count(*) FROM {table}") == [(0,)]
