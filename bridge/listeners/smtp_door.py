"""What all sessions at the SMTP door share: its limits, who is inside, and whether it closes."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import AnyStr, Protocol

from bridge import maillog
from bridge.core.model import Refusal, Session
from bridge.core.policy import Network, Policy, admitted, relayed, trusted, within
from bridge.listeners.admission import Guesses, household
from bridge.listeners.credentials import Credentials
from bridge.listeners.smtp_data import DataDecoder, Room
from bridge.listeners.smtp_intake import Intake
from bridge.listeners.smtp_legacy import OldDevice

BOUNCE_MAX = 1024 * 1024
"""Octets of a mail that comes back by way of a stranger."""

CLOSING = "421 4.3.2 closing down, please try again later"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpOptions:
    """How patient and how roomy the door is.  Seconds, octets, octets a second.

    `room` is for all mails that are coming in together, half of it for those of one client.  `tls`
    makes STARTTLS and implicit TLS possible.  `idle` is how long a client may say nothing,
    `first_command` how long until its first line, `lifetime` how long it may stay at all; while a
    mail comes in, it must come at `min_rate` once `rate_grace` is over.  Of all `connections` the
    last sixth is kept for trusted networks, so that strangers cannot lock them out; one machine
    there cannot lock out the others either.  `small_talk` is how many commands that bring no mail
    nearer there may be between two.
    """

    max_size: int = 10 * 1024 * 1024
    room: int = 64 * 1024 * 1024
    legacy_networks: tuple[Network, ...] = ()
    tls: ssl.SSLContext | None = None
    idle: float = 300.0
    first_command: float = 60.0
    lifetime: float = 1800.0
    handshake: float = 30.0
    min_rate: float = 100.0
    rate_grace: float = 60.0
    connections: int = 1200
    connections_per_address: int = 20
    connections_per_trusted_address: int = 200
    small_talk: int = 300
    bad_commands: int = 10
    failed_logins: int = 3


class Client(Protocol):
    """A connection, as the dialogue on it sees it."""

    peer: str
    tls: bool
    over: bool
    old: OldDevice | None

    @property
    def ahead(self) -> bool:
        """Whether the client said more than was read."""

    async def heard(self) -> bool:
        """Whether the last reply reached the client; False where its connection is lost."""

    def part(self, reply: str) -> None:
        """Say the last word and hang up."""

    def cut_off(self, reply: str) -> None:
        """The same where the client may be talking: it must not miss why."""

    async def push(self, status: AnyStr) -> None:
        """Say something: a `str` is one line, `bytes` go as they are, without the last CRLF."""

    async def line(self, patience: float) -> bytes | None:
        """The next line; None at the end of the input, or of our patience (`over` is set then)."""

    async def mail(self, decoder: DataDecoder) -> bytes | Refusal | None:
        """What comes after DATA; None where the client hung up or was cut off."""

    async def secure(self, context: ssl.SSLContext) -> bool:
        """Shake hands for TLS; False where that failed."""


class Guest(Protocol):
    """A connection, as the door sees it."""

    def leave(self) -> None:
        """Say goodbye now, or as soon as the mail in hand is answered."""

    def abort(self) -> None:
        """Close the connection whatever is going on."""


@dataclass(slots=True, kw_only=True)
class Door:
    """The parts that a session needs, and the register of those that are inside."""

    policy: Policy
    options: SmtpOptions
    intake: Intake
    credentials: Credentials
    closing: bool = False
    guests: set[Guest] = field(default_factory=set)
    on_empty: Callable[[], None] | None = None
    room: Room = field(init=False)
    lobby: Room = field(default_factory=lambda: Room(4 * BOUNCE_MAX, most=BOUNCE_MAX))
    guesses: Guesses = field(default_factory=Guesses)
    _by_address: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        # The largest mail must fit, however large the operator lets it be.
        octets = max(self.options.room, 3 * self.options.max_size)
        self.room = Room(octets, most=octets // 2)

    def room_for(self, session: Session) -> tuple[Room, int]:
        """Where a session's mail finds its room, and how many octets it may have.

        Strangers can only give us a mail back, and get none of the room that others need.
        """
        if admitted(self.policy, session) or relayed(self.policy, session):
            return self.room, self.options.max_size
        return self.lobby, min(BOUNCE_MAX, self.options.max_size)

    def enter(self, guest: Guest, peer: str) -> str:
        """Let a connection in; else the reply that turns it away."""
        no = self._turned_away(peer)
        if no:
            maillog.refused(peer, reply=no, news=self.intake.refusals.is_news(peer))
            return no
        self.guests.add(guest)
        self._by_address[household(peer)] += 1
        return ""

    def _turned_away(self, peer: str) -> str:
        options = self.options
        # A relay is a front server of ours: it connects as often as mail comes to it.
        familiar = trusted(self.policy, peer) or within(peer, self.policy.relays)
        most, own = options.connections, options.connections_per_trusted_address
        if not familiar:
            most, own = most - most // 6, options.connections_per_address
        if self.closing:
            return CLOSING
        if len(self.guests) >= most:
            return "421 4.7.0 too many connections, please try again later"
        if self._by_address[household(peer)] >= own:
            return "421 4.7.0 too many connections from your address"
        if not familiar and self.guesses.barred(peer, asyncio.get_running_loop().time()):
            return "421 4.7.0 too many failed logins from your address"
        return ""

    def no_tls(self, peer: str, error: Exception | None) -> None:
        """Name a client in the log with which TLS came to nothing, if it did.

        One whose connection was lost without a word is not named: scanners do little else.
        """
        if isinstance(error, ssl.SSLError) and self.intake.refusals.is_news(peer):
            maillog.no_tls(peer, reason=error.reason or str(error))

    def left(self, guest: Guest, peer: str) -> None:
        """A connection that was let in is gone, and so is its work."""
        self.guests.discard(guest)
        home = household(peer)
        self._by_address[home] -= 1
        if not self._by_address[home]:
            del self._by_address[home]
        if not self.guests and self.on_empty:
            self.on_empty()

    def legacy(self, peer: str) -> bool:
        """Whether an old device may speak its dialect."""
        return within(peer, self.options.legacy_networks)
