"""The worker of the road out: lease a submission, send it, settle it.

The order is the promise: `begin` is durable before the first byte leaves, and whatever happens
after it is settled by `judge` on evidence, or comes back as in doubt.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bridge import maillog
from bridge.clients.contract import Uplink
from bridge.core.judge import judge, overdue
from bridge.core.leases import SubmissionLease, Verdict
from bridge.core.model import Blocked, Deferred, Destination, InDoubt, Outcome
from bridge.core.policy import Policy
from bridge.gateways.contract import Gateway, NotSent, Request, Unanswered
from bridge.spool.contract import Spool
from bridge.workers.loop import Loop, settled

JITTER = 0.2
NO_CREDIT = "INSUFFICIENT_CREDIT"

Outcomes = Mapping[Destination, Outcome]


class LeaseLost(Exception):
    """Another holder works on it now: stop, write nothing."""


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
        clock: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._spool = spool
        self._gateway = gateway
        self._uplink = uplink
        self._owner = owner
        self._lease_time = lease_time
        self._clock = clock
        self.loop: Loop[SubmissionLease] = Loop(
            "submit", spool, hands=hands, lease=self._lease, work=self.submit, clock=clock
        )

    async def _lease(self, limit: int) -> Sequence[SubmissionLease]:
        now = self._clock()
        return await self._spool.lease_submissions(self._owner, limit, now, now + self._lease_time)

    async def submit(self, lease: SubmissionLease) -> None:
        """Send one leased submission, or judge it unsent; settled on return."""
        try:
            verdict = await self._verdict(lease)
        except LeaseLost:
            maillog.lease_lost(lease.item.id)
            return
        await self._settle(lease, verdict)

    async def _verdict(self, lease: SubmissionLease) -> Verdict:
        if lease.orphaned:
            outcomes: Outcomes = {each.destination: _ORPHANED for each in lease.pending}
            return judge(self._policy, lease, outcomes, self._clock())
        late = overdue(lease, self._clock())
        if late is not None:
            return late
        outcomes = await self._send(lease)
        return _jittered(judge(self._policy, lease, outcomes, self._clock()), self._clock())

    async def _send(self, lease: SubmissionLease) -> Outcomes:
        """Try the hosts in turn until one has processed the request, or may have."""
        destinations = [each.destination for each in lease.pending]
        request = self._gateway.submit_request(lease.item, destinations)
        resent = next((each.host for each in lease.pending if each.resends), "")
        outcomes: Outcomes = {}
        for host in self._uplink.order(avoid=resent):
            now = self._clock()
            if not await self._spool.begin(lease, host, now):
                raise LeaseLost
            attempt = lease.pending[0].attempts + 1
            maillog.submitting(
                lease.item.id, host=host, recipients=len(destinations), attempt=attempt
            )
            outcomes = await self._attempt(host, request, destinations)
            if not all(_elsewhere(outcome) for outcome in outcomes.values()):
                break
        return outcomes

    async def _attempt(
        self, host: str, request: Request, destinations: Sequence[Destination]
    ) -> Outcomes:
        try:
            response = await self._uplink.perform(host, request)
        except NotSent as error:
            return dict.fromkeys(destinations, Deferred("NOT_SENT", str(error)))
        except Unanswered as error:
            self._uplink.report(host, ok=False)
            return dict.fromkeys(destinations, InDoubt("NO_ANSWER", str(error)))
        outcomes = self._gateway.submit_outcomes(destinations, response)
        failed = all(isinstance(o, Deferred | InDoubt) for o in outcomes.values())
        self._uplink.report(host, ok=not failed)
        return outcomes

    async def _settle(self, lease: SubmissionLease, verdict: Verdict) -> None:
        kept = await settled(
            lambda: self._spool.settle(lease, verdict, self._clock()),
            until=lease.until,
            clock=self._clock,
            item=lease.item.id,
        )
        if not kept:
            return
        numbers = {each.id: each.destination for each in lease.pending}
        for step in verdict.steps:
            maillog.settled(
                lease.item.id,
                number=numbers[step.delivery],
                state=step.state,
                token=step.token,
                message_id=step.message_id,
            )
        if verdict.pause is not None:
            pause = verdict.pause
            maillog.lane("submit", state="rests", token=pause.token, reason=pause.reason)


_ORPHANED = InDoubt("NO_ANSWER", "no answer was recorded for the request")


def _elsewhere(outcome: Outcome) -> bool:
    """Whether the other host is worth a try: certainly not sent, and not for want of credit."""
    match outcome:
        case Deferred(same_host=same_host):
            return not same_host
        case Blocked(token):
            return token != NO_CREDIT
        case _:
            return False


def _jittered(verdict: Verdict, now: float) -> Verdict:
    """The verdict with its back-off spread, so that what failed together does not return so."""
    steps = tuple(
        replace(step, due_at=now + (step.due_at - now) * _spread())
        if step.failed and step.due_at is not None
        else step
        for step in verdict.steps
    )
    return replace(verdict, steps=steps)


def _spread() -> float:
    return random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - jitter guards no secret
