"""A verdict written down: states, events, the next parts, the split, the pause; all or nothing.

Nothing is decided here.  Each write carries the lease's epoch and moves what its evidence can move:
a row that moved on under another hand undoes the whole settlement.  An id that the gateway gave is
a fact all the same, and is kept: what has one is never sent again.
"""

from __future__ import annotations

from bridge.core.events import GatewayBlocked
from bridge.core.judge import enhanced
from bridge.core.leases import Step, SubmissionLease, Verdict
from bridge.core.model import Destination, ListName
from bridge.core.outcomes import State
from bridge.spool import lanes, line, owing, queueing, relieving, reports, turns
from bridge.spool.db import Db
from bridge.spool.leasing import Fenced
from bridge.spool.rows import one_of


def settle(db: Db, held: SubmissionLease, verdict: Verdict, now: float) -> bool:
    """Write a verdict; return whether anything became due by it, in whatever lane.

    Raises `Fenced`, and then nothing is to stay written.
    """
    pending = {each.id: each for each in held.pending}
    for step in verdict.steps:
        _write(db, held, step, now=now)
    db.execute(
        "UPDATE attempt SET ended_at = ?, outcome = ?"
        " WHERE submission = ? AND epoch = ? AND ended_at IS NULL",
        (now, _summary(verdict), held.item.id, held.epoch),
    )
    known = verdict.pause is not None and not lanes.pause(db, verdict.pause, now)
    for event in verdict.events:
        if not (known and isinstance(event, GatewayBlocked)):
            queueing.event(db, event, now)
    if verdict.split:
        _split(db, held, verdict)
    if any(step.message_id for step in verdict.steps):
        lanes.recover(db)
    moved = 0
    for step in verdict.steps:
        if held.item.parts > 1:
            turns.follow(db, step.delivery, step.state, now)
        if enhanced(step.state, step.token):
            moved += owing.ended(db, step.delivery, now, ours=verdict.ours)
        moved += relieving.follow(db, step.delivery, step.state, now)
        moved += _reconcile(db, pending[step.delivery].destination, step, now)
        if line.leaves(step):
            moved += line.left(db, step.delivery, now)
    again = any(step.due_at is not None for step in verdict.steps)
    return bool(moved or verdict.events or again or held.item.parts > 1)


def salvage(db: Db, held: SubmissionLease, verdict: Verdict, now: float) -> bool:
    """Keep of a verdict whose lease was lost the ids that the gateway gave; whether that was all.

    A clock that leapt makes a holder lose its lease while its request is under way.  What was
    written by this holder already, when it could not tell whether it was, is not lost.
    """
    if _ended_so(db, held, verdict):
        return True
    kept = [step for step in verdict.steps if step.message_id and reports.adopt(db, step, now)]
    destinations = {each.id: each.destination for each in held.pending}
    for step in kept:
        _reconcile(db, destinations[step.delivery], step, now)
    return len(kept) == len(verdict.steps)


def _ended_so(db: Db, held: SubmissionLease, verdict: Verdict) -> bool:
    """Whether the attempt under this lease ended by this verdict: nobody else ends it so."""
    found = db.execute(
        "SELECT 1 FROM attempt WHERE submission = ? AND epoch = ? AND ended_at IS NOT NULL"
        " AND outcome = ?",
        (held.item.id, held.epoch, _summary(verdict)),
    )
    return found.fetchone() is not None


def _reconcile(db: Db, destination: Destination, step: Step, now: float) -> int:
    """Join the reports that came before this step; return how many."""
    if not isinstance(destination, ListName):
        return reports.reconcile(db, str(destination), now)
    return reports.reconcile_list(db, step.message_id, now) if step.message_id else 0


def _write(db: Db, held: SubmissionLease, step: Step, *, now: float) -> None:
    written = db.execute(
        "UPDATE delivery SET state = ?, due_at = ?, token = ?, reason = ?, enhanced = ?,"
        " message_id = ?, failures = failures + ?, resends = resends + ?, owner = '',"
        f" changed_at = ? WHERE id = ? AND epoch = ? AND state IN {one_of(step.evidence.before)}",
        (
            step.state,
            step.due_at,
            step.token,
            step.reason,
            enhanced(step.state, step.token),
            step.message_id,
            step.failed,
            step.resend,
            now,
            step.delivery,
            held.epoch,
        ),
    ).rowcount
    if not written:
        raise Fenced


def _summary(verdict: Verdict) -> str:
    """What an attempt came to, in a few words: each state, with its token if it has one."""
    words = (f"{s.state} {s.token}".strip() for s in verdict.steps)
    return ", ".join(dict.fromkeys(words))


def _split(db: Db, held: SubmissionLease, verdict: Verdict) -> None:
    """Give each delivery that is to be tried alone a submission of its own, of the same content."""
    for step in verdict.steps:
        if step.state is not State.QUEUED:
            continue
        alone = f"{held.item.id}.{step.delivery}"
        db.execute(
            "INSERT INTO submission SELECT ?, message, origin, kind, NULL, accepted_at, expires_at,"
            " profile, sender, originator, user_context, segments, after, part, parts"
            " FROM submission WHERE id = ?",
            (alone, held.item.id),
        )
        db.execute("UPDATE delivery SET submission = ? WHERE id = ?", (alone, step.delivery))
