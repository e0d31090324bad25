"""Orders for a list are carried out in turn, so that the last word of its managers counts.

The gateway tells of each change again; those that an order asked for are in its answer already.
"""

from __future__ import annotations

from bridge.core.events import ListChanged
from bridge.core.leases import EventLease, Told
from bridge.core.managing import ECHO, echoed
from bridge.spool.db import Db


def before(db: Db, held: EventLease) -> int | None:
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


def silence(db: Db, id_: int, event: ListChanged, now: float) -> None:
    """Mail nothing of a change, already stored, that a manager ordered."""
    order = _order(db, id_, event, now)
    if order is not None:
        db.execute(
            "UPDATE event SET state = ?, due_at = NULL, reason = ? WHERE id = ?",
            (Told.NOBODY, f"{_ORDERED}{order}", id_),
        )


_ORDERED = "ordered in e"


def _order(db: Db, id_: int, event: ListChanged, now: float) -> int | None:
    """The order of which a change is the gateway's word; None if nobody here ordered it.

    The first that has not had its word yet: it has one for each number, and none once something
    else became of the number, which nobody ordered or somebody ordered later.
    """
    action = echoed(event)
    if action is None:
        return None
    row = db.execute(
        "SELECT o.id FROM event o INDEXED BY event_order WHERE o.kind = 'ListOrder' AND o.at >= :at"
        " AND json_extract(o.item, '$.list_name') = :list"
        " AND json_extract(o.item, '$.action') = :ordered"
        " AND EXISTS (SELECT 1 FROM json_each(o.item, '$.numbers') WHERE value = :number)"
        " AND NOT EXISTS (SELECT 1 FROM event c WHERE c.number = :number AND c.number <> ''"
        " AND c.kind = 'ListChanged' AND c.id > o.id AND c.id < :id"
        " AND json_extract(c.item, '$.list_name') = :list"
        " AND (c.reason = :said || o.id OR json_extract(c.item, '$.action') <> :action"
        " AND (c.reason NOT LIKE :said || '%'"
        " OR CAST(substr(c.reason, length(:said) + 1) AS INTEGER) > o.id)))"
        " ORDER BY o.at, o.id LIMIT 1",
        {
            "at": now - ECHO,
            "list": event.list_name,
            "ordered": action,
            "number": event.number,
            "id": id_,
            "said": _ORDERED,
            "action": event.action,
        },
    ).fetchone()
    return int(row[0]) if row else None
