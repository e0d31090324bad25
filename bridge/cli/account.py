"""What the verbs that ask the gateway share: one request, host by host."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bridge.clients.uplink import Uplink
from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused
from bridge.gateways.contract import NotSent, Request, Response, Unanswered

T = TypeVar("T")


async def ask(
    uplink: Uplink, host: str, request: Request, read: Callable[[Response], T]
) -> T | Deferred:
    """What one host says; `Deferred` where it cannot be reached.

    Only for requests that may be repeated: whether one left makes no difference here.
    """
    try:
        return read(await uplink.perform(host, request))
    except (NotSent, Unanswered) as error:
        return Deferred("NO_ANSWER", str(error))


def refusal(outcome: Outcome) -> str:
    """Why the gateway did not do it, for a person; "" if it did."""
    match outcome:
        case Accepted():
            return ""
        case Refused(token, reason) | Blocked(token, reason):
            return f"{token}: {reason}"
        case Deferred(token, reason) | InDoubt(token, reason):
            return f"{token}: {reason}"
