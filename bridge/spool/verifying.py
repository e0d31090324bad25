"""Whether what a store says of itself can be true: rows that no promise explains are named.

What one text says of another that stood for it is not looked at: that one may have been erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from bridge.core.leases import Told
from bridge.core.outcomes import State
from bridge.spool import copying
from bridge.spool.db import Db
from bridge.spool.rows import Row, Unrevivable, content, event, one_of

_WORKED_ON: Final = "('queued', 'claimed', 'submitting', 'in-doubt')"
_TAKEN: Final = "('submitted', 'delivered', 'undeliverable', 'network-expired')"


_FAULTS: Final[Mapping[str, str]] = {
    "texts in a state that is none": f"delivery WHERE state NOT IN {one_of(State)}",
    "texts that wait for nothing": f"delivery WHERE state IN {_WORKED_ON} AND due_at IS NULL",
    "texts that ended and are due": (
        f"delivery WHERE state NOT IN {_WORKED_ON} AND state <> 'held' AND due_at IS NOT NULL"
    ),
    "texts that the gateway took and gave no id": (
        f"delivery WHERE state IN {_TAKEN} AND message_id = ''"
    ),
    "texts in a request that never began": (
        "delivery WHERE state IN ('submitting', 'in-doubt') AND begun_at = 0"
    ),
    "texts that wait and have lost their words": (
        "delivery d JOIN submission s ON s.id = d.submission LEFT JOIN submission o"
        f" ON o.id = s.origin WHERE d.state IN {_WORKED_ON} AND o.content IS NULL"
    ),
    "texts of no mail": ("submission s LEFT JOIN message m ON m.id = s.message WHERE m.id IS NULL"),
    "destinations of no text": (
        "delivery d LEFT JOIN submission s ON s.id = d.submission WHERE s.id IS NULL"
    ),
    "mails without their octets": (
        "message m LEFT JOIN body b ON b.message = m.id WHERE m.kept = 1 AND b.message IS NULL"
    ),
    "mails that were erased and are there": (
        "message m JOIN body b ON b.message = m.id WHERE m.kept = 0"
    ),
    "notices in a state that is none": f"event WHERE state NOT IN {one_of(Told)}",
    "notices that wait for nothing": (
        "event WHERE state IN ('queued', 'claimed') AND due_at IS NULL"
    ),
    "notices that ended and are due": (
        "event WHERE state NOT IN ('queued', 'claimed') AND due_at IS NOT NULL"
    ),
    "notices that wait and have lost their words": (
        "event WHERE state IN ('queued', 'claimed', 'held') AND item IS NULL"
    ),
    "texts that go after one that is not there": (
        f"delivery d LEFT JOIN delivery b ON b.id = d.after WHERE d.state IN {_WORKED_ON}"
        " AND d.after IS NOT NULL AND b.id IS NULL"
    ),
    "lanes that are missing": "(SELECT count(*) AS n FROM lane) AS lanes WHERE n <> 2",
}
"""What is wrong with the rows that a query names."""


def differences(wanted: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """How the parts of a schema, by kind and name, differ from those that the scripts make.

    What an administrator added is no fault, unless it may change what is written.
    """
    for name, made in wanted.items():
        if name not in found:
            yield f"{name} is missing"
        elif found[name] != made:
            yield f"{name} is not as this version makes it"
    for name in found:
        if name not in wanted and name.startswith("trigger "):
            yield f"{name} is not of this program"


_READ: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "texts": ("submission", ("id", "kind", "content")),
    "notices": ("event", ("id", "kind", "item", "state")),
}
"""What is read, page by page: its table and columns."""


def _rows(db: Db, words: str) -> Iterator[Row]:
    table, columns = _READ[words]
    return (row for page in copying.pages(db, table, columns) for row in page)


def _is_unread_text(row: Row) -> bool:
    _, kind, written = row
    try:
        return written is not None and not content(kind, written)
    except (ValueError, LookupError, TypeError, AttributeError):
        return True


def _is_unread_notice(row: Row) -> bool:
    """Whether nobody can read a notice; one that is dead for that was told of."""
    _, kind, item, state = row
    try:
        return item is not None and state != Told.DEAD and not event(kind, item)
    except Unrevivable:
        return True


_UNREAD: Final[Mapping[str, Callable[[Row], bool]]] = {
    "texts": _is_unread_text,
    "notices": _is_unread_notice,
}


def faults(db: Db) -> Iterator[str]:
    """What is wrong with the rows of a store, one line a fault."""
    for words, rows in _FAULTS.items():
        (count,) = db.execute(f"SELECT count(*) FROM {rows}").fetchone()
        if count:
            yield f"{words}: {count}"
    for words, unread in _UNREAD.items():
        if count := sum(map(unread, _rows(db, words))):
            yield f"{words} that nobody can read: {count}"
