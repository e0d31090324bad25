"""The account's credit: how long it lasts, and whether a text is too dear for what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

USED_UP = "INSUFFICIENT_CREDIT"
"""The gateway's word for it."""

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


def too_dear(balance: Decimal, cost: int | None) -> bool:
    """Whether a text that the gateway refused for want of credit costs more than what is left.

    Then others may still go.  `cost` is in credits, None where nobody knows it.  Where the balance
    would suffice by our counting, or is not even a single text's, the account is at fault.
    """
    return balance >= 1 and (cost is None or cost > balance)


def lasting(days: float | None) -> str:
    """How long the credit lasts, in words, "" if nobody knows."""
    if days is None:
        return ""
    if days < 1:
        return "less than a day at the present rate"
    count = f"{round(days)} day{'s' if round(days) > 1 else ''}" if days <= 365 else "over a year"
    return f"{'about ' if days <= 365 else ''}{count} at the present rate"
