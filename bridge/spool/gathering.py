"""Who hears of a report by itself, and who in a mail that gathers: decided once, and written down.

A report that is tried again goes as it went at first, but counts from its last try on: what a
smarthost could not take for hours comes all at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.core import gathering
from bridge.core.events import Event, Gathered
from bridge.core.leases import Told
from bridge.spool import queueing, rows
from bridge.spool.db import Db


def gather(db: Db, event: int, mailboxes: Sequence[str], now: float) -> Mapping[str, int]:
    """Those of a report's mailboxes that hear of it in another event, and in which."""
    found = {each: _told_in(db, event, each, now) for each in mailboxes}
    return {mailbox: id_ for mailbox, id_ in found.items() if id_}


def _told_in(db: Db, event: int, mailbox: str, now: float) -> int | None:
    """The event in which a mailbox hears of a report; None: in its own."""
    key = mailbox.lower()
    known = db.execute(
        "UPDATE report SET at = ? WHERE event = ? AND mailbox = ? RETURNING gathered_in",
        (now, event, key),
    ).fetchall()
    if known:
        found: int | None = known[0][0]
        return found
    (lately,) = db.execute(
        "SELECT count(*) FROM report WHERE mailbox = ? AND at > ? AND gathered_in IS NULL",
        (key, now - gathering.WITHIN),
    ).fetchone()
    found = None if gathering.goes_alone(lately) else _open(db, mailbox, now)
    db.execute("INSERT INTO report VALUES (?, ?, ?, ?)", (event, key, now, found))
    return found


def _open(db: Db, mailbox: str, now: float) -> int:
    """The event that gathers for a mailbox until it is told for the first time; if need be, new."""
    row = db.execute(
        "SELECT id FROM event WHERE state = ? AND epoch = 0 AND id ="
        " (SELECT max(gathered_in) FROM report WHERE mailbox = ?)",
        (Told.QUEUED, mailbox.lower()),
    ).fetchone()
    if row:
        return int(row[0])
    return queueing.event(db, Gathered(mailbox, now + gathering.WITHIN), now)


def gathered(db: Db, event: Gathered) -> Sequence[Event | None]:
    """The reports that an event tells, the oldest first; None for what is not kept any more."""
    found = db.execute(
        "SELECT e.kind, e.item FROM report r JOIN event e ON e.id = r.event"
        " WHERE r.mailbox = ? AND r.gathered_in ="
        " (SELECT id FROM event WHERE key = ? AND (weak = 0 OR acked = 0))"
        " ORDER BY e.id",
        (event.to.lower(), rows.event_key(event)),
    )
    return tuple(_kept(*row) for row in found)


def _kept(kind: str, item: str) -> Event | None:
    try:
        return rows.event(kind, item)
    except rows.Unrevivable:
        return None
