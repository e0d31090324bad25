"""The right to work on something of the spool, and the verdict on how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bridge.core.events import Event
from bridge.core.model import Destination, Part, Submission
from bridge.core.outcomes import NOT_SENT, State
from bridge.core.states import Evidence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One destination of a submission, as leased.

    `attempts` counts the requests that began, `failures` those since the last that ended in
    Deferred count towards the back-off; `resends` those after an ambiguous answer.  `host` is the
    base URL that the last request went to ("" before the first), `batch` how many
    destinations it carried, `token` and `reason` what came of it, as far as that was written down.
    """

    id: int
    destination: Destination
    state: State
    attempts: int = 0
    failures: int = 0
    resends: int = 0
    host: str = ""
    batch: int = 1
    token: str = ""
    reason: str = ""

    def failures_before(self, token: str) -> int:
        """How many failures count with one more, for this reason: an outage is not the text's."""
        return 0 if self.token == NOT_SENT and token != NOT_SENT else self.failures


@dataclass(frozen=True, slots=True)
class SubmissionLease:
    """The right to send a submission to its `pending` destinations until `until`.

    Every write made under it carries `epoch`: a holder whose lease ran out writes nothing.
    `lasts` is how many seconds it is for, anew from each request's beginning.
    `orphaned`: the request had begun under a holder that died, or the wait of those in doubt is
    over; it must be judged, never sent.
    `begun` is the host to which the request began with the commit that leased it ("": it did not).
    """

    item: Submission
    pending: tuple[Delivery, ...]
    epoch: int
    until: float
    orphaned: bool = False
    lasts: float = 0.0
    begun: str = ""


@dataclass(frozen=True, slots=True)
class EventLease:
    """The right to tell of an event until `until`; see `SubmissionLease`.

    `key` is what its mail's Message-ID is made from (`conversation.told_apart`); `first_at` is when
    it was stored; `parts` are the MMS files fetched so far, `done` the mailboxes that have it.
    """

    id: int
    item: Event
    key: str
    attempts: int
    epoch: int
    until: float
    first_at: float
    parts: tuple[Part, ...] = ()
    done: tuple[str, ...] = ()


def turned(lease: EventLease, rest: Sequence[T]) -> Sequence[T]:
    """What is still to be done for an event, begun elsewhere each time that it is leased.

    So what holds up one turn holds up no other thing for good.
    """
    first = (lease.epoch - 1) % len(rest) if rest else 0
    return (*rest[first:], *rest[:first])


@dataclass(frozen=True, slots=True)
class Step:
    """What is evident of one delivery, thus the state to write, and when to look at it again.

    `due_at` is None for a state that ends our work.  `failed` counts this try towards the
    back-off, `resend` counts it as a resend after an ambiguous answer.
    """

    delivery: int
    evidence: Evidence
    due_at: float | None
    token: str = ""
    reason: str = ""
    message_id: str = ""
    failed: bool = False
    resend: bool = False

    @property
    def state(self) -> State:
        """Where the delivery stands from now on."""
        return self.evidence.after


@dataclass(frozen=True, slots=True)
class Pause:
    """The lane rests: for whose sake, and when to ask (by a balance probe) whether it is over."""

    token: str
    reason: str
    probe_at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `judge` decided on one lease: the spool writes it in one transaction, events included.

    `split`: the submission's queued deliveries become submissions of one destination each.
    `ours`: the bridge is to blame for what was refused, so the operator hears of it too.
    """

    steps: tuple[Step, ...]
    events: tuple[Event, ...] = ()
    pause: Pause | None = None
    split: bool = False
    ours: bool = False


class Told(StrEnum):
    """Where an event's mail stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    ORPHAN = "orphan"  # a status report whose submission is not known (yet)
    MAILED = "mailed"
    NOBODY = "not-mailed"  # nobody was to hear, or it said nothing new
    DEAD = "dead"  # never accepted by the smarthost; kept, and the postmaster told
    HELD = "held"  # of a restored backup: it may have been mailed since


@dataclass(frozen=True, slots=True)
class NoticeVerdict:
    """What becomes of an event's mail: the state to write, and when to try again (None: never).

    `done` are the mailboxes whose copy the smarthost took in this try.  `tried`: it counts towards
    the back-off; waiting for something else does not.
    """

    state: Told
    due_at: float | None
    reason: str = ""
    done: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    tried: bool = True
