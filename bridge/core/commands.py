"""What an operator may ask of a delivery, and what becomes of it then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from bridge.core.outcomes import State
from bridge.core.states import Evidence

Command: TypeAlias = Literal["retry", "hold", "release", "drop"]

_ASKED: Mapping[Command, Evidence] = {
    "retry": Evidence.RETRY,
    "hold": Evidence.HOLD,
    "release": Evidence.RELEASE,
    "drop": Evidence.DROP,
}


def obeyed(command: Command, state: State) -> State | None:
    """The state after an operator's command; None where it does not apply.

    What is being submitted at this moment takes no command: it cannot be called back.  To hold what
    is held means what a limit would let go by itself.
    """
    return _ASKED[command].moves(state)
