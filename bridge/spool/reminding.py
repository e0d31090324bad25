"""What no answer brings: texts that still wait, and reports that never come.

Each mail is looked after a quarter of an hour after it came; one that asked to hear of success once
more, when a report is not to be expected any longer.  So is one of which a text is just being tried
then, or goes on that had come to an end.  In bounded steps, so that traffic flows between them.
"""

from __future__ import annotations

from collections.abc import Iterable

from bridge.core import reminding
from bridge.core.reminding import DELAYED_AFTER
from bridge.spool import owing, queueing
from bridge.spool.db import Db
from bridge.spool.desk import Desk

STEP = 20


async def remind(desk: Desk, now: float) -> int:
    """Look after all mails whose time it is, in steps; how many were told."""
    told, more = 0, True
    while more:
        more, found = await desk.write(lambda db: step(db, now), ("notify",))
        told += found
    return told


def step(db: Db, now: float) -> tuple[bool, int]:
    """Look after some mails whose time it is; whether there are more, and how many were told."""
    found = db.execute(
        "SELECT id, received_at FROM message INDEXED BY message_look_at WHERE look_at <= ?"
        f" ORDER BY look_at LIMIT {STEP}",
        (now,),
    ).fetchall()
    return len(found) == STEP, sum(_look_after(db, mail, at, now) for mail, at in found)


def _look_after(db: Db, mail: str, received_at: float, now: float) -> bool:
    """Tell what is late of one mail, if anything; whether it was."""
    known = owing.standings(db, mail)
    late = reminding.delayed(mail, known, _resting(db), received_at=received_at, now=now)
    at = reminding.look_again(known, received_at=received_at, now=now, is_told=late is not None)
    db.execute("UPDATE message SET look_at = ? WHERE id = ?", (at, mail))
    relayed = reminding.relayed(mail, known, now)
    if relayed:
        owing.tell_now(db, owing.summarise(db, mail, now), now)
    return relayed or (late is not None and queueing.event(db, late, now) > 0)


def anew(db: Db, deliveries: Iterable[int], now: float) -> None:
    """Have the mails looked after again of which texts go on that had come to an end."""
    db.executemany(
        "UPDATE message SET look_at = coalesce(look_at, ?) WHERE id = (SELECT s.message"
        " FROM delivery d JOIN submission s ON s.id = d.submission WHERE d.id = ?)",
        [(now + DELAYED_AFTER, each) for each in deliveries],
    )


def _resting(db: Db) -> str:
    """Why the submit lane rests; "" while it goes."""
    row = db.execute(
        "SELECT reason FROM lane WHERE name = 'submit' AND paused_since IS NOT NULL"
    ).fetchone()
    return str(row[0]) if row else ""
