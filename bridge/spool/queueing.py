"""What is new becomes rows: submissions, deliveries (queued, or folded at once), and events.

A mail's failures become one event, and so do its successes: what comes joins the row that waits to
be told, until that was leased for the first time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import zip_longest
from secrets import token_hex
from typing import NamedTuple

from bridge.core import reporting
from bridge.core.events import (
    Event,
    Explained,
    Gathered,
    ListOrder,
    Returned,
    Summary,
    Undelivered,
)
from bridge.core.leases import Told
from bridge.core.model import Destination, ForwardPath, ListName, Mms, Submission
from bridge.core.outcomes import State
from bridge.core.states import Evidence
from bridge.core.storms import GOES, Ruling
from bridge.core.told import NoticeEvidence
from bridge.spool import rows
from bridge.spool.db import Db
from bridge.spool.inserting import insert
from bridge.spool.rows import content_row, event_item, event_key, looked_up

RETRY_JOINS = 3600.0
"""Seconds in which a client's identical retry joins the mail whose 250 it never got."""


def submission(db: Db, each: Submission) -> None:
    """Store a submission with its content; its deliveries are stored one by one."""
    kind, written = content_row(each.content)
    db.execute(
        "INSERT INTO submission VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            each.id,
            each.mail,
            each.id,
            kind,
            written,
            each.accepted_at,
            each.expires_at,
            each.profile,
            each.sender,
            each.originator,
            each.user_context,
            each.segments,
            each.after,
            each.part,
            each.parts,
        ),
    )
    if isinstance(each.content, Mms):
        db.executemany(
            "INSERT INTO media VALUES (?, ?, ?, ?, ?)",
            [(each.id, n, p.name, p.media_type, p.body) for n, p in enumerate(each.content.parts)],
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A destination of a text, the path that asked for it, and whether it goes there."""

    destination: Destination
    path: ForwardPath | None
    ruling: Ruling = GOES


class Holder(NamedTuple):
    """Who leases, from now until when, and the host to which new requests begin ("": to none)."""

    owner: str
    now: float
    until: float
    host: str = ""


_DELIVERY = (
    "INSERT INTO delivery (submission, destination, is_list, state, due_at, expires_at,"
    " after, token, reason, stand_in, counted_in, spender, goes_at, urgent,"
    " address, notify, orcpt, changed_at, epoch, owner, attempts, host, begun_at, batch)"
)


def deliveries(
    db: Db, parts: Sequence[Submission], asked: Sequence[Asked], begun: Holder | None = None
) -> Sequence[int]:
    """Store where a text goes: each destination gets its parts in turn; or has `begun` to.

    Returns the rows of its last part, in the order of its destinations.
    """
    before: Sequence[int] = ()
    for part in parts:
        lease = _lease(part, begun)
        stored = [
            (*_row(part, to, after, begun), *lease) for to, after in zip_longest(asked, before)
        ]
        before = sorted(id_ for (id_,) in insert(db, _DELIVERY, stored, "RETURNING id"))
    return before


def _lease(of: Submission, begun: Holder | None) -> rows.Row:
    """When a row changed, and how far its sending is: not at all, as a rule."""
    if begun is None:
        return of.accepted_at, 0, "", 0, "", 0.0, 1
    return begun.now, 1, begun.owner, 1, begun.host, begun.now, len(of.destinations)


def _row(of: Submission, to: Asked, after: int | None, begun: Holder | None) -> rows.Row:
    path, ruling = to.path, to.ruling
    return (
        of.id,
        str(to.destination),
        isinstance(to.destination, ListName),
        Evidence.STORED_AND_BEGUN.after if begun else ruling.state,
        begun.until if begun else _due(of, after, ruling),
        of.expires_at,
        after,
        ruling.token,
        ruling.reason,
        ruling.stand_in,
        ruling.counted_in,
        ruling.spender,
        ruling.goes_at,
        int(of.urgent),
        path.address if path else "",
        ",".join(sorted(path.notify)) if path else "",
        path.orcpt if path else "",
    )


def _due(of: Submission, before: int | None, ruling: Ruling) -> float | None:
    """When something is to be done about a destination; None for never.

    What goes is due when it was accepted, or (a later part) once the part before was taken; what
    is held, at the latest.
    """
    if ruling.state not in (State.QUEUED, State.HELD):
        return None
    goes = before is None and ruling.state is State.QUEUED
    return of.accepted_at if goes else of.expires_at


def event(db: Db, item: Event, at: float) -> int:
    """Store an event that no callback brought; its id, 0 where it is there already."""
    match item:
        case Undelivered():
            return _undelivered(db, item, at)
        case Summary():
            return _summary(db, item, at)
        case Explained() | ListOrder() | Returned():
            return _mailed(db, item, at)
        case _:
            after = item.at - at if isinstance(item, Gathered) else 0.0
            return insert_event(
                db, item, key=event_key(item), weak=False, acked=True, at=at, after=after
            )


def _mailed(db: Db, item: Explained | ListOrder | Returned, at: float) -> int:
    """Store what a client's mail to the bridge asks or tells; its retry joins it (RETRY_JOINS)."""
    digest = sha256(event_item(replace(item, at=0.0)).encode()).hexdigest()
    key = f"{type(item).__name__}:{digest}"
    earlier = db.execute(
        "SELECT id FROM event WHERE key >= ? AND key < ? AND weak = 0 AND acked = 0 AND at > ?",
        (f"{key}:", f"{key};", at - RETRY_JOINS),
    ).fetchone()
    if earlier:
        return int(earlier[0])
    key = f"{key}:{token_hex(8)}"
    return insert_event(db, item, key=key, weak=False, acked=False, at=at)


@dataclass(frozen=True, slots=True)
class Record:
    """How an event is stored of which no mail is due: its state, its mail, what it contradicts."""

    state: Told
    mail: str = ""
    conflict: str = ""


def insert_event(
    db: Db,
    item: Event,
    *,
    key: str,
    weak: bool,
    acked: bool,
    at: float,
    after: float = 0.0,
    record: Record | None = None,
) -> int:
    """Store an event, due `after` some seconds, or a `record`; its id, 0 if its key is taken."""
    state = record.state if record else NoticeEvidence.STORED.after
    number, message_id, context, mail, conversation = looked_up(item)
    row = db.execute(
        "INSERT INTO event (at, kind, item, key, weak, acked, state, due_at, number, message_id,"
        " user_context, mail, token, conflict, changed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING id",
        (
            at,
            type(item).__name__,
            event_item(item),
            key,
            weak,
            acked,
            state,
            None if record else at + after,
            number,
            message_id,
            context,
            record.mail if record else mail,
            conversation,
            record.conflict if record else "",
            at,
        ),
    ).fetchone()
    return int(row[0]) if row else 0


# ---------------------------------------------------------------- what is told together


def open_event(db: Db, mail: str, kind: type[Undelivered | Summary]) -> tuple[int, Event] | None:
    """The event of a mail that others may still join, if there is one."""
    row = db.execute(
        "SELECT id, kind, item FROM event INDEXED BY event_open"
        " WHERE mail = ? AND kind = ? AND state = 'queued' AND epoch = 0 AND mail <> ''",
        (mail, kind.__name__),
    ).fetchone()
    if row is None:
        return None
    try:
        return row[0], rows.event(*row[1:])
    except rows.Unrevivable:  # it is dead, once its turn comes
        return None


def _undelivered(db: Db, item: Undelivered, at: float) -> int:
    """Failures wait some seconds for others of their mail."""
    found = open_event(db, item.mail, Undelivered)
    if found is None:
        return _reported(db, item, at, after=reporting.TOGETHER)
    id_, known = found
    if isinstance(known, Undelivered) and (item.failures or item.ours):
        joined = reporting.joined(known, item)
        db.execute("UPDATE event SET item = ? WHERE id = ?", (event_item(joined), id_))
    return id_


def _summary(db: Db, item: Summary, at: float) -> int:
    """A summary waits for what it can sum up."""
    found = open_event(db, item.mail, Summary)
    return found[0] if found else _reported(db, item, at, after=reporting.SUMMARY_AFTER)


def _reported(db: Db, item: Undelivered | Summary, at: float, *, after: float) -> int:
    """Store a report, under a key of its own: a mail may have several."""
    key = f"{type(item).__name__}:{item.mail}:{token_hex(8)}"
    return insert_event(db, item, key=key, weak=False, acked=True, at=at, after=after)
