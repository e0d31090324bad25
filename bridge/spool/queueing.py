"""What is new becomes rows: submissions, deliveries (queued, or folded at once), and events."""

from __future__ import annotations

import sqlite3

from bridge.core.events import Event
from bridge.core.leases import Told
from bridge.core.model import Destination, ForwardPath, ListName, Mms, Submission
from bridge.core.outcomes import State
from bridge.core.storms import GOES, Ruling
from bridge.spool.rows import content_row, event_item, event_key, looked_up


def submission(db: sqlite3.Connection, each: Submission) -> None:
    """Store a submission with its content; its deliveries are stored one by one."""
    kind, written = content_row(each.content)
    db.execute(
        "INSERT INTO submission VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            each.id,
            each.mail,
            each.id,
            kind,
            written,
            each.accepted_at,
            each.expires_at,
            each.profile,
            each.sender,
            each.originator,
            each.user_context,
            each.segments,
            each.after,
            each.part,
            each.parts,
        ),
    )
    if isinstance(each.content, Mms):
        db.executemany(
            "INSERT INTO media VALUES (?, ?, ?, ?, ?)",
            [(each.id, n, p.name, p.media_type, p.body) for n, p in enumerate(each.content.parts)],
        )


def delivery(
    db: sqlite3.Connection,
    of: Submission,
    destination: Destination,
    *,
    path: ForwardPath | None,
    before: int | None = None,
    ruling: Ruling = GOES,
) -> int:
    """Store one destination; return its row's id.

    What goes is due when it was accepted, or (a later part) once the part before was taken.
    """
    due_at: float | None = None
    if ruling.state is State.QUEUED:
        due_at = of.accepted_at if before is None else of.expires_at
    cursor = db.execute(
        "INSERT INTO delivery (submission, destination, is_list, state, due_at, expires_at, after,"
        " token, reason, stand_in, counted_in, address, notify, orcpt, changed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            of.id,
            str(destination),
            isinstance(destination, ListName),
            ruling.state,
            due_at,
            of.expires_at,
            before,
            ruling.token,
            ruling.reason,
            ruling.stand_in,
            ruling.counted_in,
            path.address if path else "",
            ",".join(sorted(path.notify)) if path else "",
            path.orcpt if path else "",
            of.accepted_at,
        ),
    )
    return cursor.lastrowid or 0


def event(db: sqlite3.Connection, item: Event, at: float) -> int:
    """Store an event that no callback brought; its id, 0 where it is there already."""
    cursor = insert_event(db, item, key=event_key(item), weak=False, acked=True, at=at)
    return (cursor.lastrowid or 0) if cursor.rowcount else 0


def insert_event(
    db: sqlite3.Connection, item: Event, *, key: str, weak: bool, acked: bool, at: float
) -> sqlite3.Cursor:
    """Store an event, unless its key is taken: no row is written then."""
    return db.execute(
        "INSERT INTO event (at, kind, item, key, weak, acked, state, due_at, number, message_id,"
        " user_context, mail, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (
            at,
            type(item).__name__,
            event_item(item),
            key,
            weak,
            acked,
            Told.QUEUED,
            at,
            *looked_up(item),
            at,
        ),
    )
