"""Who asks not to be texted any more: STOP, START, and what a list's change says of a number."""

from __future__ import annotations

import re

from bridge.core.events import Event, ListChanged, SmsReceived
from bridge.core.model import OptoutChange
from bridge.core.policy import Policy

STOPS = frozenset({"stop", "stopall", "unsubscribe"})
STARTS = frozenset({"start"})


def keyword(text: str) -> str:
    """STOP, STOPALL, UNSUBSCRIBE or START where a text is that alone, in any case; else ""."""
    word = re.sub(r"[\W_]+", "", text).casefold()
    return word.upper() if word in STOPS | STARTS else ""


def change(policy: Policy, event: Event) -> OptoutChange | None:
    """The wish that an event utters; None if it utters none."""
    match event:
        case SmsReceived(number, text, received_at=at):
            said = keyword(text)
            out = said.lower() in STOPS
            return (
                OptoutChange(number, out, at, f"with {said}", _spared(policy, number))
                if said
                else None
            )
        case ListChanged(name, number=number, action=action, received_at=at):
            if action not in ("subscribed", "unsubscribed"):
                return None
            source = f"from the list {name}"
            return OptoutChange(
                number, action == "unsubscribed", at, source, _spared(policy, number)
            )
        case _:
            return None


def _spared(policy: Policy, number: str) -> bool:
    return any(each.number.digits == number for each in policy.contacts.values())
