"""Whether a number may be texted at all: who asked not to be, and what became of the wish."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OptoutEffect(StrEnum):
    """What an inbound STOP or START, or a list's change, came to when it was stored."""

    NONE = ""
    STOPPED = "stopped"  # refused at RCPT from now on
    STILL = "still-stopped"  # was refused already
    BACK = "back"  # may be texted again
    SPARED = "spared"  # a contact: a text may be forged, so an alert is not silenced by one


@dataclass(frozen=True, slots=True)
class Optout:
    """That a number is not to be texted: since when, and how (`with STOP`)."""

    since: float
    source: str


@dataclass(frozen=True, slots=True)
class OptoutChange:
    """A number's wish not to be texted (`out`), or to be texted again, uttered at `at`.

    Of two wishes the later utterance counts, whichever comes first (`optouts.counts`).  `spared`:
    it is one of `[contacts]`, whose STOP is told and not obeyed.
    """

    number: str
    out: bool
    at: float
    source: str
    spared: bool = False
