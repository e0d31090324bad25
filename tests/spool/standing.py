"""Deliveries that were brought to stand in each state, by nothing but what happens to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.core.events import Progress
from bridge.core.leases import SubmissionLease
from bridge.core.model import Msisdn, Text
from bridge.core.outcomes import Accepted, Deferred, Outcome, Refused, State
from bridge.core.promises import Mail
from tests.spool.conftest import HOST, NO_ANSWER, NOW, Story
from tests.spool.storm import FOLDING

LATER = Deferred("GATEWAY_ERROR", "not now")
NEVER = Refused("INVALID_NUMBER", "no such number")

_ANSWERS: dict[State, Outcome] = {
    State.QUEUED: LATER,
    State.UNKNOWN: NO_ANSWER,
    State.REJECTED: NEVER,
}
_REPORTS = {
    State.DELIVERED: Progress.DELIVERED,
    State.UNDELIVERABLE: Progress.UNDELIVERABLE,
    State.NET_EXPIRED: Progress.EXPIRED,
}


@dataclass
class Case:
    """A text to a number of its own, which had another one before, that the gateway took.

    `lease` is the last that somebody had on it, `now` when it came to stand so.
    """

    story: Story
    number: Msisdn
    before: str
    mail: Mail
    now: float
    lease: SubmissionLease | None = None

    @property
    def message_id(self) -> str:
        """The gateway's id for it, once it has one."""
        return f"g{self.mail.id}"

    async def state(self) -> State:
        """Where it stands."""
        return State(await self.story.state(self.mail.id))

    async def leased(self, now: float) -> None:
        """Somebody leases all that is due."""
        self.now = now
        found: Sequence[SubmissionLease] = await self.story.lease(now)
        self.lease = next((each for each in found if each.item.mail == self.mail.id), self.lease)

    async def begun(self) -> None:
        """Its request begins."""
        await self.leased(self.now)
        assert self.lease is not None
        assert await self.story.spool.begin(self.lease, HOST, self.now)

    async def answered(self, outcome: Outcome) -> None:
        """The gateway answers its request, or does not."""
        assert self.lease is not None
        assert await self.story.judged(self.lease, outcome, self.now)

    async def reported(self, message_id: str, progress: Progress, at: float) -> None:
        """The network says something of its number."""
        report = self.story.report(message_id, number=self.number.digits, progress=progress)
        await self.story.spool.receive(self.story.callback(report, key=f"{at}{report}", at=at))


async def standing(story: Story, state: State, n: int, *, doubted: bool = False) -> Case:
    """The n-th case of a store, in a state; `doubted`: it may have been sent once, that far."""
    at, number = NOW + n * 7200, Msisdn(f"44770090{n:04}")
    words = ["Disk full", "Disk full" if state is State.FOLDED else "Disk empty"]
    mails = [
        story.mail(number, texts=(Text(each),), profile="machine", at=at + t, folding=FOLDING)
        for t, each in enumerate(words)
    ]
    case = Case(story, number, f"g{mails[0].id}", mails[0], at)
    await story.spool.accept(mails[0])
    await case.begun()
    await case.answered(Accepted(case.before))
    await story.spool.accept(mails[1])
    case = Case(story, number, case.before, mails[1], at + 1)
    if state is not State.FOLDED:
        await _brought(case, state, doubted=doubted)
    assert await case.state() is state
    return case


async def _brought(case: Case, state: State, *, doubted: bool) -> None:
    if doubted and state is not State.UNKNOWN:
        await case.begun()
        await case.answered(NO_ANSWER)
        await case.leased(case.now + 60)
        await case.answered(NO_ANSWER)
    match state:
        case State.QUEUED if doubted:
            pass
        case State.CLAIMED:
            await case.leased(case.now)
        case State.HELD:
            await case.story.ordered("hold", case.mail.id, case.now)
        case State.DROPPED:
            await case.story.ordered("drop", case.mail.id, case.now)
        case State.EXPIRED:
            await case.leased(case.now + 3600)
            assert case.lease is not None
            await case.story.expired(case.lease, case.now)
        case _:
            await case.begun()
            if state is not State.SUBMITTING:
                await case.answered(_ANSWERS.get(state, Accepted(case.message_id)))
            if state in _REPORTS:
                await case.reported(case.message_id, _REPORTS[state], case.now)
