"""What texts cost, as far as the bridge can tell: the segments that the gateway took."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """What one sender's texts of one kind cost in a stretch of time.

    `kind` is text, mms, voice, wap-push, binary, or list (one text to a gateway's list, whose
    members nobody here counts).  `texts` counts destinations of whole texts, `segments` what the
    gateway took of them for certain, and `doubt` what it may have taken besides: requests that
    were never answered, `resent` of them sent again.  Of other kinds than text, each is one
    message of its kind.
    """

    sender: str
    kind: str
    texts: int
    segments: int
    doubt: int
    resent: int
