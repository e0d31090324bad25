"""How the two lanes stand: what waits, what is due next, and whether the submit lane rests."""

from __future__ import annotations

from bridge.core import judge
from bridge.core.leases import Pause
from bridge.spool.contract import LaneName
from bridge.spool.db import Db
from bridge.spool.views import Lane

_HEAD = {
    "submit": "SELECT s.accepted_at FROM delivery d JOIN submission s ON s.id = d.submission"
    " WHERE d.state = 'queued' AND d.due_at IS NOT NULL ORDER BY d.due_at LIMIT 1",
    # what waits for company is not late
    "notify": "SELECT CASE WHEN epoch = 0 AND due_at > at THEN due_at ELSE at END FROM event"
    " WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1",
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


def lanes(db: Db, now: float) -> tuple[Lane, ...]:
    """How the lanes stand."""
    found = db.execute(
        "SELECT name, number, paused_since, token, reason, probe_at FROM lane"
        " JOIN waiting ON waiting.lane = lane.name ORDER BY name DESC"
    ).fetchall()
    return tuple(
        Lane(name, waiting, _head_age(db, name, now), *(rest if rest[0] is not None else ()))
        for name, waiting, *rest in found
    )


def _head_age(db: Db, name: str, now: float) -> float:
    row = db.execute(_HEAD[name]).fetchone()
    return max(0.0, now - row[0]) if row else 0.0


def next_due(db: Db, lane: LaneName) -> float | None:
    """When the next row is due that a lease would take; a lane at rest also looks to its probe."""
    if lane == "notify":
        query = "SELECT min(due_at) FROM event WHERE due_at IS NOT NULL"
    else:
        ahead = _EXPIRED_NEXT if resting(db) else _SENT_NEXT
        query = f"SELECT min(due) FROM ({_JUDGED_NEXT} UNION ALL {ahead}) AS ahead"
    (found,) = db.execute(query).fetchone()
    return None if found is None else float(found)


def resting(db: Db) -> bool:
    """Whether the submit lane rests; the other one never does."""
    (since,) = db.execute("SELECT paused_since FROM lane WHERE name = 'submit'").fetchone()
    return since is not None


def pause(db: Db, found: Pause, now: float) -> bool:
    """Let the submit lane rest; False if the postmaster knows: it rests already, or again.

    It rests again where the probe was good and the gateway went on refusing all the same; then the
    next probe waits longer each time.
    """
    since, token, resumed_at, relapses = db.execute(
        "SELECT paused_since, token, resumed_at, relapses FROM lane WHERE name = 'submit'"
    ).fetchone()
    if since is not None:
        return False
    again = token == found.token and now - resumed_at < judge.RELAPSE
    relapses = relapses + 1 if again else 0
    wait = judge.backoff(judge.PROBE_BACKOFF, relapses)
    db.execute(
        "UPDATE lane SET paused_since = ?, token = ?, reason = ?, probe_at = ?, relapses = ?"
        " WHERE name = 'submit'",
        (now, found.token, found.reason, max(found.probe_at, now + wait), relapses),
    )
    return not again


def to_probe(db: Db, now: float) -> str | None:
    """For what (a token) the submit lane rests, if its next probe is due; else None."""
    row = db.execute(
        "SELECT token FROM lane"
        " WHERE name = 'submit' AND paused_since IS NOT NULL AND probe_at <= ?",
        (now,),
    ).fetchone()
    return str(row[0]) if row else None


def resume(db: Db, now: float) -> None:
    """End the submit lane's rest, and remember what it was for."""
    db.execute(
        "UPDATE lane SET paused_since = NULL, probe_at = NULL, resumed_at = ?"
        " WHERE name = 'submit'",
        (now,),
    )


def recover(db: Db) -> None:
    """Forget what the submit lane last rested for: the gateway takes texts again."""
    db.execute(
        "UPDATE lane SET token = '', reason = '', relapses = 0"
        " WHERE name = 'submit' AND token <> '' AND paused_since IS NULL"
    )


def rest(db: Db, probe_at: float) -> None:
    """Put off the next probe of the submit lane, where it rests."""
    db.execute(
        "UPDATE lane SET probe_at = ? WHERE name = 'submit' AND paused_since IS NOT NULL",
        (probe_at,),
    )
