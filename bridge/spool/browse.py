"""The life of a message, line by line, for people who ask what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter, itemgetter

from bridge.core.events import StatusReport
from bridge.core.outcomes import LIVE
from bridge.spool.db import Db
from bridge.spool.rows import Row, among, event_id, lots, one_of
from bridge.spool.views import Record

_LIVE = one_of(LIVE)
_UNTOLD = "('queued', 'claimed', 'held')"


def browse(db: Db, about: str, *, waiting: bool, content: bool, limit: int) -> Sequence[Record]:
    """The latest `limit` lines about an id, a number, a mailbox or a gateway's id; oldest first."""
    mails = _mails(db, about, waiting=waiting, limit=limit)
    found = [
        *_mail_lines(db, mails, content=content),
        *_delivery_lines(db, mails, waiting=waiting, content=content),
        *(() if waiting else _attempt_lines(db, mails)),
        *_event_lines(db, about, mails, waiting=waiting, content=content, limit=limit),
        *_command_lines(db, about, mails, waiting=waiting, limit=limit),
    ]
    return sorted(found, key=attrgetter("at"))[-limit:]


def _mails(db: Db, about: str, *, waiting: bool, limit: int) -> list[str]:
    if about:
        query = (
            "SELECT id FROM message WHERE id = :about OR sender = :about UNION"
            " SELECT message FROM submission WHERE id = :about UNION"
            " SELECT s.message FROM delivery d JOIN submission s ON s.id = d.submission"
            " WHERE d.destination = :about OR (d.message_id = :about AND d.message_id <> '') UNION"
            " SELECT e.mail FROM report r JOIN event e ON e.id = r.event"
            " WHERE r.mailbox = :mailbox"
        )
    elif waiting:
        query = (
            "SELECT DISTINCT s.message FROM delivery d JOIN submission s ON s.id = d.submission"
            f" WHERE d.state IN {_LIVE} LIMIT :limit"
        )
    else:
        query = "SELECT id FROM message ORDER BY received_at DESC LIMIT :limit"
    found = db.execute(query, {"about": about, "mailbox": about.lower(), "limit": limit})
    return [mail for (mail,) in found]


def _of(db: Db, mails: Sequence[str], query: str) -> list[Row]:
    """The rows about some mails, by their keys, which come first in them."""
    found = (row for lot in lots(mails) for row in db.execute(f"{query} IN {among(lot)}", lot))
    return sorted(found, key=itemgetter(0))


def _mail_lines(db: Db, mails: Sequence[str], *, content: bool) -> Iterator[Record]:
    for row in _of(
        db,
        mails,
        'SELECT m.id, m.received_at, m.sender, m.profile, m.peer, m."user", m.acked, c.subject'
        " FROM message m LEFT JOIN conversation c ON c.token = m.token WHERE m.id",
    ):
        id_, at, sender, profile, peer, user, acked, subject = row
        fields = {
            "sender": sender,
            "profile": profile,
            "peer": peer,
            "user": user,
            "answered": bool(acked),
        }
        yield Record(at, id_, "mail", fields | ({"subject": subject} if content else {}))


def _delivery_lines(
    db: Db, mails: Sequence[str], *, waiting: bool, content: bool
) -> Iterator[Record]:
    for row in _of(
        db,
        mails,
        "SELECT d.id, d.changed_at, d.submission, d.destination, d.state, d.due_at, d.attempts,"
        " d.resends, d.token, d.reason, d.message_id, o.kind, s.segments, s.part, s.parts,"
        " CASE WHEN d.state = 'held' AND d.token = 'LIMIT' THEN d.goes_at END,"
        " o.content FROM delivery d JOIN submission s ON s.id = d.submission"
        " JOIN submission o ON o.id = s.origin WHERE "
        + (f"d.state IN {_LIVE} AND " if waiting else "")
        + "s.message",
    ):
        _, at, id_, *values, written = row
        fields = dict(zip(_DELIVERY_FIELDS, values, strict=True))
        yield Record(at, id_, "delivery", fields | (json.loads(written or "{}") if content else {}))


_DELIVERY_FIELDS = (
    "number",
    "state",
    "due_at",
    "attempts",
    "resends",
    "token",
    "reason",
    "message_id",
    "kind",
    "segments",
    "part",
    "parts",
    "goes_at",
)


def _attempt_lines(db: Db, mails: Sequence[str]) -> Iterator[Record]:
    for _, at, id_, host, deliveries, ended_at, outcome in _of(
        db,
        mails,
        "SELECT a.id, a.begun_at, a.submission, a.host, a.deliveries, a.ended_at, a.outcome"
        " FROM attempt a JOIN submission s ON s.id = a.submission WHERE s.message",
    ):
        fields = {
            "host": host,
            "recipients": len(json.loads(deliveries)),
            "ended_at": ended_at,
            "outcome": outcome,
        }
        yield Record(at, id_, "attempt", fields)


def _event_lines(
    db: Db, about: str, mails: Sequence[str], *, waiting: bool, content: bool, limit: int
) -> Iterator[Record]:
    for row in _events(db, about, mails, waiting=waiting, limit=limit):
        id_, at, kind, state, number, message_id, *values, done, changed_at, item = row
        kept = _kept(item)
        said = (kept.get(name) or "" for name in _SAID)
        values = [kind, state, number, message_id, _status(kind, kept), *said, *values]
        fields = dict(zip(_EVENT_FIELDS, values, strict=True))
        fields |= {"told": json.loads(done), "changed_at": changed_at}
        yield Record(at, f"e{id_}", "event", fields | (kept if content else {}))


def _events(db: Db, about: str, mails: Sequence[str], *, waiting: bool, limit: int) -> list[Row]:
    """The latest events about an id, a number or a gateway's id, and of some mails; oldest first.

    Each is looked for by itself, since each has an index of its own.
    """
    wanted: list[tuple[str, Sequence[object]]] = [
        (" WHERE id = ?", (event_id(about),)),
        (" WHERE number = ? AND number <> ''", (about,)),
        (" WHERE message_id = ? AND message_id <> ''", (about,)),
    ]
    wanted += [
        (f" INDEXED BY event_mail WHERE mail IN {among(lot)} AND mail <> ''", lot)
        for lot in lots(mails)
    ]
    found: dict[int, Row] = {}
    for clause, values in wanted if about else [(" WHERE id > 0", ())]:
        untold = f" AND state IN {_UNTOLD}" if waiting else ""
        query = f"{_EVENTS}{clause}{untold} ORDER BY id DESC LIMIT ?"
        found |= {row[0]: row for row in db.execute(query, (*values, limit))}
    return [found[id_] for id_ in sorted(found)][-limit:]


_EVENTS = (
    "SELECT id, at, kind, state, number, message_id, user_context, mail, attempts, reason,"
    " conflict, done, changed_at, item FROM event"
)


def _kept(item: str | None) -> dict[str, object]:
    """What is known of an event besides its columns; nothing once it was erased, or is damaged."""
    try:
        found = json.loads(item or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _status(kind: str, kept: Mapping[str, object]) -> str:
    """What a status report says, as the gateway writes it."""
    if kind != StatusReport.__name__:
        return ""
    return f"{kept.get('status', '')} - {kept.get('words', '')}".rstrip(" -")


# What an event says besides, as long as it is kept: no words of a text.
_SAID = ("progress", "effect", "list_name", "action", "token")

_EVENT_FIELDS = (
    "kind",
    "state",
    "number",
    "message_id",
    "status",
    "progress",
    "effect",
    "list",
    "action",
    "token",
    "user_context",
    "mail",
    "attempts",
    "reason",
    "conflict",
)


def _command_lines(
    db: Db, about: str, mails: Sequence[str], *, waiting: bool, limit: int
) -> Iterator[Record]:
    found: dict[int, Row] = {}
    for lot in lots([about, *mails]) if about else [()]:
        named = f"target IN {among(lot)}" if lot else "id > 0"
        query = (
            f"SELECT id, at, verb, target, by, changed, reason FROM command WHERE {named}"
            + (" AND obeyed_at IS NULL" if waiting else "")
            + " ORDER BY id DESC LIMIT ?"
        )
        found |= {row[0]: row for row in db.execute(query, (*lot, limit))}
    for id_ in sorted(found)[-limit:]:
        _, at, verb, target, by, changed, reason = found[id_]
        fields = {"verb": verb, "target": target, "by": by, "changed": changed, "reason": reason}
        yield Record(at, f"c{id_}", "command", fields)
