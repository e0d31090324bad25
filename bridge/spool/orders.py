"""Orders for a list are carried out in turn, so that the last word of its managers counts.

The gateway tells of each change again; those that an order asked for are in its answer already.
"""

from __future__ import annotations

import sqlite3

from bridge.core.events import ListChanged
from bridge.core.leases import EventLease, Told
from bridge.core.managing import ECHO, echoed


def before(db: sqlite3.Connection, held: EventLease) -> int | None:
    """An earlier order for the same list of which a number has no result yet.

    One that only waits to be answered holds up no other.
    """
    row = db.execute(
        "SELECT e.id FROM event o CROSS JOIN event e INDEXED BY event_due ON e.kind = o.kind"
        " AND e.id < o.id AND e.due_at IS NOT NULL"
        " AND json_extract(e.item, '$.list_name') = json_extract(o.item, '$.list_name')"
        " WHERE o.id = ? AND EXISTS (SELECT 1 FROM json_each(e.item, '$.numbers') n"
        " WHERE NOT EXISTS (SELECT 1 FROM event_part p WHERE p.event = e.id AND p.name = n.value))"
        " ORDER BY e.id LIMIT 1",
        (held.id,),
    ).fetchone()
    return int(row[0]) if row else None


def silence(db: sqlite3.Connection, id_: int, event: ListChanged, now: float) -> None:
    """Mail nothing of a change, already stored, that a manager ordered."""
    action = echoed(event)
    if action is None:
        return
    row = db.execute(
        "SELECT id FROM event INDEXED BY event_order WHERE kind = 'ListOrder' AND at >= ?"
        " AND json_extract(item, '$.list_name') = ? AND json_extract(item, '$.action') = ?"
        " AND EXISTS (SELECT 1 FROM json_each(item, '$.numbers') WHERE value = ?)"
        " ORDER BY at DESC LIMIT 1",
        (now - ECHO, event.list_name, action, event.number),
    ).fetchone()
    if row:
        db.execute(
            "UPDATE event SET state = ?, due_at = NULL, reason = ? WHERE id = ?",
            (Told.NOBODY, f"ordered in e{row[0]}", id_),
        )
