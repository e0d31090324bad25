"""What has been kept long enough is erased: first texts and raw mails, later every row.

In bounded steps, each a transaction of its own, so that traffic flows between them.
"""

from __future__ import annotations

from collections.abc import Iterable

from bridge.core.leases import Told
from bridge.core.optouts import LONGEST_WAY
from bridge.spool import loops
from bridge.spool.db import Db

STEP = 200
ORPHAN_LIFETIME = 72 * 3600.0
"""Seconds for which a status report waits for its submission; then nobody is told of it."""

# A mail has ended when nothing of it waits, nothing moved since, and no event of it is to be told.
# Held without a term is held in doubt: who was to be told was told, and no report came.
_ENDED = (
    "m.received_at < :before AND NOT EXISTS (SELECT 1 FROM submission s JOIN delivery d"
    " ON d.submission = s.id WHERE s.message = m.id AND (d.changed_at >= :before"
    " OR d.state IN ('queued', 'claimed', 'submitting', 'in-doubt')"
    " OR (d.state = 'held' AND d.due_at IS NOT NULL)))"
    " AND NOT EXISTS (SELECT 1 FROM event e WHERE e.mail = m.id AND e.mail <> ''"
    " AND e.state IN ('queued', 'claimed'))"
)
_TOLD = "at < :before AND changed_at < :before AND state IN ('mailed', 'not-mailed', 'dead')"


def step(db: Db, now: float, *, bodies_before: float, history_before: float) -> int:
    """Erase a bounded number of what ended before these instants; return how many."""
    db.execute(
        "UPDATE event INDEXED BY event_orphan SET state = ?, changed_at = ?"
        " WHERE state = 'orphan' AND at < ?",
        (Told.NOBODY, now, now - ORPHAN_LIFETIME),
    )
    return (
        _erase_bodies(db, bodies_before)
        + _erase_items(db, bodies_before)
        + _erase_mails(db, history_before)
        + _erase_rows(db, history_before)
        + _forget(db, now, bodies_before)
    )


def _erase_bodies(db: Db, before: float) -> int:
    mails = db.execute(
        f"SELECT id FROM message m WHERE kept = 1 AND {_ENDED} LIMIT {STEP}",
        {"before": before},
    ).fetchall()
    db.executemany("DELETE FROM body WHERE message = ?", mails)
    db.executemany(
        "DELETE FROM media WHERE submission IN (SELECT id FROM submission WHERE message = ?)", mails
    )
    db.executemany("UPDATE submission SET content = NULL WHERE message = ?", mails)
    db.executemany("UPDATE message SET kept = 0 WHERE id = ?", mails)
    return len(mails)


def _erase_items(db: Db, before: float) -> int:
    events = db.execute(
        f"SELECT id FROM event WHERE item IS NOT NULL AND {_TOLD} LIMIT {STEP}",
        {"before": before},
    ).fetchall()
    for table in ("callback", "event_part"):
        db.executemany(f"DELETE FROM {table} WHERE event = ?", events)
    db.executemany("UPDATE event SET item = NULL WHERE id = ?", events)
    return len(events)


def _erase_mails(db: Db, before: float) -> int:
    """Mails go with their submissions, deliveries and attempts."""
    mails = db.execute(
        f"SELECT id, token FROM message m WHERE kept = 0 AND {_ENDED} LIMIT {STEP}",
        {"before": before},
    ).fetchall()
    db.executemany("DELETE FROM message WHERE id = ?", [(id_,) for id_, _ in mails])
    _erase_conversations(db, (token for _, token in mails))
    return len(mails)


def _erase_conversations(db: Db, tokens: Iterable[str]) -> None:
    """A conversation goes with its last mail and its last text."""
    db.executemany(
        "DELETE FROM conversation WHERE token = ?1"
        " AND NOT EXISTS (SELECT 1 FROM message WHERE token = ?1)"
        " AND NOT EXISTS (SELECT 1 FROM event WHERE token = ?1 AND token <> '')",
        [(token,) for token in tokens],
    )


def _erase_rows(db: Db, before: float) -> int:
    """Events with their dedupe keys, and commands."""
    events = db.execute(
        f"SELECT id, token FROM event WHERE item IS NULL AND {_TOLD} LIMIT {STEP}",
        {"before": before},
    ).fetchall()
    db.executemany("DELETE FROM event WHERE id = ?", [(id_,) for id_, _ in events])
    _erase_conversations(db, {token for _, token in events if token})
    commands = db.execute(
        "DELETE FROM command WHERE id IN"
        f" (SELECT id FROM command WHERE obeyed_at < ? LIMIT {STEP})",
        (before,),
    )
    return len(events) + commands.rowcount


def _forget(db: Db, now: float, before: float) -> int:
    """Storms and loops that are over, tails that no mail ended in for long, and who came back.

    Which text is a number's latest is known for as long as it alone stands for others: its loss may
    be heard of late.
    """
    gone = loops.forget(db, now)
    gone += db.execute("DELETE FROM summary WHERE until < ?", (now,)).rowcount
    gone += db.execute(
        "DELETE FROM storm WHERE until < ? AND NOT EXISTS (SELECT 1 FROM delivery"
        " WHERE stand_in = storm.delivery AND state = 'folded' AND counted_in IS NULL)",
        (now,),
    ).rowcount
    for table, key, clause, instant in (
        ("lately", "number, likeness", "until < ?", now),
        ("tail", "sender_key, digest", "last_at < ?", before),
        ("optout", "number", "since IS NULL AND at < ?", now - LONGEST_WAY),
    ):
        gone += db.execute(
            f"DELETE FROM {table} WHERE ({key}) IN"
            f" (SELECT {key} FROM {table} WHERE {clause} LIMIT {STEP})",
            (instant,),
        ).rowcount
    return gone
