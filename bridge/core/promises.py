"""What the doors hand to the spool, to be promised: a mail as understood, a callback as it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bridge.core.consent import OptoutChange
from bridge.core.events import Event
from bridge.core.model import Conversation, Envelope, Submission


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
class Limits:
    """What a mail's sender may cost (`core.limits`), in segments; 0 is no limit.

    `per_number` is to one number in ten minutes; `per_day_all` is for all senders.
    """

    per_hour: int = 0
    per_day: int = 0
    per_number: int = 0
    per_day_all: int = 0
    urgent_per_hour: int = 0

    @property
    def any(self) -> bool:
        """Whether there is a limit."""
        return any((self.per_hour, self.per_day, self.per_number, self.per_day_all))


UNLIMITED: Final = Limits()


@dataclass(frozen=True, slots=True)
class Mail:
    """An envelope as understood: what `compose` makes and the spool accepts in one transaction.

    `message_id` and `references` are the mail's own headers, kept so that answers join its thread.
    `events` is what its sender is to hear at once (a text that had to be cut).  `closings` are
    the blocks that it ends in, the longest first, to be counted where its profile learns tails.
    `folding` is None where its profile folds no storms.  `reports` is what its profile says of
    reports ("failures", "all", "none"), for destinations of which the client asked nothing.
    `answers_us`: it answers a mail of the bridge, so that it may be half of a loop (`core.loops`).
    `limits` are its sender's; None where nobody counts.
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
    reports: str = "failures"
    answers_us: bool = False
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """One request of the gateway as it came, and what it means.

    `key` makes repeats of one event one event.  A `weak` key (the raw bytes' hash, where the
    gateway gave no id) only joins copies that were not answered 200 yet: two people may well
    text OK twice.  `optout` is the wish that it utters.

    For the conversation that an inbound text may begin there are `token`, a fresh one, `root`, the
    Message-ID of the mail that will tell of it, and `route`, who reads what answers nothing: a
    later text that the same people read goes on in it.
    """

    event: Event
    key: str
    weak: bool
    raw: bytes = field(repr=False)
    content_type: str
    received_at: float
    token: str = ""
    optout: OptoutChange | None = None
    root: str = ""
    route: str = ""
