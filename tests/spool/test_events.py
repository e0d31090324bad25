"""The road back: callbacks are one event each, and each event's mail is leased and settled."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bridge.core.events import (
    Delayed,
    Event,
    GatewayBlocked,
    MmsReceived,
    Truncated,
    Unmailed,
    Unreadable,
)
from bridge.core.judge import judge_notice
from bridge.core.leases import EventLease, NoticeVerdict, Told
from bridge.core.model import Part
from bridge.core.outcomes import Accepted, Deferred, Outcome, Refused
from tests.spool.conftest import ALEX, NOW, POLICY, SAM, Story, damage

JO = "jo@example.com"


async def leased(story: Story, now: float = NOW) -> list[EventLease]:
    """The events whose mail is due, for a minute."""
    return list(await story.spool.lease_events("us", 100, now, now + 60))


async def mailed(story: Story, outcomes: dict[str, Outcome], now: float = NOW) -> EventLease:
    """Mail the one event that is due, as the smarthost answers."""
    (lease,) = await leased(story, now)
    assert await story.spool.settle_event(lease, judge_notice(POLICY, lease, outcomes, now), now)
    return lease


# ---------------------------------------------------------------- one event each


@pytest.mark.parametrize(
    ("words", "number"), [("another", SAM.digits), ("ok", ALEX.digits)], ids=["words", "number"]
)
async def test_another_text_under_a_known_id_is_mailed_too_and_flagged(
    story: Story, words: str, number: str
) -> None:
    """T42"""
    for text in (story.text(), story.text(words, number=number)):
        key = f"{text.message_id} {text.number} {text.text}"
        assert (await story.spool.receive(story.callback(text, key=key)))[1]
    assert await story.events() == [("SmsReceived", "queued")] * 2
    first, second = sorted(await story.lines("event"), key=lambda each: each.id)
    assert (first.fields["conflict"], second.fields["conflict"]) == (
        "",
        f"another under this id: {first.id}",
    )
    assert len(await story.told(NOW)) == 2


async def test_texts_without_an_id_contradict_none(story: Story) -> None:
    for words in ("ok", "another"):
        await story.spool.receive(story.callback(story.text(words, message_id=""), key=words))
    assert {each.fields["conflict"] for each in await story.lines("event")} == {""}


@pytest.mark.parametrize("weak", [False, True], ids=["strong", "weak"])
async def test_two_hundred_copies_at_once_are_one_event(story: Story, weak: bool) -> None:
    """T41"""
    callback = story.callback(story.text(), weak=weak)
    answers = await asyncio.gather(*(story.spool.receive(callback) for _ in range(200)))
    assert len({id_ for id_, _ in answers}) == 1
    assert sum(new for _, new in answers) == 1
    assert await story.events() == [("SmsReceived", "queued")]


async def test_a_strong_key_is_one_event_for_ever(story: Story) -> None:
    """T41"""
    callback = story.callback(story.text())
    id_, new = await story.spool.receive(callback)
    await story.spool.acknowledged(events=[id_])
    await mailed(story, {JO: Accepted("")})
    await story.reopened()
    assert new
    assert await story.spool.receive(callback) == (id_, False)


async def test_two_people_may_well_text_ok_twice(story: Story) -> None:
    """T43"""
    callback = story.callback(story.text("OK"), weak=True)
    first, _ = await story.spool.receive(callback)
    assert await story.spool.receive(callback) == (first, False), "not answered 200 yet"
    await story.spool.acknowledged(events=[first])
    second, new = await story.spool.receive(callback)
    assert new
    assert second != first


async def test_two_who_text_the_same_without_an_id_are_two_mails(story: Story) -> None:
    """T43"""
    for at in (NOW, NOW + 3600):
        await story.spool.receive(story.callback(story.text("OK"), weak=True, at=at))
    first, second = await story.spool.lease_events("me", 9, NOW + 3601, NOW + 4000)
    assert first.key != second.key


async def test_a_weak_copy_an_hour_later_is_a_text_of_its_own(story: Story) -> None:
    """T43"""
    await story.spool.receive(story.callback(story.text("OK"), weak=True))
    _, soon = await story.spool.receive(story.callback(story.text("OK"), weak=True, at=NOW + 3599))
    _, late = await story.spool.receive(story.callback(story.text("OK"), weak=True, at=NOW + 3600))
    assert (soon, late) == (False, True)


@pytest.mark.parametrize(
    ("event", "times"),
    [
        (Delayed("000001", (SAM,), "why", NOW), 1),
        (Truncated("000001", "hello", "more", ("a.pdf",), NOW), 1),
        (GatewayBlocked("LOGIN_INVALID", "login", NOW), 2),
    ],
    ids=lambda each: type(each).__name__ if not isinstance(each, int) else str(each),
)
async def test_what_is_told_once_is_told_once(
    story: Story, event: Delayed | Truncated | GatewayBlocked, times: int
) -> None:
    for each in (event, event, replace(event, at=NOW + 60)):
        await story.spool.accept(replace(story.mail(), events=(each,)))
    assert len(await story.events()) == times


async def test_what_a_sender_must_hear_is_stored_with_the_mail(story: Story) -> None:
    mail = story.mail()
    cut = Truncated(mail.id, "hello", "the rest", (), NOW)
    await story.spool.accept(replace(mail, events=(cut,)))
    (lease,) = await leased(story)
    assert lease.item == cut


# ---------------------------------------------------------------- told


async def test_an_event_is_leased_as_it_was_received(story: Story) -> None:
    mms = MmsReceived(SAM.digits, "party", "m9", ("a.jpg", "b.smil"), "", "42", "O2", NOW)
    id_, _ = await story.spool.receive(story.callback(mms, key="mms:m9"))
    (lease,) = await leased(story, NOW + 5)
    assert (lease.id, lease.item, lease.key, lease.first_at) == (id_, mms, "mms:m9", NOW)
    assert (lease.attempts, lease.parts, lease.done) == (0, (), ())
    assert await leased(story, NOW + 6) == []


async def test_an_event_whose_holder_died_is_mailed_again_under_its_key(story: Story) -> None:
    await story.spool.receive(story.callback(story.text(), key="k"))
    (dead,) = await leased(story)
    (lease,) = await leased(story, NOW + 60)
    assert lease.key == dead.key
    mailed_ = NoticeVerdict(Told.MAILED, None, done=(JO,))
    assert not await story.spool.settle_event(dead, mailed_, NOW + 61)
    assert not await story.spool.keep_parts(dead, [Part("a.jpg", "image/jpeg", b"")])
    assert await story.spool.settle_event(lease, mailed_, NOW + 61)
    assert await story.events() == [("SmsReceived", "mailed")]


async def test_a_mail_that_was_not_taken_is_due_again_for_those_who_lack_it(story: Story) -> None:
    await story.spool.receive(story.callback(story.text()))
    await mailed(story, {JO: Accepted(""), "amy@example.com": Deferred("451", "later")})
    assert await story.spool.next_due("notify") == NOW + 10
    (lease,) = await leased(story, NOW + 10)
    assert (lease.attempts, lease.done) == (1, (JO,))
    outcome = {"amy@example.com": Refused("550", "no such user")}
    verdict = judge_notice(POLICY, lease, outcome, NOW + 10)
    assert await story.spool.settle_event(lease, verdict, NOW + 10)
    assert await story.events() == [("SmsReceived", "dead"), ("Unmailed", "queued")]


async def test_fetched_files_are_kept_beside_their_event(story: Story) -> None:
    await story.spool.receive(story.callback(story.text()))
    (lease,) = await leased(story)
    first, second = Part("a.jpg", "image/jpeg", b"\xff\x00"), Part("b.txt", "text/plain", b"")
    assert await story.spool.keep_parts(lease, [first])
    assert await story.spool.keep_parts(lease, [first, second])
    (again,) = await leased(story, NOW + 60)
    assert set(again.parts) == {first, second}


async def test_an_event_that_nobody_hears_of_is_settled_so(story: Story) -> None:
    await story.spool.receive(story.callback(story.text()))
    await mailed(story, {})
    assert await story.events() == [("SmsReceived", "not-mailed")]
    assert await story.spool.next_due("notify") is None


async def test_an_event_that_nobody_can_read_is_dead_and_holds_up_no_other(story: Story) -> None:
    await story.spool.receive(story.callback(story.text("damaged"), key="k1"))
    await damage(story)
    await story.spool.receive(story.callback(story.text("whole"), key="k2"))
    assert [lease.key for lease in await leased(story)] == ["k2"]
    assert await leased(story, NOW + 1) == []
    (dead,) = await story.lines("event", "e1")
    assert dead.fields["state"] == "dead"
    assert dead.fields["reason"] == "this SmsReceived cannot be read: TypeError"
    assert await story.spool.next_due("notify") == NOW + 60


@pytest.mark.parametrize(
    "event",
    [
        Unmailed((JO, "amy@example.com"), "SmsReceived", "550", NOW),
        Unreadable("no fields", b"\x00\xff raw", NOW),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_what_no_callback_brought_is_stored_whole(story: Story, event: Event) -> None:
    await story.spool.accept(replace(story.mail(), events=(event,)))
    (lease,) = await leased(story)
    assert lease.item == event
