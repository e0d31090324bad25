"""Status reports and deliveries find each other, whichever came first.

A report names a delivery by the gateway's id and the number.  One whose id nobody knows is an
orphan: its submission's answer may still be on the way, or was lost; then it settles the one
delivery that may have been sent to that number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge import maillog
from bridge.core import judge
from bridge.core.events import StatusReport
from bridge.core.leases import Step
from bridge.core.outcomes import State
from bridge.core.promises import Callback
from bridge.core.states import Evidence
from bridge.core.told import NoticeEvidence
from bridge.spool import line, owing, queueing, relieving, reminding, rows, turns
from bridge.spool.db import Db
from bridge.spool.queueing import Record
from bridge.spool.rows import Row

ORPHANS = 100
"""How many of a number's orphans are looked at, the newest: other systems' reports must not cost
more than that at each step of ours."""

LATEST_REPORT = 72 * 3600.0
"""Seconds after a text within which its first status report may well come."""

# What may have been sent, and has no id yet: under way, in doubt, held in doubt (without a term),
# or to be sent once more.
_DOUBTFUL = (
    "begun_at > 0 AND message_id = '' AND (state IN ('submitting', 'in-doubt')"
    " OR (state = 'held' AND due_at IS NULL)"
    " OR (state IN ('queued', 'claimed', 'held') AND resends > 0))"
)


@dataclass(frozen=True, slots=True)
class Named:
    """The delivery that a report names, what it moves it to (None: nothing), and its record.

    The report itself is a record: what is told of it, `owing` says.  One that moves nothing is told
    to nobody: the gateway repeats some, and contradicts itself.
    """

    delivery: int
    after: State | None
    record: Record


def named(db: Db, report: StatusReport) -> Named | None:
    """What a report names; None if nobody knows its id with its number."""
    row = db.execute(
        "SELECT d.id, d.state, s.message FROM delivery d JOIN submission s ON s.id = d.submission"
        " WHERE d.message_id = ? AND d.message_id <> '' AND d.destination = ?"
        " ORDER BY d.is_list, d.id DESC LIMIT 1",
        (report.message_id, report.number),
    ).fetchone()
    return _named(report, row) if row else None


def _named(report: StatusReport, row: Row) -> Named:
    delivery, state, mail = row[0], State(row[1]), row[2]
    conflict = f"{state} before" if judge.contradicts(state, report.progress) else ""
    record = Record(NoticeEvidence.RECORDED.after, mail, conflict)
    return Named(delivery, judge.reported(state, report.progress), record)


def receive(
    db: Db, callback: Callback, report: StatusReport, found: Named | None
) -> tuple[int, bool]:
    """Store a report that names what was `found`, or a list's member, or else is an orphan.

    Returns the event's id, 0 if it is there already, and whether there is something to do now.
    """
    now = callback.received_at
    found = found or _member(db, report, now)
    event = queueing.insert_event(
        db,
        report,
        key=callback.key,
        weak=callback.weak,
        acked=not callback.weak,  # a strong key joins its copies, answered or not
        at=now,
        record=found.record if found else Record(NoticeEvidence.ORPHANED.after),
    )
    if not event:
        return 0, False
    if found is None:
        return event, reconcile(db, report.number, now) > 0
    return event, _follow(db, event, found, report, now=now)


def awaiting(db: Db, numbers: Sequence[str]) -> list[str]:
    """Those of some numbers that have orphans; however many, one of each is looked at."""
    return [
        number
        for lot in rows.lots(numbers)
        for (number,) in db.execute(
            f"SELECT DISTINCT n.column1 FROM (VALUES {rows.values(lot)}) AS n WHERE EXISTS"
            " (SELECT 1 FROM event WHERE number = n.column1 AND state = 'orphan')",
            lot,
        )
    ]


def reconcile(db: Db, number: str, now: float) -> int:
    """Join what can be joined of a number's orphans, oldest first; return how many."""
    orphans = db.execute(
        "SELECT id, kind, item, at FROM event WHERE number = ? AND state = 'orphan'"
        " ORDER BY id DESC LIMIT ?",
        (number, ORPHANS),
    ).fetchall()
    return _reconcile(db, reversed(orphans), now)


def reconcile_list(db: Db, message_id: str, now: float) -> int:
    """Join the orphans that name a list's id, whatever their numbers; return how many."""
    orphans = db.execute(
        "SELECT id, kind, item, at FROM event WHERE message_id = ? AND state = 'orphan'"
        " ORDER BY id",
        (message_id,),
    ).fetchall()
    return _reconcile(db, orphans, now)


def _reconcile(db: Db, orphans: Iterable[Row], now: float) -> int:
    joined = 0
    for event, kind, item, at in orphans:
        try:
            report = rows.event(kind, item)
        except rows.Unrevivable:  # its time as an orphan will run out
            continue
        if isinstance(report, StatusReport):
            joined += _join(db, event, report, now) or _settle_doubt(
                db, event, report, at=at, now=now
            )
    return joined


def _join(db: Db, event: int, report: StatusReport, now: float) -> bool:
    """Join an orphan to the delivery that it names, and move that; False if there is none."""
    found = named(db, report) or _member(db, report, now)
    if found is None:
        return False
    record = found.record
    db.execute(
        "UPDATE event SET mail = ?, state = ?, due_at = NULL, conflict = ?, changed_at = ?"
        " WHERE id = ?",
        (record.mail, NoticeEvidence.JOINED.after, record.conflict, now, event),
    )
    _follow(db, event, found, report, now=now)
    return True


def _follow(db: Db, event: int, found: Named, report: StatusReport, *, now: float) -> bool:
    """Move what a report names; whether there is something to do now, or to be told."""
    if conflict := found.record.conflict:
        maillog.conflict(event, kind="StatusReport", message_id=report.message_id, with_=conflict)
    if found.after is None:
        return False
    return _move(db, found.delivery, found.after, report, now=now)


def _member(db: Db, report: StatusReport, now: float) -> Named | None:
    """A new delivery for a member of a gateway's list, which is heard of for the first time.

    A list is sent as one, and answered with one id: who is in it, only the reports tell.
    """
    if not report.message_id:
        return None
    row = db.execute(
        "INSERT INTO delivery (submission, destination, is_list, state, expires_at, host,"
        " begun_at, batch, message_id, address, notify, orcpt, changed_at, member_of)"
        " SELECT submission, ?, 0, ?, expires_at, host, begun_at, batch, message_id,"
        " address, notify, orcpt, ?, id FROM delivery INDEXED BY delivery_list_id"
        " WHERE message_id = ? AND is_list = 1 ORDER BY id DESC LIMIT 1"
        " RETURNING id, state, submission",
        (report.number, Evidence.LISTED.after, now, report.message_id),
    ).fetchone()
    if row is None:
        return None
    delivery, state, submission = row
    (mail,) = db.execute("SELECT message FROM submission WHERE id = ?", (submission,)).fetchone()
    return _named(report, (delivery, state, mail))


def _move(db: Db, delivery: int, after: State, report: StatusReport, *, now: float) -> bool:
    db.execute(
        "UPDATE delivery SET state = ?, token = ?, reason = ?, enhanced = ?, changed_at = ?"
        " WHERE id = ?",
        (after, report.status, report.words, report.enhanced, now, delivery),
    )
    told = owing.ended(db, delivery, now)
    return bool(relieving.follow(db, delivery, after, now)) or told


def _settle_doubt(db: Db, event: int, report: StatusReport, *, at: float, now: float) -> bool:
    """Let an orphan settle the one delivery that it can mean; False if none, or several.

    It can mean what may have been sent before it came, unless its id was heard of before that
    request began: then it tells of an older text.  What was held for longer than reports take is
    meant only where nothing else can be.  A request under way waits for its answer.
    """
    doubts = db.execute(
        "SELECT id, state, begun_at < :late AND state = 'held' FROM delivery d"
        f" WHERE destination = :number AND {_DOUBTFUL}"
        " AND begun_at <= :at AND is_list = 0"
        " AND NOT EXISTS (SELECT 1 FROM event e WHERE e.number = :number AND e.number <> ''"
        "  AND e.message_id = :id AND e.kind = 'StatusReport' AND e.at < d.begun_at)",
        {
            "number": report.number,
            "at": at,
            "id": report.message_id,
            "late": at - LATEST_REPORT,
        },
    ).fetchall()
    candidates = [each for each in doubts if not each[2]] or doubts
    if len(candidates) != 1 or not report.message_id:
        return False
    delivery, state, _ = candidates[0]
    if judge.vouched(State(state)) is None:
        return False
    reason = "a status report showed that it was sent"
    sent = Step(delivery, Evidence.VOUCHED, None, reason=reason, message_id=report.message_id)
    adopt(db, sent, now)
    return _join(db, event, report, now)


def adopt(db: Db, step: Step, now: float) -> bool:
    """Give a delivery that may have been sent its id, whoever works on it: it was sent.

    False if it has one already, or was certainly not sent.
    """
    adopted = db.execute(
        "UPDATE delivery SET state = ?, due_at = NULL, owner = '', epoch = epoch + 1, behind = 0,"
        f" message_id = ?, token = '', reason = ?, changed_at = ? WHERE id = ? AND {_DOUBTFUL}",
        (step.state, step.message_id, step.reason, now, step.delivery),
    ).rowcount
    if adopted:
        reminding.anew(db, (step.delivery,), now)
        turns.follow(db, (step.delivery,), step.state, now)
        line.left(db, (step.delivery,), now)
    return bool(adopted)
