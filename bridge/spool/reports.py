"""Status reports and deliveries find each other, whichever came first.

A report names a delivery by the gateway's id and the number.  One whose id nobody knows is an
orphan: its submission's answer may still be on the way, or was lost; then it settles the one
delivery that is in doubt for that number.
"""

from __future__ import annotations

import sqlite3

from bridge.core import judge
from bridge.core.events import StatusReport
from bridge.core.leases import Told
from bridge.core.model import State
from bridge.spool import rows, turns

ORPHANS = 100
"""How many of a number's orphans are looked at, the newest: other systems' reports must not cost
more than that at each step of ours."""


def place(db: sqlite3.Connection, event: int, report: StatusReport, now: float) -> None:
    """Join a report that was just stored to its delivery, or let it wait as an orphan."""
    if not _join(db, event, report, now):
        db.execute("UPDATE event SET state = ?, due_at = NULL WHERE id = ?", (Told.ORPHAN, event))
        reconcile(db, report.number, now)


def reconcile(db: sqlite3.Connection, number: str, now: float) -> None:
    """Join what can be joined of a number's orphans, oldest first."""
    orphans = db.execute(
        "SELECT id, kind, item, at FROM event WHERE number = ? AND state = 'orphan'"
        " ORDER BY id DESC LIMIT ?",
        (number, ORPHANS),
    ).fetchall()
    for event, kind, item, at in reversed(orphans):
        report = rows.event(kind, item)
        if isinstance(report, StatusReport) and (
            _join(db, event, report, now) or _settle_doubt(db, event, report, at=at, now=now)
        ):
            db.execute(
                "UPDATE event SET state = ?, due_at = ?, changed_at = ? WHERE id = ?",
                (Told.QUEUED, now, now, event),
            )


def _join(db: sqlite3.Connection, event: int, report: StatusReport, now: float) -> bool:
    """Move the delivery that a report names; False if there is none.

    A gateway's list answers with one id, and its members' reports come under numbers of which
    the bridge knows nothing: they belong to the list's mail and move no state.
    """
    row = db.execute(
        "SELECT d.id, d.state, s.message, d.is_list FROM delivery d"
        " JOIN submission s ON s.id = d.submission WHERE d.message_id = ? AND d.message_id <> ''"
        " AND (d.destination = ? OR d.is_list) ORDER BY d.is_list, d.id DESC LIMIT 1",
        (report.message_id, report.number),
    ).fetchone()
    if row is None:
        return False
    delivery, state, mail, is_list = row
    after = None if is_list else judge.reported(State(state), report.progress)
    if after is not None:
        db.execute(
            "UPDATE delivery SET state = ?, reason = ?, changed_at = ? WHERE id = ?",
            (after, report.words, now, delivery),
        )
    db.execute("UPDATE event SET mail = ? WHERE id = ?", (mail, event))
    return True


def _settle_doubt(
    db: sqlite3.Connection, event: int, report: StatusReport, *, at: float, now: float
) -> bool:
    """Let an orphan settle the one delivery in doubt for its number; False if none, or several.

    Whatever may have been sent before the report came and has no id yet is a candidate: a
    request still under way, or one held as doubtful, makes two of them, and nobody can tell
    which is meant.
    """
    doubts = db.execute(
        "SELECT id, state FROM delivery WHERE destination = ?"
        " AND state IN ('submitting', 'in-doubt', 'held')"
        " AND begun_at > 0 AND begun_at <= ? AND message_id = '' AND NOT is_list",
        (report.number, at),
    ).fetchall()
    if len(doubts) != 1 or not report.message_id:
        return False
    delivery, state = doubts[0]
    after = judge.vouched(State(state))
    if after is None:
        return False
    db.execute(
        "UPDATE delivery SET state = ?, due_at = NULL, owner = '', epoch = epoch + 1,"
        " message_id = ?, token = '', reason = ?, changed_at = ? WHERE id = ?",
        (after, report.message_id, "a status report showed that it was sent", now, delivery),
    )
    turns.follow(db, delivery, after, now)
    return _join(db, event, report, now)
