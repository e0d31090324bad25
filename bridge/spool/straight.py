"""Straight through: a request that begins with the very commit that accepts its mail, or leases it.

Nothing is promised less than on the long road, on which the lease and the beginning are commits of
their own: it is on disk before the first byte that the request begins, and what a crash leaves in
doubt is what hands had hold of.  Only a text that would be leased and begun at once goes so.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.core.leases import Delivery, SubmissionLease
from bridge.core.model import Submission
from bridge.core.outcomes import State
from bridge.core.promises import Mail
from bridge.spool import beginning, leasing, rows
from bridge.spool.contract import Hand
from bridge.spool.db import Db
from bridge.spool.queueing import Holder

_GOES = (
    "SELECT 1 FROM lane WHERE name = 'submit' AND paused_since IS NULL"
    f" AND {leasing.NOTHING_IS_DUE}"
    " AND NOT EXISTS (SELECT 1 FROM optout WHERE number IN {numbers} AND since IS NOT NULL)"
    " AND NOT EXISTS (SELECT 1 FROM delivery INDEXED BY delivery_line"
    " WHERE destination IN {numbers} AND state IN ('queued', 'claimed', 'submitting'))"
)


def may_begin(db: Db, mail: Mail, hand: Hand, now: float) -> Holder | None:
    """How a new mail's text begins at once; None where something is due, or stands before it.

    A mail of several submissions takes the long road, and so does one whose number opted out
    meanwhile.
    """
    if len(mail.submissions) != 1:
        return None
    (first,) = mail.submissions
    if now >= first.expires_at or len(first.destinations) > rows.LOT:
        return None
    named = rows.named(rows.filled([str(each) for each in first.destinations]))
    sql = _GOES.format(numbers=f"(:{', :'.join(named)})")
    if db.execute(sql, {**named, "now": now}).fetchone() is None:
        return None
    return Holder(hand.owner, now, now + hand.lasts, hand.host)


def leased(db: Db, of: Submission, deliveries: Sequence[int], begun: Holder) -> SubmissionLease:
    """The lease of a submission whose deliveries were stored as begun; its request is noted."""
    pending = tuple(
        Delivery(id_, to, State.QUEUED) for id_, to in zip(deliveries, of.destinations, strict=True)
    )
    lasts = begun.until - begun.now
    lease = SubmissionLease(of, pending, 1, begun.until, lasts=lasts, begun=begun.host)
    beginning.attempted(db, (lease,), begun.host, begun.now)
    return lease
