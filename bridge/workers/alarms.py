"""What the operator hears of a gateway's host: once, until that host takes a text again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from bridge.core.credit import TOO_DEAR, USED_UP
from bridge.core.events import Event, GatewayBlocked
from bridge.core.model import Destination
from bridge.core.outcomes import (
    NOT_SENT,
    UNTRUSTED,
    Accepted,
    Blocked,
    Deferred,
    Outcome,
)


class Alarms:
    """What only a person can mend at one host, told once until that host takes a text again.

    A refused account, a text that is too dear, a certificate that is not good, or an HTTP status
    that says that the address is wrong.
    """

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def raised(self, host: str, outcomes: Mapping[Destination, Outcome], now: float) -> list[Event]:
        """The event to tell of a host's answers; none if there is nothing new to tell."""
        if any(isinstance(outcome, Accepted) for outcome in outcomes.values()):
            self._told.pop(host, None)
        found = next((o for o in outcomes.values() if _is_for_a_person(o)), None)
        if found is None or self._told.get(host) == found.token:
            return []
        self._told[host] = found.token
        if isinstance(found, Deferred) and found.token == USED_UP:
            return [GatewayBlocked(TOO_DEAR, found.reason, now)]
        if found.token == NOT_SENT:
            return [GatewayBlocked(UNTRUSTED, f"{found.reason} ({host})", now)]
        return [GatewayBlocked(found.token, f"{found.reason} ({host})", now)]


def _is_for_a_person(outcome: Outcome) -> TypeGuard[Blocked | Deferred]:
    match outcome:
        case Blocked():
            return True
        case Deferred(for_operator=for_operator):
            return for_operator
        case _:
            return False
