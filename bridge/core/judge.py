"""The one place that decides what becomes of a delivery: retry, give up, in doubt.

Values in, verdict out.  The spool writes what is decided here and decides nothing itself; the
arrows of the state machine are README's, and each rule names the promise that it keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, assert_never

from bridge.core.events import Event, GatewayBlocked, Progress, Unmailed
from bridge.core.leases import (
    Delivery,
    EventLease,
    NoticeVerdict,
    Pause,
    Step,
    SubmissionLease,
    Told,
    Verdict,
)
from bridge.core.model import Destination, ListName, Mms
from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused, State
from bridge.core.policy import Policy

SUBMIT_BACKOFF = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
NOTICE_BACKOFF = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
NOTICE_LIFETIME = 5 * 86400.0
DOUBT_WAIT = 60.0
PROBE_INTERVAL = 60.0
PROBE_BACKOFF = (PROBE_INTERVAL, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0)
RELAPSE = 3600.0
"""Seconds after its end within which a rest for the same reason is the same rest, told once."""
RETRY_AFTER_CAP = 600.0
RESENDS = 1
RESEND_BATCH = 10
MMS_WAIT = 3600.0

Outcomes: TypeAlias = Mapping[Destination, Outcome]


def backoff(table: tuple[float, ...], failures: int) -> float:
    """Seconds to wait after the n-th failure in a row (n counts from 0); jitter is the worker's."""
    return table[min(failures, len(table) - 1)]


# ---------------------------------------------------------------- deliveries


def judge(policy: Policy, lease: SubmissionLease, outcomes: Outcomes, now: float) -> Verdict:
    """What becomes of each pending delivery of a lease, given what the gateway said of it.

    A destination without an outcome was in a request whose answer did not mention it: in doubt.
    Who hears of what ended is for `core.reporting` to say.
    """
    found = [(each, outcomes.get(each.destination, _UNMENTIONED)) for each in lease.pending]
    split = len(found) > 1 and any(isinstance(o, Refused) and o.whole for _, o in found)
    steps = [_step(policy, lease, each, outcome, now=now, split=split) for each, outcome in found]
    blocked = next((o for _, o in found if isinstance(o, Blocked)), None)
    events = (GatewayBlocked(blocked.token, blocked.reason, now),) if blocked else ()
    pause = Pause(blocked.token, blocked.reason, now + PROBE_INTERVAL) if blocked else None
    ended = (o for step, (_, o) in zip(steps, found, strict=True) if step.state is State.REJECTED)
    ours = any(isinstance(outcome, Refused) and outcome.ours for outcome in ended)
    return Verdict(tuple(steps), events, pause, split, ours)


def overdue(lease: SubmissionLease, now: float) -> Verdict | None:
    """The verdict on a submission that is older than its profile allows; None if it is not.

    An orphan is none, however old: it may have been sent, and only `judge` says so.
    """
    if lease.orphaned or now < lease.item.expires_at:
        return None
    steps = tuple(
        Step(each.id, State.EXPIRED, None, "EXPIRED", _SENT_ONCE if each.resends else _NOT_SENT)
        for each in lease.pending
    )
    return Verdict(steps)


_NOT_SENT = "it was not sent in time"
_SENT_ONCE = "it may have been sent once, and was not sent again in time"

_UNMENTIONED = InDoubt("NO_LINE", "the gateway's answer did not mention this number")


def _step(
    policy: Policy,
    lease: SubmissionLease,
    each: Delivery,
    outcome: Outcome,
    *,
    now: float,
    split: bool,
) -> Step:
    match outcome:
        case Accepted(message_id):
            return Step(each.id, State.SUBMITTED, None, message_id=message_id)
        case Refused(token, reason):
            if split and outcome.whole:  # nothing was sent: alone, some of them may pass
                return Step(each.id, State.QUEUED, now, token, reason)
            return Step(each.id, State.REJECTED, None, token, reason)
        case Deferred(token, reason, retry_after):
            wait = backoff(SUBMIT_BACKOFF, each.failures)
            if retry_after is not None:
                wait = max(wait, min(retry_after, RETRY_AFTER_CAP))
            due = min(now + wait, lease.item.expires_at)
            return Step(each.id, State.QUEUED, due, token, reason, failed=True)
        case Blocked(token, reason):  # the lane rests; no attempt is burned
            return Step(each.id, State.QUEUED, now, token, reason)
        case InDoubt():
            return _doubt(policy, lease, each, outcome, now=now)
        case _:
            assert_never(outcome)


def _doubt(
    policy: Policy, lease: SubmissionLease, each: Delivery, found: InDoubt, *, now: float
) -> Step:
    """Wait for a status report to settle it; then, by profile, send once more or tell (P3)."""
    token, reason = found.token, found.reason
    if each.state is not State.UNKNOWN:
        return Step(each.id, State.UNKNOWN, now + DOUBT_WAIT, token, reason)
    if now < lease.item.expires_at and _may_resend(policy, lease, each):
        return Step(each.id, State.QUEUED, now, token, reason, resend=True)
    return Step(each.id, State.HELD, None, token, "it may have been sent: " + reason)


def _may_resend(policy: Policy, lease: SubmissionLease, each: Delivery) -> bool:
    profile = policy.profiles.get(lease.item.profile)
    return (
        profile is not None
        and profile.in_doubt == "resend"
        and each.resends < RESENDS
        and each.batch <= RESEND_BATCH
        and not isinstance(lease.item.content, Mms)
        and not isinstance(each.destination, ListName)
    )


def enhanced(step: Step) -> str:
    """RFC 3463's status for a step that ends a delivery; "" for one that does not."""
    match step.state:
        case State.EXPIRED:
            return "4.4.7"
        case State.HELD:
            return "4.4.1"
        case State.REJECTED:
            return "5.1.1" if step.token == "INVALID_NUMBER" else "5.0.0"
        case _:
            return ""


FOLLOWS: Mapping[State, State] = {
    State.SUBMITTED: State.QUEUED,
    State.REJECTED: State.REJECTED,
    State.EXPIRED: State.EXPIRED,
    State.HELD: State.HELD,
    State.DROPPED: State.DROPPED,
}
"""What becomes of the next part, for the same number, when a part comes to stand so.

A part that was accepted lets the next one go; one that was not ends the rest, in its own notice.
"""


_REPORTED: Mapping[Progress, State] = {
    Progress.DELIVERED: State.DELIVERED,
    Progress.UNDELIVERABLE: State.UNDELIVERABLE,
    Progress.EXPIRED: State.NET_EXPIRED,
}


def reported(state: State, progress: Progress) -> State | None:
    """The state after a status report; None where it says nothing new.

    States only move forward: a final one stays, whatever comes late.
    """
    return _REPORTED.get(progress) if state is State.SUBMITTED else None


def contradicts(state: State, progress: Progress) -> bool:
    """Whether a status report says that a text ended otherwise than was reported before."""
    claimed = _REPORTED.get(progress)
    return claimed is not None and state in _REPORTED.values() and state is not claimed


def vouched(state: State) -> State | None:
    """The state of what may have been sent, once a report of an unknown id can mean nothing else.

    The network speaks of it, so the gateway took it: the doubt is over, for free (P3), also one
    that was told, or waits for its resend.  A request under way has its own answer.
    """
    doubtful = (State.UNKNOWN, State.HELD, State.QUEUED, State.CLAIMED)
    return State.SUBMITTED if state in doubtful else None


# ---------------------------------------------------------------- notices


def judge_notice(
    policy: Policy, lease: EventLease, outcomes: Mapping[str, Outcome], now: float
) -> NoticeVerdict:
    """What becomes of an event's mail, given what the smarthost said for each mailbox.

    A mail may be sent again after an ambiguous answer: it is the same mail, with the same
    Message-ID, to the octet.  What is refused for good is told to the postmaster once.
    """
    taken = tuple(a for a, o in outcomes.items() if isinstance(o, Accepted))
    refused = {a: o for a, o in outcomes.items() if isinstance(o, Refused)}
    later = [o for o in outcomes.values() if isinstance(o, Deferred | Blocked | InDoubt)]
    if later and now - lease.first_at >= NOTICE_LIFETIME:
        refused |= {
            a: Refused(o.token, "not taken in five days: " + o.reason)
            for a, o in outcomes.items()
            if isinstance(o, Deferred | Blocked | InDoubt)
        }
        later = []
    # the postmaster's own mail, refused, is told to nobody
    told = {a: o.reason for a, o in refused.items() if a != policy.postmaster}
    reason = "; ".join(told.values())
    events = _unmailed(policy, lease, tuple(told), reason, now=now) if told else ()
    done = (*taken, *refused)
    if later:
        due = now + backoff(NOTICE_BACKOFF, lease.attempts)
        return NoticeVerdict(Told.QUEUED, due, later[0].reason, done, events)
    if refused:
        reason = "; ".join(f"{a}: {o.reason}" for a, o in refused.items())
        return NoticeVerdict(Told.DEAD, None, reason, done, events)
    state = Told.MAILED if outcomes or lease.done else Told.NOBODY
    return NoticeVerdict(state, None, "", done, events)


def unwritten(
    policy: Policy, lease: EventLease, recipients: tuple[str, ...], now: float
) -> NoticeVerdict:
    """What becomes of an event whose mail the bridge failed to write: as if nobody could take it.

    `recipients` are those it was to go to, as far as that was known before the fault.
    """
    reason = "the bridge could not write this mail; see its log"
    if now - lease.first_at < NOTICE_LIFETIME:
        return NoticeVerdict(Told.QUEUED, now + backoff(NOTICE_BACKOFF, lease.attempts), reason)
    events = _unmailed(policy, lease, recipients, reason, now=now)
    return NoticeVerdict(Told.DEAD, None, reason, recipients, events)


def _unmailed(
    policy: Policy, lease: EventLease, recipients: tuple[str, ...], reason: str, *, now: float
) -> tuple[Event, ...]:
    """One notice to the postmaster, if there is one, unless this was such a notice itself."""
    if not policy.postmaster or isinstance(lease.item, Unmailed):
        return ()
    return (Unmailed(recipients, f"{type(lease.item).__name__} (e{lease.id})", reason, now),)
