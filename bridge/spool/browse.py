"""The life of a message, line by line, for people who ask what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from operator import attrgetter

from bridge.core.outcomes import LIVE
from bridge.spool.contract import Record
from bridge.spool.db import Db
from bridge.spool.rows import one_of

_LIVE = one_of(LIVE)
_UNTOLD = "('queued', 'claimed')"


def browse(db: Db, about: str, *, waiting: bool, content: bool, limit: int) -> Sequence[Record]:
    """The latest `limit` lines about an id, a number, a mailbox or a gateway's id; oldest first."""
    mails = json.dumps(_mails(db, about, waiting=waiting, limit=limit))
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
            " WHERE r.mailbox = lower(:about)"
        )
    elif waiting:
        query = (
            "SELECT DISTINCT s.message FROM delivery d JOIN submission s ON s.id = d.submission"
            f" WHERE d.state IN {_LIVE} LIMIT :limit"
        )
    else:
        query = "SELECT id FROM message ORDER BY received_at DESC LIMIT :limit"
    found = db.execute(query, {"about": about, "limit": limit})
    return [mail for (mail,) in found]


def _mail_lines(db: Db, mails: str, *, content: bool) -> Iterator[Record]:
    for row in db.execute(
        "SELECT m.received_at, m.id, m.sender, m.profile, m.peer, m.user, m.acked, c.subject"
        " FROM message m LEFT JOIN conversation c ON c.token = m.token"
        " WHERE m.id IN (SELECT value FROM json_each(?))",
        (mails,),
    ):
        at, id_, sender, profile, peer, user, acked, subject = row
        fields = {
            "sender": sender,
            "profile": profile,
            "peer": peer,
            "user": user,
            "answered": bool(acked),
        }
        yield Record(at, id_, "mail", fields | ({"subject": subject} if content else {}))


def _delivery_lines(db: Db, mails: str, *, waiting: bool, content: bool) -> Iterator[Record]:
    for row in db.execute(
        "SELECT d.changed_at, d.submission, d.destination, d.state, d.due_at, d.attempts,"
        " d.resends, d.token, d.reason, d.message_id, o.kind, s.segments, s.part, s.parts,"
        " o.content FROM delivery d JOIN submission s ON s.id = d.submission"
        " JOIN submission o ON o.id = s.origin"
        " WHERE s.message IN (SELECT value FROM json_each(?))"
        + (f" AND d.state IN {_LIVE}" if waiting else "")
        + " ORDER BY d.id",
        (mails,),
    ):
        at, id_, *values, written = row
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
)


def _attempt_lines(db: Db, mails: str) -> Iterator[Record]:
    for at, id_, host, deliveries, ended_at, outcome in db.execute(
        "SELECT a.begun_at, a.submission, a.host, a.deliveries, a.ended_at, a.outcome"
        " FROM attempt a JOIN submission s ON s.id = a.submission"
        " WHERE s.message IN (SELECT value FROM json_each(?)) ORDER BY a.id",
        (mails,),
    ):
        fields = {
            "host": host,
            "recipients": len(json.loads(deliveries)),
            "ended_at": ended_at,
            "outcome": outcome,
        }
        yield Record(at, id_, "attempt", fields)


def _event_lines(
    db: Db, about: str, mails: str, *, waiting: bool, content: bool, limit: int
) -> Iterator[Record]:
    named = (
        "(id = :id OR (number = :about AND number <> '')"
        " OR (message_id = :about AND message_id <> '')"
        " OR (mail <> '' AND mail IN (SELECT value FROM json_each(:mails))))"
    )
    clause = (named if about else "1") + (f" AND state IN {_UNTOLD}" if waiting else "")
    found = db.execute(
        "SELECT at, id, kind, state, number, message_id,"
        " iif(kind = 'StatusReport' AND json_valid(item), rtrim(json_extract(item, '$.status')"
        " || ' - ' || json_extract(item, '$.words'), ' -'), ''),"
        f" {_SAID}, user_context, mail, attempts, reason, conflict,"
        " done, changed_at, item"
        f" FROM event WHERE {clause} ORDER BY id DESC LIMIT :limit",
        {"about": about, "id": _event_id(about), "mails": mails, "limit": limit},
    ).fetchall()
    for row in reversed(found):
        at, id_, *values, done, changed_at, item = row
        fields = dict(zip(_EVENT_FIELDS, values, strict=True))
        fields |= {"told": json.loads(done), "changed_at": changed_at}
        yield Record(at, f"e{id_}", "event", fields | (json.loads(item or "{}") if content else {}))


# What an event says besides, as long as it is kept: no words of a text.
_SAID = ", ".join(
    f"coalesce(iif(json_valid(item), json_extract(item, '$.{name}'), ''), '')"
    for name in ("progress", "effect", "list_name", "action", "token")
)

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


def _event_id(about: str) -> int | None:
    digits = about.removeprefix("e")
    return int(digits) if about.startswith("e") and digits.isascii() and digits.isdigit() else None


def _command_lines(
    db: Db, about: str, mails: str, *, waiting: bool, limit: int
) -> Iterator[Record]:
    named = "(target = :about OR target IN (SELECT value FROM json_each(:mails)))"
    clause = (named if about else "1") + (" AND obeyed_at IS NULL" if waiting else "")
    found = db.execute(
        "SELECT at, id, verb, target, by, changed, reason FROM command"
        f" WHERE {clause} ORDER BY id DESC LIMIT :limit",
        {"about": about, "mails": mails, "limit": limit},
    ).fetchall()
    for at, id_, verb, target, by, changed, reason in reversed(found):
        fields = {"verb": verb, "target": target, "by": by, "changed": changed, "reason": reason}
        yield Record(at, f"c{id_}", "command", fields)
