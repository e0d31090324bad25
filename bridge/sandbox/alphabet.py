"""Counts and cuts texts as the network does (3GPP TS 23.038, 6.2.1, and 23.040, 9.2.3.24.1)."""

from __future__ import annotations

EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters that cost two septets: an escape and one more."""

ALONE, JOINED = 160, 153
"""Septets in an SMS that stands alone, and in one of several joined."""


def septets(text: str) -> int:
    """The length of a text; a character that GSM 03.38 lacks counts as one (it is shown as is)."""
    return len(text) + sum(map(text.count, EXTENDED & set(text)))


def cut(text: str, most: int) -> tuple[str, int]:
    """What of a text fits into `most` segments, and how many it takes; the rest is lost."""
    if septets(text) <= ALONE:
        return text, 1
    if most == 1:
        return _head(text, ALONE), 1
    end = segments = 0
    while end < len(text) and segments < most:
        end += len(_head(text[end:], JOINED))
        segments += 1
    return text[:end], segments


def _head(text: str, room: int) -> str:
    """As much of a text as fits into that many septets, no escape pair cut in two."""
    fitting = 0
    for character in text:
        room -= 2 if character in EXTENDED else 1
        if room < 0:
            break
        fitting += 1
    return text[:fitting]
