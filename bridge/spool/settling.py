"""A verdict written down: states, events, the next parts, the split, the pause; all or nothing.

Nothing is decided here.  Each write carries the lease's epoch and the state that its holder knew:
a row that moved on under another hand undoes the whole settlement.  An id that the gateway gave is
a fact all the same, and is kept (P4).
"""

from __future__ import annotations

from bridge.core.events import GatewayBlocked
from bridge.core.judge import enhanced
from bridge.core.leases import Delivery, Step, SubmissionLease, Verdict
from bridge.core.model import Destination, ListName
from bridge.core.outcomes import State
from bridge.spool import lanes, owing, queueing, relieving, reports, turns
from bridge.spool.db import Db
from bridge.spool.leasing import Fenced


def settle(db: Db, held: SubmissionLease, verdict: Verdict, now: float) -> bool:
    """Write a verdict; return whether anything became due by it, in whatever lane.

    Raises `Fenced`, and then nothing is to stay written.
    """
    pending = {each.id: each for each in held.pending}
    for step in verdict.steps:
        _write(db, held, pending[step.delivery], step, now=now)
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
        if enhanced(step):
            moved += owing.ended(db, step.delivery, now, ours=verdict.ours)
        moved += relieving.follow(db, step.delivery, step.state, now)
        moved += _reconcile(db, pending[step.delivery].destination, step, now)
    again = any(step.due_at is not None for step in verdict.steps)
    return bool(moved or verdict.events or again or held.item.parts > 1)


def salvage(db: Db, held: SubmissionLease, verdict: Verdict, now: float) -> bool:
    """Keep of a verdict whose lease was lost the ids that the gateway gave; whether that was all.

    A clock that leapt makes a holder lose its lease while its request is under way.
    """
    kept = [step for step in verdict.steps if step.message_id and reports.adopt(db, step, now)]
    destinations = {each.id: each.destination for each in held.pending}
    for step in kept:
        _reconcile(db, destinations[step.delivery], step, now)
    return len(kept) == len(verdict.steps)


def _reconcile(db: Db, destination: Destination, step: Step, now: float) -> int:
    """Join the reports that came before this step; return how many."""
    if not isinstance(destination, ListName):
        return reports.reconcile(db, str(destination), now)
    return reports.reconcile_list(db, step.message_id, now) if step.message_id else 0


def _write(db: Db, held: SubmissionLease, known: Delivery, step: Step, *, now: float) -> None:
    stood = (State.CLAIMED, State.SUBMITTING) if known.state is State.QUEUED else (known.state,)
    written = db.execute(
        "UPDATE delivery SET state = ?, due_at = ?, token = ?, reason = ?, enhanced = ?,"
        " message_id = ?, failures = failures + ?, resends = resends + ?, owner = '',"
        " changed_at = ? WHERE id = ? AND epoch = ? AND state IN (?, ?)",
        (
            step.state,
            step.due_at,
            step.token,
            step.reason,
            enhanced(step),
            step.message_id,
            step.failed,
            step.resend,
            now,
            step.delivery,
            held.epoch,
            stood[0],
            stood[-1],
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
