"""How it went: what an answer means for a submission or a mail, and where a destination stands.

The five outcomes are the heart of the house; each answers whose fault it was, and whether
anything was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

NOT_SENT: Final = "NOT_SENT"
"""Our word for a host that could not be reached: what waits for that alone goes once one can."""

UNTRUSTED: Final = "UNTRUSTED"
"""Our word for a host whose certificate is not good: nothing is sent to it, whoever it is."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway (or the smarthost) has it, which is not "delivered"."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The message's fault: never again as it is.

    `token` is the other side's word for it, `reason` ours.  `ours` says that the bridge built
    something the gateway does not take, so the operator hears too.  `whole` says that one answer
    spoke for several destinations, none of which was sent: alone, some of them may pass.
    """

    token: str
    reason: str
    ours: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """The moment's fault, and certainly not sent: later, or by the other host.

    `retry_after` is what the other side asked for, in seconds; `same_host` says that it asked for
    another try at the same host (the gateway's DELAY).  `for_operator` says that only a person can
    mend it, who hears of it: a certificate, an address that is wrong.
    """

    token: str
    reason: str
    retry_after: float | None = None
    same_host: bool = False
    for_operator: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """The account's fault (login, credit): nothing goes until an operator, or money, comes."""

    token: str
    reason: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The request left and no answer that can be trusted came: it may have been sent."""

    token: str
    reason: str


Outcome: TypeAlias = Accepted | Refused | Deferred | Blocked | InDoubt


class State(StrEnum):
    """Where one destination of a submission stands (see README, the promises)."""

    QUEUED = "queued"  # certainly not sent
    CLAIMED = "claimed"  # leased, and certainly not sent
    SUBMITTING = "submitting"  # recorded before the first byte left
    UNKNOWN = "in-doubt"  # may have been sent
    HELD = "held"  # waits for an operator, says why
    SUBMITTED = "submitted"  # the gateway gave an id
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    NET_EXPIRED = "network-expired"
    REJECTED = "rejected"
    EXPIRED = "expired"
    FOLDED = "folded"  # not sent: another text stands for it
    DROPPED = "dropped"


LIVE = frozenset({State.QUEUED, State.CLAIMED, State.SUBMITTING, State.UNKNOWN, State.HELD})
"""States in which something is still to be done; all others are final, or the network's turn."""

ON_ITS_WAY = frozenset(
    {
        State.QUEUED,
        State.CLAIMED,
        State.SUBMITTING,
        State.UNKNOWN,
        State.SUBMITTED,
        State.DELIVERED,
    }
)
"""States of a text that the phone has, or will have if nothing fails: it may stand for another."""
