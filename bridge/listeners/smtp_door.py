"""What all sessions at the SMTP door share: its limits, who is inside, and whether it closes."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import AnyStr, Protocol

from bridge.core.model import Refusal
from bridge.core.policy import Network, Policy, trusted, within
from bridge.listeners.admission import Guesses
from bridge.listeners.credentials import Credentials
from bridge.listeners.smtp_data import DataDecoder, Room
from bridge.listeners.smtp_intake import Intake


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpOptions:
    """How patient and how roomy the door is.  Seconds, octets, octets a second.

    `room` is for all mails that are coming in together.  `tls` makes STARTTLS and implicit TLS
    possible.  `idle` is how long a client may say nothing, `first_command` how long until its
    first line, `lifetime` how long it may stay at all; while a mail comes in, it must come at
    `min_rate` once `rate_grace` is over.
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
    connections: int = 1000
    connections_per_address: int = 20
    bad_commands: int = 10
    failed_logins: int = 3


class Client(Protocol):
    """A connection, as the dialogue on it sees it."""

    peer: str
    tls: bool
    over: bool

    async def heard(self) -> bool:
        """Whether the last reply reached the client; False where its connection is lost."""

    def part(self, reply: str) -> None:
        """Say the last word and hang up."""

    async def push(self, status: AnyStr) -> None:
        """Say something: a `str` is one line, `bytes` go as they are, without the last CRLF."""

    async def line(self, patience: float) -> bytes | None:
        """The next line; None at the end of the input, or of our patience (`over` is set then)."""

    async def mail(self, decoder: DataDecoder) -> bytes | Refusal | None:
        """What comes after DATA; None where the client hung up or was too slow."""

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
    guesses: Guesses = field(default_factory=Guesses)
    _by_address: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        # The largest mail must fit, however large the operator lets it be.
        self.room = Room(max(self.options.room, 2 * self.options.max_size))

    def enter(self, guest: Guest, peer: str) -> str:
        """Let a connection in; else the reply that turns it away."""
        if self.closing:
            return "421 4.3.2 closing down, please try again later"
        if len(self.guests) >= self.options.connections:
            return "421 4.7.0 too many connections, please try again later"
        if not trusted(self.policy, peer):
            if self._by_address[peer] >= self.options.connections_per_address:
                return "421 4.7.0 too many connections from your address"
            if self.guesses.barred(peer, asyncio.get_running_loop().time()):
                return "421 4.7.0 too many failed logins from your address"
        self.guests.add(guest)
        self._by_address[peer] += 1
        return ""

    def left(self, guest: Guest, peer: str) -> None:
        """A connection that was let in is gone, and so is its work."""
        self.guests.discard(guest)
        self._by_address[peer] -= 1
        if not self._by_address[peer]:
            del self._by_address[peer]
        if not self.guests and self.on_empty:
            self.on_empty()

    def legacy(self, peer: str) -> bool:
        """Whether an old device may speak its dialect."""
        return within(peer, self.options.legacy_networks)
