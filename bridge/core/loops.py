"""Loops of two answering machines, a phone's and a mailbox's, that do not know each other (T35).

Where neither says what it is, only their tirelessness tells: of the mails in which one sender
answers the bridge, one number gets `SAME_TEXT` texts in `WITHIN` seconds that are the same, and
`ANY_TEXT` that are not.  Those above wait for an operator, who is told with the sender, once in
that time.  What is held makes no phone answer: the loop rests.  Mails that begin something are not
counted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final, assert_never

from bridge.core.model import Binary, Content, Mms, Text, Unicode, Voice, WapPush
from bridge.core.states import Evidence
from bridge.core.storms import GOES, Ruling

SAME_TEXT = 10
ANY_TEXT = 30
"""Texts to one number, all alike or any, after which the next one is held as a loop's."""

WITHIN = 3600.0
"""Seconds back to which texts are counted, and for which a loop is told once."""

LOOP: Final = "LOOP"


@dataclass(frozen=True, slots=True)
class Went:
    """A text that went: when, and the fingerprint of its words, to the digit."""

    at: float
    same: bytes


@dataclass(frozen=True, slots=True)
class Pair:
    """What one sender's answers texted to one number lately, and when they were last held."""

    went: tuple[Went, ...] = ()
    told_at: float | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What becomes of an answer's text: the pair from now on, and whether its holding is told."""

    pair: Pair
    ruling: Ruling
    told: bool = False


def answered(pair: Pair, same: bytes, now: float) -> Answered:
    """Whether a text with this fingerprint goes, and what is remembered of it.

    What lies in the future, by a clock that was set back, is forgotten.
    """
    lately = tuple(each for each in pair.went if 0 <= now - each.at < WITHIN)
    alike = sum(each.same == same for each in lately)
    if alike < SAME_TEXT and len(lately) < ANY_TEXT:
        return Answered(replace(pair, went=(*lately, Went(now, same))), GOES)
    told = pair.told_at is None or not 0 <= now - pair.told_at < WITHIN
    found = Pair(lately, now if told else pair.told_at)
    return Answered(found, Ruling(Evidence.LOOPED.after, LOOP, _reason(alike)), told)


def _reason(alike: int) -> str:
    what = f"{SAME_TEXT} times the same text" if alike >= SAME_TEXT else f"{ANY_TEXT} texts"
    return (
        f"it looks like two machines that answer each other: {what} within an hour, "
        "all in answers from one sender to one number"
    )


def fingerprint(contents: Sequence[Content]) -> bytes:
    """What makes two texts the same one, whatever the number of their parts."""
    digest = blake2b(digest_size=16)
    for each in contents:
        for octets in _octets(each):
            digest.update(len(octets).to_bytes(8, "big") + octets)
    return digest.digest()


def _octets(content: Content) -> tuple[bytes, ...]:
    match content:
        case Text(text) | Unicode(text) | Voice(text):
            return (text.encode("utf-8", "replace"),)
        case WapPush(text, href):
            return (text.encode("utf-8", "replace"), href.encode("utf-8", "replace"))
        case Binary(ud, udh):
            return (ud, udh)
        case Mms(subject, parts):
            return (subject.encode("utf-8", "replace"), *(each.body for each in parts))
        case _:
            assert_never(content)
