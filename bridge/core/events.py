"""What happened and may be told: events, and what is known of the mail they are about.

The union is closed: adding an event makes mypy name the places that must decide about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bridge.core.model import (
    Conversation,
    Destination,
    Envelope,
    Notify,
    Session,
    Submission,
)
from bridge.core.outcomes import State


class Progress(StrEnum):
    """What a status report means for us, whatever the gateway's number for it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class SmsReceived:
    """A phone texted us.  `sent` is the handset's clock as the gateway wrote it (W3CDTF)."""

    number: str
    text: str = field(repr=False)
    message_id: str
    sent: str
    user_context: str
    network: str
    received_at: float


@dataclass(frozen=True, slots=True)
class MmsReceived:
    """A phone sent a multimedia message; its `files` wait at the gateway."""

    number: str
    subject: str = field(repr=False)
    message_id: str
    files: tuple[str, ...]
    sent: str
    user_context: str
    network: str
    received_at: float


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The network's word on one destination.

    `status` is the gateway's code as it came, `words` what it says, `enhanced` RFC 3463's code.
    """

    message_id: str
    number: str
    status: str
    progress: Progress
    words: str
    enhanced: str
    received_at: float


@dataclass(frozen=True, slots=True)
class ListChanged:
    """Somebody joined, left or was deleted from a subscription list at the gateway."""

    list_name: str
    list_type: str
    number: str
    action: str
    source: str
    timestamp: str
    received_at: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one destination ends as it does, in words and as RFC 3463's enhanced status."""

    destination: Destination
    state: State
    token: str
    reason: str
    enhanced: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Texts of one mail that did not go (or may not have gone): told to the mail's sender.

    `ours` asks that the operator hears too, since the bridge is to blame.
    """

    mail: str
    submission: str
    failures: tuple[Failure, ...]
    at: float
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Delayed:
    """A mail's texts still wait after a quarter of an hour: told once."""

    mail: str
    destinations: tuple[Destination, ...]
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Truncated:
    """Not all of a mail was sent: the text as it went, what was left off, and files left out.

    `media_off`: the files could go, but its profile sends none, and the text counts them.
    """

    mail: str
    sent: str = field(repr=False)
    left: str = field(repr=False)
    files: tuple[str, ...]
    at: float
    media_off: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """What a mail to `explain@` would have become; nothing of it was sent.

    `to` is the mailbox that asked, `asked_in` the Message-ID of its mail ("" if it had none).
    """

    to: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    asked_in: str
    at: float


@dataclass(frozen=True, slots=True)
class GatewayBlocked:
    """The gateway takes nothing from this account: the operator must act.

    It does *not* mean that anything was lost: what is queued waits.
    """

    token: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Unmailed:
    """A mail of ours that the smarthost will not take, or that could not be written.

    `what` says in a line what it told of; `recipients` is empty where they never were known.
    """

    recipients: tuple[str, ...]
    what: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A callback or a mail that nobody could read; `raw` is kept, the operator is told."""

    why: str
    raw: bytes = field(repr=False)
    at: float


Event: TypeAlias = (
    SmsReceived
    | MmsReceived
    | StatusReport
    | ListChanged
    | Undelivered
    | Delayed
    | Truncated
    | Explained
    | GatewayBlocked
    | Unmailed
    | Unreadable
)


@dataclass(frozen=True, slots=True)
class Folding:
    """How storms of a mail's sender are folded (`core.storms`).

    `name` is whose texts they are, as the summary says; the same text is not sent twice within
    `same_text` seconds; a summary may be sent for `expires` seconds after it is due.
    """

    name: str
    same_text: float
    expires: float


@dataclass(frozen=True, slots=True)
class Mail:
    """An envelope as understood: what `compose` makes and the spool accepts in one transaction.

    `message_id` and `references` are the mail's own headers, kept so that answers join its thread.
    `events` is what its sender is to hear at once (a text that had to be cut).  `closings` are
    the blocks that it ends in, the longest first, to be counted where its profile learns tails.
    `folding` is None where its profile folds no storms.
    """

    id: str
    envelope: Envelope
    profile: str
    sender: str
    conversation: Conversation
    submissions: tuple[Submission, ...]
    message_id: str = ""
    references: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    closings: tuple[str, ...] = ()
    folding: Folding | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """One request of the gateway as it came, and what it means.

    `key` makes repeats of one event one event.  A `weak` key (the raw bytes' hash, where the
    gateway gave no id) only joins copies that were not answered 200 yet: two people may well
    text OK twice.
    """

    event: Event
    key: str
    weak: bool
    raw: bytes = field(repr=False)
    content_type: str
    received_at: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asked of one recipient: when it wants to be told, and as whom it knows it."""

    notify: frozenset[Notify] = frozenset()
    orcpt: str = ""


_NOBODY = Session(peer="")


@dataclass(frozen=True, slots=True)
class SentMail:
    """What is known of a mail that was texted, for the mails that tell of it.

    `asked` has each destination of the mail; where a status report names one, that one alone.
    """

    id: str
    sender: str
    profile: str
    conversation: Conversation
    subject: str
    message_id: str
    references: tuple[str, ...]
    received_at: float
    texts: tuple[str, ...] = field(default=(), repr=False)
    session: Session = _NOBODY
    ret: str = ""
    envid: str = ""
    asked: Mapping[Destination, Asked] = field(default_factory=dict)
    headers: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class About:
    """What the spool knows about an event: whose text it answers or tells of.

    `mail` is the mail that the event is about: for an inbound text, by user context or token
    where the gateway gave one, else the last that texted the number within 30 days.  `by` says
    how it was found.  `others` are other mailboxes that texted the same number within a day.
    """

    mail: SentMail | None = None
    by: str = ""  # "" | "context" | "token" | "number" | "message-id"
    others: tuple[str, ...] = ()
