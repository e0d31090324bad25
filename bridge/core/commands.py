"""What an operator may ask of a delivery, and what becomes of it then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from bridge.core.outcomes import State

Command: TypeAlias = Literal["retry", "hold", "release", "drop"]

_OBEYED: Mapping[Command, tuple[frozenset[State], State]] = {
    "retry": (
        frozenset(
            {
                State.QUEUED,
                State.HELD,
                State.UNKNOWN,
                State.REJECTED,
                State.EXPIRED,
                State.FOLDED,
            }
        ),
        State.QUEUED,
    ),
    "hold": (frozenset({State.QUEUED}), State.HELD),
    "release": (frozenset({State.HELD}), State.QUEUED),
    "drop": (frozenset({State.QUEUED, State.HELD, State.UNKNOWN}), State.DROPPED),
}


def obeyed(command: Command, state: State) -> State | None:
    """The state after an operator's command; None where it does not apply.

    What is being submitted at this moment takes no command: it cannot be called back.
    """
    before, after = _OBEYED[command]
    return after if state in before else None
