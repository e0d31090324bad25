"""The wall's clock is set while texts wait: each waits on as long as it was to, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bridge.core.events import Delayed, Undelivered
from bridge.core.judge import judge
from bridge.core.leases import NoticeVerdict, Told
from bridge.core.outcomes import Accepted, Deferred, Refused, State
from bridge.core.promises import Limits
from bridge.spool import leaping
from bridge.spool.clocks import LEAP, Steady
from bridge.spool.opening import open_spool
from bridge.spool.sqlite.file import open_file
from tests.spool.conftest import HOST, NO_ANSWER, NOW, POLICY, SAM, Story, later

HOUR, DAY = 3600.0, 86_400.0
DOWN = Deferred("DOWN", "no route to the host")
FAR = [DAY, -DAY, HOUR, -HOUR, 30 * DAY, -50 * 365 * DAY]
leaps = pytest.mark.parametrize(
    "by", FAR, ids=["+1 d", "-1 d", "+1 h", "-1 h", "+30 d", "-50 years"]
)


@dataclass
class Watch:
    """The clock on the wall, which can be set, and the seconds that pass."""

    wall: float = NOW
    ticks: float = 0.0

    def steady(self) -> Steady:
        return Steady(lambda: self.wall, lambda: self.ticks)

    def passes(self, seconds: float) -> None:
        """Time passes."""
        self.wall += seconds
        self.ticks += seconds


@dataclass
class Timed(Story):
    """A store on a test's watch."""

    watch: Watch = None  # type: ignore[assignment]  # set by the fixture

    @property
    def now(self) -> float:
        return self.spool.now()

    async def set(self, by: float) -> None:
        """Somebody sets the clock, and the daemon sees it."""
        self.watch.wall += by
        assert await self.spool.keep_time() == pytest.approx(by)
        assert self.now == pytest.approx(self.watch.wall)

    async def reopened_on(self, watch: Watch) -> None:
        """The next daemon, by whatever clock."""
        await self.spool.close()
        self.watch = watch
        self.spool = await open_spool(self.url, daemon=True, clock=watch.steady())


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Timed]:
    """A store of which the daemon has just opened, and looked at the clock."""
    watch = Watch()
    url = f"sqlite:///{tmp_path}/spool.db"
    found = Timed(url, await open_spool(url, daemon=True, clock=watch.steady()), watch=watch)
    assert await found.spool.keep_time() == 0.0
    yield found
    await found.spool.close()


async def in_back_off(story: Timed) -> float:
    await story.sent(DOWN, story.now)
    return 5.0


async def in_doubt(story: Timed) -> float:
    await story.sent(NO_ANSWER, story.now)
    return 60.0


async def held(story: Timed) -> float:
    await story.ordered("hold", "000001", story.now)
    return HOUR


async def leased(story: Timed) -> float:
    await story.one(story.now)
    return 60.0


async def just_accepted(story: Timed) -> float:
    return 0.0


@leaps
async def test_a_mail_that_was_taken_before_and_is_promised_after_has_all_its_time(
    story: Timed, by: float
) -> None:
    mail = story.mail(at=story.now)
    await story.set(by)
    assert await story.spool.accept(mail) == mail.id
    lease = await story.one(story.now)
    assert lease.item.expires_at - story.now == pytest.approx(HOUR)


@leaps
async def test_a_node_that_did_not_hear_of_the_leap_yet_promises_by_the_time_as_it_is(
    story: Timed, by: float
) -> None:
    other = await open_spool(story.url, daemon=False, clock=story.watch.steady())
    assert await other.keep_time() == 0.0
    mail = story.mail(at=story.now)
    story.watch.wall += by
    assert await other.keep_time() == pytest.approx(by)
    assert await story.spool.accept(mail) == mail.id
    (lease,) = await other.lease_submissions("us", 9, other.now(), other.now() + 60)
    assert lease.item.expires_at - other.now() == pytest.approx(HOUR)
    await other.close()


@pytest.mark.parametrize(
    ("kept", "by", "joins"),
    [(1.0, 0.0, False), (6.0, 0.0, True), (0.2, HOUR, False), (0.2, -HOUR, False)],
    ids=["at once", "kept waiting", "+1 h", "-1 h"],
)
async def test_the_same_alert_over_a_second_connection_is_another_unless_we_kept_it_waiting(
    story: Timed, kept: float, by: float, joins: bool
) -> None:
    mail = story.mail(at=story.now)
    story.watch.passes(0.1)
    copy = later(mail, 0.1)
    await story.spool.accept(copy)
    await story.spool.acknowledged([copy.id])
    await story.ordered("hold", copy.id, story.now)
    story.watch.passes(kept)
    if by:
        await story.set(by)
    assert await story.spool.accept(mail) == (copy.id if joins else mail.id)


@leaps
async def test_a_late_report_settles_what_is_held_in_doubt_all_the_same(
    story: Timed, by: float
) -> None:
    await story.spool.acknowledged([await story.spool.accept(story.mail(at=story.now))])
    await story.sent(NO_ANSWER, story.now)
    story.watch.passes(61)
    await story.judged(await story.one(story.now), NO_ANSWER, story.now)
    await story.told(story.now)
    story.watch.passes(HOUR)
    await story.spool.remind(story.now)  # nothing else of the mail waits now
    await story.set(by)
    story.watch.passes(60)
    report = story.report("77", at=story.now)
    await story.spool.receive(story.callback(report, at=story.now))
    assert await story.state() == State.DELIVERED


async def test_what_is_put_off_while_the_clock_is_set_forward_waits_as_long_as_it_was_to(
    story: Timed,
) -> None:
    await story.spool.accept(story.mail(at=story.now))
    lease = await story.one(story.now)
    assert await story.spool.begin(lease, HOST, story.now)
    await story.set(DAY)
    assert await story.judged(lease, DOWN, story.now)
    story.watch.passes(4)
    assert await story.lease(story.now) == []
    story.watch.passes(1)
    await story.one(story.now)


WAITS = [in_back_off, in_doubt, held, leased, just_accepted]


@leaps
@pytest.mark.parametrize("waits", WAITS)
async def test_what_waits_waits_on_as_long_as_it_was_to(
    story: Timed, by: float, waits: Callable[[Timed], Awaitable[float]]
) -> None:
    await story.spool.accept(story.mail())
    seconds = await waits(story)
    await story.set(by)
    if seconds:
        story.watch.passes(seconds - 1)
        assert await story.lease(story.now) == []
        story.watch.passes(1)
    lease = await story.one(story.now)
    assert lease.item.expires_at - story.now == pytest.approx(HOUR - seconds)


@leaps
async def test_a_text_expires_by_its_age(story: Timed, by: float) -> None:
    await story.spool.accept(story.mail())
    await story.sent(DOWN, story.now)
    story.watch.passes(HOUR / 2)
    await story.set(by)
    story.watch.passes(HOUR / 2 - 1)
    lease = await story.sent(DOWN, story.now)
    assert lease.item.expires_at > story.now
    story.watch.passes(1)
    await story.expired(await story.one(story.now), story.now)
    assert await story.state() == State.EXPIRED


@leaps
async def test_nothing_happens_between_the_leap_and_the_look_at_it(story: Timed, by: float) -> None:
    await story.spool.accept(story.mail())
    await story.sent(DOWN, story.now)
    story.watch.wall += by
    assert await story.lease(story.now) == []
    story.watch.passes(5)
    assert await story.one(story.now)


@leaps
async def test_what_is_in_hand_is_settled_all_the_same(story: Timed, by: float) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one(story.now)
    assert await story.spool.begin(lease, HOST, story.now)
    await story.set(by)
    assert await story.lease(story.now) == [], "nobody else takes it"
    assert await story.judged(lease, DOWN, story.now)
    story.watch.passes(5)
    await story.sent(Accepted("1"), story.now)


@leaps
async def test_a_verdict_of_just_before_the_leap_means_the_same_after_it(
    story: Timed, by: float
) -> None:
    await story.spool.accept(story.mail())
    lease = await story.one(story.now)
    assert await story.spool.begin(lease, HOST, story.now)
    before = story.now
    verdict = judge(POLICY, lease, {SAM: DOWN}, before)
    story.watch.wall += by
    leapt, kept = await asyncio.gather(
        story.spool.keep_time(), story.spool.settle(lease, verdict, before)
    )
    assert kept
    assert leapt == pytest.approx(by)
    assert await story.spool.next_due("submit") == pytest.approx(story.now + 5)


@leaps
async def test_who_looked_at_the_clock_just_before_the_leap_leases_nothing(
    story: Timed, by: float
) -> None:
    await story.spool.accept(story.mail())
    await story.sent(DOWN, story.now)
    before, story.watch.wall = story.now, story.watch.wall + by
    _, found = await asyncio.gather(
        story.spool.keep_time(),
        story.spool.lease_submissions("us", 9, before + 9, before + 69),
    )
    assert found == ()


@leaps
async def test_a_mail_of_ours_is_tried_again_as_it_was_to_be(story: Timed, by: float) -> None:
    await story.spool.accept(story.mail())
    await story.sent(Refused("INVALID_NUMBER", "no such number"), story.now)
    story.watch.passes(10)
    (lease,) = await story.spool.lease_events("us", 9, story.now, story.now + 60)
    assert isinstance(lease.item, Undelivered)
    later = NoticeVerdict(Told.QUEUED, story.now + 600, "the server is away")
    await story.spool.settle_event(lease, later, story.now)
    await story.set(by)
    story.watch.passes(599)
    assert await story.told(story.now) == []
    story.watch.passes(1)
    (again,) = await story.spool.lease_events("us", 9, story.now, story.now + 60)
    assert story.now - again.first_at == pytest.approx(610), "it is given up by its age"


@leaps
async def test_its_sender_hears_after_a_quarter_of_an_hour_that_it_waits(
    story: Timed, by: float
) -> None:
    await story.spool.accept(story.mail())
    await story.ordered("hold", "000001", story.now)
    story.watch.passes(600)
    await story.set(by)
    story.watch.passes(299)
    assert await story.spool.remind(story.now) == 0
    story.watch.passes(1)
    assert await story.spool.remind(story.now) == 1
    assert [type(each) for each in await story.told(story.now)] == [Delayed]


@leaps
async def test_a_report_settles_a_doubt_across_a_leap(story: Timed, by: float) -> None:
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER, story.now)
    await story.set(by)
    story.watch.passes(1)
    await story.spool.receive(story.callback(story.report("77", at=story.now), at=story.now))
    assert await story.state() == State.DELIVERED


async def test_a_clock_that_is_set_and_set_right_again_leaves_everything_as_it_was(
    story: Timed,
) -> None:
    await story.spool.accept(story.mail())
    await story.sent(DOWN, story.now)
    await story.set(DAY)
    await story.set(-DAY)
    assert await story.spool.next_due("submit") == pytest.approx(NOW + 5)


@leaps
async def test_nothing_is_erased_for_an_hour_after(story: Timed, by: float) -> None:
    await story.spool.accept(story.mail())
    await story.spool.acknowledged(mails=["000001"])
    await story.sent(Refused("INVALID_NUMBER", "no such number"), story.now)
    story.watch.passes(10)
    await story.told(story.now)
    story.watch.passes(DAY)
    await story.set(by)

    async def erased() -> int:
        return await story.spool.sweep(
            story.now, bodies_before=story.now + DAY * 99, history_before=0
        )

    story.watch.passes(HOUR - 1)
    assert await erased() == 0
    story.watch.passes(1)
    assert await erased() > 0


# ---------------------------------------------------------------- while nobody ran


async def test_a_clock_set_back_while_nobody_ran_shows_at_the_start(story: Timed) -> None:
    await story.spool.accept(story.mail())
    await story.sent(DOWN, story.now)
    await story.reopened_on(Watch(wall=NOW - DAY))
    assert await story.spool.keep_time() == pytest.approx(-DAY)
    assert await story.lease(story.now) == []
    story.watch.passes(5)
    assert (await story.one(story.now)).item.expires_at == pytest.approx(NOW - DAY + HOUR)


async def test_a_clock_set_forward_while_nobody_ran_is_a_long_rest(story: Timed) -> None:
    await story.spool.accept(story.mail())
    await story.reopened_on(Watch(wall=NOW + DAY))
    assert await story.spool.keep_time() == 0.0
    await story.expired(await story.one(story.now), story.now)


# ---------------------------------------------------------------- the clock itself


@pytest.mark.parametrize("by", [LEAP - 1, 1 - LEAP])
async def test_a_drift_is_made_up_for_little_by_little_and_never_backwards(
    story: Timed, by: float
) -> None:
    story.watch.wall += by
    latest = story.now
    for _ in range(2000):
        story.watch.passes(1)
        assert await story.spool.keep_time() == 0.0
        assert story.now > latest
        assert story.now - latest < 1.1
        latest = story.now
    assert latest == pytest.approx(story.watch.wall)


def test_of_two_that_see_a_leap_one_follows_it(tmp_path: Path) -> None:
    file = open_file(f"/{tmp_path}/spool.db", daemon=True)
    known = leaping.leaps(file.writing)
    assert leaping.leap(file.writing, DAY, known=known, now=NOW)
    assert not leaping.leap(file.writing, DAY, known=known, now=NOW)
    assert leaping.leaps(file.writing) == (1, DAY)
    file.writing.close()
    file.close()


@leaps
async def test_t71_a_limits_window_is_neither_opened_nor_shut(story: Timed, by: float) -> None:
    limits = Limits(per_number=1)

    async def texted() -> str:
        mail = replace(story.mail(at=story.now), limits=limits)
        return await story.state(await story.spool.accept(mail))

    assert [await texted() for _ in range(2)] == ["queued", "held"]
    await story.set(by)
    (line,) = [each for each in await story.lines("delivery") if each.fields["state"] == "held"]
    assert 600 <= float(str(line.fields["goes_at"])) - story.now <= 660
    assert await story.spool.free(lambda *_: limits, story.now) == 0
    assert await texted() == "held"
    story.watch.passes(660)
    assert await story.spool.free(lambda *_: limits, story.now) == 1


async def test_t71_nor_is_it_where_the_clock_was_set_back_while_nobody_ran(story: Timed) -> None:
    limits = Limits(per_day=1)
    for state in ("queued", "held"):
        mail = replace(story.mail(at=story.now), limits=limits)
        assert await story.state(await story.spool.accept(mail)) == state
        if state == "queued":
            await story.spool.alive()
            await story.reopened_on(Watch(NOW - 3 * DAY))
            await story.spool.keep_time()
