"""Folded texts whose stand-in is lost: one goes instead, or all their senders hear, once each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bridge.core.events import Progress, Undelivered
from bridge.core.leases import SubmissionLease
from bridge.core.model import ForwardPath, Notify, Text, Unicode
from bridge.core.outcomes import Accepted, InDoubt, Refused, State
from bridge.core.promises import Mail
from tests.spool.conftest import NOW, SAM, Story
from tests.spool.storm import FOLDING, Storm

NO = Refused("NO", "not this")
LOST = InDoubt("NO_ANSWER", "the connection was reset")


@pytest.fixture
def storm(story: Story) -> Storm:
    return Storm(story)


async def told(storm: Storm) -> list[tuple[str, str]]:
    """Of which mails somebody is told what, in the order of the events."""
    events = await storm.story.told(NOW + 9999)
    return [(e.mail, e.failures[0].reason) for e in events if isinstance(e, Undelivered)]


async def same(storm: Storm, count: int, words: str = "Disk full", *, at: float = 0) -> list[Mail]:
    """The same text in so many mails, a second apart, of which nothing is sent yet."""
    mails = [storm.mail(Text(words), at=at + n) for n in range(count)]
    for each in mails:
        await storm.story.spool.accept(each)
    return mails


async def state(storm: Storm, mail: Mail) -> str:
    """How the text of a mail stands."""
    return str((await storm.lines(mail))[0].fields["state"])


def of(mail: Mail, sender: str, *notify: Notify) -> Mail:
    """The mail as another sender's, who asks for these reports."""
    paths = (ForwardPath(f"{SAM}@sms.example.com", (SAM,), notify=frozenset(notify)),)
    envelope = replace(mail.envelope, reverse_path=sender, forward_paths=paths)
    return replace(mail, sender=sender, envelope=envelope)


# ---------------------------------------------------------------- the same text


async def refused(storm: Storm, lease: SubmissionLease) -> None:
    await storm.story.sent(NO, NOW + 9, lease=lease)


async def expired(storm: Storm, lease: SubmissionLease) -> None:
    early = replace(lease, item=replace(lease.item, expires_at=NOW + 9))
    await storm.story.expired(early, NOW + 9)


async def undelivered(storm: Storm, lease: SubmissionLease) -> None:
    await storm.story.sent(Accepted("1"), NOW + 9, lease=lease)
    report = storm.story.report("1", progress=Progress.UNDELIVERABLE)
    await storm.story.spool.receive(storm.story.callback(report, at=NOW + 9))


async def given_up_by_the_network(storm: Storm, lease: SubmissionLease) -> None:
    await storm.story.sent(Accepted("1"), NOW + 9, lease=lease)
    report = storm.story.report("1", progress=Progress.EXPIRED)
    await storm.story.spool.receive(storm.story.callback(report, at=NOW + 9))


@pytest.mark.parametrize("lost", [refused, expired, undelivered, given_up_by_the_network])
async def test_the_latest_of_the_same_texts_goes_once_the_first_is_lost(
    storm: Storm, lost: Callable[[Storm, SubmissionLease], Awaitable[None]]
) -> None:
    mails = await same(storm, 4)
    await lost(storm, await storm.story.one(NOW + 9))
    await storm.goes(10)
    assert storm.heard() == ["Disk full"]
    assert [await state(storm, each) for each in mails[1:]] == [
        State.FOLDED,
        State.FOLDED,
        State.SUBMITTED,
    ]


async def test_the_latest_goes_once_an_operator_drops_the_first(storm: Storm) -> None:
    mails = await same(storm, 3)
    assert await storm.story.ordered("drop", mails[0].id, NOW + 9) == 1
    assert await storm.story.ordered("drop", mails[2].id, NOW + 9) == 1
    await storm.goes(10)
    assert storm.heard() == ["Disk full"], "the last that nobody dropped"
    assert await told(storm) == []


async def test_nothing_goes_instead_of_all_that_an_operator_drops(storm: Storm) -> None:
    mails = await same(storm, 3)
    assert await storm.story.ordered("drop", "all", NOW + 9) == 1
    assert await storm.story.lease(NOW + 10) == []
    assert await state(storm, mails[2]) == State.FOLDED


async def test_what_comes_next_is_folded_into_the_one_that_goes_instead(storm: Storm) -> None:
    first, second = await same(storm, 2)
    await storm.story.sent(NO, NOW + 9)
    (third,) = await same(storm, 1, at=10)
    reason = f"SAME_TEXT: the same text came 10 s before, in {second.id}"
    assert await storm.folded(third) == reason
    assert [mail for mail, _ in await told(storm)] == [first.id]


async def test_where_that_is_lost_too_all_end_and_each_sender_is_told_once(storm: Storm) -> None:
    mails = [storm.mail(Text("Disk full"), at=n) for n in range(6)]
    mails[1:3] = [of(each, "cron@example.com") for each in mails[1:3]]
    for each in mails:
        await storm.story.spool.accept(each)
    await storm.story.sent(NO, NOW + 9)
    await storm.story.sent(NO, NOW + 9)
    assert await storm.story.lease(NOW + 3000) == [], "no third is tried"
    assert {await state(storm, each) for each in mails} == {State.REJECTED}
    lost = f"the text that stood for it, {mails[5].id}.1, was not delivered: not this"
    assert await told(storm) == [
        (mails[0].id, "not this"),
        (mails[5].id, "not this"),
        (mails[2].id, f"{lost} (so it is with 1 more)"),
    ]


async def test_what_has_no_time_left_expires_and_its_sender_is_told(storm: Storm) -> None:
    first = storm.mail(Text("Disk full"))
    second = of(storm.mail(Text("Disk full"), at=1), "cron@example.com")
    hasty = replace(second.submissions[0], expires_at=NOW + 5)
    for each in (first, replace(second, submissions=(hasty,))):
        await storm.story.spool.accept(each)
    await storm.story.sent(NO, NOW + 9)
    assert await state(storm, second) == State.REJECTED
    assert [mail for mail, _ in await told(storm)] == [first.id, second.id]


async def test_what_is_held_in_doubt_is_told_to_all_and_sends_none(storm: Storm) -> None:
    first = storm.mail(Text("Disk full"))
    second = of(storm.mail(Text("Disk full"), at=1), "cron@example.com")
    for each in (first, second):
        await storm.story.spool.accept(each)
    await storm.story.sent(LOST, NOW + 2)
    await storm.story.judged(await storm.story.one(NOW + 62), LOST, NOW + 62)  # sent once more
    await storm.story.sent(LOST, NOW + 62)
    await storm.story.judged(await storm.story.one(NOW + 122), LOST, NOW + 122)
    assert (await state(storm, first), await state(storm, second)) == (State.HELD, State.FOLDED)
    assert [mail for mail, _ in await told(storm)] == [first.id, second.id]
    assert await storm.story.lease(NOW + 3000) == []
    await storm.story.ordered("drop", first.id, NOW + 3001)
    await storm.goes(3001)
    assert storm.heard() == ["Disk full"]


async def test_the_parts_of_a_long_text_go_instead_together(storm: Storm) -> None:
    parts = (Unicode("(1/2) Zażółć "), Unicode("(2/2) gęś"))
    for n in range(2):
        await storm.story.spool.accept(storm.mail(*parts, at=n))
    await storm.story.sent(NO, NOW + 2)
    await storm.goes(3)
    assert storm.heard() == ["(1/2) Zażółć ", "(2/2) gęś"]


async def test_what_may_not_wait_as_long_stands_for_nothing_until_it_was_taken(
    storm: Storm,
) -> None:
    first = storm.mail(Text("Disk full"))
    hasty = tuple(replace(each, expires_at=NOW + 60) for each in first.submissions)
    await storm.story.spool.accept(replace(first, submissions=hasty))
    await same(storm, 1, at=5)
    await storm.goes(6)
    await same(storm, 1, at=7)
    await storm.goes(8)
    assert storm.heard() == ["Disk full"] * 2


async def test_a_text_of_which_the_words_were_erased_is_told_and_not_sent(storm: Storm) -> None:
    first = await storm.alert("Disk full")
    second = of(storm.mail(Text("Disk full"), at=1), "cron@example.com")
    await storm.story.spool.accept(second)
    await storm.story.spool.sweep(NOW + 9, bodies_before=NOW + 9, history_before=NOW)
    report = storm.story.report(first.id, progress=Progress.UNDELIVERABLE)
    await storm.story.spool.receive(storm.story.callback(report, at=NOW + 9))
    assert await state(storm, second) == State.REJECTED
    assert [mail for mail, _ in await told(storm)] == [first.id, second.id]


# ---------------------------------------------------------------- similar texts, and their summary


async def test_where_the_phone_never_got_the_first_the_latest_similar_text_goes(
    storm: Storm,
) -> None:
    mails = await storm.rage(9)
    report = storm.story.report(mails[4].id, progress=Progress.UNDELIVERABLE)
    await storm.story.spool.receive(storm.story.callback(report, at=NOW + 9))
    await storm.goes(9)
    await storm.goes(700)
    assert storm.heard()[5:] == ["Disk 8% full", "+3 similar from nagios1 in 10 min"]


async def refuse_the_fifth(storm: Storm, count: int) -> list[Mail]:
    """Five alerts of a storm, of which the last waits, some that are folded, and its refusal."""
    mails = await storm.rage(4)
    for n in range(4, 5 + count):
        mail = storm.mail(Text(f"Disk {n}% full"), at=n)
        await storm.story.spool.accept(mail)
        mails.append(mail)
    await storm.story.sent(NO, NOW + 50)
    return mails


async def test_the_latest_similar_text_goes_instead_and_is_not_counted(storm: Storm) -> None:
    mails = await refuse_the_fifth(storm, 4)
    await storm.goes(51)
    assert storm.heard()[4:] == ["Disk 8% full"]
    await storm.alert("Disk 9% full", at=52)
    await storm.goes(700)
    assert storm.heard()[5:] == ["+4 similar from nagios1 in 10 min"]
    assert [mail for mail, _ in await told(storm)] == [mails[4].id]


async def test_a_summary_that_counts_nothing_any_more_is_not_sent(storm: Storm) -> None:
    await refuse_the_fifth(storm, 1)
    await storm.goes(700)
    assert storm.heard()[4:] == ["Disk 5% full"]


async def test_what_a_summary_told_of_is_not_sent_again(storm: Storm) -> None:
    mails = await storm.rage(4)
    for n in range(4, 7):
        await storm.story.spool.accept(storm.mail(Text(f"Disk {n}% full"), at=n))
    await storm.story.sent(Accepted("m5"), NOW + 8)
    await storm.goes(700)
    report = storm.story.report("m5", progress=Progress.UNDELIVERABLE)
    await storm.story.spool.receive(storm.story.callback(report, at=NOW + 701))
    await storm.goes(702)
    assert storm.heard()[len(mails) :] == ["+2 similar from nagios1 in 10 min"]


async def lose_the_summary(storm: Storm, *others: Mail) -> list[Mail]:
    """A storm of which the last alerts are counted in a summary that is refused."""
    mails = await storm.rage(7)
    for each in others:
        await storm.story.spool.accept(each)
    await storm.story.sent(NO, NOW + 700)
    return mails


async def test_of_a_summary_that_is_lost_each_sender_hears_once(storm: Storm) -> None:
    others = [
        of(storm.mail(Text(f"Disk {20 + n}% full"), at=10 + n), f"nagios{2 + n % 2}@example.com")
        for n in range(5)
    ]
    mails = await lose_the_summary(storm, *others)
    summary = f"{mails[5].id}.1.similar1"
    lost = f"the text that counted it, {summary}, was not delivered: not this"
    assert await told(storm) == [
        (mails[5].id, "not this"),
        (others[4].id, f"{lost} (so it is with 2 more)"),
        (others[3].id, f"{lost} (so it is with 1 more)"),
    ]
    assert {await state(storm, each) for each in (*mails[5:], *others)} == {State.REJECTED}
    assert await storm.story.lease(NOW + 9999) == []


async def test_a_mail_that_wants_no_reports_silences_no_other(storm: Storm) -> None:
    mails = await storm.rage(5)
    for n in range(5, 8):
        mail = storm.mail(Text(f"Disk {n}% full"), at=n, folding=FOLDING)
        notify = (Notify.NEVER,) if n == 5 else ()
        mails.append(of(mail, mail.sender, *notify))
        await storm.story.spool.accept(mails[-1])
    await storm.story.sent(NO, NOW + 700)
    assert [mail for mail, _ in await told(storm)] == [mails[5].id, mails[7].id]


async def test_a_summary_that_an_operator_drops_ends_in_silence(storm: Storm) -> None:
    mails = await storm.rage(8)
    await storm.story.ordered("drop", f"{mails[5].id}.1.similar1", NOW + 9)
    assert await storm.story.lease(NOW + 700) == []
    assert await told(storm) == []
    assert await state(storm, mails[7]) == State.FOLDED
