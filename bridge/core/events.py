"""What happened and may be told: events, and what is known of the mail they are about.

The union is closed: adding an event makes mypy name the places that must decide about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bridge.core.consent import OptoutEffect
from bridge.core.model import Destination
from bridge.core.outcomes import State


class Progress(StrEnum):
    """What a status report means for us, whatever the gateway's number for it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class SmsReceived:
    """A phone texted us.  `sent` is the handset's clock as the gateway wrote it (W3CDTF).

    The spool sets `mail` ("" if it answers none), the token of its `conversation`, `opted_out`.
    """

    number: str
    text: str = field(repr=False)
    message_id: str
    sent: str
    user_context: str
    network: str
    received_at: float
    effect: OptoutEffect = OptoutEffect.NONE
    mail: str = ""
    conversation: str = ""
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class MmsReceived:
    """A phone sent an MMS, whose `files` wait at the gateway; all else is as in `SmsReceived`."""

    number: str
    subject: str = field(repr=False)
    message_id: str
    files: tuple[str, ...]
    sent: str
    user_context: str
    network: str
    received_at: float
    mail: str = ""
    conversation: str = ""
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The network's word: `status` as the gateway coded it, `enhanced` as RFC 3463 would."""

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
    effect: OptoutEffect = OptoutEffect.NONE


@dataclass(frozen=True, slots=True)
class Ending:
    """How one destination of a mail ended, in words and as RFC 3463's enhanced status.

    `token` is the gateway's word for it: an error, or a status report's code.  `doubted`: its
    sender was told worse before, and so hears of this if it asked for failures.
    """

    destination: Destination
    state: State
    token: str
    reason: str
    enhanced: str
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Texts of a mail that did not go, or may not have; `ours`: the bridge is to blame for it."""

    mail: str
    submission: str
    failures: tuple[Ending, ...]
    at: float
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """How the texts of one mail went, for a sender who asked to hear of success.

    `endings` are told now (one for each destination, whatever its number of parts), `before` were
    told already; of `outstanding` destinations nothing is known yet.  An ending in state SUBMITTED
    was taken by the gateway, and no report came in 72 hours: `relayed`.
    """

    mail: str
    endings: tuple[Ending, ...]
    before: tuple[Ending, ...]
    outstanding: int
    at: float


@dataclass(frozen=True, slots=True)
class Held:
    """Texts of a mail that are held: as a loop's, until an operator decides; or above a limit.

    Those go by themselves from `goes_at` to `expires_at`; `alarms`: the operator is to hear of it.
    """

    mail: str
    destinations: tuple[Destination, ...]
    reason: str
    at: float
    goes_at: float | None = None
    expires_at: float | None = None
    alarms: bool = True


@dataclass(frozen=True, slots=True)
class Delayed:
    """A mail's texts still wait after a quarter of an hour: told once."""

    mail: str
    destinations: tuple[Destination, ...]
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Gathered:
    """Reports that would be too many mails to a mailbox (`core.gathering`), told in one at `at`."""

    to: str
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

    It does *not* mean that anything was lost: what is queued waits.  `credit.TOO_DEAR`: one text
    waits by itself; `outcomes.UNTRUSTED`: one host cannot prove that it is the gateway's.
    """

    token: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class LowBalance:
    """The account's credit is below `gateway.low_balance`: told once until it was clear of it.

    `days_left` is how long the rest lasts at the present rate, None where no rate is known.
    """

    balance: float
    low: float
    days_left: float | None
    at: float


@dataclass(frozen=True, slots=True)
class ListOrder:
    """What a manager mailed to change in a subscription list: done by a worker, then answered.

    `list_name` is the gateway's name, `key` the settings'; `action` is a `ListAction`'s word.
    `numbers` are digits, `unread` the lines that are no number, with why.
    """

    to: str
    list_name: str
    key: str
    action: str
    numbers: tuple[str, ...]
    unread: tuple[str, ...]
    subject: str = field(repr=False)
    asked_in: str
    at: float


@dataclass(frozen=True, slots=True)
class Returned:
    """A mail that came to `bounces@`: recorded, never texted, and told to the operator.

    `about` is the Message-ID of the mail of ours that came back ("" if it does not say),
    `recipients` whom it did not reach, `failed` whether it says so for good.  `told`: it is one
    of those of which the operator may hear; there are not too many of them.
    """

    about: str
    recipients: tuple[str, ...]
    failed: bool
    reason: str
    subject: str = field(repr=False)
    raw: bytes = field(repr=False)
    at: float
    told: bool = True


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
    | Summary
    | Held
    | Delayed
    | Gathered
    | Truncated
    | Explained
    | ListOrder
    | GatewayBlocked
    | LowBalance
    | Returned
    | Unmailed
    | Unreadable
)
