"""Which mail an inbound text answers, and in which conversation it stands: settled as it comes.

A smarthost may be down for hours before anybody is told of it; what is texted meanwhile changes
neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from bridge.core.conversation import MAX_CONTEXT, is_token
from bridge.core.events import MmsReceived, SmsReceived
from bridge.core.promises import Callback
from bridge.spool.db import Db

Inbound: TypeAlias = SmsReceived | MmsReceived

RECENT = 30 * 86400.0
"""Seconds for which an inbound text without a context is an answer to whoever texted last."""

SHARED = 86400.0
"""Seconds within which another mailbox that texted the same number may be meant as well."""

LATEST = 500
"""How many of the texts to one number are looked at, the latest: a phone that hears of every alert
must not hold up the store with each word that it says."""

# What a phone may have read, and so may answer.
_MAY_BE_READ = "d.begun_at > 0 AND d.state <> 'rejected'"


@dataclass(frozen=True, slots=True)
class Answer:
    """The mail that a text answers, "" if none, and the token of the conversation that is known.

    Without a token the text begins one: it answers nothing, or in a context that nobody here gave.
    """

    mail: str = ""
    token: str = ""


def placed(db: Db, event: Inbound, callback: Callback) -> Inbound:
    """An inbound text with the mail that it answers, and the conversation in which it stands.

    A token of ours is spelt as we spell it, whatever the gateway made of it.
    """
    found = answer(db, event)
    token = (
        found.token
        or _continued(db, event, found.mail, callback.route)
        or _begun(db, event, found.mail, callback)
    )
    ours = event.user_context.lower() == token
    context = token if ours else event.user_context
    return replace(event, mail=found.mail, conversation=token, user_context=context)


def answer(db: Db, event: Inbound) -> Answer:
    """What a text answers: by our token, by its sender's context, by number; the first counts."""
    return _by_token(db, event) or _by_number(db, event) or Answer()


def how(db: Db, event: Inbound, mail: str, token: str) -> str:
    """How the mail was found that a text answers: `token`, `context` or `number`."""
    if event.user_context.lower() == token:
        return "token"
    given = db.execute(
        "SELECT 1 FROM submission WHERE message = ? AND user_context = ? AND user_context <> ''",
        (mail, event.user_context),
    ).fetchone()
    return "context" if given else "number"


def others(db: Db, event: Inbound, reader: str) -> tuple[str, ...]:
    """Who besides its reader had texted a number within a day, the latest first."""
    found = db.execute(
        "SELECT coalesce(nullif(c.owner, ''), s.sender) FROM delivery d"
        " JOIN submission s ON s.id = d.submission JOIN message m ON m.id = s.message"
        " JOIN conversation c ON c.token = m.token WHERE d.id IN"
        " (SELECT id FROM delivery WHERE destination = ? ORDER BY id DESC LIMIT ?)"
        f" AND s.accepted_at > ? AND s.accepted_at <= ? AND d.is_list = 0 AND {_MAY_BE_READ}"
        " ORDER BY d.id DESC",
        (event.number, LATEST, event.received_at - SHARED, event.received_at),
    )
    met: dict[str, str] = {}
    for (each,) in found:
        met.setdefault(each.lower(), each)
    return tuple(each for key, each in met.items() if key not in ("", reader.lower()))


# ---------------------------------------------------------------- what it answers


def _by_token(db: Db, event: Inbound) -> Answer | None:
    """The latest mail of the conversation, if it can be one that this number has read."""
    token = event.user_context.lower()
    known = token and db.execute("SELECT 1 FROM conversation WHERE token = ?", (token,)).fetchone()
    if not known:
        return None
    row = db.execute(
        "SELECT m.id FROM message m CROSS JOIN submission s CROSS JOIN delivery d"
        " WHERE m.token = :token AND s.message = m.id AND d.submission = s.id ORDER BY"
        f" d.destination = :number AND d.is_list = 0 DESC, {_MAY_BE_READ} DESC, d.id DESC LIMIT 1",
        {"token": token, "number": event.number},
    ).fetchone()
    return Answer(str(row[0]) if row else "", token)


def _by_number(db: Db, event: Inbound) -> Answer | None:
    """The latest mail to that number in the context that came, else one to a gateway's list in it.

    Else the latest to that number; but not in its conversation, if a context came all the same.
    """
    context, since = event.user_context, event.received_at - RECENT
    latest: Answer | None = None
    for mail, token, sent_in, accepted_at in _read(db, event.number):
        if context and sent_in == context:
            return Answer(mail, token)
        if latest is None and accepted_at > since:
            latest = Answer(mail, "" if given(event) else token)
        if latest and not context:
            return latest
    return (_by_list(db, context) if context else None) or latest


def _read(db: Db, number: str) -> Iterator[tuple[str, str, str, float]]:
    """The latest texts that a number may have read: mail, conversation, context, and when."""
    for *found, may_be_read in db.execute(
        f"SELECT m.id, m.token, s.user_context, s.accepted_at, {_MAY_BE_READ} FROM delivery d"
        " JOIN submission s ON s.id = d.submission JOIN message m ON m.id = s.message"
        " WHERE d.destination = ? AND d.is_list = 0 ORDER BY d.id DESC LIMIT ?",
        (number, LATEST),
    ):
        if may_be_read:
            mail, token, context, at = found
            yield mail, token, context, at


def _by_list(db: Db, context: str) -> Answer | None:
    """The latest mail to a gateway's list in that context."""
    row = db.execute(
        "SELECT m.id, m.token FROM delivery d JOIN submission s ON s.id = d.submission"
        " JOIN message m ON m.id = s.message WHERE d.is_list = 1 AND s.user_context = ?"
        f" AND {_MAY_BE_READ} ORDER BY d.id DESC LIMIT 1",
        (context,),
    ).fetchone()
    return Answer(*row) if row else None


def given(event: Inbound) -> str:
    """The context that came with a text; "" for a token of ours, which may be long forgotten."""
    context = event.user_context
    return "" if is_token(context.lower()) else context[:MAX_CONTEXT].strip()


# ---------------------------------------------------------------- a conversation of its own


def _continued(db: Db, event: Inbound, mail: str, route: str) -> str:
    """The conversation that the number began of late and nobody answered yet; "" if none.

    The same people read it, and it answers the same: one thread, however many texts.
    """
    row = db.execute(
        "SELECT c.token FROM event e JOIN conversation c ON c.token = e.token"
        " WHERE e.number = ? AND e.number <> '' AND e.token <> '' AND e.at > ? AND e.mail = ?"
        " AND c.owner = '' AND c.user_context = ? AND c.route = ? ORDER BY e.id DESC LIMIT 1",
        (event.number, event.received_at - RECENT, mail, given(event), route),
    ).fetchone()
    return str(row[0]) if row else ""


def _begun(db: Db, event: Inbound, mail: str, callback: Callback) -> str:
    """A conversation of its own, in the thread of the mail that it answers, else in a new one."""
    if not callback.token:
        return ""
    subject, root = "", callback.root
    if mail:
        subject, root = db.execute(
            "SELECT c.subject, c.thread_root FROM message m"
            " JOIN conversation c ON c.token = m.token WHERE m.id = ?",
            (mail,),
        ).fetchone()
    db.execute(
        "INSERT INTO conversation (token, owner, subject, thread_root, user_context,"
        " used_at, route) VALUES (?, '', ?, ?, ?, ?, ?)",
        (callback.token, subject, root, given(event), event.received_at, callback.route),
    )
    return callback.token
