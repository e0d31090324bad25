"""What an RCPT address stands for, and whether it may be texted: all that is said at the door.

The settings' names come first, then numbers in all their forms; options follow a dot.  What is
refused is refused with a sentence that a person can act on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from bridge.core import addressing, managing, options, optouts
from bridge.core.addressing import NumberRules
from bridge.core.managing import ListAddress
from bridge.core.model import (
    Destination,
    Facts,
    ForwardPath,
    ListName,
    Msisdn,
    Options,
    OwnName,
    Refusal,
    Session,
)
from bridge.core.policy import Policy, SenderRule, admitted, rule_for, sender

LONGEST = 320  # characters of an address (RFC 5321, 4.5.3.1)
NOBODY = "unknown"
"""The author of our mails about texts whose sender is no number."""

MAILBOXES = ("postmaster", "abuse", "bounces", NOBODY)
"""Names that mail servers have, or our mails, and no phone."""

_OWN = MappingProxyType({each.value: each for each in OwnName})


def refused(policy: Policy, session: Session, reverse_path: str) -> Refusal | None:
    """Why nothing is taken from this session for anybody; None if something may be."""
    if not admitted(policy, session):
        return Refusal(550, "5.7.1", "this server takes mail to phones from its own users only")
    who = sender(policy, session, reverse_path)
    return who if isinstance(who, Refusal) else None


def elsewhere(policy: Policy, address: str) -> Refusal | None:
    """Why an address is none of ours, whatever it names; None if it is at one of our domains."""
    name = _local(policy, address)
    return name if isinstance(name, Refusal) else None


def is_return(policy: Policy, reverse_path: str, address: str) -> bool:
    """Whether this is what a mail server does with a mail of ours that it could not deliver."""
    return not reverse_path and own_name(policy, address) is OwnName.BOUNCES


def own_name(policy: Policy, address: str) -> OwnName | ListAddress | None:
    """Which name of the bridge's own an address has; None for any other address."""
    name = _local(policy, address)
    if isinstance(name, Refusal):
        return None
    return _OWN.get(name.lower()) or managing.list_address(policy, name)


def token(policy: Policy, address: str) -> str:
    """The conversation that an address is spelt to answer in, "" for none; nothing is looked up."""
    name = _local(policy, address)
    return "" if isinstance(name, Refusal) else addressing.reply_address(options.split(name)[0])[1]


def asks(policy: Policy, address: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The numbers and tokens whose facts `recipient` needs to know of an address."""
    found = _named(policy, address)
    if isinstance(found, Refusal):
        return (), ()
    numbers = tuple(each.digits for each in found.destinations if isinstance(each, Msisdn))
    return numbers, (found.token,) if found.token else ()


def recipient(
    policy: Policy, facts: Facts, session: Session, reverse_path: str, *, address: str
) -> ForwardPath | Refusal:
    """What an RCPT address stands for, or why it gets nothing.

    `address` is the forward path without angle brackets.  All that can be refused is refused
    here, where a person still reads the answer.  A group passes if one of its members may be
    texted; the others are left out, and the sender told.
    """
    no = refused(policy, session, reverse_path)
    if no:
        return no
    found = _named(policy, address)
    if isinstance(found, Refusal):
        return found
    if found.token and not _knows(facts, found):
        return Refusal(
            550,
            "5.1.1",
            f"no mail of this bridge was sent with {address}; write to "
            f"{found.destinations[0]}@{policy.domain} to begin anew",
        )
    rules = _number_rules(policy, rule_for(policy, session, reverse_path))
    nos = {each: _barred(each, rules, facts) for each in found.destinations}
    kept = tuple(each for each, no in nos.items() if no is None)
    if kept:
        left_out = tuple((each, no) for each, no in nos.items() if no is not None)
        return ForwardPath(address, kept, found.token, left_out=left_out, options=found.options)
    return next((no for no in nos.values() if no), Refusal(550, "5.1.1", "nobody is in this group"))


@dataclass(frozen=True, slots=True)
class _Named:
    """What an address stands for, before anybody asked whether it may be texted."""

    destinations: tuple[Destination, ...]
    token: str
    options: Options


def _local(policy: Policy, address: str) -> str | Refusal:
    """What stands left of the @, at one of our domains."""
    if len(address) > LONGEST:
        return Refusal(550, "5.1.3", f"{address[:40]}... is too long for an address")
    local, at, domain = address.rpartition("@")
    if address.lower() == "postmaster":  # of any domain: RFC 5321, 4.1.1.3
        return address
    if not at or domain.lower() not in policy.domains:
        return Refusal(550, "5.7.1", f"<{address}> is not at {policy.domain}; nothing is relayed")
    return addressing.unquoted(local)


# It is asked twice for each recipient, and alerts go to the same few.
@lru_cache(maxsize=4096)
def _named(policy: Policy, address: str) -> _Named | Refusal:
    name = _local(policy, address)
    if isinstance(name, Refusal):
        return name
    found = _read(policy, name)
    if isinstance(found, Refusal) and found.enhanced == "5.1.1":
        return _explained(policy, name, found)
    return found


def _read(policy: Policy, name: str) -> _Named | Refusal:
    name, words = options.split(name)
    found, token = _listed(policy, name), ""
    if found is None:
        name, token = addressing.reply_address(name)
        name, more = options.split(name)
        words += more
        parsed = addressing.number(name, policy.numbers)
        if isinstance(parsed, Refusal):
            return parsed
        if name.endswith("."):
            return Refusal(550, "5.1.3", f"{name} ends in a dot; write {name.rstrip('.')}")
        found = (parsed,)
    asked = options.read(words)
    return asked if isinstance(asked, Refusal) else _Named(found, token, asked)


def _listed(policy: Policy, name: str) -> tuple[Destination, ...] | None:
    """Those whom the settings have under a name."""
    key = name.lower()
    if key in policy.contacts:
        return (policy.contacts[key].number,)
    if key in policy.gateway_groups:
        return (policy.gateway_groups[key],)
    return policy.groups.get(key)


def _explained(policy: Policy, name: str, no: Refusal) -> Refusal:
    """The refusal of a name that nobody has, with what was most likely meant."""
    if name.lower() == NOBODY:
        return replace(no, text="it cannot be answered: the phone network gave no number")
    if managing.list_address(policy, name):
        return replace(no, text=f"{name} changes a list and is nobody to text; mail to it alone")
    if name.lower() in MAILBOXES:
        reader = policy.postmaster or policy.inbox
        return replace(no, text=f"mail to {name} is no text; write to {reader}") if reader else no
    name, _ = options.split(name)
    names = (*policy.contacts, *policy.groups, *policy.gateway_groups)
    meant = addressing.nearest(name.lower(), names)
    if meant:
        return replace(no, text=f"{no.text}; did you mean {meant}?")
    known, _, word = name.rpartition(".")
    return options.unknown(word) if word and isinstance(_read(policy, known), _Named) else no


def _knows(facts: Facts, found: _Named) -> bool:
    """Whether the conversation that a token names was with this number."""
    partners = facts.partners.get(found.token, frozenset())
    return all(str(each) in partners for each in found.destinations)


def _number_rules(policy: Policy, rule: SenderRule | None) -> NumberRules:
    if rule is None or rule.allowed_regions is None:
        return policy.numbers
    return policy.numbers.with_regions(rule.allowed_regions)


def _barred(each: Destination, rules: NumberRules, facts: Facts) -> Refusal | None:
    if isinstance(each, ListName):
        return None
    out = facts.optouts.get(each.digits)
    if out is not None:
        return Refusal(550, "5.7.1", optouts.why(each.digits, out))
    return addressing.barred(each, rules)
