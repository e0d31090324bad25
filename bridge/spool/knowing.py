"""What the spool knows and others ask: facts for the rules, whose text an event answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import assert_never

from bridge.core.about import About, Asked, SentMail
from bridge.core.events import (
    Delayed,
    Event,
    Explained,
    GatewayBlocked,
    Gathered,
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
    Binary,
    Content,
    Conversation,
    Destination,
    Facts,
    Mms,
    Notify,
    Session,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.senders import vouched_in
from bridge.spool import answering, gathering, optouts, rows, tails
from bridge.spool.db import Db

HEADERS = 262144
"""Octets of a mail in which its header block is looked for."""

GATHERED = 200
"""How many gathered reports are told one by one; of the rest, how many there are."""

_NOTHING: Mapping[Destination, Asked] = MappingProxyType({})

# ---------------------------------------------------------------- facts


def facts(db: Db, numbers: Iterable[str], tokens: Iterable[str], sender: str = "") -> Facts:
    """What the rules need to know of these numbers and tokens, and of a sender ("" for none)."""
    found = [c for token in tokens if token and (c := _conversation(db, token))]
    return Facts(
        optouts.known(db, numbers),
        {c.token: c for c in found},
        {c.token: _partners(db, c) for c in found},
        tails.learned(db, sender) if sender else (),
    )


def _conversation(db: Db, token: str) -> Conversation | None:
    row = db.execute(
        "SELECT token, owner, subject, thread_root, user_context FROM conversation WHERE token = ?",
        (token,),
    ).fetchone()
    return Conversation(*row) if row else None


def _partners(db: Db, found: Conversation) -> frozenset[str]:
    """The numbers that were texted in a conversation, or texted in it."""
    rows = db.execute(
        "SELECT d.destination FROM message m JOIN submission s ON s.message = m.id"
        " JOIN delivery d ON d.submission = s.id WHERE m.token = ?1 AND d.is_list = 0"
        " UNION SELECT number FROM event WHERE token = ?1 AND token <> '' AND number <> ''",
        (found.token,),
    )
    return frozenset(number for (number,) in rows)


# ---------------------------------------------------------------- about


def is_brief(event: Event) -> bool:
    """Whether very few rows say what an event is about: a text that answers no mail."""
    return isinstance(event, SmsReceived | MmsReceived) and bool(
        event.conversation and not event.mail
    )


def about(db: Db, event: Event) -> About:
    """Whose text an event answers or tells of."""
    match event:
        case SmsReceived() | MmsReceived():
            return _answered(db, event)
        case StatusReport():
            row = db.execute(
                "SELECT s.message, d.id FROM delivery d JOIN submission s ON s.id = d.submission"
                " WHERE d.message_id = ? AND d.message_id <> '' AND (d.destination = ? OR"
                " d.is_list = 1) ORDER BY d.is_list, d.id DESC LIMIT 1",
                (event.message_id, event.number),
            ).fetchone()
            if row is None:
                return About()
            mail, delivery = row
            return About(sent_mail(db, mail, _asked(db, "d.id = ?", delivery)), "message-id")
        case Undelivered() | Summary() | Held() | Delayed() | Truncated():
            return About(sent_mail(db, event.mail, _asked(db, "s.message = ?", event.mail)))
        case Gathered():
            found = gathering.gathered(db, event)
            known = [each for each in found[:GATHERED] if each]
            told = tuple((each, about(db, each)) for each in known)
            return About(gathered=told, more=len(found) - len(told))
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


def _answered(db: Db, event: SmsReceived | MmsReceived) -> About:
    """The mail that a text answers, and its conversation: as was settled when it came.

    Of what version 2 stored nothing was.
    """
    found = answering.Answer(event.mail, event.conversation)
    if not found.token:
        found = answering.answer(db, event)
    conversation = _conversation(db, found.token) if found.token else None
    asked = _asked(db, "s.message = ?", found.mail) if found.mail else {}
    mail = sent_mail(db, found.mail, asked) if found.mail else None
    if mail is None:
        return About(conversation=conversation)
    by = answering.how(db, event, mail.id, mail.conversation.token)
    reader = mail.conversation.owner or mail.sender
    others = answering.others(db, event, reader) if by == "number" else ()
    return About(mail, by, others, conversation)


# ---------------------------------------------------------------- a mail that was texted


def sent_mail(db: Db, mail: str, asked: Mapping[Destination, Asked] = _NOTHING) -> SentMail | None:
    """What is known of a mail, with what its client asked of its destinations."""
    row = db.execute(
        "SELECT m.sender, m.profile, c.token, c.owner, c.subject, c.thread_root, c.user_context,"
        ' m.message_id, m.refs, m.received_at, m.peer, m."user", m.tls,'
        " m.sender_key, m.envid"
        " FROM message m JOIN conversation c ON c.token = m.token WHERE m.id = ?",
        (mail,),
    ).fetchone()
    if row is None:
        return None
    sender, profile, token, owner, subject, root, context, message_id, refs, at, *session = row
    peer, user, tls, key, envid = session
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
        session=Session(peer, user, bool(tls), vouched_in(key)),
        envid=envid,
        asked=asked,
        headers=_headers(db, mail),
    )


def texts(db: Db, mail: str) -> tuple[str, ...]:
    """The texts that a mail became, part by part, each once; of a picture message its subject.

    That is never empty: what wrote none has the name of its first file.
    """
    found = db.execute(
        "SELECT kind, content FROM submission WHERE message = ? AND content IS NOT NULL"
        " ORDER BY part, id",
        (mail,),
    )
    said = (_words(rows.content(*each)) for each in found)
    return tuple(dict.fromkeys(filter(None, said)))


def _words(content: Content) -> str:
    """What a person would know a text by, "" of octets."""
    match content:
        case Text(said) | Unicode(said) | Voice(said) | WapPush(said) | Mms(said):
            return said
        case Binary():
            return ""
        case _:
            assert_never(content)


def _asked(db: Db, clause: str, argument: object) -> dict[Destination, Asked]:
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


def _headers(db: Db, mail: str) -> bytes:
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
