"""What the spool knows and others ask: facts for the rules, whose text an event answers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import assert_never

from bridge.core.about import About, Asked, SentMail
from bridge.core.events import (
    Delayed,
    Event,
    Explained,
    GatewayBlocked,
    Held,
    ListChanged,
    ListOrder,
    LowBalance,
    MmsReceived,
    Returned,
    SmsReceived,
    StatusReport,
    Summary,
    Truncated,
    Undelivered,
    Unmailed,
    Unreadable,
)
from bridge.core.model import (
    Conversation,
    Destination,
    Facts,
    Notify,
    Session,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.spool import optouts, rows, tails

RECENT = 30 * 86400.0
"""Seconds for which an inbound text without a context is an answer to whoever texted last."""

SHARED = 86400.0
"""Seconds within which another mailbox that texted the same number may be meant as well."""

HEADERS = 262144
"""Octets of a mail in which its header block is looked for."""

_NOTHING: Mapping[Destination, Asked] = MappingProxyType({})

# What a phone may have read, and so may answer.
_MAY_BE_READ = "d.begun_at > 0 AND d.state <> 'rejected'"

# ---------------------------------------------------------------- facts


def facts(
    db: sqlite3.Connection, numbers: Iterable[str], tokens: Iterable[str], sender: str = ""
) -> Facts:
    """What the rules need to know of these numbers and tokens, and of a sender ("" for none)."""
    found = [c for token in tokens if token and (c := _conversation(db, token))]
    return Facts(
        optouts.known(db, numbers),
        {c.token: c for c in found},
        {c.token: _partners(db, c) for c in found},
        tails.learned(db, sender) if sender else (),
    )


def _conversation(db: sqlite3.Connection, token: str) -> Conversation | None:
    row = db.execute(
        "SELECT token, owner, subject, thread_root, user_context FROM conversation WHERE token = ?",
        (token,),
    ).fetchone()
    return Conversation(*row) if row else None


def _partners(db: sqlite3.Connection, found: Conversation) -> frozenset[str]:
    """The numbers that were texted in a conversation, or texted with its token or user context."""
    texted = db.execute(
        "SELECT d.destination FROM message m JOIN submission s ON s.message = m.id"
        " JOIN delivery d ON d.submission = s.id WHERE m.token = ? AND NOT d.is_list",
        (found.token,),
    )
    wrote = db.execute(
        "SELECT number FROM event WHERE user_context IN (?, ?) AND user_context <> ''",
        (found.token, found.user_context),
    )
    return frozenset(number for (number,) in (*texted, *wrote))


# ---------------------------------------------------------------- about


def about(db: sqlite3.Connection, event: Event, now: float) -> About:
    """Whose text an event answers or tells of."""
    match event:
        case SmsReceived() | MmsReceived():
            return _answered(db, event, now)
        case StatusReport():
            row = db.execute(
                "SELECT s.message, d.id FROM delivery d JOIN submission s ON s.id = d.submission"
                " WHERE d.message_id = ? AND d.message_id <> '' AND (d.destination = ? OR"
                " d.is_list) ORDER BY d.is_list, d.id DESC LIMIT 1",
                (event.message_id, event.number),
            ).fetchone()
            if row is None:
                return About()
            mail, delivery = row
            return About(sent_mail(db, mail, _asked(db, "d.id = ?", delivery)), "message-id")
        case Undelivered() | Summary() | Held() | Delayed() | Truncated():
            return About(sent_mail(db, event.mail, _asked(db, "s.message = ?", event.mail)))
        case (
            ListChanged()
            | Explained()
            | ListOrder()
            | GatewayBlocked()
            | LowBalance()
            | Returned()
            | Unmailed()
            | Unreadable()
        ):
            return About()
        case _:
            assert_never(event)


def _answered(db: sqlite3.Connection, event: SmsReceived | MmsReceived, now: float) -> About:
    """By token, by context, by number: the first that is known (README, from a text to a mail)."""
    context = event.user_context
    if context and _conversation(db, context):
        mail = _latest(db, "m.token = ? AND d.destination = ?", context, event.number) or _latest(
            db, "m.token = ?", context
        )
        if mail:
            return About(sent_mail(db, mail), "token")
    if context:
        mail = _latest(
            db, "d.destination = ? AND s.user_context = ?", event.number, context
        ) or _latest(db, "d.is_list = 1 AND s.user_context = ?", context)
        if mail:
            return About(sent_mail(db, mail), "context")
    mail = _latest(
        db,
        f"d.destination = ? AND s.accepted_at > ? AND {_MAY_BE_READ}",
        event.number,
        now - RECENT,
    )
    if mail is None:
        return About()
    found = sent_mail(db, mail)
    return About(found, "number", _others(db, event.number, found, now))


def _latest(db: sqlite3.Connection, clause: str, *arguments: object) -> str | None:
    """The latest mail of which a delivery meets a condition."""
    row = db.execute(
        "SELECT s.message FROM delivery d JOIN submission s ON s.id = d.submission"
        f" JOIN message m ON m.id = s.message WHERE {clause}"
        " ORDER BY d.id DESC LIMIT 1",
        arguments,
    ).fetchone()
    return str(row[0]) if row else None


def _others(
    db: sqlite3.Connection, number: str, found: SentMail | None, now: float
) -> tuple[str, ...]:
    """Other mailboxes that texted a number within a day, the latest first."""
    senders = db.execute(
        "SELECT s.sender FROM delivery d JOIN submission s ON s.id = d.submission"
        f" WHERE d.destination = ? AND s.accepted_at > ? AND {_MAY_BE_READ}"
        " ORDER BY d.id DESC",
        (number, now - SHARED),
    )
    own = found.sender if found else ""
    return tuple(dict.fromkeys(s for (s,) in senders if s and s != own))


# ---------------------------------------------------------------- a mail that was texted


def sent_mail(
    db: sqlite3.Connection, mail: str, asked: Mapping[Destination, Asked] = _NOTHING
) -> SentMail | None:
    """What is known of a mail, with what its client asked of its destinations."""
    row = db.execute(
        "SELECT m.sender, m.profile, c.token, c.owner, c.subject, c.thread_root, c.user_context,"
        " m.message_id, m.refs, m.received_at, m.peer, m.user, m.tls, m.ret, m.envid"
        " FROM message m JOIN conversation c ON c.token = m.token WHERE m.id = ?",
        (mail,),
    ).fetchone()
    if row is None:
        return None
    sender, profile, token, owner, subject, root, context, message_id, refs, at, *session = row
    peer, user, tls, ret, envid = session
    return SentMail(
        id=mail,
        sender=sender,
        profile=profile,
        conversation=Conversation(token, owner, subject, root, context),
        subject=subject,
        message_id=message_id,
        references=tuple(json.loads(refs)),
        received_at=at,
        texts=texts(db, mail),
        session=Session(peer, user, bool(tls)),
        ret=ret,
        envid=envid,
        asked=asked,
        headers=_headers(db, mail),
    )


def texts(db: sqlite3.Connection, mail: str) -> tuple[str, ...]:
    """The texts that a mail became, part by part, each once."""
    found = db.execute(
        "SELECT kind, content FROM submission WHERE message = ? AND content IS NOT NULL"
        " ORDER BY part, id",
        (mail,),
    )
    contents = (rows.content(*each) for each in found)
    return tuple(
        dict.fromkeys(c.text for c in contents if isinstance(c, Text | Unicode | Voice | WapPush))
    )


def _asked(db: sqlite3.Connection, clause: str, argument: object) -> dict[Destination, Asked]:
    """What was asked of each destination of the deliveries that meet a condition."""
    found = db.execute(
        "SELECT d.destination, d.is_list, d.notify, d.orcpt FROM submission s"
        f" JOIN delivery d ON d.submission = s.id WHERE {clause}",
        (argument,),
    )
    return {
        rows.destination(value, is_list): Asked(
            frozenset(Notify(each) for each in notify.split(",") if each), orcpt
        )
        for value, is_list, notify, orcpt in found
    }


def _headers(db: sqlite3.Connection, mail: str) -> bytes:
    """The header block of a mail as it came, without the empty line; b"" once it was erased."""
    row = db.execute(
        f"SELECT substr(raw, 1, {HEADERS}) FROM body WHERE message = ?",
        (mail,),
    ).fetchone()
    if row is None:
        return b""
    raw = bytes(row[0])
    ends = [at for line in (b"\r\n\r\n", b"\n\n") if (at := raw.find(line)) >= 0]
    return raw[: min(ends)] if ends else raw
