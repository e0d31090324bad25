"""Subscription lists that are managed by mail: who may, which numbers a mail names, how it went.

The gateway keeps a list; `<key>-subscribe@`, `-unsubscribe@` and `-delete@` change it for those
who log in as one of its `managers`.  A trusted network is not enough: it proves no person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bridge.core import addressing
from bridge.core.model import Msisdn, Part, Refusal, Session
from bridge.core.policy import Policy

MOST_NUMBERS = 1000
"""Lines of one mail: with a gateway that takes a second for each they are done in the hour."""

NOBODY = Refusal(
    550,
    "5.6.0",
    "no line of this mail is a phone number; write one number a line, such as +447700900123",
)
TOO_MANY = Refusal(550, "5.6.0", f"more than {MOST_NUMBERS} lines; please send several mails")


class ListAction(StrEnum):
    """What may be done with a number of a subscription list at the gateway."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class ListAddress:
    """`<key>-subscribe` and its like: a list by its name in the settings, and what to do."""

    key: str
    action: ListAction

    def __str__(self) -> str:
        return f"{self.key}-{self.action}"


def list_address(policy: Policy, local: str) -> ListAddress | None:
    """The list, and what is to be done with it, that a local part names; None for any other."""
    key, _, verb = local.lower().rpartition("-")
    if key not in policy.subscription_lists or verb not in tuple(ListAction):
        return None
    return ListAddress(key, ListAction(verb))


def refused(policy: Policy, session: Session, of: ListAddress) -> Refusal | None:
    """Why this session may not change a list; None if it may."""
    named = f"subscription_lists.{of.key}.managers"
    if not session.user:
        return Refusal(
            550,
            "5.7.1",
            f"the list {of.key} is changed by its managers alone; log in as one of them ({named})",
        )
    if session.user not in policy.subscription_lists[of.key].managers:
        return Refusal(
            550, "5.7.1", f"user {session.user} is no manager of the list {of.key} ({named})"
        )
    return None


class Named(NamedTuple):
    """The numbers of a mail, each once, as digits; and why its other lines are none."""

    numbers: tuple[str, ...]
    unread: tuple[str, ...]


def named(policy: Policy, action: ListAction, body: str) -> Named | Refusal:
    """What the lines of a mail name: one number a line, in any spelling.

    Blank lines, quoted ones, comments after `#` and a signature below `-- ` say nothing.  A number
    that nobody here may text is not subscribed; it may always be taken off a list.
    """
    lines = tuple(_lines(body))
    if len(lines) > MOST_NUMBERS:
        return TOO_MANY
    found = {line: _number(policy, action, line) for line in lines}
    numbers = (each.digits for each in found.values() if isinstance(each, Msisdn))
    unread = (each.text for each in found.values() if isinstance(each, Refusal))
    result = Named(tuple(dict.fromkeys(numbers)), tuple(unread))
    return result if result.numbers else NOBODY


def _lines(body: str) -> Iterator[str]:
    for line in body.splitlines():
        if line.rstrip() == "--":
            return
        said = line.partition("#")[0].strip()
        if said and not said.startswith(">"):
            yield said


def _number(policy: Policy, action: ListAction, line: str) -> Msisdn | Refusal:
    found = addressing.number(line, policy.numbers)
    if isinstance(found, Refusal) or action is not ListAction.SUBSCRIBE:
        return found
    return addressing.barred(found, policy.numbers) or found


# ---------------------------------------------------------------- how it went


class Result(NamedTuple):
    """What became of one number of an order: done, refused, or late (not done in time)."""

    number: str
    state: str
    reason: str = ""

    def as_part(self) -> Part:
        """The result, to be kept beside its order."""
        said = json.dumps({"state": self.state, "reason": self.reason})
        return Part(self.number, "", said.encode())


def undecided(numbers: Iterable[str], kept: Iterable[Part]) -> tuple[str, ...]:
    """The numbers of an order of which no result is kept yet."""
    decided = {part.name for part in kept}
    return tuple(each for each in numbers if each not in decided)
