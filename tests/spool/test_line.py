"""What was accepted for a number goes in its order, and nobody waits for another number."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from bridge.core.commands import Command
from bridge.core.consent import OptoutChange
from bridge.core.credit import USED_UP
from bridge.core.judge import SUBMIT_BACKOFF
from bridge.core.leases import SubmissionLease
from bridge.core.model import Destination, ListName, Msisdn, Text
from bridge.core.outcomes import Accepted, Blocked, Deferred, Outcome, Refused
from bridge.spool.leasing import LOOKS
from bridge.spool.line import PATIENCE
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story

DOWN = Deferred("NOT_SENT", "no route to the host")
TAKEN = Accepted("id")


async def two(story: Story, first: Outcome = DOWN) -> tuple[str, str]:
    """Two mails to Sam, of which the first was tried."""
    ids = [await story.spool.accept(story.mail(at=NOW + n)) for n in range(2)]
    await story.sent(first, NOW + 1)
    return ids[0], ids[1]


async def leased(story: Story, now: float) -> list[str]:
    """The mails of which something goes now."""
    return [each.item.mail for each in await story.lease(now)]


async def test_a_later_text_waits_while_an_earlier_one_is_to_be_tried_again(story: Story) -> None:
    first, second = await two(story)
    assert await leased(story, NOW + 5) == []
    lease = await story.sent(TAKEN, NOW + 6)
    assert lease.item.mail == first
    lease = await story.sent(TAKEN, NOW + 6)
    assert lease.item.mail == second, "at once: it has no back-off of its own"
    assert lease.pending[0].failures == 0


async def test_a_later_text_waits_while_an_earlier_one_is_under_way(story: Story) -> None:
    for _ in range(2):
        await story.spool.accept(story.mail())
    first = await story.one()
    assert await story.lease() == []
    await story.sent(TAKEN, lease=first)
    await story.one()


async def refused(story: Story, first: str) -> None:
    await story.sent(Refused("INVALID_NUMBER", "no such number"), NOW + 6)


async def in_doubt(story: Story, first: str) -> None:
    await story.sent(NO_ANSWER, NOW + 6)


async def too_dear(story: Story, first: str) -> None:
    await story.sent(Deferred(USED_UP, "dearer than what is left", 600), NOW + 6)


async def held(story: Story, first: str) -> None:
    await story.ordered("hold", first, NOW + 6)


async def dropped(story: Story, first: str) -> None:
    await story.ordered("drop", first, NOW + 6)


@pytest.mark.parametrize("ends", [refused, in_doubt, too_dear, held, dropped])
async def test_what_leaves_the_line_lets_the_next_one_go(
    story: Story, ends: Callable[[Story, str], Awaitable[None]]
) -> None:
    first, second = await two(story)
    assert await leased(story, NOW + 2) == []
    await ends(story, first)
    assert await leased(story, NOW + 6) == [second]


async def test_what_the_gateway_puts_off_again_and_again_waits_by_itself(story: Story) -> None:
    first, second = await two(story, Deferred("GATEWAY_ERROR", "try later"))
    now = NOW + 1
    for _ in range(PATIENCE - 1):
        now = await story.spool.next_due("submit") or 0.0
        assert (await story.sent(Deferred("GATEWAY_ERROR", "x"), now)).item.mail == first
    assert await leased(story, now) == [second]


async def test_what_no_host_was_there_for_goes_first_however_often_it_was_tried(
    story: Story,
) -> None:
    first, _ = await two(story)
    now = NOW + 1
    for _ in range(PATIENCE + 2):
        now = await story.spool.next_due("submit") or 0.0
        assert (await story.sent(DOWN, now)).item.mail == first
    assert await leased(story, now) == []


async def test_an_answer_after_an_outage_is_the_first_that_puts_a_text_off(story: Story) -> None:
    """A gateway that comes back is busy at first; the tries before it failed for want of it."""
    first, _ = await two(story)
    now = NOW + 1
    for outcome in [*[DOWN] * PATIENCE, Deferred("BUSY", "try again")]:
        now = await story.spool.next_due("submit") or 0.0
        assert (await story.sent(outcome, now)).item.mail == first
    assert await leased(story, now) == []
    due = await story.spool.next_due("submit") or 0.0
    assert due - now < SUBMIT_BACKOFF[1], "nor is its back-off the outage's"
    lease = await story.sent(TAKEN, due)
    assert (lease.item.mail, lease.pending[0].failures) == (first, 1)


async def test_what_an_operator_took_out_of_the_line_is_in_it_no_more(story: Story) -> None:
    first, second = await two(story)
    assert await leased(story, NOW + 2) == []
    await story.ordered("hold", second, NOW + 3)
    assert (await story.sent(TAKEN, NOW + 6)).item.mail == first
    await story.ordered("release", second, NOW + 7)
    await story.sent(Deferred("BUSY", "try again", 500), NOW + 7)
    third = await story.spool.accept(story.mail(at=NOW + 8))
    await story.ordered("drop", third, NOW + 8)
    assert await leased(story, NOW + 9) == [], "its back-off stands"


async def test_what_expires_lets_the_next_one_go(story: Story) -> None:
    _, second = await two(story)
    assert await leased(story, NOW + 2) == []
    lease = await story.one(NOW + 3600)
    await story.expired(lease, NOW + 3600)
    assert await leased(story, NOW + 3600) == [second]


async def test_what_was_refused_for_credit_goes_first_when_the_lane_goes_again(
    story: Story,
) -> None:
    first, _ = await two(story, Blocked(USED_UP, "no credit"))
    await story.spool.resume(NOW + 90)
    assert await leased(story, NOW + 90) == [first]


async def test_the_other_numbers_of_a_mail_do_not_wait(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(DOWN)
    both = await story.spool.accept(story.mail(SAM, ALEX))
    lease = await story.one(NOW + 1)
    assert [each.destination for each in lease.pending] == [ALEX]
    assert await story.spool.begin(lease, HOST, NOW + 1)
    first = await story.one(NOW + 5)
    await story.sent(TAKEN, NOW + 5, lease=first)
    lease_of_sam = await story.one(NOW + 5)
    assert lease_of_sam.item.mail == both
    await story.sent(TAKEN, NOW + 5, lease=lease_of_sam)
    assert await story.judged(lease, TAKEN, NOW + 5), "each is settled by itself"


async def test_what_waits_for_a_host_alone_is_recalled_and_keeps_its_place(story: Story) -> None:
    first, second = await two(story)
    busy = await story.spool.accept(story.mail(ALEX))
    await story.sent(Deferred("BUSY", "try again"), NOW + 1)
    assert await story.spool.recall(DOWN.token, NOW + 2) == 1
    assert await leased(story, NOW + 2) == [first]
    assert second
    assert await leased(story, NOW + 6) == [busy]


async def test_a_list_has_a_line_of_its_own(story: Story) -> None:
    await story.spool.accept(story.mail(ListName("447700900123")))
    await story.sent(DOWN)
    await story.spool.accept(story.mail(SAM))
    await story.one()
    await story.spool.accept(story.mail(ListName("447700900123")))
    assert await story.lease() == []


async def test_all_parts_of_a_text_go_before_the_next_text(story: Story) -> None:
    long = await story.spool.accept(story.mail(texts=(Text("one"), Text("two"))))
    short = await story.spool.accept(story.mail())
    sent = [(await story.sent(TAKEN)).item for _ in range(3)]
    assert [(each.mail, each.part) for each in sent] == [(long, 1), (long, 2), (short, 1)]


async def test_nothing_waits_for_parts_that_wait_for_one_in_doubt(story: Story) -> None:
    await story.spool.accept(story.mail(texts=(Text("one"), Text("two"), Text("three"))))
    await story.sent(NO_ANSWER)
    short = await story.spool.accept(story.mail())
    assert await leased(story, NOW + 1) == [short]


async def test_one_who_stops_holds_up_nobody(story: Story) -> None:
    await two(story)
    await story.spool.accept(story.mail(ALEX))
    await story.spool.optout(OptoutChange(SAM.digits, True, NOW + 2, "with STOP"))
    lease = await story.one(NOW + 2)
    assert [each.destination for each in lease.pending] == [ALEX]


async def test_a_long_line_holds_up_no_other_number(story: Story) -> None:
    for at in range(2 * LOOKS + 10):
        await story.spool.accept(story.mail(SAM, at=NOW - 10 + at / 1e6))
    other = await story.spool.accept(story.mail(ALEX))
    found: list[SubmissionLease] = []
    for _ in range(3):
        await story.spool.woken("submit", 0)
        found += await story.spool.lease_submissions("us", 8, NOW, NOW + 60)
    assert [each.item.mail for each in found] == ["000001", other]


# ---------------------------------------------------------------- whatever happens

PHONES = (SAM, ALEX, Msisdn("447700900125"))
OUTCOMES: list[Outcome] = [*[TAKEN] * 5, *[DOWN] * 3, NO_ANSWER, Refused("X", "no")]
COMMANDS: tuple[Command, ...] = ("hold", "release", "retry", "drop")


@dataclass
class Random:
    """Mails, answers, crashes and commands as they come, and what the gateway took."""

    story: Story
    chance: random.Random
    now: float = NOW
    mails: list[str] = field(default_factory=list)
    excused: set[str] = field(default_factory=set)
    hands: list[SubmissionLease] = field(default_factory=list)
    took: dict[Destination, list[tuple[str, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    async def accepts(self) -> None:
        phones = self.chance.sample(PHONES, self.chance.choice((1, 1, 2, 3)))
        texts = (Text("one"), Text("two"))[: self.chance.choice((1, 1, 1, 2))]
        profile = self.chance.choice(("person", "machine"))
        mail = self.story.mail(*phones, texts=texts, profile=profile, at=self.now)
        self.mails.append(await self.story.spool.accept(mail))

    async def leases(self) -> None:
        self.hands += await self.story.spool.lease_submissions(
            "us", self.chance.choice((1, 2, 8)), self.now, self.now + 60
        )

    async def sends(self) -> None:
        if self.hands:
            await self.work(self.hands.pop(self.chance.randrange(len(self.hands))), OUTCOMES)

    async def work(self, lease: SubmissionLease, outcomes: list[Outcome]) -> None:
        if self.now >= lease.until:
            return
        if lease.orphaned:
            self.excused.add(lease.item.mail)
            await self.story.judged(lease, NO_ANSWER, self.now)
            return
        if not await self.story.spool.begin(lease, HOST, self.now):
            return
        found = {each.destination: self.chance.choice(outcomes) for each in lease.pending}
        for to, outcome in found.items():
            if isinstance(outcome, Accepted):
                self.took[to].append((lease.item.mail, lease.item.part))
            if outcome is NO_ANSWER:
                self.excused.add(lease.item.mail)
        await self.story.judged(lease, found, self.now)

    async def crashes(self) -> None:
        for each in self.hands:
            if self.chance.random() < 0.5 and not each.orphaned:
                await self.story.spool.begin(each, HOST, self.now)
                self.excused.add(each.item.mail)
        self.hands.clear()
        await self.story.reopened()

    async def commands(self) -> None:
        if self.mails:
            mail = self.chance.choice(self.mails)
            self.excused.add(mail)
            await self.story.ordered(self.chance.choice(COMMANDS), mail, self.now)

    async def waits(self) -> None:
        self.now += self.chance.choice((0.1, 1, 5, 20))

    async def ends(self) -> None:
        """Let all that still waits go, long before it expires."""
        for _ in range(200):
            await self.leases()
            while self.hands:
                await self.work(self.hands.pop(0), [TAKEN])
            self.now += 5


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_each_number_is_texted_in_order_and_nobody_is_forgotten(
    story: Story, seed: int
) -> None:
    run = Random(story, random.Random(seed))
    steps = [run.accepts] * 4 + [run.leases] * 4 + [run.sends] * 6 + [run.waits] * 3
    if "sqlite" in story.url:  # there is one daemon, and all leases were its
        steps.append(run.crashes)
    steps.append(run.commands)
    for _ in range(150):
        await run.chance.choice(steps)()
    await run.ends()
    for to, took in run.took.items():
        in_order = [each for each in took if each[0] not in run.excused]
        assert in_order == sorted(set(in_order)), to
    left = set((await story.states()).values())
    assert not left & {"queued", "claimed", "submitting", "in-doubt"}
