"""Mail into the spool: the mail, its conversation, its texts and their turns, in a transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from bridge.spool.queueing import Asked, Holder
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
    begun = straight.may_begin(db, mail, hand, now) if hand else None
    texts = _Texts(db, mail, loops.of(db, mail), limits.of(db, mail, leapt.moved), begun)
    for parts in _parts(mail.submissions):
        texts.store(parts)
    tells = texts.tell()
    if mail.closings:
        key = learner_key(mail.envelope.session, mail.sender)
        tails.count(db, key, mail.closings, mail.envelope.received_at)
    for event in mail.events:
        queueing.event(db, event, mail.envelope.received_at)
    return Accepted(mail.id, tells or bool(mail.events), texts.lease)


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


_CONVERSATION = (
    "INSERT INTO conversation (token, owner, subject, thread_root, user_context, used_at)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (token) DO UPDATE SET used_at = excluded.used_at, "
) + ", ".join(
    f"{each} = CASE WHEN conversation.owner = '' THEN excluded.{each} ELSE conversation.{each} END"
    for each in ("subject", "thread_root", "owner")
)


def _converse(db: Db, found: Conversation, now: float) -> None:
    """Store a conversation, or bring it up to date; whoever answered first stays its owner."""
    db.execute(
        _CONVERSATION,
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


def _parts(submissions: Iterable[Submission]) -> Iterable[Sequence[Submission]]:
    """The parts of each text in their order: a part names the one before it."""
    texts: dict[str, list[Submission]] = {}
    for each in submissions:
        texts[each.id] = [*texts.pop(each.after, ()), each]
    return texts.values()


@dataclass(slots=True)
class _Texts:
    """A mail's texts on their way into the store: each number gets a text's parts in turn, or none.

    `begun` is by whom its one text would be sent at once; `lease` is there if it is.
    """

    db: Db
    mail: Mail
    answers: loops.Answers | None
    meter: limits.Meter | None
    begun: Holder | None
    lease: SubmissionLease | None = None
    _spared: bool = False
    _paths: Mapping[Destination, ForwardPath] = field(init=False)

    def __post_init__(self) -> None:
        paths = reversed(self.mail.envelope.forward_paths)
        self._paths = {to: path for path in paths for to in path.destinations}

    def store(self, parts: Sequence[Submission]) -> None:
        """Store a text."""
        db, mail = self.db, self.mail
        for part in parts:
            queueing.submission(db, part)
        lookout = folding.lookout(
            db, parts, mail.folding, mail.envelope.received_at, meter=self.meter
        )
        stands = [self._stands(to, parts, lookout) for to in parts[0].destinations]
        stays = [to for to in stands if to.ruling is not GOES]
        for to in stays:
            state, token = to.ruling.state, to.ruling.token
            maillog.settled(parts[0].id, to.destination, state=state, token=token)
        begun = None if stays else self.begun
        last = queueing.deliveries(db, parts, stands, begun)
        if lookout:
            self._remember(lookout, stands, last)
        if begun:
            self.lease = straight.leased(db, parts[0], last, begun)
            if not lookout:
                folding.goes(db, (self.lease,))

    def _stands(
        self, to: Destination, parts: Sequence[Submission], lookout: Lookout | None
    ) -> Asked:
        """Whether a text goes to a number."""
        path = self._paths.get(to)
        ruling = lookout.ruling(to, path) if lookout else GOES
        if self.answers and ruling is GOES:
            ruling = self.answers.ruling(to, parts)
        if self.meter and ruling is GOES:
            ruling = self.meter.ruling(to, parts)
        return Asked(to, path, ruling)

    def _remember(self, lookout: Lookout, stands: Sequence[Asked], last: Sequence[int]) -> None:
        """Remember where a text goes, and note where it ends before it began."""
        by_id = dict(zip(last, stands, strict=True))
        lookout.remember(
            {
                to.destination: id_
                for id_, to in by_id.items()
                if to.ruling is GOES or to.ruling.token == LIMIT
            }
        )
        for id_, to in by_id.items():
            if to.ruling.state is State.FOLDED:
                self._spared = True
                owing.ended(self.db, id_, self.mail.envelope.received_at)

    def tell(self) -> bool:
        """Store the events of what was held; whether somebody may be told something at once."""
        if self.answers:
            self.answers.tell()
        held = self.meter.close() if self.meter else False
        return bool(held or self._spared or self.answers)
