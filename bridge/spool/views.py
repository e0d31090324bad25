"""What a store shows of itself, to operators and to the daemon's own chores."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Lane:
    """How one lane stands: what waits, how old its head is, whether it rests and why."""

    name: str
    waiting: int
    head_age: float
    paused_since: float | None = None
    token: str = ""
    reason: str = ""
    probe_at: float | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the life of a message, for `smsbridge spool` and `smsbridge log`.

    `id` is the spool id; `what` one of mail, delivery, attempt, event, command; `fields` are
    printed as they stand and hold no text of a message unless `content` was asked for.
    """

    at: float
    id: str
    what: str
    fields: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Commanded:
    """An operator's command: its row's id, and what it changed once the daemon obeyed."""

    id: int
    changed: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Tail:
    """A block that a sender's mails ended in: in how many of them, and when last.

    `sender` is a key as `core.senders` makes it.
    """

    sender: str
    block: str = field(repr=False)
    seen: int
    last_at: float
