"""The line at a number: what was accepted later does not overtake what was accepted before.

A text stands in line from its acceptance until the gateway has answered it.  One that is due
while another stands before it waits behind, with no back-off of its own, until that one has left
the line: taken, refused, expired, held, dropped, or in doubt.  So a number's trouble holds up that
number alone, and each row is put behind once, however long the line.

Not everything that is queued stands in line.  A later part has its own time and is in nobody's way
before; so has a summary, which is younger than its row, until it was tried.  A text that costs more
than the credit left waits by itself, and so does one that the gateway puts off again and again: the
trouble may be its own.  Where no host could be reached, it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.core.credit import USED_UP
from bridge.core.judge import SUBMIT_BACKOFF
from bridge.core.leases import Delivery, Step
from bridge.core.outcomes import NOT_SENT, State
from bridge.core.states import Evidence
from bridge.core.storms import Ruling
from bridge.spool.db import Db

IN_LINE = frozenset({State.QUEUED, State.CLAIMED, State.SUBMITTING})
"""States of what the gateway has not answered, and nobody took out of its hands."""

SUMMARY: Final = "SUMMARY"
"""The token of what counts folded texts, until it is sent."""

COUNTS: Final = Ruling(
    Evidence.STORED.after, SUMMARY, "counts what was folded; commands take it by its own id"
)
"""How a summary stands until it is sent: `spool drop` of the mail that began it leaves it alone."""

LONGEST = SUBMIT_BACKOFF[-1] * 1.5
"""Seconds, the jitter among them, within which what was deferred is due."""

PATIENCE: Final = len(SUBMIT_BACKOFF)
"""Failures, by a host's answer, after which a text waits by itself."""

_WHY = "an earlier text to this number goes first"
_BEFORE = (
    "SELECT 1 FROM delivery e INDEXED BY delivery_line"
    " WHERE e.destination = t.destination AND e.id < t.id"
    " AND e.is_list = t.is_list AND e.state IN ('queued', 'claimed', 'submitting')"
    " AND (e.state <> 'queued' OR (e.due_at <= :now AND e.token <> :summary)"
    "  OR (e.failures > 0 AND (e.token = :unreached"
    "   OR (e.failures < :patience AND e.token <> :alone))))"
)
STANDS_BEHIND: Final = (
    "CASE WHEN t.state = 'queued' AND t.due_at <= :now AND t.expires_at > :now"
    f" THEN EXISTS ({_BEFORE}) ELSE FALSE END"
)
"""Whether another text stands in line before that of a row `t` which is due `:now`; with `RULES`.

What is past its time is not to be sent any more, and waits for nobody.
"""

RULES: Final = {
    "alone": USED_UP,
    "unreached": NOT_SENT,
    "patience": PATIENCE,
    "summary": SUMMARY,
}
"""The parameters of `STANDS_BEHIND`."""


def step_back(db: Db, deliveries: Iterable[int]) -> None:
    """Put texts behind those that stand in line before them."""
    db.executemany(
        "UPDATE delivery SET due_at = expires_at, behind = 1,"
        " reason = CASE WHEN reason = '' THEN ? ELSE reason END WHERE id = ?",
        [(_WHY, each) for each in deliveries],
    )


def left(db: Db, deliveries: Iterable[int], now: float) -> int:
    """These stand in line no more: the first one behind each is due; return how many that are.

    It has its old place among all that is due: it waited long enough.
    """
    return db.executemany(
        "UPDATE delivery SET behind = 0, due_at ="
        " (SELECT CASE WHEN s.accepted_at < :now THEN s.accepted_at ELSE :now END"
        "  FROM submission s WHERE s.id = delivery.submission)"
        " WHERE id = (SELECT b.id FROM delivery b INDEXED BY delivery_behind JOIN delivery d"
        "  ON d.destination = b.destination AND d.is_list = b.is_list"
        "  WHERE d.id = :delivery AND b.behind = 1 AND b.state = 'queued'"
        "  ORDER BY b.id LIMIT 1)",
        [{"delivery": each, "now": now} for each in deliveries],
    ).rowcount


def recall(db: Db, token: str, now: float) -> int:
    """Let what was deferred for this token go at once, in its old place; return how many."""
    return db.execute(
        "UPDATE delivery SET due_at = (SELECT CASE WHEN s.accepted_at < :now THEN s.accepted_at"
        "  ELSE :now END FROM submission s WHERE s.id = delivery.submission)"
        " WHERE id IN (SELECT d.id FROM delivery d INDEXED BY delivery_due WHERE d.state = 'queued'"
        " AND d.due_at > :now AND d.due_at <= :latest AND d.failures > 0 AND d.token = :token)",
        {"now": now, "latest": now + LONGEST, "token": token},
    ).rowcount


def leaves(step: Step, before: Delivery) -> bool:
    """Whether what a step writes lets those behind go: it ends the turn, or waits by itself."""
    if step.state not in IN_LINE:
        return True
    if not step.failed or step.token == NOT_SENT:
        return False
    return step.token == USED_UP or before.failures_before(step.token) + 1 >= PATIENCE
