"""A verdict written down: states, events, the next parts, the split, the pause; all or nothing.

Nothing is decided here.  Each write carries the lease's epoch and the state that its holder knew:
a row that moved on under another hand undoes the whole settlement.
"""

from __future__ import annotations

import sqlite3

from bridge.core.events import GatewayBlocked
from bridge.core.leases import Delivery, Pause, Step, SubmissionLease, Verdict
from bridge.core.model import ListName, State
from bridge.spool import reports, telling, turns
from bridge.spool.contract import LeaseLost


def settle(db: sqlite3.Connection, held: SubmissionLease, verdict: Verdict, now: float) -> None:
    """Write a verdict; raises `LeaseLost`, and then nothing is to stay written."""
    pending = {each.id: each for each in held.pending}
    for step in verdict.steps:
        _write(db, held, pending[step.delivery], step, now=now)
    db.execute(
        "UPDATE attempt SET ended_at = ?, outcome = ?"
        " WHERE submission = ? AND epoch = ? AND ended_at IS NULL",
        (now, _summary(verdict), held.item.id, held.epoch),
    )
    rested = verdict.pause is not None and not _pause(db, verdict.pause, now)
    for event in verdict.events:
        if not (rested and isinstance(event, GatewayBlocked)):
            telling.store(db, event, now)
    if verdict.split:
        _split(db, held, verdict)
    for step in verdict.steps:
        if held.item.parts > 1:
            turns.follow(db, step.delivery, step.state, now)
        destination = pending[step.delivery].destination
        if not isinstance(destination, ListName):
            reports.reconcile(db, str(destination), now)


def _write(
    db: sqlite3.Connection, held: SubmissionLease, known: Delivery, step: Step, *, now: float
) -> None:
    stood = (State.CLAIMED, State.SUBMITTING) if known.state is State.QUEUED else (known.state,)
    written = db.execute(
        "UPDATE delivery SET state = ?, due_at = ?, token = ?, reason = ?, message_id = ?,"
        " failures = failures + ?, resends = resends + ?, owner = '', changed_at = ?"
        " WHERE id = ? AND epoch = ? AND state IN (?, ?)",
        (
            step.state,
            step.due_at,
            step.token,
            step.reason,
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
        raise LeaseLost


def _summary(verdict: Verdict) -> str:
    """What an attempt came to, in a few words: each state, with its token if it has one."""
    words = (f"{s.state} {s.token}".strip() for s in verdict.steps)
    return ", ".join(dict.fromkeys(words))


def _pause(db: sqlite3.Connection, pause: Pause, now: float) -> bool:
    """Let the lane rest; False if it rested already (then the postmaster was told)."""
    return bool(
        db.execute(
            "UPDATE lane SET paused_since = ?, token = ?, reason = ?, probe_at = ?"
            " WHERE name = 'submit' AND paused_since IS NULL",
            (now, pause.token, pause.reason, pause.probe_at),
        ).rowcount
    )


def _split(db: sqlite3.Connection, held: SubmissionLease, verdict: Verdict) -> None:
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
