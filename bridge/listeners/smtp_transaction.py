"""One mail as its commands say it, until DATA makes an envelope of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bridge.core.consent import Optout
from bridge.core.managing import ListAddress
from bridge.core.model import (
    Conversation,
    Destination,
    Envelope,
    Facts,
    ForwardPath,
    OwnName,
    Session,
)
from bridge.listeners.smtp_wire import MailFrom, RcptTo


@dataclass(slots=True)
class Transaction:
    """The paths that were admitted, and the facts that were read for them.

    `asked` are the recipients of a relayed mail, until it is known whose it is.  `own_name`: it is
    for the bridge itself, by way of `to`, and for nobody else; `mixed`: it was for `sendsms@` or a
    list and for others, so that nothing of it may be taken.
    """

    said: MailFrom
    own_name: OwnName | ListAddress | None = None
    to: RcptTo | None = None
    asked: list[RcptTo] = field(default_factory=list)
    paths: list[ForwardPath] = field(default_factory=list)
    destinations: set[Destination] = field(default_factory=set)
    refused: bool = False
    mixed: bool = False
    _optouts: dict[str, Optout] = field(default_factory=dict)
    _conversations: dict[str, Conversation] = field(default_factory=dict)
    _partners: dict[str, frozenset[str]] = field(default_factory=dict)
    _tails: tuple[str, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether anybody is to get it."""
        return bool(self.paths or self.own_name or self.asked)

    @property
    def facts(self) -> Facts:
        """All that was asked for the recipients so far."""
        return Facts(self._optouts, self._conversations, self._partners, self._tails)

    def learn(self, facts: Facts) -> None:
        """Keep what was read for one recipient."""
        self._optouts.update(facts.optouts)
        self._conversations.update(facts.conversations)
        self._partners.update(facts.partners)
        self._tails = self._tails or facts.tails

    def add(self, path: ForwardPath) -> None:
        """Take a recipient in.  A number in three spellings is one text, and the first counts."""
        fresh = tuple(each for each in path.destinations if each not in self.destinations)
        if not fresh:
            return
        self.destinations.update(fresh)
        one = fresh == path.destinations
        self.paths.append(path if one else replace(path, destinations=fresh))

    def envelope(self, session: Session, content: bytes, now: float) -> Envelope:
        """The transaction as a value, with its mail."""
        said = self.said
        return Envelope(
            said.reverse_path,
            tuple(self.paths),
            content,
            now,
            session,
            ret=said.ret,
            envid=said.envid,
        )
