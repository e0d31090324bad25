"""Events in the spool: stored once, leased to be mailed, settled; each within a transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge import maillog
from bridge.core.conversation import told_apart
from bridge.core.events import (
    Event,
    ListChanged,
    MmsReceived,
    SmsReceived,
    StatusReport,
    Summary,
    Undelivered,
)
from bridge.core.leases import EventLease, NoticeVerdict, Told
from bridge.core.model import Part
from bridge.core.promises import Callback
from bridge.core.told import NoticeEvidence
from bridge.spool import answering, optouts, orders, owing, queueing, reports
from bridge.spool.beginning import Fenced
from bridge.spool.contract import LaneName
from bridge.spool.db import Db
from bridge.spool.desk import LANES
from bridge.spool.rows import Row, Unrevivable, event

WEAK_JOINS = 3600.0
"""Seconds in which a copy of a callback without an id joins one whose 200 may not have been sent.

The gateway repeats every five minutes until it has its 200.
"""


_ROW = (
    "id, kind, item, key, attempts, epoch + 1, at, done, weak,"
    " EXISTS (SELECT 1 FROM event_part p WHERE p.event = event.id)"
)
_REPORTS = (Undelivered.__name__, Summary.__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """The event of a callback, whether it is new, and which lanes have something to do."""

    event: int
    new: bool = False
    stirs: Sequence[LaneName] = ()


def receive(db: Db, callback: Callback) -> Received:
    """Store a callback and its event, unless it is there already."""
    event = callback.event
    if isinstance(event, StatusReport):
        return _reported(db, callback, event)
    if (found := _earlier(db, callback)) is not None:
        return Received(found)
    if callback.optout is not None and isinstance(event, SmsReceived | ListChanged):
        event = replace(event, effect=optouts.note(db, callback.optout, callback.received_at))
    if isinstance(event, SmsReceived | MmsReceived):
        event = answering.placed(db, event, callback)
        event = replace(event, opted_out=bool(optouts.known(db, (event.number,))))
    id_ = queueing.insert_event(
        db,
        event,
        key=callback.key,
        weak=callback.weak,
        acked=not callback.weak,  # a strong key joins its copies, answered or not
        at=callback.received_at,
    )
    _keep(db, id_, callback)
    if isinstance(event, ListChanged):
        orders.silence(db, id_, event, callback.received_at)
    if isinstance(event, SmsReceived | MmsReceived) and event.message_id:
        _flag(db, id_, event)
    return Received(id_, new=True, stirs=("notify",))


def _reported(db: Db, callback: Callback, report: StatusReport) -> Received:
    """Store a status report; that it is new is mostly seen as it is stored."""
    named = reports.named(db, report)
    if (named is None or callback.weak) and (found := _earlier(db, callback)) is not None:
        return Received(found)
    id_, stirs = reports.receive(db, callback, report, named)
    if not id_:
        return Received(_earlier(db, callback) or 0)
    _keep(db, id_, callback)
    return Received(id_, new=True, stirs=LANES if stirs else ())


def _keep(db: Db, event: int, callback: Callback) -> None:
    db.execute(
        "INSERT INTO callback VALUES (?, ?, ?)", (event, callback.raw, callback.content_type)
    )


def _earlier(db: Db, callback: Callback) -> int | None:
    """The event that this callback repeats, if it does."""
    row = db.execute(
        "SELECT id, at FROM event WHERE key = ? AND (weak = 0 OR acked = 0)", (callback.key,)
    ).fetchone()
    if row is None:
        return None
    id_, at = row
    if callback.weak and at <= callback.received_at - WEAK_JOINS:
        db.execute("UPDATE event SET acked = 1 WHERE id = ?", (id_,))
        return None
    return int(id_)


def _flag(db: Db, id_: int, event: SmsReceived | MmsReceived) -> None:
    """Note that another text came under the same id: both are mailed, neither is trusted more."""
    row = db.execute(
        "SELECT id FROM event INDEXED BY event_message_id WHERE message_id = ? AND id <> ?"
        " AND kind IN ('SmsReceived', 'MmsReceived') AND message_id <> '' ORDER BY id LIMIT 1",
        (event.message_id, id_),
    ).fetchone()
    if row is None:
        return
    conflict = f"another under this id: e{row[0]}"
    db.execute("UPDATE event SET conflict = ? WHERE id = ?", (conflict, id_))
    maillog.conflict(id_, kind=type(event).__name__, message_id=event.message_id, with_=conflict)


def lease(db: Db, owner: str, limit: int, *, now: float, until: float) -> Sequence[EventLease]:
    """Lease events whose mail is due; one whose holder died is due again when its lease ran out."""
    due = db.execute(
        f"SELECT {_ROW} FROM event WHERE due_at <= ? ORDER BY due_at, id LIMIT ?", (now, limit)
    ).fetchall()
    found = (_taken(db, row, owner, now=now, until=until) for row in due)
    return [each for each in found if each]


def _taken(db: Db, row: Row, owner: str, *, now: float, until: float) -> EventLease | None:
    """Lease one event; a report as those that were leased before it in this turn have left it."""
    if row[1] in _REPORTS:
        row = db.execute(
            f"SELECT {_ROW} FROM event WHERE id = ? AND due_at <= ?", (row[0], now)
        ).fetchone()
    item = _due(db, row, now) if row else None
    if item is None:
        return None
    db.execute(
        "UPDATE event SET state = ?, epoch = ?, owner = ?, due_at = ? WHERE id = ?",
        (NoticeEvidence.LEASED.after, row[5], owner, until, row[0]),
    )
    return _leased(db, row, item, until)


def _due(db: Db, row: Row, now: float) -> Event | None:
    """What a row has to tell now; None if that is nothing any more, or not yet."""
    item = _revived(db, row, now)
    first_turn = row[5] == 1
    if first_turn and isinstance(item, Undelivered | Summary):
        return owing.settled(db, row[0], item, now)
    return item


def _revived(db: Db, row: Row, now: float) -> Event | None:
    """The event of a row; None if nobody can read it, and then it holds up no other."""
    id_, kind, item, *_ = row
    try:
        return event(kind, item)
    except Unrevivable as error:
        maillog.unreadable(id_, reason=str(error))
        db.execute(
            "UPDATE event SET state = ?, due_at = NULL, reason = ?, owner = '', changed_at = ?"
            " WHERE id = ?",
            (NoticeEvidence.UNREADABLE.after, str(error), now, id_),
        )
        return None


def _leased(db: Db, row: Row, item: Event, until: float) -> EventLease:
    id_, _, _, key, attempts, epoch, at, done, weak, has_files = row
    return EventLease(
        id_,
        item,
        told_apart(key, at, weak=weak),
        attempts,
        epoch,
        until,
        at,
        _files(db, id_) if has_files else (),
        tuple(json.loads(done)),
    )


def _files(db: Db, id_: int) -> tuple[Part, ...]:
    found = db.execute(
        "SELECT name, media_type, body FROM event_part WHERE event = ? ORDER BY n", (id_,)
    )
    return tuple(Part(*each) for each in found)


def keep_parts(db: Db, held: EventLease, parts: Sequence[Part]) -> None:
    """Keep fetched files beside their event; a name that is there already is replaced."""
    _fence(db, held)
    for part in parts:
        db.execute("DELETE FROM event_part WHERE event = ? AND name = ?", (held.id, part.name))
        db.execute(
            "INSERT INTO event_part SELECT ?, coalesce(max(n), 0) + 1, ?, ?, ? FROM event_part"
            " WHERE event = ?",
            (held.id, part.name, part.media_type, part.body, held.id),
        )


def settle(db: Db, held: EventLease, verdict: NoticeVerdict, now: float) -> None:
    """Write what became of an event's mail, and what its verdict tells besides.

    It may be written already, by a holder that could not tell whether it was.
    """
    done = tuple(dict.fromkeys((*held.done, *verdict.done)))
    written = db.execute(
        "UPDATE event SET state = ?, due_at = ?, reason = ?, done = ?, owner = '',"
        " attempts = attempts + ?, changed_at = ? WHERE id = ? AND epoch = ? AND state = ?",
        (
            verdict.state,
            verdict.due_at,
            verdict.reason,
            json.dumps(done),
            verdict.tried,
            now,
            held.id,
            held.epoch,
            Told.CLAIMED,
        ),
    ).rowcount
    if written:
        for each in verdict.events:
            queueing.event(db, each, now)
    elif not _settled_so(db, held, verdict):
        raise Fenced


def _settled_so(db: Db, held: EventLease, verdict: NoticeVerdict) -> bool:
    """Whether this very settlement was written: under this lease, with this end."""
    found = db.execute(
        "SELECT 1 FROM event WHERE id = ? AND epoch = ? AND state = ? AND attempts = ?"
        " AND reason = ?",
        (held.id, held.epoch, verdict.state, held.attempts + verdict.tried, verdict.reason),
    )
    return found.fetchone() is not None


def _fence(db: Db, held: EventLease) -> None:
    """Raise `Fenced` unless the event is still this holder's."""
    if not db.execute(
        "SELECT 1 FROM event WHERE id = ? AND epoch = ? AND state = ?",
        (held.id, held.epoch, Told.CLAIMED),
    ).fetchone():
        raise Fenced
