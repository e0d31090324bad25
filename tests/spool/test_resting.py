"""A lane rests while the gateway refuses the account; a good balance may wake it in vain."""

from __future__ import annotations

from bridge.core.judge import PROBE_INTERVAL, RELAPSE
from bridge.core.outcomes import Accepted, Blocked
from tests.spool.conftest import ALEX, NO_ANSWER, NOW, SAM, Story

ALLOWANCE = Blocked("DAILY_ALLOWANCE_EXCEEDED", "no more today")
LOGIN = Blocked("LOGIN_INVALID", "login")
TOLD = ("GatewayBlocked", "queued")


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
    await story.spool.rest(NOW + 120)
    assert await story.spool.next_due("submit") == NOW + 120
    await story.spool.resume(NOW + 70)
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
    await story.spool.rest(NOW + 9999)
    assert await story.spool.next_due("submit") == NOW + 3600
    await story.expired(await story.one(NOW + 3600), NOW + 3600)


async def refused(story: Story, now: float, outcome: Blocked = ALLOWANCE) -> float:
    """The text that is due is refused; how long the lane rests until its probe."""
    await story.sent(outcome, now, lease=(await story.lease(now))[0])
    lane = (await story.spool.lanes(now))[0]
    assert (lane.paused_since, lane.token) == (now, outcome.token)
    assert lane.probe_at is not None
    return lane.probe_at - now


async def test_a_gateway_that_goes_on_refusing_is_told_once_and_asked_less_and_less(
    story: Story,
) -> None:
    await story.spool.accept(story.mail())
    now, waits = NOW, []
    for _ in range(5):
        waits.append(await refused(story, now))
        now += waits[-1]
        await story.spool.resume(now)
    assert waits == [60, 120, 240, 480, 960]
    assert await story.events() == [TOLD]


async def test_a_probe_that_fails_is_made_again_as_often_as_asked(story: Story) -> None:
    await story.spool.accept(story.mail())
    await refused(story, NOW)
    await story.spool.rest(NOW + 120)
    assert (await story.spool.lanes(NOW))[0].probe_at == NOW + 120


async def test_a_lane_that_goes_says_nothing_of_its_last_rest(story: Story) -> None:
    await story.spool.accept(story.mail())
    await refused(story, NOW)
    await story.spool.resume(NOW + 60)
    lane = (await story.spool.lanes(NOW + 60))[0]
    assert (lane.paused_since, lane.token, lane.reason, lane.probe_at) == (None, "", "", None)


async def test_what_the_gateway_took_in_between_makes_it_another_rest(story: Story) -> None:
    await story.spool.accept(story.mail(SAM))
    await story.spool.accept(story.mail(ALEX))
    await refused(story, NOW)
    await story.spool.resume(NOW + 60)
    taken, _ = await story.lease(NOW + 60)
    await story.sent(Accepted("1"), NOW + 60, lease=taken)
    assert await refused(story, NOW + 120) == PROBE_INTERVAL
    assert await story.events() == [TOLD, TOLD]


async def test_another_reason_makes_it_another_rest(story: Story) -> None:
    await story.spool.accept(story.mail())
    await refused(story, NOW)
    await story.spool.resume(NOW + 60)
    assert await refused(story, NOW + 60, LOGIN) == PROBE_INTERVAL
    assert await story.events() == [TOLD, TOLD]


async def test_an_hour_without_a_word_makes_it_another_rest(story: Story) -> None:
    """Nothing was sent meanwhile, so nothing was accepted: yet nobody remembers the old mail."""
    await story.spool.accept(story.mail(at=NOW))
    await refused(story, NOW)
    await story.spool.resume(NOW + 60)
    now = NOW + 60 + RELAPSE
    await story.expired((await story.lease(now))[0], now)
    await story.spool.accept(story.mail(at=now))
    assert await refused(story, now) == PROBE_INTERVAL
    kinds = [kind for kind, _ in await story.events()]
    assert kinds.count("GatewayBlocked") == 2
