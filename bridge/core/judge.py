"""The one place that decides what becomes of a delivery: retry, give up, in doubt.

Values in, verdict out: an answer, a report, the clock become evidence, and where that leads is in
`states`.  The spool writes what is decided here and decides nothing itself.
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
    Verdict,
)
from bridge.core.model import Destination, ListName, Mms
from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused, State
from bridge.core.policy import Policy
from bridge.core.states import Evidence
from bridge.core.told import NoticeEvidence

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
        Step(each.id, Evidence.OVERDUE, None, "EXPIRED", _late(each)) for each in lease.pending
    )
    return Verdict(steps)


def _late(each: Delivery) -> str:
    """Why it was late, where a rule of the house held it."""
    if each.resends:
        return _SENT_ONCE
    held = each.state is State.HELD and each.token
    return f"{_NOT_SENT}: {each.reason}" if held else _NOT_SENT


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
            return Step(each.id, Evidence.TAKEN, None, message_id=message_id)
        case Refused(token, reason):
            if split and outcome.whole:  # nothing was sent: alone, some of them may pass
                return Step(each.id, Evidence.SPLIT, now, token, reason)
            return Step(each.id, Evidence.REFUSED, None, token, reason)
        case Deferred(token, reason, retry_after):
            wait = backoff(SUBMIT_BACKOFF, each.failures_before(token))
            if retry_after is not None:
                wait = max(wait, min(retry_after, RETRY_AFTER_CAP))
            return Step(each.id, Evidence.DEFERRED, now + wait, token, reason, failed=True)
        case Blocked(token, reason):  # the lane rests; no attempt is burned
            return Step(each.id, Evidence.BLOCKED, now, token, reason)
        case InDoubt():
            return _doubt(policy, lease, each, outcome, now=now)
        case _:
            assert_never(outcome)


def _doubt(
    policy: Policy, lease: SubmissionLease, each: Delivery, found: InDoubt, *, now: float
) -> Step:
    """Wait for a status report to settle it; then, by profile, send once more or tell."""
    token, reason = found.token, found.reason
    if each.state is not State.UNKNOWN:
        return Step(each.id, Evidence.UNANSWERED, now + DOUBT_WAIT, token, reason)
    if now < lease.item.expires_at and _may_resend(policy, lease, each):
        return Step(each.id, Evidence.RESENT, now, token, reason, resend=True)
    return Step(each.id, Evidence.LEFT_IN_DOUBT, None, token, "it may have been sent: " + reason)


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


def enhanced(state: State, token: str) -> str:
    """RFC 3463's status for a state that ends a delivery, for that reason; "" for all others."""
    match state:
        case State.EXPIRED:
            return "4.4.7"
        case State.HELD:
            return "4.4.1"
        case State.REJECTED:
            return "5.1.1" if token == "INVALID_NUMBER" else "5.0.0"
        case _:
            return ""


FOLLOWS: Mapping[State, Evidence] = {
    State.SUBMITTED: Evidence.BEFORE_TAKEN,
    State.REJECTED: Evidence.BEFORE_REFUSED,
    State.EXPIRED: Evidence.BEFORE_OVERDUE,
    State.HELD: Evidence.BEFORE_HELD,
    State.DROPPED: Evidence.BEFORE_DROPPED,
}
"""What a part that comes to stand so means for the next one, for the same number.

One that was accepted lets the next go; one that was not ends the rest, in its own notice.
"""


_REPORTED: Mapping[Progress, Evidence] = {
    Progress.DELIVERED: Evidence.DELIVERED,
    Progress.UNDELIVERABLE: Evidence.UNDELIVERABLE,
    Progress.EXPIRED: Evidence.NET_EXPIRED,
}
"""What the network's last word is; that it has a text, or waits, says nothing new."""


def reported(state: State, progress: Progress) -> State | None:
    """The state after a status report; None where it says nothing new.

    States only move forward: a final one stays, whatever comes late.
    """
    last_word = _REPORTED.get(progress)
    return last_word.moves(state) if last_word else None


def contradicts(state: State, progress: Progress) -> bool:
    """Whether a status report says that a text ended otherwise than was reported before."""
    last_word = _REPORTED.get(progress)
    known = {each.after for each in _REPORTED.values()}
    return last_word is not None and state in known and state is not last_word.after


def vouched(state: State) -> State | None:
    """The state of what may have been sent, once a report of an unknown id can mean nothing else.

    The network speaks of it, so the gateway took it: the doubt is over, for free, also one that was
    told, or waits for its resend.  A request under way has its own answer.
    """
    return Evidence.VOUCHED.moves(state)


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
        return NoticeVerdict(NoticeEvidence.LATER.after, due, later[0].reason, done, events)
    if refused:
        reason = "; ".join(f"{a}: {o.reason}" for a, o in refused.items())
        return NoticeVerdict(NoticeEvidence.REFUSED.after, None, reason, done, events)
    found = NoticeEvidence.TAKEN if outcomes or lease.done else NoticeEvidence.UNHEARD
    return NoticeVerdict(found.after, None, "", done, events)


def unwritten(
    policy: Policy, lease: EventLease, recipients: tuple[str, ...], now: float
) -> NoticeVerdict:
    """What becomes of an event whose mail the bridge failed to write: as if nobody could take it.

    `recipients` are those it was to go to, as far as that was known before the fault.
    """
    reason = "the bridge could not write this mail; see its log"
    if now - lease.first_at < NOTICE_LIFETIME:
        due = now + backoff(NOTICE_BACKOFF, lease.attempts)
        return NoticeVerdict(NoticeEvidence.LATER.after, due, reason)
    events = _unmailed(policy, lease, recipients, reason, now=now)
    return NoticeVerdict(NoticeEvidence.REFUSED.after, None, reason, recipients, events)


def _unmailed(
    policy: Policy, lease: EventLease, recipients: tuple[str, ...], reason: str, *, now: float
) -> tuple[Event, ...]:
    """One notice to the postmaster, if there is one, unless this was such a notice itself."""
    if not policy.postmaster or isinstance(lease.item, Unmailed):
        return ()
    return (Unmailed(recipients, f"{type(lease.item).__name__} (e{lease.id})", reason, now),)
