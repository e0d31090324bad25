"""What is known of the mail that an event is about: whose text it was, what was asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.core.events import Event
from bridge.core.model import Conversation, Destination, Notify, Session


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
    envid: str = ""
    asked: Mapping[Destination, Asked] = field(default_factory=dict)
    headers: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class About:
    """What the spool knows about an event: whose text it answers or tells of.

    `mail` is the mail that the event is about: for an inbound text, by our token or its sender's
    context where the gateway gave one, else the last that texted the number within 30 days, as it
    was when the text came.  `by` says how it was found.  `others` are the owners of other
    conversations in which the same number was texted within a day, where it was found by number.
    `conversation` is the one in which a mail about an inbound text is answered: that of `mail`, or
    one of its own, where the text answers nothing or came in a context that nobody here gave.

    `gathered` are the first of the reports that a `Gathered` tells, each with what is known about
    it; `more` is how many there are besides.
    """

    mail: SentMail | None = None
    by: str = ""  # "" | "context" | "token" | "number" | "message-id"
    others: tuple[str, ...] = ()
    conversation: Conversation | None = None
    gathered: tuple[tuple[Event, About], ...] = ()
    more: int = 0
