"""Submissions out of the spool: who may send what, and until when.

A lease takes the due deliveries of one submission that stand alike.  Only queued ones change
their state by it; one that may have been sent, or is held, keeps saying so in its row, so that
another crash changes nothing about what is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from bridge.core.leases import Delivery, SubmissionLease
from bridge.core.model import Destination, Mms, Part, Submission
from bridge.core.outcomes import State
from bridge.core.states import Evidence
from bridge.spool import beginning, lanes, line, optouts, rows, turns
from bridge.spool.db import Db
from bridge.spool.queueing import Holder

LOOKS = 500
"""Submissions that are looked at in one transaction: those of a long line only step back."""

AT_ONCE = 64
"""Submissions that are read and leased by the same statements."""

ROWS = 4
"""Rows that are read for each submission that is looked for: most have one recipient."""

LOOK_AGAIN = 60.0
"""Seconds until a part past its time is looked at again, while the part before is under way."""


def _due_in(state: State) -> tuple[str, str]:
    """What is due in a state, and the index whose order is the order of work.

    Both columns are compared at once, though the state is given: so no other index will do.  A
    database that has seen nothing wait lately might take one, and sort all that is due.
    """
    return (
        f"(state, due_at) >= ('{state}', 0) AND (state, due_at) <= ('{state}', :now)"
        " AND due_at IS NOT NULL",
        "delivery_due",
    )


# What one lease may hold, most pressing first: a condition, and the index whose order is the
# order of work.  One state each, since an index gives no order across two.
_JUDGED = tuple(map(_due_in, (State.SUBMITTING, State.UNKNOWN, State.HELD)))
_IN_LINE = _due_in(State.QUEUED)
_SENT = (_due_in(State.CLAIMED), _IN_LINE)
_EXPIRED = (
    (
        "state IN ('queued', 'claimed') AND t.expires_at <= :now"
        " AND +due_at <= :now",  # + : however much is due, little is past its time
        "delivery_expiry",
    ),
)
_ORDER = {"delivery_due": "state, due_at", "delivery_expiry": "t.expires_at"}
_ORPHANED = (State.SUBMITTING, State.UNKNOWN)
_ALL = _JUDGED + _SENT + _EXPIRED
_ONE = {
    (clause, index): f"(SELECT 1 FROM delivery t INDEXED BY {index} WHERE {clause}"
    f" ORDER BY {_ORDER[index]} LIMIT 1)"
    for clause, index in _ALL
}
# Most of it is never there: asked for all at once.
_IS_DUE = f"SELECT {', '.join(_ONE.values())}"

NOTHING_IS_DUE: Final = " AND ".join(f"{_ONE[each]} IS NULL" for each in _JUDGED + _SENT)
"""That nothing waits for a hand `:now`, be it to be judged or to be sent."""


class Leased(NamedTuple):
    """What was leased, whether somebody is told soon of what ended, and whether more is due."""

    found: Sequence[SubmissionLease]
    tells: bool
    more: bool


def lease(db: Db, by: Holder, limit: int, *, unsent: bool = False) -> Leased:
    """Lease up to `limit` submissions of which something is due; `unsent`: none that is to be sent.

    Where a number has opted out, what was to be sent to it ends instead.  What is to be sent for
    the first time begins at once, if a host is named.
    """
    found: list[SubmissionLease] = []
    tells, looks = False, LOOKS
    for clause, index in _due(
        db, _JUDGED + (_EXPIRED if unsent or lanes.resting(db) else _SENT), by.now
    ):
        while due := _first(
            db, clause, index, now=by.now, limit=min(limit - len(found), looks, AT_ONCE)
        ):
            looks -= len(due)
            held, ended = _taken(db, due, clause, by)
            found += held
            tells = tells or ended
    return Leased(found, tells, tells or looks <= 0)


def _due(db: Db, kinds: Sequence[tuple[str, str]], now: float) -> list[tuple[str, str]]:
    """Those kinds of work of which there is some."""
    there = dict(zip(_ALL, db.execute(_IS_DUE, {"now": now}).fetchone(), strict=True))
    return [each for each in kinds if there[each]]


def _first(db: Db, clause: str, index: str, *, now: float, limit: int) -> Sequence[str]:
    """The first submissions of which something is due: one at least, where there is any."""
    if not limit:
        return ()
    found = db.execute(
        f"SELECT t.submission FROM delivery t INDEXED BY {index} WHERE {clause}"
        f" ORDER BY {_ORDER[index]} LIMIT :rows",
        {"now": now, "rows": limit * ROWS},
    )
    return tuple(dict.fromkeys(submission for (submission,) in found))[:limit]


def _taken(
    db: Db, submissions: Sequence[str], clause: str, by: Holder
) -> tuple[list[SubmissionLease], bool]:
    """Lease what is due of some submissions, if anything; and whether some of it ended instead.

    A lease's epoch is above any that its submission's rows ever had.
    """
    now = by.now
    known = _known(db, submissions, clause, now)
    due = _not_waiting(db, submissions, known, now)
    outs = optouts.among(db, [each for deliveries in due.values() for each in deliveries])
    taken = {
        id_: pending
        for id_, deliveries in due.items()
        if (pending := optouts.turned_away(db, id_, deliveries, outs, now=now))
    }
    epochs = {row.submission: row.epoch for row in known}
    asked: dict[str, list[Destination]] = {id_: [] for id_ in taken}
    for row in known:
        if row.asked and row.submission in asked:
            asked[row.submission].append(row.delivery.destination)
    items = _submissions(db, asked)
    leases = [
        SubmissionLease(
            items[id_],
            tuple(found),
            epochs[id_],
            by.until,
            orphaned=found[0].state in _ORPHANED,
            lasts=by.until - now,
        )
        for id_, found in taken.items()
    ]
    return _written(db, leases, by), _count(taken) < _count(due)


def _written(db: Db, leases: Sequence[SubmissionLease], by: Holder) -> list[SubmissionLease]:
    """Write leases down; of those that may, the requests begin with it."""
    begins = {each.item.id for each in leases if by.host and _is_new(each, by.now)}
    db.executemany(
        "UPDATE delivery SET state = ?, epoch = ?, owner = ?, due_at = ?, behind = 0 WHERE id = ?",
        [
            (Evidence.LEASED.moves(to.state) or to.state, each.epoch, by.owner, by.until, to.id)
            for each in leases
            if each.item.id not in begins
            for to in each.pending
        ],
    )
    new = [each for each in leases if each.item.id in begins]
    beginning.at_once(db, new, by)
    return [replace(each, begun=by.host) if each.item.id in begins else each for each in leases]


def _is_new(lease: SubmissionLease, now: float) -> bool:
    """Whether it is to be sent, in time, and to whatever host is the best."""
    return now < lease.item.expires_at and all(
        each.state is State.QUEUED and not each.resends for each in lease.pending
    )


def _count(found: Mapping[str, Sequence[Delivery]]) -> int:
    return sum(map(len, found.values()))


class _Known(NamedTuple):
    """A row of a submission: whether it is due, and whether another text goes first; where the part
    before stands, its lease's epoch, and whether a mail asked for it."""

    submission: str
    delivery: Delivery
    due: bool
    behind: bool
    before: str | None
    epoch: int
    asked: bool


def _known(db: Db, submissions: Sequence[str], clause: str, now: float) -> list[_Known]:
    """All rows of some submissions, in their order."""
    named = rows.named(rows.filled(submissions))
    found = db.execute(
        f"{rows.of_submissions(named)} SELECT submission, {clause},"
        f" {line.STANDS_BEHIND if clause == _IN_LINE[0] else 'FALSE'},"
        " (SELECT b.state FROM delivery b WHERE b.id = t.after),"
        " max(epoch) OVER (PARTITION BY submission) + 1, member_of IS NULL,"
        f" {rows.DELIVERY} FROM mine t ORDER BY id",
        {**named, **line.RULES, "now": now},
    )
    return [
        _Known(of, rows.delivery(tuple(row)), bool(due), bool(behind), before, epoch, bool(asked))
        for of, due, behind, before, epoch, asked, *row in found
    ]


def _not_waiting(
    db: Db, submissions: Sequence[str], known: Sequence[_Known], now: float
) -> dict[str, list[Delivery]]:
    """What is due of each submission, but for texts behind others, which step back, and for parts
    past their time whose part before is under way.

    That one will end both in one notice; they are looked at again soon.
    """
    found: dict[str, list[Delivery]] = {each: [] for each in submissions}
    line.step_back(db, [row.delivery.id for row in known if row.behind])
    due = [row for row in known if row.due and not row.behind]
    left = {row.delivery.id for row in due if row.before in turns.UNDER_WAY}
    again = now + LOOK_AGAIN
    db.executemany("UPDATE delivery SET due_at = ? WHERE id = ?", [(again, each) for each in left])
    for row in due:
        if row.delivery.id not in left:
            found[row.submission].append(row.delivery)
    return found


def _submissions(db: Db, to: Mapping[str, Sequence[Destination]]) -> dict[str, Submission]:
    """Submissions as they were accepted, with their content, to these destinations."""
    lot = rows.filled(list(to))
    found = (
        db.execute(
            f"SELECT {rows.SUBMISSION} FROM submission s WHERE s.id IN {rows.among(lot)}",
            lot,
        ).fetchall()
        if lot
        else ()
    )
    return {row[0]: rows.submission(row, to[row[0]], _files(db, row)) for row in found}


def _files(db: Db, row: rows.Row) -> list[Part]:
    """The files of an MMS."""
    if row[2] != Mms.__name__:
        return []
    found = db.execute(
        "SELECT name, media_type, body FROM media WHERE submission = ? ORDER BY n", (row[4],)
    )
    return [Part(*each) for each in found]
