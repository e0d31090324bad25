"""Who may send what to whom, and who hears of it: every rule that an operator can set, as values.

`Policy` is what the settings say, in the house's own nouns; the functions beside it are the
questions that the roads ask of it.  None of them looks anything up: what they cannot know comes
as `Facts` or `About`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, TypeAlias

from bridge.core.addressing import NumberRules
from bridge.core.model import ListName, Msisdn, Refusal, Session
from bridge.core.promises import UNLIMITED, Limits

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Profile:
    """How mail of one kind of sender becomes texts; the names are those of `[profiles.*]`.

    `clean_except` names the cleaning steps that are switched off; `fold` folds storms of similar
    texts.
    """

    name: str
    text: str
    clean: bool
    max_segments: int
    over_limit: Literal["truncate", "refuse"]
    media: bool
    in_doubt: Literal["tell", "resend"]
    reports: Literal["failures", "all", "none"]
    expires: float
    learn_tails: bool = False
    clean_except: tuple[str, ...] = ()
    fold: bool = False


@dataclass(frozen=True, slots=True)
class SenderRule:
    """One `[[senders]]` entry: it shapes what an admitted sender may do, and admits nobody.

    Its limits are None where those of `[limits]` hold.
    """

    match: str
    profile: str = ""
    allowed_regions: tuple[str, ...] | None = None
    originators: tuple[str, ...] = ()
    report_to: str = ""
    text: str = ""
    texts_per_hour: int | None = None
    texts_per_day: int | None = None
    texts_per_number: int | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A person in `[contacts]`: a number, and the name that mails show."""

    number: Msisdn
    name: str


@dataclass(frozen=True, slots=True)
class Route:
    """Where a text goes that answers nothing: by its first word, or by number."""

    to: tuple[str, ...]
    keyword: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class SubscriptionList:
    """A `[subscription_lists.*]` entry: the gateway's name for it, who manages it, who hears."""

    name: str
    managers: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings, as the rules need them; `latin1`: the gateway's forms hold Latin-1 alone.

    `language` and `zone` are those of the people who read the bridge's mails; `datetime.UTC` is the
    zone of nobody in particular, so that times in it are said to be UTC.
    """

    hostname: str
    domains: tuple[str, ...]
    numbers: NumberRules
    profiles: Mapping[str, Profile]
    trusted_networks: tuple[Network, ...] = ()
    relays: tuple[Network, ...] = ()
    authserv_id: str = ""
    senders: tuple[SenderRule, ...] = ()
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    groups: Mapping[str, tuple[Msisdn, ...]] = field(default_factory=dict)
    gateway_groups: Mapping[str, ListName] = field(default_factory=dict)
    subscription_lists: Mapping[str, SubscriptionList] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    inbox: str = ""
    postmaster: str = ""
    subject_style: Literal["thread", "vendor"] = "thread"
    language: str = "en"
    zone: tzinfo = UTC
    originator: str = ""
    max_recipients: int = 100
    gateway_max_recipients: int = 100
    concatenate_unicode: bool = False
    latin1: bool = False
    same_text: float = 0.0
    limits: Limits = UNLIMITED
    mms_max_size: int = 300_000
    mms_types: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The domain of what the bridge mails."""
        return self.domains[0]

    def __hash__(self) -> int:
        # What was worked out under a policy is remembered by it; a process has one.
        return hash((self.hostname, self.domains))


# ---------------------------------------------------------------- at the door


def admitted(policy: Policy, session: Session) -> bool:
    """Whether this session may send at all: a proven user, a trusted network, a vouched address."""
    return bool(session.user or session.vouched) or trusted(policy, session.peer)


# Of a session it is asked several times for each of its mails.
@lru_cache(maxsize=1024)
def trusted(policy: Policy, peer: str) -> bool:
    """Whether an address is in `smtp.trusted_networks`, and is no relay.

    A relay in such a network is a relay: what it forwards anybody may have written.
    """
    return within(peer, policy.trusted_networks) and not within(peer, policy.relays)


def relayed(policy: Policy, session: Session) -> bool:
    """Whether a session brings the mail of others, of which it is not known yet who they are."""
    return not (session.user or session.vouched) and within(session.peer, policy.relays)


def within(peer: str, networks: tuple[Network, ...]) -> bool:
    """Whether an IP address lies in one of these networks; an IPv4 one may be written as IPv6."""
    address = _address(peer) if networks else None
    return address is not None and any(address in network for network in networks)


# Of a session it is asked several times for each of its mails.
@lru_cache(maxsize=1024)
def _address(peer: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that is written so, as IPv4 if it is one; None if it is none."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def sender(policy: Policy, session: Session, reverse_path: str) -> str | Refusal:
    """The mailbox that hears how the texts of this session went ("" if none can), or a no.

    A user may only send as its own addresses: a hijacked account must not speak for others.
    """
    if session.user:
        addresses = policy.users.get(session.user, ())
        if not reverse_path:
            return addresses[0] if addresses else ""
        if addresses and reverse_path.lower() not in {a.lower() for a in addresses}:
            return Refusal(
                550,
                "5.7.1",
                f"user {session.user} may not send as {reverse_path}; "
                f"its addresses are {', '.join(addresses)}",
            )
    return reverse_path


def rule_for(policy: Policy, session: Session, reverse_path: str) -> SenderRule | None:
    """The first `[[senders]]` entry that matches: a user, a network, or an address pattern.

    The address is the reverse path; of a relayed mail, the one that is vouched for.
    """
    address = session.vouched or reverse_path
    return next((r for r in policy.senders if _matches(r.match, session, address)), None)


def _matches(pattern: str, session: Session, address: str) -> bool:
    if pattern.startswith("user:"):
        return session.user == pattern.removeprefix("user:")
    if "@" in pattern:
        return fnmatchcase(address.lower(), pattern.lower())
    if session.vouched:  # the network is the relay's, not the sender's
        return False
    return within(session.peer, (ipaddress.ip_network(pattern, strict=False),))
