"""The wall's clock was set: every instant that something still hangs on is moved along with it.

What waits goes on waiting as long as it was to; nothing is sent, told or given up early or late.
So does what counts by an age: that of a mail that is not over, of an event that is not told, of a
report that waits for its text, of what a client or the gateway may send again.  What has ended
keeps its instants: it is history.  The weather at a number and its loops (`folding`, `loops`)
forget by themselves what a leap made implausible, so does the account's balance; opt-outs carry
other people's clocks.  Limits count by a clock of their own, which nobody sets (`spending`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from bridge.core import gathering
from bridge.core.leases import NoticeVerdict, Verdict
from bridge.core.outcomes import State
from bridge.spool.clocks import LEAP
from bridge.spool.db import Db

UNSURE = 3600.0
"""Seconds after a leap for which nothing is erased: whoever set the clock may have been wrong."""

_OPEN = (
    "SELECT id FROM message WHERE look_at IS NOT NULL OR acked = 0"
    " UNION SELECT s.message FROM delivery d JOIN submission s ON s.id = d.submission"
    " WHERE d.due_at IS NOT NULL OR d.state = :doubt"  # a late report may still settle it
)
_ALONG = (
    "UPDATE delivery SET due_at = due_at + :by, expires_at = expires_at + :by,"
    " goes_at = goes_at + :by, changed_at = changed_at + :by,"
    " begun_at = CASE WHEN begun_at > 0 THEN begun_at + :by ELSE begun_at END"
    f" WHERE submission IN (SELECT id FROM submission WHERE message IN ({_OPEN}))",
    "UPDATE submission SET accepted_at = accepted_at + :by, expires_at = expires_at + :by"
    f" WHERE message IN ({_OPEN})",
    "UPDATE message SET received_at = received_at + :by, look_at = look_at + :by"
    f" WHERE id IN ({_OPEN})",
    "UPDATE event SET at = at + :by, due_at = due_at + :by"
    " WHERE due_at IS NOT NULL OR state = 'orphan' OR acked = 0",
    "UPDATE lane SET paused_since = paused_since + :by, probe_at = probe_at + :by,"
    " resumed_at = resumed_at + :by",
    "UPDATE summary SET since = since + :by, until = until + :by",
)


class Leaps(NamedTuple):
    """How often the clock was set so far, and by how many seconds in all."""

    times: int
    moved: float


def leaps(db: Db) -> Leaps:
    """The leaps that the store followed."""
    return Leaps(*db.execute("SELECT leaps, moved FROM clock WHERE id = 1").fetchone())


def leap(db: Db, by: float, *, known: Leaps, now: float) -> bool:
    """Move all that matters by so many seconds; `now` is the time as it is from here on.

    False: somebody else did it, since there were more leaps than the `known` ones.
    """
    first = db.execute(
        "UPDATE clock SET leaps = leaps + 1, moved = moved + ?, leapt_at = ?, at = ?"
        " WHERE leaps = ?",
        (by, now, now, known.times),
    ).rowcount
    if not first:
        return False
    for statement in _ALONG:
        db.execute(statement, {"by": by, "doubt": State.HELD})
    lately = now - by - gathering.WITHIN
    db.execute("UPDATE report SET at = at + ? WHERE at > ?", (by, lately))
    return True


def beat(db: Db, now: float) -> None:
    """Note the time."""
    db.execute("UPDATE clock SET at = ?", (now,))


def set_back(db: Db, now: float) -> float:
    """By how many seconds (below 0) the clock was set back while nobody ran; 0.0 if it was not.

    One that was set forward cannot be told from a long rest: that counts as time that passed.
    """
    (at,) = db.execute("SELECT at FROM clock WHERE id = 1").fetchone()
    return float(now - at) if at - now >= LEAP else 0.0


def is_unsure(db: Db, now: float) -> bool:
    """Whether the clock was set so lately that no age is to be trusted with an erasure."""
    return abs(now - latest(db).at) < UNSURE


class Latest(NamedTuple):
    """When the clock was set last, by the time as it was from there on (0.0: never); `Leaps.moved`.

    The store's time less what it was moved by is that of a clock which nobody sets.
    """

    at: float
    moved: float

    def since(self, known: Leaps | None) -> float:
        """By how many seconds the clock was set since so much was known (None: nothing, ever)."""
        return self.moved - known.moved if known else 0.0


def latest(db: Db) -> Latest:
    """The last leap that the store followed."""
    return Latest(*db.execute("SELECT leapt_at, moved FROM clock WHERE id = 1").fetchone())


def along(verdict: Verdict, by: float) -> Verdict:
    """A verdict of before a leap, as it is to be written after it."""
    if not by:
        return verdict
    steps = (
        replace(each, due_at=None if each.due_at is None else each.due_at + by)
        for each in verdict.steps
    )
    return replace(verdict, steps=tuple(steps))


def notice_along(verdict: NoticeVerdict, by: float) -> NoticeVerdict:
    """The same for an event's mail."""
    return replace(verdict, due_at=None if verdict.due_at is None else verdict.due_at + by)
