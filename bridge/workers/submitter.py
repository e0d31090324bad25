"""The worker of the road out: lease a submission, send it, settle it.

The order is the promise: `begin` is durable before the first byte leaves, and whatever happens
after it is settled by `judge` on evidence, or comes back as in doubt.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from bridge import maillog
from bridge.clients.asking import ask_one
from bridge.clients.contract import Uplink
from bridge.core.credit import USED_UP, too_dear
from bridge.core.events import Event
from bridge.core.judge import backoff, judge, overdue
from bridge.core.leases import Delivery, SubmissionLease, Verdict
from bridge.core.model import Destination
from bridge.core.outcomes import (
    NOT_SENT,
    Blocked,
    Deferred,
    InDoubt,
    Outcome,
)
from bridge.core.policy import Policy
from bridge.gateways.contract import Gateway, NotSent, Request, Unanswered, Untrusted
from bridge.spool.contract import Hand, Spool, Unavailable
from bridge.workers.alarms import Alarms
from bridge.workers.balance import weigh
from bridge.workers.loop import LeaseLost, Loop, written

JITTER = 0.2
TOO_DEAR_BACKOFF = (60.0, 120.0, 300.0, 600.0)
"""Seconds, at least, after which a text is tried again that costs more than the credit left."""

Outcomes = Mapping[Destination, Outcome]


class Submitter:
    """Carries submissions from the spool to the gateway.

    `lease_time` (seconds) must exceed all that one lease can take: two hosts' time-outs, and the
    settlement.
    """

    def __init__(
        self,
        policy: Policy,
        spool: Spool,
        gateway: Gateway,
        uplink: Uplink,
        *,
        owner: str,
        hands: int,
        lease_time: float,
        low_balance: float,
        clock: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._spool = spool
        self._gateway = gateway
        self._uplink = uplink
        self._owner = owner
        self._lease_time = lease_time
        self._low_balance = low_balance
        self._clock = clock
        self._hands = hands
        self._alarms = Alarms()
        self.loop: Loop[SubmissionLease] = Loop(
            "submit",
            spool,
            hands=hands,
            lease=self._lease,
            work=self.submit,
            names=lambda lease: [each.id for each in lease.pending],
            clock=clock,
            leave=self._leave,
        )
        spool.offer(self._free_hand)

    def _free_hand(self) -> Hand | None:
        """A hand for what is accepted just now, while nothing else is to be sent by it."""
        if self._uplink.at_once(self._hands) < self._hands or not self.loop.keep():
            return None
        return Hand(self._owner, self._uplink.order()[0], self._lease_time, self.loop.put)

    async def _lease(self, limit: int) -> Sequence[SubmissionLease]:
        """Lease for the free hands; while no host is known to work, little that needs one."""
        under_way = self._hands - limit
        may_be_sent = self._uplink.at_once(self._hands) - under_way
        now = self._clock()
        return await self._spool.lease_submissions(
            self._owner,
            min(limit, may_be_sent) if may_be_sent > 0 else limit,
            now,
            now + self._lease_time,
            unsent=may_be_sent <= 0,
            host=self._uplink.order()[0],
        )

    async def submit(self, lease: SubmissionLease) -> None:
        """Send one leased submission, or judge it unsent; settled on return."""
        try:
            verdict = await self._verdict(lease)
        except LeaseLost:
            return
        await self._settle(lease, verdict)

    async def _verdict(self, lease: SubmissionLease) -> Verdict:
        leased_at = lease.until - self._lease_time  # by the clock as it was, if it was set since
        if lease.orphaned:
            outcomes: Outcomes = {each.destination: _unanswered(each) for each in lease.pending}
            return judge(self._policy, lease, outcomes, leased_at)
        late = overdue(lease, leased_at)
        if late is not None:
            return late
        outcomes, alarms = await self._send(lease)
        now = self._clock()
        verdict = judge(self._policy, lease, outcomes, now)
        if alarms:
            verdict = replace(verdict, events=(*verdict.events, *alarms))
        return _jittered(verdict, now)

    async def _send(self, lease: SubmissionLease) -> tuple[Outcomes, list[Event]]:
        """Try the hosts in turn until one has processed the request, or may have.

        With what became of each destination comes what the operator must hear: an account that one
        host refuses is blocked if no other host could be asked, and a matter for the operator even
        if another one took the text.
        """
        destinations = [each.destination for each in lease.pending]
        try:
            request = self._gateway.submit_request(lease.item, destinations)
        except Exception:
            await self._leave(lease)
            raise
        resent = next((each.host for each in lease.pending if each.resends), "")
        outcomes: Outcomes = {}
        blocked: Outcomes = {}
        alarms: list[Event] = []
        for host in self._uplink.order(avoid=resent):
            await self._begin(lease, host)
            began = self._clock()
            outcomes = await self._attempt(host, request, destinations)
            now = self._clock()
            maillog.answered(lease.item.id, host=host, took=now - began)
            outcomes = await self._afforded(lease, host, outcomes)
            alarms += self._alarms.raised(host, outcomes, now)
            if not all(_elsewhere(outcome) for outcome in outcomes.values()):
                break
            if any(isinstance(outcome, Blocked) for outcome in outcomes.values()):
                blocked = outcomes
            lease = replace(lease, begun="")  # what began with it was this request alone
        if blocked and all(isinstance(outcome, Deferred) for outcome in outcomes.values()):
            outcomes = blocked
        if any(isinstance(outcome, Blocked) for outcome in outcomes.values()):
            alarms = []  # the verdict itself tells of a blocked account, and lets the lane rest
        return outcomes, alarms

    async def _begin(self, lease: SubmissionLease, host: str) -> None:
        """Record the request before its first byte; raises `LeaseLost`.

        Where we are about to stop it is given back instead: cut off, it would be in doubt.
        """
        if self.loop.stopping:
            with suppress(Unavailable):  # the lease runs out, too
                await self._spool.give_back(lease, self._clock())
            raise LeaseLost
        begun = await written(
            lambda: self._spool.begin(lease, host, self._clock()),
            within=self._lease_time,
            item=lease.item.id,
        )
        if not begun:
            raise LeaseLost
        maillog.submitting(
            lease.item.id,
            host=host,
            recipients=len(lease.pending),
            attempt=lease.pending[0].attempts + 1,
        )

    async def _leave(self, lease: SubmissionLease) -> None:
        """Let go of what cannot be sent now, until its lease would have run out.

        Had its request begun with its lease, it would be in doubt then.
        """
        if lease.begun:
            with suppress(Unavailable):
                await self._spool.give_back(lease, self._clock(), after=lease.lasts)

    async def _attempt(
        self, host: str, request: Request, destinations: Sequence[Destination]
    ) -> Outcomes:
        self._uplink.tried()
        try:
            response = await self._uplink.perform(host, request, silent=self.loop.aside())
        except NotSent as error:
            untrusted = isinstance(error, Untrusted)
            why = Deferred(NOT_SENT, str(error), for_operator=untrusted)
            return dict.fromkeys(destinations, why)
        except Unanswered as error:
            self._uplink.report(host, ok=False)
            return dict.fromkeys(destinations, InDoubt("NO_ANSWER", str(error)))
        outcomes = self._gateway.submit_outcomes(destinations, response)
        failed = all(isinstance(o, Deferred | InDoubt) for o in outcomes.values())
        self._uplink.report(host, ok=not failed, text=True)
        return outcomes

    async def _afforded(self, lease: SubmissionLease, host: str, outcomes: Outcomes) -> Outcomes:
        """The outcomes; of a text that is too dear for what is left, that it waits by itself."""
        if not any(isinstance(o, Blocked) and o.token == USED_UP for o in outcomes.values()):
            return outcomes
        balance = await self._balance(host)
        if balance is None or not too_dear(balance):
            return outcomes
        with suppress(Unavailable):  # what was refused stays refused, noted or not
            await weigh(self._spool, balance, low=self._low_balance, now=self._clock())
        reason = f"the text costs more than the credit that is left ({balance})"
        wait = backoff(TOO_DEAR_BACKOFF, lease.pending[0].failures_before(USED_UP))
        waits = Deferred(USED_UP, reason, retry_after=wait, same_host=True, for_operator=True)
        return {
            each: waits if isinstance(outcome, Blocked) else outcome
            for each, outcome in outcomes.items()
        }

    async def _balance(self, host: str) -> Decimal | None:
        request = self._gateway.balance_request()
        balance = await ask_one(self._uplink, host, request, self._gateway.balance)
        return balance if isinstance(balance, Decimal) else None

    async def _settle(self, lease: SubmissionLease, verdict: Verdict) -> None:
        kept = await written(
            lambda: self._spool.settle(lease, verdict, self._clock()),
            within=self._lease_time,
            item=lease.item.id,
        )
        if not kept:
            return
        numbers = {each.id: each.destination for each in lease.pending}
        took = self._clock() - lease.item.accepted_at
        for step in verdict.steps:
            maillog.settled(
                lease.item.id,
                number=numbers[step.delivery],
                state=step.state,
                token=step.token,
                message_id=step.message_id,
                took=took,
            )
        if verdict.pause is not None:
            pause = verdict.pause
            maillog.lane("submit", state="rests", token=pause.token, reason=pause.reason)


def _unanswered(each: Delivery) -> InDoubt:
    """What is known of a request whose answer this process never saw, or waited for in vain."""
    return InDoubt(
        each.token or "NO_ANSWER", each.reason or "no answer was recorded for the request"
    )


def _elsewhere(outcome: Outcome) -> bool:
    """Whether the other host is worth a try: certainly not sent, and not for want of credit."""
    match outcome:
        case Deferred(same_host=same_host):
            return not same_host
        case Blocked(token):
            return token != USED_UP
        case _:
            return False


def _jittered(verdict: Verdict, now: float) -> Verdict:
    """The verdict with its back-off spread, so that what failed together does not return so."""
    if not any(step.failed for step in verdict.steps):
        return verdict
    steps = tuple(
        replace(step, due_at=now + (step.due_at - now) * _spread())
        if step.failed and step.due_at is not None
        else step
        for step in verdict.steps
    )
    return replace(verdict, steps=steps)


def _spread() -> float:
    return random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - jitter guards no secret
