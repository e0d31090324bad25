"""Whether what a store says of itself can be true: rows that no promise explains are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bridge.core.leases import Told
from bridge.core.outcomes import State
from bridge.spool.db import Db
from bridge.spool.rows import one_of

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
    "lanes that are missing": "(SELECT count(*) AS n FROM lane) AS lanes WHERE n <> 2",
}
"""What is wrong with the rows that a query names."""


def faults(db: Db) -> Iterator[str]:
    """What is wrong with the rows of a store, one line a fault."""
    for words, rows in _FAULTS.items():
        (count,) = db.execute(f"SELECT count(*) FROM {rows}").fetchone()
        if count:
            yield f"{words}: {count}"
