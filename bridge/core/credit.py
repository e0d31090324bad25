"""The account's credit: how long it lasts, and whether a text is too dear for what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

USED_UP = "INSUFFICIENT_CREDIT"
"""The gateway's word for it."""

TOO_DEAR = "TOO_DEAR"
"""Our word for that of a single text, where credit is left."""

DAY = 86400.0
RATE_OVER = 7 * DAY
"""Seconds back from now over which the present rate is taken."""

SHORTEST_RATE = 6 * 3600.0
"""Seconds of samples below which they tell no rate: a morning's alerts are no week's use."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The balance as it was seen once, in credits."""

    at: float
    credits: float


def days_left(samples: Sequence[Sample], now: float) -> float | None:
    """How many days the last sample's credit lasts at the present rate; None if none is known.

    The rate is what the falls between samples add up to; where the balance rose, credit was
    bought, and nobody knows what was used meanwhile.  `samples` are in the order of time.
    """
    recent = [each for each in samples if each.at >= now - RATE_OVER]
    if not recent or recent[-1].at - recent[0].at < SHORTEST_RATE:
        return None
    used = sum(max(0.0, before.credits - after.credits) for before, after in pairwise(recent))
    if used <= 0:
        return None
    lasts = (recent[-1].at - recent[0].at) * max(0.0, recent[-1].credits) / used
    return lasts / DAY


def risen(balance: float, low: float) -> bool:
    """Whether the balance is clear of `low`, by a tenth, so that the next fall below it is news.

    One that wavers about the limit would be told at each crossing.
    """
    return balance >= low + low / 10


def too_dear(balance: Decimal) -> bool:
    """Whether a text that the gateway refused for want of credit is too dear by itself.

    While there is credit left, others may still go, whatever this one costs: the gateway's prices
    are not ours to know.  Without any, it is the account's fault.
    """
    return balance >= 1


def lasting(days: float | None) -> str:
    """How long the credit lasts, in words, "" if nobody knows."""
    if days is None:
        return ""
    if days < 1:
        return "less than a day at the present rate"
    count = f"{round(days)} day{'s' if round(days) > 1 else ''}" if days <= 365 else "over a year"
    return f"{'about ' if days <= 365 else ''}{count} at the present rate"
