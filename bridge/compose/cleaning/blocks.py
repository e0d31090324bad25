"""What mail programs put around a mail that is quoted whole: a heading, its From and Subject.

The same block stands above a mail that is answered and above one that is passed on; only the
heading says which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from bridge.compose.cleaning.languages import LANGUAGES, any_of

Kind: TypeAlias = Literal["sender", "date", "to", "copy", "subject"]

MAX_LABEL = 40  # characters
NEAR = 10  # lines that one block may have: a list of recipients is wrapped

_DASHES = "[-‐‑–—_=~]"
_ORIGINAL = any_of(o for each in LANGUAGES.values() for o in each.original)
_FORWARDED = any_of(f for each in LANGUAGES.values() for f in each.forwarded)
_ORIGINAL_HEADING = re.compile(rf"{_DASHES}{{2,40}}+ ?(?:{_ORIGINAL}) ?{_DASHES}{{2,40}}", re.I)
_ORIGINAL_BARE = re.compile(rf"(?:{_ORIGINAL}) ?:?", re.I)
_FORWARD_HEADING = re.compile(
    rf"{_DASHES}{{2,40}}+ ?(?:{_FORWARDED})(?: .{{0,60}})? ?{_DASHES}{{2,40}}|(?:{_FORWARDED}) ?:",
    re.I,
)
_ROW = re.compile(rf"{_DASHES}{{2,}}")


def _labels() -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for each in LANGUAGES.values():
        found |= dict.fromkeys(map(str.casefold, each.copy), "copy")
        found |= dict.fromkeys(map(str.casefold, each.to), "to")
        found |= dict.fromkeys(map(str.casefold, each.date), "date")
        found |= dict.fromkeys(map(str.casefold, each.subject), "subject")
        found |= dict.fromkeys(map(str.casefold, each.sender), "sender")
    return found


_KINDS = _labels()


def kind_of(line: str) -> Kind | None:
    """What a line is called in a header: "Von: Jo" is the sender's."""
    label, colon, _ = line[:MAX_LABEL].replace("：", ":").partition(":")
    return _KINDS.get(label.strip("*|# ").casefold()) if colon else None


def starts_at(said: Sequence[str], at: int) -> int | None:
    """Where the block begins that has its From line here; None if it is no block.

    It has a subject, and a date or a recipient; where the subject is missing, an address as well.
    Some programs put From below the date or the subject.
    """
    if kind_of(said[at]) != "sender":
        return None
    kinds = _below(said, at)
    start = at
    while start and (above := kind_of(said[start - 1])) and above not in kinds:
        kinds.add(above)
        start -= 1
    return start if _is_block(kinds, said[at]) else None


def _below(said: Sequence[str], at: int) -> set[Kind]:
    """The kinds of this From line and of those below it; a second From begins another block."""
    found: set[Kind] = {"sender"}
    for line in said[at + 1 : at + 1 + NEAR]:
        kind = kind_of(line)
        if kind == "sender":
            break
        if kind:
            found.add(kind)
    return found


def _is_block(kinds: set[Kind], sender: str) -> bool:
    if "subject" in kinds:
        return "date" in kinds or "to" in kinds
    return "@" in sender and {"date", "to"} <= kinds


def is_original(line: str) -> bool:
    """Whether a line is the heading of a mail that is answered: "-----Original Message-----"."""
    return _ORIGINAL_HEADING.match(line.replace("*", "")) is not None


def is_forward(line: str) -> bool:
    """Whether a line is the heading of a mail that is passed on: "Begin forwarded message:"."""
    return _FORWARD_HEADING.fullmatch(line.replace("*", "")) is not None


def is_drawn(line: str) -> bool:
    """Whether a line only sets off a block: a row of underscores, a heading without its dashes."""
    bare = line.replace("*", "")
    return _ROW.fullmatch(bare) is not None or _ORIGINAL_BARE.fullmatch(bare) is not None


def own_end(said: Sequence[str]) -> int:
    """Where the first mail begins that is quoted whole; the end if none is."""
    for at, line in enumerate(said):
        if line and (is_forward(line) or starts_at(said, at) is not None):
            return at
    return len(said)
