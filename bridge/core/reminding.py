"""What a mail's sender is told by the clock: texts that still wait, and reports that never came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bridge.core import reporting
from bridge.core.events import Delayed
from bridge.core.limits import LIMIT
from bridge.core.loops import LOOP
from bridge.core.outcomes import State
from bridge.core.reporting import RELAYED_AFTER, Standing

DELAYED_AFTER: Final = 900.0
"""Seconds after which the sender of a mail whose texts still wait is told so, once."""

LOOK_AGAIN_AFTER: Final = 60.0
"""Seconds after which a mail is looked after again of which a text was just being tried."""


def delayed(
    mail: str, standings: Iterable[Standing], resting: str, *, received_at: float, now: float
) -> Delayed | None:
    """What to tell of texts that still wait, when looked at; `resting`: why all do, "" if not.

    A summary of folded texts was meant to wait; what is held as a loop's, or by a limit, was told.
    """
    waiting = [each for each in standings if _waits(each)]
    if not waiting or _is_old(received_at, now):
        return None
    first = waiting[0]
    if first.state is State.HELD:
        reason = f"it is held: {first.reason}"
    else:
        why = resting or first.reason
        reason = "the gateway has not taken it yet" + (f": {why}" if why else "")
    destinations = tuple(dict.fromkeys(each.destination for each in waiting))
    return Delayed(mail, destinations, reason, now)


def _waits(stands: Standing) -> bool:
    unsent = stands.state in (State.QUEUED, State.CLAIMED) or stands.waits
    told = stands.state is State.HELD and stands.token in (LOOP, LIMIT)
    return unsent and not stands.counts and not told


def _is_old(received_at: float, now: float) -> bool:
    """Whether a mail came so long ago that its texts are late no more."""
    return now - received_at >= RELAYED_AFTER


def relayed(mail: str, standings: Sequence[Standing], now: float) -> bool:
    """Whether a mail has texts that were taken so long ago that no report will come."""
    told = reporting.summary(mail, standings, None, now).told
    return State.SUBMITTED in told.values()


def look_again(
    standings: Sequence[Standing], *, received_at: float, now: float, is_told: bool
) -> float | None:
    """When a mail is looked after next, since it may have something to tell then; None for never.

    `is_told`: the look of now tells that texts still wait, which is told once.
    """
    if not is_told and not _is_old(received_at, now) and any(_is_tried(s) for s in standings):
        return now + LOOK_AGAIN_AFTER
    instants = (
        (each.since if each.state is State.SUBMITTED else now) + RELAYED_AFTER
        for each in standings
        if reporting.is_open(each)
    )
    return min((each for each in instants if each > now), default=None)


def _is_tried(stands: Standing) -> bool:
    """Whether a text is just being sent, or in doubt, after which it may well wait again."""
    return stands.state in (State.SUBMITTING, State.UNKNOWN) and not stands.counts
