"""A verdict written down: states, events, the next parts, the split, the pause; all or nothing.

Nothing is decided here.  Each write carries the lease's epoch and moves what its evidence can move:
a row that moved on under another hand undoes the whole settlement.  An id that the gateway gave is
a fact all the same, and is kept: what has one is never sent again.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge import maillog
from bridge.core.events import GatewayBlocked
from bridge.core.judge import enhanced
from bridge.core.leases import Step, SubmissionLease, Verdict
from bridge.core.model import ListName
from bridge.core.outcomes import State
from bridge.core.states import Evidence
from bridge.spool import lanes, line, owing, queueing, relieving, reports, turns
from bridge.spool.beginning import Fenced
from bridge.spool.db import Db
from bridge.spool.rows import one_of

_BACK_OFF = "CASE WHEN :due_at < expires_at THEN :due_at ELSE expires_at END"
"""No later than its time is up, by its row: the lease may be older than a leap of the clock."""

_WAITS = (
    "SELECT EXISTS (SELECT 1 FROM lane WHERE name = 'submit' AND token <> ''"
    " AND paused_since IS NULL),"
    " EXISTS (SELECT 1 FROM event INDEXED BY event_orphan WHERE state = 'orphan'),"
    " EXISTS (SELECT 1 FROM delivery b INDEXED BY delivery_behind WHERE b.behind = 1)"
)
"""Whether a rest is to be forgotten, and whether there are orphans, and texts behind others."""


def settle(db: Db, held: SubmissionLease, verdict: Verdict, now: float) -> bool:
    """Write a verdict; return whether anything became due by it, in whatever lane.

    Raises `Fenced`, and then nothing is to stay written.
    """
    _write(db, held, verdict.steps, now)
    _close(db, held, verdict, now)
    known = verdict.pause is not None and not lanes.pause(db, verdict.pause, now)
    for event in verdict.events:
        if not (known and isinstance(event, GatewayBlocked)):
            queueing.event(db, event, now)
    if verdict.split:
        _split(db, held, verdict)
    if held.item.parts > 1:
        for state in dict.fromkeys(step.state for step in verdict.steps):
            turns.follow(db, [s.delivery for s in verdict.steps if s.state is state], state, now)
    moved = 0
    for step in verdict.steps:
        if enhanced(step.state, step.token):
            moved += owing.ended(db, step.delivery, now, ours=verdict.ours)
        moved += relieving.follow(db, step.delivery, step.state, now)
    moved += _stir(db, held, verdict.steps, now)
    again = any(step.due_at is not None for step in verdict.steps)
    return bool(moved or verdict.events or again or held.item.parts > 1)


def salvage(db: Db, held: SubmissionLease, verdict: Verdict, now: float) -> bool:
    """Keep of a verdict whose lease was lost the ids that the gateway gave; whether that was all.

    A clock that leapt makes a holder lose its lease while its request is under way.  What was
    written by this holder already, when it could not tell whether it was, is not lost.
    """
    if _ended_so(db, held, verdict):
        return True
    _close(db, held, verdict, now)
    named = [step for step in verdict.steps if step.message_id]
    kept = [step for step in named if reports.adopt(db, step, now)]
    for step in named:
        if step not in kept:
            maillog.id_unkept(held.item.id, message_id=step.message_id)
    _reconcile(db, held, kept, now)
    return len(kept) == len(verdict.steps)


def _close(db: Db, held: SubmissionLease, verdict: Verdict, now: float) -> None:
    """Write down what the request under this lease came to."""
    db.execute(
        "UPDATE attempt SET ended_at = ?, outcome = ?"
        " WHERE submission = ? AND epoch = ? AND ended_at IS NULL",
        (now, _summary(verdict), held.item.id, held.epoch),
    )


def _ended_so(db: Db, held: SubmissionLease, verdict: Verdict) -> bool:
    """Whether the attempt under this lease ended by this verdict: nobody else ends it so."""
    found = db.execute(
        "SELECT 1 FROM attempt WHERE submission = ? AND epoch = ? AND ended_at IS NOT NULL"
        " AND outcome = ?",
        (held.item.id, held.epoch, _summary(verdict)),
    )
    return found.fetchone() is not None


def _stir(db: Db, held: SubmissionLease, steps: Sequence[Step], now: float) -> int:
    """Set in motion what waited for the gateway's answer; return how many. Mostly nothing does.

    It looks once for a rest to be forgotten, for orphans, and for texts behind others.
    """
    rest, orphans, behind = db.execute(_WAITS).fetchone()
    if rest and any(step.message_id for step in steps):
        lanes.recover(db)
    moved = _reconcile(db, held, steps, now) if orphans else 0
    if behind:
        before = {each.id: each for each in held.pending}
        left = [s.delivery for s in steps if line.leaves(s, before[s.delivery])]
        moved += line.left(db, left, now)
    return moved


def _reconcile(db: Db, held: SubmissionLease, steps: Sequence[Step], now: float) -> int:
    """Join the reports that came before these steps; return how many."""
    to = {each.id: each.destination for each in held.pending}
    lists = [s.message_id for s in steps if isinstance(to[s.delivery], ListName) and s.message_id]
    numbers = [str(to[s.delivery]) for s in steps if not isinstance(to[s.delivery], ListName)]
    return sum(reports.reconcile_list(db, each, now) for each in lists) + sum(
        reports.reconcile(db, each, now) for each in reports.awaiting(db, numbers)
    )


def _write(db: Db, held: SubmissionLease, steps: Sequence[Step], now: float) -> None:
    """Write all steps at once, evidence by evidence."""
    for evidence in dict.fromkeys(step.evidence for step in steps):
        of_it = [step for step in steps if step.evidence is evidence]
        if _written(db, held, evidence, of_it, now=now) < len(of_it):
            raise Fenced


def _written(
    db: Db, held: SubmissionLease, evidence: Evidence, steps: Sequence[Step], *, now: float
) -> int:
    due_at = _BACK_OFF if evidence is Evidence.DEFERRED else ":due_at"
    before = {each.id: each for each in held.pending}
    return db.executemany(
        f"UPDATE delivery SET state = :state, due_at = {due_at}, token = :token, reason = :reason,"
        " enhanced = :enhanced, message_id = :message_id, failures = coalesce(:failures, failures),"
        " resends = resends + :resend, owner = '', changed_at = :now"
        f" WHERE id = :id AND epoch = :epoch AND state IN {one_of(evidence.before)}",
        [
            {
                "state": step.state,
                "due_at": step.due_at,
                "token": step.token,
                "reason": step.reason,
                "enhanced": enhanced(step.state, step.token),
                "message_id": step.message_id,
                "failures": 1 + before[step.delivery].failures_before(step.token)
                if step.failed
                else None,
                "resend": step.resend,
                "now": now,
                "id": step.delivery,
                "epoch": held.epoch,
            }
            for step in steps
        ],
    ).rowcount


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
