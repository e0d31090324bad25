"""The life of an event's mail: every arrow from one state to the next; see `states`."""

from __future__ import annotations

from enum import Enum
from typing import Final

from bridge.core.leases import Told

_NOWHERE: Final = frozenset[Told]()
_QUEUED: Final = frozenset({Told.QUEUED})
_CLAIMED: Final = frozenset({Told.CLAIMED})
_ORPHAN: Final = frozenset({Told.ORPHAN})
_HELD: Final = frozenset({Told.HELD})


class NoticeEvidence(Enum):
    """What may become evident of an event's mail: the arrow's letter, whence, whither.

    An ambiguous answer of the smarthost is `LATER`: the same mail, with the same Message-ID, may
    come twice, and is one.
    """

    letter: str
    before: frozenset[Told]
    after: Told

    def __new__(cls, letter: str, before: frozenset[Told], after: Told) -> NoticeEvidence:
        each = object.__new__(cls)
        each._value_ = len(cls.__members__)  # else those that are drawn alike were one
        each.letter, each.before, each.after = letter, before, after
        return each

    def moves(self, state: Told) -> Told | None:
        """The state of a mail that stood so; None where this moves nothing."""
        return self.after if state in self.before else None

    # its event is on disk; a worker takes it, also from a holder that died
    STORED = "A", _NOWHERE, Told.QUEUED
    LEASED = "B", _QUEUED | _CLAIMED, Told.CLAIMED

    # what the smarthost said of it, or that nobody is to hear
    TAKEN = "C", _CLAIMED, Told.MAILED
    UNHEARD = "D", _CLAIMED, Told.NOBODY
    LATER = "E", _CLAIMED, Told.QUEUED
    REFUSED = "F", _CLAIMED, Told.DEAD
    UNREADABLE = "F", _QUEUED | _CLAIMED, Told.DEAD

    # another event tells it, or nothing is left to tell
    SAID = "G", _QUEUED, Told.NOBODY

    # a status report is a record; where its text is not known it finds it, or the wait is over
    RECORDED = "H", _NOWHERE, Told.NOBODY
    ORPHANED = "H", _NOWHERE, Told.ORPHAN
    JOINED = "I", _ORPHAN, Told.NOBODY
    FORGOTTEN = "I", _ORPHAN, Told.NOBODY  # noqa: PIE796 - see __new__: they are told apart

    # a backup cannot know whether it was mailed since; the operator says
    RESTORED = "J", _QUEUED | _CLAIMED, Told.HELD
    RELEASED = "K", _HELD, Told.QUEUED
    DROPPED = "L", _HELD, Told.NOBODY
