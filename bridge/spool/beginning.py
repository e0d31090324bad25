"""What is written before a request goes, and where what was leased does not go after all.

`begin` is a commit of its own.  Where its text was accepted or leased by the same transaction, it
is `straight`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bridge.core.leases import SubmissionLease
from bridge.core.outcomes import State
from bridge.core.states import Evidence
from bridge.spool import folding, optouts, rows
from bridge.spool.db import Db
from bridge.spool.queueing import Holder


class Fenced(Exception):
    """The rows of a lease are not its holder's any more: nothing is written."""


def begin(db: Db, held: SubmissionLease, host: str, now: float) -> bool:
    """Record that a request begins, before its first byte; raises `Fenced`.

    The lease lasts anew from here; one that was over before is lost, whether or not somebody has it
    yet.  The holder may begin again, with the other host: certainly not sent by the first.  What
    began at this one with its lease is no other request.  False: a number opted out meanwhile, and
    the lease is given back, so that it is turned away.
    """
    if any(each.state is not State.QUEUED for each in held.pending):
        raise Fenced
    if optouts.among(db, held.pending):
        give_back(db, held, now)
        return False
    anew = held.begun != host
    if anew:
        _not_taken(db, held, now)
    moved = db.execute(
        "UPDATE delivery SET state = ?, attempts = attempts + ?, host = ?,"
        " begun_at = ?, batch = ?, token = '', reason = '', changed_at = ?,"
        " due_at = CASE WHEN due_at < ? THEN ? ELSE due_at END"
        f" WHERE submission = ? AND epoch = ? AND state IN {rows.one_of(Evidence.BEGUN.before)}"
        " AND +due_at > ?",  # + : its rows are found by whose they are
        (
            Evidence.BEGUN.after,
            int(anew),
            host,
            now,
            len(held.pending),
            now,
            now + held.lasts,
            now + held.lasts,
            held.item.id,
            held.epoch,
            now,
        ),
    ).rowcount
    if moved != len(held.pending):
        raise Fenced
    if anew:
        folding.goes(db, (held,))
        attempted(db, (held,), host, now)
    return True


def at_once(db: Db, leases: Sequence[SubmissionLease], by: Holder) -> None:
    """Record that the requests of some leases begin, which this transaction gives to their holder.

    Nobody looks for opt-outs here.
    """
    db.executemany(
        "UPDATE delivery SET state = ?, epoch = ?, owner = ?, due_at = ?, behind = 0,"
        " attempts = attempts + 1, host = ?, begun_at = ?, batch = ?, token = '', reason = '',"
        " changed_at = ? WHERE id = ?",
        [
            (
                Evidence.LEASED_AND_BEGUN.after,
                held.epoch,
                by.owner,
                held.until,
                by.host,
                by.now,
                len(held.pending),
                by.now,
                to.id,
            )
            for held in leases
            for to in held.pending
        ],
    )
    folding.goes(db, leases)
    attempted(db, leases, by.host, by.now)


def attempted(db: Db, leases: Sequence[SubmissionLease], host: str, now: float) -> None:
    """Write down the requests of some leases, whose rows say already that they begin."""
    db.executemany(
        "INSERT INTO attempt (submission, epoch, host, begun_at, deliveries)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            (held.item.id, held.epoch, host, now, json.dumps([each.id for each in held.pending]))
            for held in leases
        ],
    )


def is_of(db: Db, held: SubmissionLease, owner: str) -> bool:
    """Whether a lease was granted to this owner: one that was not committed never was."""
    found = db.execute(
        "SELECT 1 FROM delivery WHERE submission = ? AND epoch = ? AND owner = ? LIMIT 1",
        (held.item.id, held.epoch, owner),
    )
    return found.fetchone() is not None


def give_back(db: Db, held: SubmissionLease, now: float, *, after: float = 0.0) -> None:
    """Let what certainly was not sent be leased anew, `after` some seconds."""
    known = Evidence.GIVEN_BACK
    db.execute(
        "UPDATE delivery SET state = ?, due_at = ?, owner = '', changed_at = ?"
        f" WHERE submission = ? AND epoch = ? AND state IN {rows.one_of(known.before)}",
        (known.after, now + after, now, held.item.id, held.epoch),
    )
    _not_taken(db, held, now)


def _not_taken(db: Db, held: SubmissionLease, now: float) -> None:
    """Close the attempt of a lease that the host before did not take."""
    db.execute(
        "UPDATE attempt SET ended_at = ?, outcome = 'not taken'"
        " WHERE submission = ? AND epoch = ? AND ended_at IS NULL",
        (now, held.item.id, held.epoch),
    )
