"""Whose turn it is: the parts of a long text wait for each other, number by number."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bridge.core import judge
from bridge.core.outcomes import State
from bridge.core.states import Evidence
from bridge.spool import line
from bridge.spool.db import Db
from bridge.spool.rows import one_of

UNDER_WAY = frozenset({State.QUEUED, State.CLAIMED, State.SUBMITTING, State.UNKNOWN})
"""States of a part that will end by itself, and then decide about the next one."""

ACCEPTED = frozenset({State.SUBMITTED, State.DELIVERED, State.UNDELIVERABLE, State.NET_EXPIRED})
"""States of a part that the gateway took, so that the next one may go."""


def follow(db: Db, deliveries: Collection[int], state: State, now: float) -> int:
    """Let the next parts do what their predecessors' new state asks of them; how many moved."""
    known = judge.FOLLOWS.get(state)
    if known is None:
        return 0
    if known is Evidence.BEFORE_TAKEN:
        return _release(db, deliveries, now)
    return sum(_end_after(db, each, known, now) for each in deliveries)


def _end_after(db: Db, delivery: int, known: Evidence, now: float) -> int:
    """End what comes after a part; return how many do."""
    moved = 0
    for (next_,) in db.execute(
        f"SELECT id FROM delivery WHERE after = ? AND state IN {one_of(known.before)}", (delivery,)
    ).fetchall():
        moved += _end(db, next_, known.after, before=delivery, now=now)
        moved += follow(db, (next_,), known.after, now)
        line.left(db, (next_,), now)
    return moved


def _release(db: Db, before: Iterable[int], now: float) -> int:
    """A part that waited, or was held with the part before, may go; what an operator holds stays.

    Held without a term is held in doubt: one that never began, for the part before alone.
    """
    known = Evidence.BEFORE_TAKEN
    return db.executemany(
        "UPDATE delivery SET state = ?, due_at = ?, changed_at = ?,"
        " token = CASE WHEN state = 'held' THEN '' ELSE token END,"
        " reason = CASE WHEN state = 'held' THEN '' ELSE reason END"
        f" WHERE after = ? AND state IN {one_of(known.before)} AND (state = 'queued'"
        "  OR (state = 'held' AND due_at IS NULL AND begun_at = 0))",
        [(known.after, now, now, each) for each in before],
    ).rowcount


def _end(db: Db, delivery: int, state: State, *, before: int, now: float) -> int:
    """Stand as the part before does, for its reason; held as doubtful is held without a term."""
    return db.execute(
        "UPDATE delivery SET (state, due_at, token, enhanced, reason) ="
        " (SELECT CAST(? AS TEXT),"
        "  CASE WHEN b.due_at IS NOT NULL AND b.state = 'held' THEN delivery.expires_at END,"
        "  b.token, b.enhanced, 'the part before: ' || b.reason FROM delivery b WHERE b.id = ?),"
        " epoch = epoch + 1, owner = '', changed_at = ? WHERE id = ?",
        (state, before, now, delivery),
    ).rowcount


def parts(db: Db, delivery: int) -> list[int]:
    """The deliveries of all parts of the text that one belongs to, first to last."""
    found = [delivery]
    while before := db.execute(
        "SELECT after FROM delivery WHERE id = ? AND after IS NOT NULL", (found[0],)
    ).fetchone():
        found.insert(0, before[0])
    while next_ := db.execute("SELECT id FROM delivery WHERE after = ?", (found[-1],)).fetchone():
        found.append(next_[0])
    return found


def may_go(db: Db, after: int | None) -> bool:
    """Whether the part before (if there is one) was taken by the gateway."""
    if after is None:
        return True
    row = db.execute("SELECT state FROM delivery WHERE id = ?", (after,)).fetchone()
    return row is None or State(row[0]) in ACCEPTED
