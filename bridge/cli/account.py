"""What the gateway says of the account, for a person."""

from __future__ import annotations

from bridge.core.outcomes import Accepted, Blocked, Deferred, InDoubt, Outcome, Refused


def refusal(outcome: Outcome) -> str:
    """Why the gateway did not do it, for a person; "" if it did."""
    match outcome:
        case Accepted():
            return ""
        case Refused(token, reason) | Blocked(token, reason):
            return f"{token}: {reason}"
        case Deferred(token, reason) | InDoubt(token, reason):
            return f"{token}: {reason}"
