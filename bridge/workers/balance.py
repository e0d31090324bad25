"""The account's balance: whoever asked for it, it is a sample, and may be news."""

from __future__ import annotations

from decimal import Decimal

from bridge import maillog
from bridge.spool.contract import Spool


async def weigh(spool: Spool, balance: Decimal, *, low: float, now: float) -> None:
    """Note a balance that was seen; the postmaster hears if it falls below `low`."""
    maillog.balance(float(balance))
    found = await spool.weigh(float(balance), low, now)
    if found is not None:
        maillog.low_balance(found.balance, low=found.low, days_left=found.days_left)
