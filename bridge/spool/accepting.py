"""Mail into the spool: the mail, its conversation, its texts and their turns, in a transaction."""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256

from bridge.core.events import Mail
from bridge.core.model import (
    Conversation,
    Destination,
    Envelope,
    ForwardPath,
    ListName,
    Mms,
    Submission,
)
from bridge.core.outcomes import State
from bridge.spool import telling
from bridge.spool.rows import content_row

RETRY_JOINS = 3600.0
"""Seconds in which a client's identical retry joins the mail whose 250 it never got."""


def accept(db: sqlite3.Connection, mail: Mail) -> str:
    """Store a mail; return its id, or that of the earlier copy whose 250 was never sent."""
    digest = fingerprint(mail.envelope)
    earlier = db.execute(
        "SELECT id FROM message WHERE fingerprint = ? AND acked = 0 AND received_at > ?",
        (digest, mail.envelope.received_at - RETRY_JOINS),
    ).fetchone()
    if earlier:
        return str(earlier[0])
    _converse(db, mail.conversation, mail.envelope.received_at)
    _message(db, mail, digest)
    asked = {d: path for path in reversed(mail.envelope.forward_paths) for d in path.destinations}
    turns: dict[tuple[str, Destination], int] = {}
    for submission in mail.submissions:
        _submission(db, submission)
        for destination in submission.destinations:
            before = turns.get((submission.after, destination))
            turns[submission.id, destination] = _delivery(
                db, submission, destination, path=asked.get(destination), before=before
            )
    for event in mail.events:
        telling.store(db, event, mail.envelope.received_at)
    return mail.id


def fingerprint(envelope: Envelope) -> bytes:
    """What makes two transactions the same one: the client, the envelope and the content."""
    digest = sha256(envelope.content)
    session = envelope.session
    addresses = (path.address for path in envelope.forward_paths)
    for each in (session.peer, session.user, envelope.reverse_path, *addresses):
        digest.update(b"\0" + each.encode("utf-8", "replace"))
    return digest.digest()


def sender_key(mail: Mail) -> str:
    """Whose limits a mail counts towards: the user that logged in, a mailbox, or a machine."""
    if mail.envelope.session.user:
        return "user:" + mail.envelope.session.user
    return mail.sender.lower() or "peer:" + mail.envelope.session.peer


def _converse(db: sqlite3.Connection, found: Conversation, now: float) -> None:
    db.execute(
        "INSERT INTO conversation VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (token) DO UPDATE SET"
        " owner = excluded.owner, subject = excluded.subject,"
        " thread_root = excluded.thread_root, user_context = excluded.user_context,"
        " used_at = excluded.used_at",
        (found.token, found.owner, found.subject, found.thread_root, found.user_context, now),
    )


def _message(db: sqlite3.Connection, mail: Mail, digest: bytes) -> None:
    envelope = mail.envelope
    db.execute(
        "INSERT INTO message (id, received_at, reverse_path, peer, user, tls, sender, sender_key,"
        " profile, token, message_id, refs, ret, envid, fingerprint)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            mail.id,
            envelope.received_at,
            envelope.reverse_path,
            envelope.session.peer,
            envelope.session.user,
            envelope.session.tls,
            mail.sender,
            sender_key(mail),
            mail.profile,
            mail.conversation.token,
            mail.message_id,
            json.dumps(mail.references),
            envelope.ret,
            envelope.envid,
            digest,
        ),
    )
    db.execute("INSERT INTO body VALUES (?, ?)", (mail.id, envelope.content))


def _submission(db: sqlite3.Connection, each: Submission) -> None:
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


def _delivery(
    db: sqlite3.Connection,
    submission: Submission,
    destination: Destination,
    *,
    path: ForwardPath | None,
    before: int | None,
) -> int:
    """Queue one destination: due now, or (a later part) once the part before was accepted."""
    cursor = db.execute(
        "INSERT INTO delivery (submission, destination, is_list, state, due_at, expires_at,"
        " after, address, notify, orcpt, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            submission.id,
            str(destination),
            isinstance(destination, ListName),
            State.QUEUED,
            submission.accepted_at if before is None else submission.expires_at,
            submission.expires_at,
            before,
            path.address if path else "",
            ",".join(sorted(path.notify)) if path else "",
            path.orcpt if path else "",
            submission.accepted_at,
        ),
    )
    return cursor.lastrowid or 0
