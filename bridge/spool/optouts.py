"""Who is not to be texted: the wish that was uttered last counts, whichever came first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from bridge.core.model import Optout, OptoutChange, OptoutEffect


def known(db: sqlite3.Connection, numbers: Iterable[str]) -> dict[str, Optout]:
    """Those of these numbers that are not to be texted."""
    found: dict[str, Optout] = {}
    for number in numbers:
        row = db.execute(
            "SELECT since, source FROM optout WHERE number = ? AND since IS NOT NULL", (number,)
        ).fetchone()
        if row:
            found[number] = Optout(*row)
    return found


def listed(db: sqlite3.Connection) -> Sequence[tuple[str, Optout]]:
    """All numbers that are not to be texted, the latest first."""
    found = db.execute(
        "SELECT number, since, source FROM optout WHERE since IS NOT NULL ORDER BY since DESC"
    )
    return [(number, Optout(since, source)) for number, since, source in found]


def note(db: sqlite3.Connection, change: OptoutChange) -> OptoutEffect:
    """Write down a wish; what it came to."""
    if change.spared:
        return OptoutEffect.SPARED if change.out else OptoutEffect.NONE
    row = db.execute("SELECT since, at FROM optout WHERE number = ?", (change.number,)).fetchone()
    since, at = row or (None, 0.0)
    if change.out and since is not None:
        _heard(db, change, since=min(since, change.at), at=max(at, change.at))
        return OptoutEffect.STILL
    if row and change.at < at:
        return OptoutEffect.NONE
    if not change.out and since is None:
        return OptoutEffect.NONE
    _heard(db, change, since=change.at if change.out else None, at=change.at)
    return OptoutEffect.STOPPED if change.out else OptoutEffect.BACK


def _heard(db: sqlite3.Connection, change: OptoutChange, *, since: float | None, at: float) -> None:
    db.execute(
        "INSERT INTO optout (number, since, source, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (number) DO UPDATE SET since = excluded.since, source = excluded.source,"
        " at = excluded.at",
        (change.number, since, change.source, at),
    )
