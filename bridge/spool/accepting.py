"""Mail into the spool: the mail, its conversation, its texts and their turns, in a transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import NamedTuple

from bridge import maillog
from bridge.core.leases import SubmissionLease
from bridge.core.limits import LIMIT
from bridge.core.model import Conversation, Destination, Envelope, ForwardPath, Submission
from bridge.core.outcomes import State
from bridge.core.promises import Mail
from bridge.core.reminding import DELAYED_AFTER
from bridge.core.senders import learner_key, sender_key
from bridge.core.storms import GOES
from bridge.spool import folding, leaping, limits, loops, owing, queueing, straight, tails
from bridge.spool.clocks import LEAP
from bridge.spool.contract import Hand
from bridge.spool.db import Db
from bridge.spool.folding import Lookout
from bridge.spool.queueing import Asked, Begun
from bridge.spool.rows import Row

IMPATIENT = 5.0
"""Seconds that any client waits for its 250, at least, once it has sent its mail."""


class Accepted(NamedTuple):
    """The id that a mail is promised under, and whether somebody may be told something at once.

    `lease` is that of its text where the request has begun with it.
    """

    id: str
    tells: bool
    lease: SubmissionLease | None = None


def accept(
    db: Db, mail: Mail, now: float, leapt: leaping.Latest, *, hand: Hand | None = None
) -> Accepted:
    """Store a mail; return its id, or that of the copy that its client means by it.

    `now` is when this is tried, be it again, after a pause that nobody noticed; `leapt` is the last
    leap of the store's clock.  A free `hand` gets its text at once, if that may be.
    """
    digest = fingerprint(mail.envelope)
    copy = _unanswered(db, mail.envelope, digest)
    if not copy and leapt.at < mail.envelope.received_at:
        copy = _overtaken(db, mail.envelope, digest, now)
    if copy:
        return Accepted(str(copy[0]), tells=False)
    by = now - mail.envelope.received_at
    if abs(by) >= LEAP and abs(now - leapt.at) < leaping.UNSURE:
        mail = _later(mail, by)
    _converse(db, mail.conversation, mail.envelope.received_at)
    _message(db, mail, digest)
    asked = {d: path for path in reversed(mail.envelope.forward_paths) for d in path.destinations}
    answers, meter = loops.of(db, mail), limits.of(db, mail, leapt.moved)
    begun = straight.may_begin(db, mail, hand, now) if hand else None
    lease, spared = None, False
    for parts in _texts(mail.submissions):
        text = _Text(db, mail, parts, begun)
        folded, lease = text.store(asked, answers=answers, meter=meter)
        spared = spared or folded
    if answers:
        answers.tell()
    held = meter is not None and meter.close()
    if mail.closings:
        key = learner_key(mail.envelope.session, mail.sender)
        tails.count(db, key, mail.closings, mail.envelope.received_at)
    for event in mail.events:
        queueing.event(db, event, mail.envelope.received_at)
    tells = held or mail.events or spared or mail.answers_us
    return Accepted(mail.id, bool(tells), lease)


def acknowledged(db: Db, mails: Iterable[str], events: Iterable[int]) -> None:
    """Note of mails that their 250, and of events that their 200, is on the wire."""
    db.executemany("UPDATE message SET acked = 1 WHERE id = ?", [(each,) for each in mails])
    db.executemany(
        "UPDATE event SET acked = 1 WHERE id = ? AND acked = 0", [(each,) for each in events]
    )


def _unanswered(db: Db, envelope: Envelope, digest: bytes) -> Row | None:
    """The earlier copy whose 250 was never sent: this is its client's retry."""
    found: Row | None = db.execute(
        "SELECT id FROM message WHERE fingerprint = ? AND acked = 0 AND received_at > ?",
        (digest, envelope.received_at - queueing.RETRY_JOINS),
    ).fetchone()
    return found


def _overtaken(db: Db, envelope: Envelope, digest: bytes, now: float) -> Row | None:
    """The copy that came while we kept this one's client waiting: it gave us up (RFC 1047).

    A node that was paused goes on with a mail that its client has mailed elsewhere since.  How long
    the client took to send it does not count: that is no reason to send it again.
    """
    if now - envelope.received_at < IMPATIENT:
        return None
    found: Row | None = db.execute(
        "SELECT id FROM message WHERE kept = 1 AND received_at > ? AND received_at <= ?"
        " AND fingerprint = ?",
        (envelope.received_at, now, digest),
    ).fetchone()
    return found


def _later(mail: Mail, by: float) -> Mail:
    """A mail that was taken before the clock was set, as it is promised after: from now on."""
    return replace(
        mail,
        envelope=replace(mail.envelope, received_at=mail.envelope.received_at + by),
        submissions=tuple(
            replace(each, accepted_at=each.accepted_at + by, expires_at=each.expires_at + by)
            for each in mail.submissions
        ),
    )


def fingerprint(envelope: Envelope) -> bytes:
    """What makes two transactions the same one: the client, the envelope and the content."""
    digest = sha256(envelope.content)
    session = envelope.session
    addresses = (path.address for path in envelope.forward_paths)
    for each in (session.peer, session.user, envelope.reverse_path, *addresses):
        digest.update(b"\0" + each.encode("utf-8", "replace"))
    return digest.digest()


def _converse(db: Db, found: Conversation, now: float) -> None:
    """Store a conversation, or bring it up to date; whoever answered first stays its owner."""
    db.execute(
        "INSERT INTO conversation (token, owner, subject, thread_root, user_context, used_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (token) DO UPDATE SET "
        + ", ".join(
            f"{each} = CASE WHEN conversation.owner = '' THEN excluded.{each}"
            f" ELSE conversation.{each} END"
            for each in ("subject", "thread_root", "owner")
        )
        + ", used_at = excluded.used_at",
        (found.token, found.owner, found.subject, found.thread_root, found.user_context, now),
    )


def _message(db: Db, mail: Mail, digest: bytes) -> None:
    envelope = mail.envelope
    db.execute(
        'INSERT INTO message (id, received_at, reverse_path, peer, "user", tls, sender,'
        " sender_key, profile, token, message_id, refs, ret, envid, fingerprint, reports, look_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            mail.id,
            envelope.received_at,
            envelope.reverse_path,
            envelope.session.peer,
            envelope.session.user,
            envelope.session.tls,
            mail.sender,
            sender_key(envelope.session, mail.sender),
            mail.profile,
            mail.conversation.token,
            mail.message_id,
            json.dumps(mail.references),
            envelope.ret,
            envelope.envid,
            digest,
            mail.reports,
            envelope.received_at + DELAYED_AFTER,
        ),
    )
    db.execute("INSERT INTO body VALUES (?, ?)", (mail.id, envelope.content))


def _texts(submissions: Iterable[Submission]) -> Iterable[Sequence[Submission]]:
    """The parts of each text in their order: a part names the one before it."""
    texts: dict[str, list[Submission]] = {}
    for each in submissions:
        texts[each.id] = [*texts.pop(each.after, ()), each]
    return texts.values()


@dataclass(frozen=True, slots=True)
class _Text:
    """A text on its way into the store: each number gets its parts in turn, or is spared them all.

    `begun` is by whom it would be sent at once.
    """

    db: Db
    mail: Mail
    parts: Sequence[Submission]
    begun: Begun | None

    def store(
        self,
        asked: Mapping[Destination, ForwardPath],
        *,
        answers: loops.Answers | None,
        meter: limits.Meter | None,
    ) -> tuple[bool, SubmissionLease | None]:
        """Store it; whether a number was spared it, and its lease if its request has begun."""
        db, parts, now = self.db, self.parts, self.mail.envelope.received_at
        for part in parts:
            queueing.submission(db, part)
        lookout = folding.lookout(db, parts, self.mail.folding, now, meter=meter)
        stands: list[Asked] = []
        for destination in parts[0].destinations:
            path = asked.get(destination)
            ruling = lookout.ruling(destination, path) if lookout else GOES
            if answers and ruling is GOES:
                ruling = answers.ruling(destination, parts)
            if meter and ruling is GOES:
                ruling = meter.ruling(destination, parts)
            if ruling is not GOES:
                maillog.settled(parts[0].id, destination, state=ruling.state, token=ruling.token)
            stands.append(Asked(destination, path, ruling))
        begun = self.begun if all(to.ruling is GOES for to in stands) else None
        queueing.deliveries(db, parts, stands, begun)
        if lookout is None and begun is None:
            return False, None
        last = queueing.ids(db, parts[-1])
        spared = self._remember(lookout, stands, last) if lookout else False
        return spared, straight.leased(db, parts[0], last, begun) if begun else None

    def _remember(self, lookout: Lookout, stands: Sequence[Asked], last: Sequence[int]) -> bool:
        """Remember where it goes, and note where it ends before it began; whether it does."""
        by_id = dict(zip(last, stands, strict=True))
        lookout.remember(
            {
                to.destination: id_
                for id_, to in by_id.items()
                if to.ruling is GOES or to.ruling.token == LIMIT
            }
        )
        folded = [id_ for id_, to in by_id.items() if to.ruling.state is State.FOLDED]
        for id_ in folded:
            owing.ended(self.db, id_, self.mail.envelope.received_at)
        return bool(folded)
