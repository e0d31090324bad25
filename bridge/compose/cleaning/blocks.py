"""What mail programs put around a mail that is quoted whole: a heading, its From and Subject.

The same block stands above a mail that is answered and above one that is passed on; only the
heading says which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from bridge.compose.cleaning import attributions
from bridge.compose.cleaning.languages import LANGUAGES, any_of

Kind: TypeAlias = Literal["sender", "date", "to", "copy", "subject"]

MAX_LABEL = 40  # characters
NEAR = 10  # lines that one block may have: a list of recipients is wrapped

_DASHES = "[-‐‑–—_=~]"
_ENDS_HEADING = tuple(_DASHES[1:-1] + ":")
_ORIGINAL = any_of(o for each in LANGUAGES.values() for o in each.original)
_FORWARDED = any_of(f for each in LANGUAGES.values() for f in each.forwarded)
_ORIGINAL_HEADING = re.compile(rf"{_DASHES}{{2,40}}+ ?(?:{_ORIGINAL}) ?{_DASHES}{{2,40}}", re.I)
_ORIGINAL_BARE = re.compile(rf"(?:{_ORIGINAL}) ?:?", re.I)
_PROCESSED = "Original Message processed by david"  # Tobit's, without dashes
_FORWARD_HEADING = re.compile(
    rf"{_DASHES}{{2,40}}+ ?(?:{_FORWARDED})(?: .{{0,60}})? ?{_DASHES}{{2,40}}|(?:{_FORWARDED}) ?:",
    re.I,
)
_ROW = re.compile(rf"{_DASHES}{{2,}}")
_PLAIN_DATES = frozenset(  # what people call a date too; the others say "Sent", as only mails do
    (
        *("date", "datum", "data", "dato", "dátum", "fecha", "päiväys", "päivämäärä", "kuupäev"),
        *("tarih", "дата", "ημερομηνία", "תאריך", "التاريخ"),
        *("日時", "日付", "日期", "時間", "날짜"),
    )
)
_YEAR_OR_TIME = re.compile(r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[:.h]\d\d(?!\d))")


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
    return _KINDS.get(_label(line))


def _label(line: str) -> str:
    """What stands before the colon, without what is drawn around it; "" where there is none."""
    label, colon, _ = line[:MAX_LABEL].replace("：", ":").partition(":")
    return label.strip("*|# ").casefold() if colon else ""


def starts_at(said: Sequence[str], at: int) -> int | None:
    """Where the block begins that has its From line here; None if it is no block.

    It has a subject, and a date or a recipient; where the subject is missing, an address as well.
    Some programs put From below the date or the subject.  People write such lists too, of a
    journey: it has an address, says "Sent" with a year or a time, or is drawn off above.
    """
    if kind_of(said[at]) != "sender":
        return None
    block = _below(said, at)
    start = at
    while start and (above := kind_of(said[start - 1])) and above not in block:
        start -= 1
        block[above] = said[start]
    if not _is_block(block) or not (_is_mails(block) or _is_drawn_above(said, start)):
        return None
    return start


def _below(said: Sequence[str], at: int) -> dict[Kind, str]:
    """This From line and those below it, by their kinds; a second From begins another block."""
    found: dict[Kind, str] = {"sender": said[at]}
    wrapped: Kind = "sender"
    for line in said[at + 1 : at + 1 + NEAR]:
        kind = kind_of(line)
        if kind == "sender":
            break
        if kind:
            found.setdefault(kind, line)
            wrapped = kind
        elif line.startswith("<"):  # an address that did not fit
            found[wrapped] += line
    return found


def _is_block(block: Mapping[Kind, str]) -> bool:
    if "subject" in block:
        return "date" in block or "to" in block
    return "@" in block["sender"] and {"date", "to"} <= block.keys()


def _is_mails(block: Mapping[Kind, str]) -> bool:
    """Whether a block has what a mail's header has and a list of other things has not."""
    if any("@" in line for kind, line in block.items() if kind != "subject"):
        return True
    date = block.get("date", "")
    return _YEAR_OR_TIME.search(date) is not None and _label(date) not in _PLAIN_DATES


def _is_drawn_above(said: Sequence[str], at: int) -> bool:
    while at and not said[at - 1]:
        at -= 1
    return bool(at) and is_drawn(said[at - 1])


def is_original(line: str) -> bool:
    """Whether a line is the heading of a mail that is answered: "-----Original Message-----"."""
    bare = line.replace("*", "")
    return _ORIGINAL_HEADING.match(bare) is not None or bare.startswith(_PROCESSED)


def is_forward(line: str) -> bool:
    """Whether a line is the heading of a mail that is passed on: "Begin forwarded message:"."""
    bare = line.replace("*", "").removeprefix("<").removesuffix(">")
    return bare.endswith(_ENDS_HEADING) and _FORWARD_HEADING.fullmatch(bare) is not None


def forwards_at(said: Sequence[str], at: int) -> bool:
    """Whether a mail is passed on from here.  Apple Mail marks it as quoted, heading and all.

    Then the heading is the first that is quoted, and no attribution stands above it.
    """
    line = said[at]
    if not line.startswith(">"):
        return is_forward(line)
    if not is_forward(line.lstrip("> ")):
        return False
    while at and not said[at - 1].strip("> "):
        at -= 1
    return not at or not (said[at - 1].startswith(">") or _is_attributed(said, at))


def _is_attributed(said: Sequence[str], end: int) -> bool:
    return attributions.start_above(said, end, 0) < end


def is_drawn(line: str) -> bool:
    """Whether a line only sets off a block: a row of underscores, a heading without its dashes."""
    bare = line.replace("*", "")
    return _ROW.fullmatch(bare) is not None or _ORIGINAL_BARE.fullmatch(bare) is not None


def own_end(said: Sequence[str]) -> int:
    """Where the first mail begins that is quoted whole; the end if none is."""
    for at, line in enumerate(said):
        if line and (forwards_at(said, at) or starts_at(said, at) is not None):
            return at
    return len(said)
