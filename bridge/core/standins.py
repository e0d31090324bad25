"""Stand-ins: what becomes of folded texts once the text that stands for them is lost.

The latest of them goes instead, and stands for the others from then on.  Where that is lost as
well, none has time left, or it would not be true any more, they all end, and each of their senders
is told, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bridge.core.events import Ending, Undelivered
from bridge.core.judge import enhanced
from bridge.core.model import Destination
from bridge.core.outcomes import State
from bridge.core.states import Evidence

STAND_IN_LOST: Final = "STAND_IN_LOST"

_LOST: Final[Mapping[State, Evidence | None]] = {
    State.REJECTED: Evidence.STAND_IN_REFUSED,
    State.UNDELIVERABLE: Evidence.STAND_IN_REFUSED,
    State.EXPIRED: Evidence.STAND_IN_OVERDUE,
    State.NET_EXPIRED: Evidence.STAND_IN_OVERDUE,
    State.DROPPED: Evidence.STAND_IN_OVERDUE,
    State.HELD: None,
}
"""What it means for folded texts how that which stood for them ended.

They themselves never were sent.  Of what is held in doubt they are only told: it may have been.
"""


@dataclass(frozen=True, slots=True)
class StandIn:
    """A text that stands for others: its submission, to whom, how it came to stand, and why.

    `is_summary`: it counts them.  `relieves`: it was folded itself, and went instead of another.
    `bar` is why none may go instead of it, "" for none: a phone's last text is to be the truth.
    """

    submission: str
    destination: Destination
    state: State
    reason: str
    is_summary: bool = False
    relieves: bool = False
    bar: str = ""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text that was folded: its last part's delivery, and until when it may go (0: never)."""

    delivery: int
    expires_at: float


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a stand-in's new state means for the folded: `heir` goes, or all fail; else neither."""

    heir: int | None = None
    failure: Ending | None = None


NOTHING: Final = Aftermath()


def matters(state: State) -> bool:
    """Whether a text that comes to stand so may fail those that it stands for."""
    return state in _LOST


def aftermath(stands: StandIn, folded: Sequence[Folded], now: float) -> Aftermath:
    """What becomes of the folded texts that a text stands for, now that it stands so.

    Where two were lost, the number is.  But what an operator drops says nothing about others, and
    a summary that is dropped was not wanted.
    """
    dropped = stands.state is State.DROPPED
    if not folded or (dropped and stands.is_summary):
        return NOTHING
    in_time = [each.delivery for each in folded if now < each.expires_at]
    goes_on = dropped or not (stands.is_summary or stands.relieves or stands.state is State.HELD)
    if in_time and goes_on and not stands.bar:
        return Aftermath(heir=max(in_time))
    return Aftermath(failure=_failure(stands))


def _failure(stands: StandIn) -> Ending:
    lost = _LOST[stands.state]
    state = lost.after if lost else State.HELD
    what = "the text that counted it" if stands.is_summary else "the text that stood for it"
    fate = "may have been sent" if state is State.HELD else "was not delivered"
    reason = f"{what}, {stands.submission}, {fate}: {stands.reason}"
    if stands.bar:
        reason = f"{reason}; none goes instead, since {stands.bar}"
    status = enhanced(state, STAND_IN_LOST)
    return Ending(stands.destination, state, STAND_IN_LOST, reason, status)


def told(stands: StandIn, failure: Ending, mail: str, count: int, *, now: float) -> Undelivered:
    """What one sender hears of its `count` folded texts that failed, of which `mail` is one."""
    if count > 1:
        failure = replace(failure, reason=f"{failure.reason} (so it is with {count - 1} more)")
    return Undelivered(mail, stands.submission, (failure,), now)
