"""The life of a delivery: every arrow from one state to the next, and the evidence that it needs.

This table is the state machine; README draws it.  `judge` and the rules beside it say what is
evident, the spool writes the state that the table says, and moves only what the table lets move.
What is not in it moves nothing: a final state stays, whatever comes late.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Final

from bridge.core.outcomes import State


class Promise(StrEnum):
    """What an arrow is there for."""

    KEPT = "nothing is lost"
    ONCE = "nothing is sent twice"
    TOLD = "every end is told"
    APART = "no number waits for another"
    CALM = "no storms, no loops"
    BOUNDED = "money is bounded"
    IN_TURN = "parts go in their order"
    HEEDED = "STOP is heeded"
    OBEYED = "the operator decides"


_NOWHERE: Final = frozenset[State]()
_QUEUED: Final = frozenset({State.QUEUED})
_CLAIMED: Final = frozenset({State.CLAIMED})
_BEGUN: Final = frozenset({State.SUBMITTING})
_DOUBT: Final = frozenset({State.UNKNOWN})
_HELD: Final = frozenset({State.HELD})
_TAKEN: Final = frozenset({State.SUBMITTED})
_FOLDED: Final = frozenset({State.FOLDED})
_WAITING: Final = _QUEUED | _HELD
_GIVEN_UP: Final = frozenset({State.REJECTED, State.EXPIRED})


class Evidence(Enum):
    """What may become evident of a delivery: the arrow's letter, whence, whither, what it keeps.

    It leads to one state, whichever it is found in.  Arrows of one letter are drawn as one.
    """

    letter: str
    before: frozenset[State]
    after: State
    keeps: Promise

    def __new__(
        cls, letter: str, before: frozenset[State], after: State, keeps: Promise
    ) -> Evidence:
        each = object.__new__(cls)
        each._value_ = len(cls.__members__)  # else those that are drawn alike were one
        each.letter, each.before, each.after, each.keeps = letter, before, after, keeps
        return each

    def moves(self, state: State) -> State | None:
        """The state of a delivery that stood so; None where this moves nothing."""
        return self.after if state in self.before else None

    # how it begins: its mail is on disk, and it goes, or another text stands for it, or it is one
    # answer too many, or above a limit, or a gateway's list turns out to have this member
    STORED = "a", _NOWHERE, State.QUEUED, Promise.KEPT
    SPARED = "b", _NOWHERE, State.FOLDED, Promise.CALM
    LOOPED = "c", _NOWHERE, State.HELD, Promise.CALM
    LIMITED = "c", _NOWHERE, State.HELD, Promise.BOUNDED
    LISTED = "d", _NOWHERE, State.SUBMITTED, Promise.TOLD
    # or its request begins with the very commit that stores it
    STORED_AND_BEGUN = "z", _NOWHERE, State.SUBMITTING, Promise.ONCE

    # under a lease, until the first byte; one that ran out may be taken over
    LEASED = "e", _QUEUED | _CLAIMED, State.CLAIMED, Promise.ONCE
    BEGUN = "f", _CLAIMED | _BEGUN, State.SUBMITTING, Promise.ONCE
    LEASED_AND_BEGUN = "f", _QUEUED | _CLAIMED, State.SUBMITTING, Promise.ONCE  # by one commit
    ABANDONED = "g", _CLAIMED, State.QUEUED, Promise.KEPT
    GIVEN_BACK = "g", _CLAIMED | _BEGUN, State.QUEUED, Promise.HEEDED

    # what the gateway said of it, or did not
    DEFERRED = "h", _BEGUN, State.QUEUED, Promise.KEPT
    BLOCKED = "h", _BEGUN, State.QUEUED, Promise.KEPT  # noqa: PIE796 - another cause, drawn alike
    SPLIT = "h", _BEGUN, State.QUEUED, Promise.APART
    TAKEN = "i", _BEGUN | _DOUBT, State.SUBMITTED, Promise.ONCE
    REFUSED = "j", _BEGUN, State.REJECTED, Promise.TOLD
    UNANSWERED = "k", _BEGUN, State.UNKNOWN, Promise.ONCE

    # no report came in time: by profile; or its id came after all
    RESENT = "l", _DOUBT, State.QUEUED, Promise.KEPT
    LEFT_IN_DOUBT = "m", _DOUBT, State.HELD, Promise.TOLD
    VOUCHED = "n", _DOUBT | _WAITING | _CLAIMED, State.SUBMITTED, Promise.ONCE

    # the network's last word
    DELIVERED = "o", _TAKEN, State.DELIVERED, Promise.TOLD
    UNDELIVERABLE = "o", _TAKEN, State.UNDELIVERABLE, Promise.TOLD
    NET_EXPIRED = "o", _TAKEN, State.NET_EXPIRED, Promise.TOLD

    # older than its profile allows
    OVERDUE = "p", _CLAIMED | _HELD, State.EXPIRED, Promise.TOLD

    # the operator's commands, and what a backup cannot know; what a limit held has its turn, too
    HOLD = "q", _WAITING, State.HELD, Promise.OBEYED
    WINDOW_FREED = "r", _HELD, State.QUEUED, Promise.KEPT
    RELEASE = "r", _HELD, State.QUEUED, Promise.OBEYED
    RETRY = "r", _WAITING | _DOUBT | _GIVEN_UP | _FOLDED, State.QUEUED, Promise.OBEYED
    DROP = "s", _WAITING | _DOUBT, State.DROPPED, Promise.OBEYED
    RESTORED = "t", _WAITING | _CLAIMED | _BEGUN | _DOUBT, State.HELD, Promise.ONCE

    # its number opted out: certainly not sent, or perhaps once
    STOPPED = "u", _WAITING | _CLAIMED, State.REJECTED, Promise.HEEDED
    STOPPED_IN_DOUBT = "u", _WAITING | _CLAIMED, State.HELD, Promise.HEEDED

    # what became of the part before
    BEFORE_TAKEN = "v", _WAITING, State.QUEUED, Promise.IN_TURN
    BEFORE_REFUSED = "v", _WAITING, State.REJECTED, Promise.IN_TURN
    BEFORE_OVERDUE = "v", _WAITING, State.EXPIRED, Promise.IN_TURN
    BEFORE_HELD = "v", _WAITING, State.HELD, Promise.IN_TURN
    BEFORE_DROPPED = "v", _WAITING, State.DROPPED, Promise.IN_TURN

    # what stood for it was lost: it goes instead, or ends as that did; or what a summary counted
    # goes itself after all
    INHERITED = "w", _FOLDED, State.QUEUED, Promise.KEPT
    STAND_IN_REFUSED = "x", _FOLDED, State.REJECTED, Promise.TOLD
    STAND_IN_OVERDUE = "x", _FOLDED, State.EXPIRED, Promise.TOLD
    UNCOUNTED = "y", _WAITING, State.DROPPED, Promise.CALM
