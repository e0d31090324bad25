"""How the two lanes stand: what waits, what is due next, and whether they rest."""

from __future__ import annotations

import sqlite3

from bridge.spool.contract import Lane, LaneName

_HEAD = {
    "submit": "SELECT s.accepted_at FROM delivery d JOIN submission s ON s.id = d.submission"
    " WHERE d.state = 'queued' AND d.due_at IS NOT NULL ORDER BY d.due_at LIMIT 1",
    "notify": "SELECT at FROM event WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1",
}

# Each is one step into an index.
_JUDGED_NEXT = " UNION ALL ".join(
    f"SELECT min(due_at) AS due FROM delivery WHERE state = '{state}' AND due_at IS NOT NULL"
    for state in ("submitting", "in-doubt", "held")
)
_SENT_NEXT = " UNION ALL ".join(
    f"SELECT min(due_at) AS due FROM delivery WHERE state = '{state}' AND due_at IS NOT NULL"
    for state in ("claimed", "queued")
)
_EXPIRED_NEXT = (
    "SELECT min(expires_at) AS due FROM delivery WHERE state IN ('queued', 'claimed')"
    " UNION ALL SELECT probe_at FROM lane WHERE name = 'submit'"
)


def lanes(db: sqlite3.Connection, now: float) -> tuple[Lane, ...]:
    """How the lanes stand."""
    found = db.execute(
        "SELECT name, waiting, paused_since, token, reason, probe_at FROM lane ORDER BY name DESC"
    ).fetchall()
    return tuple(
        Lane(name, waiting, _head_age(db, name, now), *rest) for name, waiting, *rest in found
    )


def _head_age(db: sqlite3.Connection, name: str, now: float) -> float:
    row = db.execute(_HEAD[name]).fetchone()
    return max(0.0, now - row[0]) if row else 0.0


def next_due(db: sqlite3.Connection, lane: LaneName) -> float | None:
    """When the next row is due that a lease would take; a lane at rest also looks to its probe."""
    resting, probe_at = db.execute(
        "SELECT paused_since, probe_at FROM lane WHERE name = ?", (lane,)
    ).fetchone()
    if lane == "submit":
        query = f"{_JUDGED_NEXT} UNION ALL {_SENT_NEXT if resting is None else _EXPIRED_NEXT}"
        (found,) = db.execute(f"SELECT min(due) FROM ({query})").fetchone()
    elif resting is not None:
        found = probe_at
    else:
        (found,) = db.execute("SELECT min(due_at) FROM event WHERE due_at IS NOT NULL").fetchone()
    return None if found is None else float(found)


def resume(db: sqlite3.Connection, lane: LaneName) -> None:
    """End a lane's rest."""
    db.execute(
        "UPDATE lane SET paused_since = NULL, token = '', reason = '', probe_at = NULL"
        " WHERE name = ?",
        (lane,),
    )


def rest(db: sqlite3.Connection, lane: LaneName, probe_at: float) -> None:
    """Put off a resting lane's next probe."""
    db.execute(
        "UPDATE lane SET probe_at = ? WHERE name = ? AND paused_since IS NOT NULL",
        (probe_at, lane),
    )
