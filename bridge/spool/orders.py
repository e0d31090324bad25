"""Orders for a list are carried out in turn, so that the last word of its managers counts.

The gateway tells of each change again; those that an order asked for are in its answer already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

from bridge.core.events import ListChanged, ListOrder
from bridge.core.leases import EventLease
from bridge.core.managing import ECHO, echoed
from bridge.core.told import NoticeEvidence
from bridge.spool import rows
from bridge.spool.db import Db, Rows

E = TypeVar("E", ListChanged, ListOrder)


def before(db: Db, held: EventLease) -> int | None:
    """An earlier order for the same list of which a number has no result yet.

    One that only waits to be answered holds up no other.
    """
    if not isinstance(held.item, ListOrder):
        return None
    found = db.execute(
        "SELECT id, item, reason FROM event INDEXED BY event_order"
        " WHERE kind = 'ListOrder' AND due_at IS NOT NULL AND id < ? ORDER BY id",
        (held.id,),
    )
    for each in _kept(ListOrder, found):
        if each.item.list_name == held.item.list_name and not _has_results(db, each):
            return each.id
    return None


def _has_results(db: Db, order: _Kept[ListOrder]) -> bool:
    """Whether each number of an order has its result, which is a file of that name."""
    found = db.execute("SELECT name FROM event_part WHERE event = ?", (order.id,))
    return {name for (name,) in found}.issuperset(order.item.numbers)


def silence(db: Db, id_: int, event: ListChanged, now: float) -> None:
    """Mail nothing of a change, already stored, that a manager ordered."""
    order = _order(db, id_, event, now)
    if order is not None:
        db.execute(
            "UPDATE event SET state = ?, due_at = NULL, reason = ? WHERE id = ?",
            (NoticeEvidence.SAID.after, f"{_ORDERED}{order}", id_),
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
    orders = db.execute(
        "SELECT id, item, reason FROM event INDEXED BY event_order"
        " WHERE kind = 'ListOrder' AND at >= ? ORDER BY at, id",
        (now - ECHO,),
    )
    may_mean = [
        each.id
        for each in _kept(ListOrder, orders)
        if (each.item.list_name, each.item.action) == (event.list_name, action)
        and event.number in each.item.numbers
    ]
    words = _words(db, id_, event, since=min(may_mean)) if may_mean else ()
    for order in may_mean:
        if not any(_settles(each, order, event) for each in words):
            return order
    return None


def _words(db: Db, id_: int, event: ListChanged, *, since: int) -> list[_Kept[ListChanged]]:
    """What the gateway said of the number and the list since an order, and before this."""
    found = db.execute(
        "SELECT id, item, reason FROM event WHERE number = ? AND number <> ''"
        " AND kind = 'ListChanged' AND id > ? AND id < ?",
        (event.number, since, id_),
    )
    return [each for each in _kept(ListChanged, found) if each.item.list_name == event.list_name]


def _settles(word: _Kept[ListChanged], order: int, event: ListChanged) -> bool:
    """Whether an order had its word by this, or cannot have it any more."""
    if word.id < order:
        return False
    ordered_in = int(word.reason.removeprefix(_ORDERED)) if word.reason.startswith(_ORDERED) else 0
    if ordered_in == order:
        return True
    return word.item.action != event.action and (ordered_in == 0 or ordered_in > order)


class _Kept(NamedTuple, Generic[E]):
    """An event that can still be read."""

    id: int
    item: E
    reason: str


def _kept(kind: type[E], found: Rows) -> Iterator[_Kept[E]]:
    for id_, item, reason in found.fetchall():
        try:
            event = rows.event(kind.__name__, item)
        except rows.Unrevivable:  # erased, or damaged: it is dead once its turn comes
            continue
        if isinstance(event, kind):
            yield _Kept(id_, event, reason)
