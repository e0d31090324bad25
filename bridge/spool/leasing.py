"""Submissions out of the spool: who may send what, until when, and what is written before it goes.

A lease takes the due deliveries of one submission that stand alike.  Only queued ones change
their state by it; one that may have been sent, or is held, keeps saying so in its row, so that
another crash changes nothing about what is known.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from bridge.core.leases import SubmissionLease
from bridge.core.model import Mms, Part, Submission
from bridge.core.outcomes import State
from bridge.core.states import Evidence
from bridge.spool import folding, lanes, line, optouts, rows, turns
from bridge.spool.db import Db

LOOKS = 500
"""Submissions that are looked at in one transaction: those of a long line only step back."""

ROWS = 4
"""Rows that are read for each submission that is looked for: most have one recipient."""

LOOK_AGAIN = 60.0
"""Seconds until a part past its time is looked at again, while the part before is under way."""

# What one lease may hold, most pressing first: a condition, and the index whose order is the
# order of work.  One state each, since an index gives no order across two.
_JUDGED = (
    ("state = 'submitting' AND due_at <= :now", "delivery_due"),
    ("state = 'in-doubt' AND due_at <= :now", "delivery_due"),
    ("state = 'held' AND due_at <= :now", "delivery_due"),
)
_IN_LINE = "state = 'queued' AND due_at <= :now"
_SENT = (("state = 'claimed' AND due_at <= :now", "delivery_due"), (_IN_LINE, "delivery_due"))
_EXPIRED = (
    (
        "state IN ('queued', 'claimed') AND t.expires_at <= :now AND due_at <= :now",
        "delivery_expiry",
    ),
)
_ORDER = {"delivery_due": "due_at", "delivery_expiry": "t.expires_at"}
# What a node looks at, another one passes over: all of a submission, since it is leased as one.
_WHOLE = "/* JOIN submission s ON s.id = t.submission */"
_MINE = "/* FOR NO KEY UPDATE OF s SKIP LOCKED */"


class Fenced(Exception):
    """The rows of a lease are not its holder's any more: nothing is written."""


class Leased(NamedTuple):
    """What was leased, whether somebody is told soon of what ended, and whether more is due."""

    found: Sequence[SubmissionLease]
    tells: bool
    more: bool


def lease(
    db: Db, owner: str, limit: int, *, now: float, until: float, unsent: bool = False
) -> Leased:
    """Lease up to `limit` submissions of which something is due; `unsent`: none that is to be sent.

    Where a number has opted out, what was to be sent to it ends instead.
    """
    found: list[SubmissionLease] = []
    tells, looks = False, LOOKS
    for clause, index in _JUDGED + (_EXPIRED if unsent or lanes.resting(db) else _SENT):
        while looks > 0 and (
            due := _first(db, clause, index, now=now, limit=min(limit - len(found), looks))
        ):
            looks -= len(due)
            for each in due:
                held, ended = _taken(db, each, clause, owner=owner, now=now, until=until)
                found += filter(None, (held,))
                tells = tells or ended
    return Leased(found, tells, looks <= 0)


def _first(db: Db, clause: str, index: str, *, now: float, limit: int) -> Sequence[str]:
    """The first submissions of which something is due: one at least, where there is any."""
    if not limit:
        return ()
    found = db.execute(
        f"SELECT t.submission FROM delivery t INDEXED BY {index} {_WHOLE} WHERE {clause}"
        f" ORDER BY {_ORDER[index]} LIMIT :rows {_MINE}",
        {"now": now, "rows": limit * ROWS},
    )
    return tuple(dict.fromkeys(submission for (submission,) in found))[:limit]


def _taken(
    db: Db,
    submission: str,
    clause: str,
    *,
    owner: str,
    now: float,
    until: float,
) -> tuple[SubmissionLease | None, bool]:
    """Lease what is due of one submission, if anything; and whether some of it ended instead.

    The lease's epoch is above any that its rows ever had.
    """
    if clause is _IN_LINE:
        line.step_back(db, submission, now)
    found = db.execute(
        f"{rows.OF_SUBMISSION} SELECT {rows.DELIVERY}, after, (SELECT max(epoch) + 1 FROM mine)"
        f" FROM mine t WHERE {clause} ORDER BY id",
        {"submission": submission, "now": now},
    ).fetchall()
    due = [rows.delivery(row) for *row, after, _ in found if not _waits(db, row[0], after, now)]
    pending = optouts.turned_away(db, submission, due, now)
    ended = len(pending) < len(due)
    if not pending:
        return None, ended
    epoch = found[0][-1]
    db.executemany(
        "UPDATE delivery SET state = ?, epoch = ?, owner = ?, due_at = ? WHERE id = ?",
        [
            (Evidence.LEASED.moves(each.state) or each.state, epoch, owner, until, each.id)
            for each in pending
        ],
    )
    item = submission_of(db, submission)
    orphaned = pending[0].state in (State.SUBMITTING, State.UNKNOWN)
    return SubmissionLease(item, tuple(pending), epoch, until, orphaned), ended


def _waits(db: Db, delivery: int, after: int | None, now: float) -> bool:
    """Whether a part whose time is up is left to the part before, which ends both in one notice."""
    if after is None:
        return False
    row = db.execute("SELECT state FROM delivery WHERE id = ?", (after,)).fetchone()
    if row is None or State(row[0]) not in turns.UNDER_WAY:
        return False
    db.execute("UPDATE delivery SET due_at = ? WHERE id = ?", (now + LOOK_AGAIN, delivery))
    return True


def submission_of(db: Db, submission: str) -> Submission:
    """A submission as it was accepted, with its content."""
    row = db.execute(
        f"SELECT {rows.SUBMISSION} FROM submission s"
        " JOIN submission o ON o.id = s.origin WHERE s.id = ?",
        (submission,),
    ).fetchone()
    destinations = db.execute(
        "SELECT destination, is_list FROM delivery WHERE submission = ? AND member_of IS NULL"
        " ORDER BY id",
        (submission,),
    ).fetchall()
    files: list[Part] = []
    if row[2] == Mms.__name__:
        files = [
            Part(*each)
            for each in db.execute(
                "SELECT name, media_type, body FROM media WHERE submission = ? ORDER BY n",
                (row[4],),
            )
        ]
    return rows.submission(row, (rows.destination(*each) for each in destinations), files)


def begin(db: Db, held: SubmissionLease, host: str, now: float) -> bool:
    """Record that a request begins, before its first byte; raises `Fenced`.

    The holder may begin again, with the other host: certainly not sent by the first.  False: a
    number opted out meanwhile, and the lease is given back, so that it is turned away.
    """
    if any(each.state is not State.QUEUED for each in held.pending):
        raise Fenced
    if optouts.among(db, held.pending):
        give_back(db, held, now)
        return False
    count = len(held.pending)
    begun = db.execute(
        "UPDATE delivery SET state = ?, attempts = attempts + 1, host = ?,"
        " begun_at = ?, batch = ?, token = '', reason = '', changed_at = ?"
        f" WHERE submission = ? AND epoch = ? AND state IN {rows.one_of(Evidence.BEGUN.before)}",
        (Evidence.BEGUN.after, host, now, count, now, held.item.id, held.epoch),
    ).rowcount
    if begun != count:
        raise Fenced
    folding.goes(db, held)
    _not_taken(db, held, now)
    db.execute(
        "INSERT INTO attempt (submission, epoch, host, begun_at, deliveries)"
        " VALUES (?, ?, ?, ?, ?)",
        (held.item.id, held.epoch, host, now, json.dumps([each.id for each in held.pending])),
    )
    return True


def give_back(db: Db, held: SubmissionLease, now: float) -> None:
    """Let what certainly was not sent be leased anew, at once."""
    known = Evidence.GIVEN_BACK
    db.execute(
        "UPDATE delivery SET state = ?, due_at = ?, owner = '', changed_at = ?"
        f" WHERE submission = ? AND epoch = ? AND state IN {rows.one_of(known.before)}",
        (known.after, now, now, held.item.id, held.epoch),
    )
    _not_taken(db, held, now)


def _not_taken(db: Db, held: SubmissionLease, now: float) -> None:
    """Close the attempt of a lease that the host before did not take."""
    db.execute(
        "UPDATE attempt SET ended_at = ?, outcome = 'not taken'"
        " WHERE submission = ? AND epoch = ? AND ended_at IS NULL",
        (now, held.item.id, held.epoch),
    )
