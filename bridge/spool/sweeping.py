"""What has been kept long enough is erased: first texts and raw mails, later every row.

In bounded steps, each a transaction of its own, so that traffic flows between them: no step reads
more than a page of rows, nor erases more than some hundred, or some octets, of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any, Final, TypeAlias

from bridge.core.optouts import LONGEST_WAY
from bridge.core.told import NoticeEvidence
from bridge.spool import leaping
from bridge.spool.db import Db
from bridge.spool.desk import Desk
from bridge.spool.rows import Row, one_of

PAGE: Final = 50
ROWS: Final = 500
OCTETS: Final = 1_000_000
"""How much one step looks at, and erases: rows, destinations, octets of mails and files."""

PAUSE: Final = 0.02
"""Seconds between two steps: nobody waits for them, and mails are accepted meanwhile."""

ORPHAN_LIFETIME: Final = 72 * 3600.0
"""Seconds for which a status report waits for its submission; then nobody is told of it."""

# A mail has ended when nothing of it waits, nothing moved since, and no event of it is to be told.
# Held without a term is held in doubt: who was to be told was told, and no report came.
_ENDED = (
    "NOT EXISTS (SELECT 1 FROM submission s JOIN delivery d"
    " ON d.submission = s.id WHERE s.message = m.id AND (d.changed_at >= :before"
    " OR d.state IN ('queued', 'claimed', 'submitting', 'in-doubt')"
    " OR (d.state = 'held' AND d.due_at IS NOT NULL)))"
    " AND NOT EXISTS (SELECT 1 FROM event e WHERE e.mail = m.id AND e.mail <> ''"
    " AND e.state IN ('queued', 'claimed', 'held'))"
)
_TOLD = "changed_at < :before AND state IN ('mailed', 'not-mailed', 'dead')"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is erased: by now, texts of what ended before one instant, rows before another."""

    now: float
    bodies_before: float
    history_before: float


Place: TypeAlias = tuple[Any, ...]
"""How far a chore came: the age and id of the last row that it looked at; () at its beginning."""

Chore: TypeAlias = Callable[[Db, Terms, Place], tuple[int, Place | None]]
"""One step of an erasure: how many it erased, and how far it came; None when it is done."""


async def sweep(desk: Desk, terms: Terms) -> int:
    """Erase what is to be erased, step by step; return how many mails, events and other rows."""
    erased = 0
    for chore in CHORES:
        place: Place | None = ()
        while place is not None:
            found, place = await desk.write(partial(_step, chore=chore, terms=terms, place=place))
            erased += found
            await asyncio.sleep(PAUSE if found else 0)
    if erased:
        desk.scour()
    return erased


def _step(db: Db, *, chore: Chore, terms: Terms, place: Place) -> tuple[int, Place | None]:
    """One step; none soon after the clock was set, since no erasure can be taken back."""
    return (0, None) if leaping.is_unsure(db, terms.now) else chore(db, terms, place)


def _page(found: Sequence[Row], *, most: int) -> tuple[Sequence[Row], Place | None]:
    """Of rows of age, id and weight those that weigh no more than this, one at least; their end."""
    weights = accumulate(int(weight) for *_, weight in found)
    kept = max(1, sum(total <= most for total in weights))
    page = found[:kept]
    return page, tuple(page[-1][:2]) if page else None


# ---------------------------------------------------------------- texts, mails and files


def _give_up_held(db: Db, terms: Terms, place: Place) -> tuple[int, Place | None]:
    """Notices that a restored backup held for as long as texts are kept are dropped by nobody.

    They ended when they were held: their words go with the others of that age.
    """
    page = db.execute(
        "SELECT at, id FROM event WHERE item IS NOT NULL AND at < ? AND (at, id) > (?, ?)"
        f" ORDER BY at, id LIMIT {ROWS}",
        (terms.bodies_before, *(place or (0.0, 0))),
    ).fetchall()
    db.executemany(
        "UPDATE event SET state = ?, reason = 'held until its words were erased'"
        f" WHERE id = ? AND state IN {one_of(NoticeEvidence.DROPPED.before)} AND changed_at < ?",
        [(NoticeEvidence.DROPPED.after, id_, terms.bodies_before) for _, id_ in page],
    )
    return 0, tuple(page[-1]) if page else None


def _forget_orphans(db: Db, terms: Terms, _: Place) -> tuple[int, Place | None]:
    """Reports that found no text in time are told to nobody; they stay as records."""
    found = db.execute(
        "UPDATE event SET state = ?, changed_at = ? WHERE id IN (SELECT id FROM event"
        f" INDEXED BY event_orphan WHERE state = 'orphan' AND at < ? LIMIT {ROWS})",
        (NoticeEvidence.FORGOTTEN.after, terms.now, terms.now - ORPHAN_LIFETIME),
    ).rowcount
    return 0, () if found == ROWS else None


def _erase_bodies(db: Db, terms: Terms, place: Place) -> tuple[int, Place | None]:
    looked_at = db.execute(
        "SELECT m.received_at, m.id, (SELECT coalesce(sum(length(raw)), 0) FROM body b"
        "  WHERE b.message = m.id) + (SELECT coalesce(sum(length(f.body)), 0) FROM submission s"
        "  JOIN media f ON f.submission = s.id WHERE s.message = m.id) FROM message m"
        " WHERE m.kept = 1 AND m.received_at < ? AND (m.received_at, m.id) > (?, ?)"
        f" ORDER BY m.received_at, m.id LIMIT {PAGE}",
        (terms.bodies_before, *(place or (0.0, ""))),
    ).fetchall()
    page, end = _page(looked_at, most=OCTETS)
    mails = [(mail,) for mail in _over(db, page, terms.bodies_before)]
    db.executemany("DELETE FROM body WHERE message = ?", mails)
    db.executemany(
        "DELETE FROM media WHERE submission IN (SELECT id FROM submission WHERE message = ?)", mails
    )
    db.executemany("UPDATE submission SET content = NULL WHERE message = ?", mails)
    db.executemany("UPDATE message SET kept = 0 WHERE id = ?", mails)
    db.executemany(  # alerts say all in their subjects
        "UPDATE conversation SET subject = ''"
        " WHERE token = (SELECT token FROM message WHERE id = ?) AND NOT EXISTS"
        " (SELECT 1 FROM message m WHERE m.token = conversation.token AND m.kept = 1)",
        mails,
    )
    return len(mails), end


def _over(db: Db, page: Iterable[Row], before: float) -> list[str]:
    """Those mails of a page that have ended."""
    found = (
        db.execute(
            f"SELECT m.id FROM message m WHERE m.id = :id AND {_ENDED}",
            {"id": mail, "before": before},
        ).fetchone()
        for _, mail, *_ in page
    )
    return [row[0] for row in found if row]


def _erase_items(db: Db, terms: Terms, place: Place) -> tuple[int, Place | None]:
    looked_at = db.execute(
        "SELECT at, id, length(item) + (SELECT coalesce(sum(length(raw)), 0) FROM callback c"
        "  WHERE c.event = e.id) + (SELECT coalesce(sum(length(body)), 0) FROM event_part p"
        "  WHERE p.event = e.id) FROM event e"
        " WHERE item IS NOT NULL AND at < ? AND (at, id) > (?, ?)"
        f" ORDER BY at, id LIMIT {PAGE}",
        (terms.bodies_before, *(place or (0.0, 0))),
    ).fetchall()
    page, end = _page(looked_at, most=OCTETS)
    events = _told(db, page, terms.bodies_before)
    for table in ("callback", "event_part"):
        db.executemany(f"DELETE FROM {table} WHERE event = ?", events)
    db.executemany("UPDATE event SET item = NULL WHERE id = ?", events)
    return len(events), end


def _told(db: Db, page: Iterable[Row], before: float) -> list[tuple[int]]:
    """Those events of a page that are done with."""
    found = (
        db.execute(
            f"SELECT id FROM event WHERE id = :id AND {_TOLD}", {"id": event, "before": before}
        ).fetchone()
        for _, event, *_ in page
    )
    return [(int(row[0]),) for row in found if row]


# ---------------------------------------------------------------- rows


def _erase_mails(db: Db, terms: Terms, place: Place) -> tuple[int, Place | None]:
    """Mails go with their submissions, deliveries and attempts; of a large one, some at a time."""
    looked_at = db.execute(
        "SELECT m.received_at, m.id, (SELECT count(*) FROM submission s JOIN delivery d"
        "  ON d.submission = s.id WHERE s.message = m.id) FROM message m"
        " WHERE m.kept = 0 AND m.received_at < ? AND (m.received_at, m.id) > (?, ?)"
        f" ORDER BY m.received_at, m.id LIMIT {PAGE}",
        (terms.history_before, *(place or (0.0, ""))),
    ).fetchall()
    page, end = _page(looked_at, most=ROWS)
    mails = _over(db, page, terms.history_before)
    if mails and len(page) == 1 and page[0][2] > ROWS:
        _erase_destinations(db, mails[0])
        return 0, place
    found = [db.execute("SELECT token FROM message WHERE id = ?", (m,)).fetchone() for m in mails]
    db.executemany("DELETE FROM message WHERE id = ?", [(mail,) for mail in mails])
    _erase_conversations(db, (token for (token,) in found))
    return len(mails), end


def _erase_destinations(db: Db, mail: str) -> None:
    db.execute(
        "DELETE FROM delivery WHERE id IN (SELECT d.id FROM submission s JOIN delivery d"
        f" ON d.submission = s.id WHERE s.message = ? LIMIT {ROWS})",
        (mail,),
    )


def _erase_conversations(db: Db, tokens: Iterable[str]) -> None:
    """A conversation goes with its last mail and its last text."""
    db.executemany(
        "DELETE FROM conversation WHERE token = ?1"
        " AND NOT EXISTS (SELECT 1 FROM message WHERE token = ?1)"
        " AND NOT EXISTS (SELECT 1 FROM event WHERE token = ?1 AND token <> '')",
        [(token,) for token in dict.fromkeys(tokens) if token],
    )


def _erase_events(db: Db, terms: Terms, place: Place) -> tuple[int, Place | None]:
    """Events go with their dedupe keys, and with who was told."""
    looked_at = db.execute(
        "SELECT at, id, 1 FROM event WHERE item IS NULL AND at < ? AND (at, id) > (?, ?)"
        f" ORDER BY at, id LIMIT {PAGE}",
        (terms.history_before, *(place or (0.0, 0))),
    ).fetchall()
    page, end = _page(looked_at, most=ROWS)
    events = _told(db, page, terms.history_before)
    found = [db.execute("SELECT token FROM event WHERE id = ?", each).fetchone() for each in events]
    db.executemany("DELETE FROM event WHERE id = ?", events)
    _erase_conversations(db, (token for (token,) in found))
    return len(events), end


# ---------------------------------------------------------------- what was noted besides


def _forgets(table: str, key: str, clause: str, instant: Callable[[Terms], float]) -> Chore:
    """A chore that erases rows of a table which a clause of one instant names."""

    def step(db: Db, terms: Terms, _: Place) -> tuple[int, Place | None]:
        erased = db.execute(
            f"DELETE FROM {table} WHERE ({key}) IN"
            f" (SELECT {key} FROM {table} WHERE {clause} LIMIT {ROWS})",
            (instant(terms),),
        ).rowcount
        return erased, () if erased == ROWS else None

    return step


# Which text is a number's latest is known for as long as it alone stands for others: its loss may
# be heard of late.
_STANDS_FOR_NONE = (
    "until < ? AND NOT EXISTS (SELECT 1 FROM delivery"
    " WHERE stand_in = storm.delivery AND state = 'folded' AND counted_in IS NULL)"
)

# By the clock that nobody sets; who has texts held is known as long as that is so.
_IN_NO_WINDOW = (
    "until < ? - (SELECT moved FROM clock WHERE id = 1) AND waits = 0 AND look_at IS NULL"
)

CHORES: Final[Sequence[Chore]] = (
    _forget_orphans,
    _give_up_held,
    _erase_bodies,
    _erase_items,
    _erase_mails,
    _erase_events,
    _forgets("command", "id", "obeyed_at < ?", lambda terms: terms.history_before),
    _forgets("spent", "sender_key, number", _IN_NO_WINDOW, lambda terms: terms.now),
    _forgets("pair", "sender_key, number", "until < ?", lambda terms: terms.now),
    _forgets("summary", "number, spoken", "until < ?", lambda terms: terms.now),
    _forgets("storm", "number", _STANDS_FOR_NONE, lambda terms: terms.now),
    _forgets("lately", "number, likeness", "until < ?", lambda terms: terms.now),
    _forgets("tail", "sender_key, digest", "last_at < ?", lambda terms: terms.bodies_before),
    _forgets("optout", "number", "since IS NULL AND at < ?", lambda terms: terms.now - LONGEST_WAY),
    _forgets("balance", "at", "at < ?", lambda terms: terms.history_before),
)
"""What is erased, in this order."""
