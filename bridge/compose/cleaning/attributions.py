"""The line above a quoted mail that says whose it is: "On 3 May 2026, Jo <jo@x> wrote:".

It is known by the words of its language; in a language that is not in the table by its time, date
and address, all three.  Mail programs wrap it over a few lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridge.compose.cleaning.languages import LANGUAGES, any_of

MAX_LINES = 4
MAX_LENGTH = 600  # characters

_OPENS = re.compile(
    r"(?:-{1,10} ?)?(?:" + any_of(o for each in LANGUAGES.values() for o in each.opens) + ")"
)
_VERB = "(?:" + any_of(w for each in LANGUAGES.values() for w in each.wrote) + ")"
_WROTE = re.compile(_VERB, re.IGNORECASE)
_ENDS = re.compile(r" ?(?:[:：]|-{2,10})$")  # Zoho draws a row of dashes around it
_GROUPWISE = re.compile(r">>> .{3,300} >>>")
_WROTE_LAST = re.compile(_VERB + _ENDS.pattern, re.IGNORECASE)
_ENDS_ABOVE = re.compile(f"(?:{_VERB}|{_ENDS.pattern})$", re.IGNORECASE)
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}([./-]) ?\d{1,2}\1 ?\d\d")
_ADDRESS = re.compile(r"[<(\[] ?[^<>()\[\]\s]{1,200}@[^<>()\[\]\s]{1,200}[>)\]]")
_INLINE = re.compile(_ADDRESS.pattern + r"[\"']? ?" + _VERB + " ?:", re.IGNORECASE)


def end_of(said: Sequence[str], at: int) -> int:
    """The line after the attribution that begins here; 0 if none does."""
    opened = _OPENS.match(said[at]) is not None
    if _GROUPWISE.fullmatch(said[at]) and _is_dated(said[at]):
        return at + 1
    if not opened and not _is_dated(said[at]):
        return 0
    whole = ""
    for end, line in enumerate(said[at : at + MAX_LINES], at + 1):
        if not line or len(whole) + len(line) > MAX_LENGTH or (whole and _begins(line)):
            return 0
        whole = f"{whole} {line}".lstrip()
        if opened and _runs_on(whole):
            return end
        if _ENDS.search(whole):
            found = _is_attribution(whole, opened=opened)
            return end if found and (opened or not _begins_later(said, at, end)) else 0
    return 0


def start_above(said: Sequence[str], end: int, floor: int) -> int:
    """Where the attribution begins whose last line is before `end`; `end` if there is none.

    Lines that are marked as quoted follow it, so that less is asked of it: that it ends in a
    colon or the verb, and has a date, a time or an address, or the verb before its colon.
    """
    first = max(end - MAX_LINES, floor)
    if end <= floor or not _ENDS_ABOVE.search(said[end - 1][-80:]):
        return end
    for at in range(first, end):
        if end_of(said, at) == end:
            return at
    for at in range(end - 1, first - 1, -1):
        if not said[at]:
            break
        if _is_dated(said[at]) and not _goes_on(said[at]):
            return at - 1 if at > first and _wraps(said[at - 1], said[at]) else at
    return end - 1 if _WROTE_LAST.search(said[end - 1][-80:]) else end


def _is_attribution(whole: str, *, opened: bool) -> bool:
    facts = sum(each.search(whole) is not None for each in (_TIME, _DAY, _ADDRESS))
    if not _WROTE.search(whole):
        return facts == 3
    if not opened:
        return facts >= 2
    if _WROTE_LAST.search(whole[-80:]):
        return facts > 0 or any(each.isdigit() or each == "@" for each in whole)
    return facts > 0


def _runs_on(whole: str) -> bool:
    """Whether the words that it quotes follow on its own line, as Yahoo on a phone writes it."""
    found = _INLINE.search(whole)
    return found is not None and (_TIME.search(whole) or _DAY.search(whole)) is not None


def _is_dated(line: str) -> bool:
    """Whether a line has an address, a time or a date, as some line of an attribution has."""
    head = line[:MAX_LENGTH]
    return "@" in head or (_TIME.search(head) or _DAY.search(head)) is not None


def _begins(line: str) -> bool:
    """Whether a line is the first of an attribution rather than the rest of one."""
    return _OPENS.match(line) is not None and any(each.isdigit() for each in line)


def _begins_later(said: Sequence[str], at: int, end: int) -> bool:
    """Whether the attribution that ends here begins at a later line than this."""
    return any(end_of(said, later) == end for later in range(at + 1, end))


def _goes_on(line: str) -> bool:
    """Whether a line is the second half of an address that was wrapped."""
    return line.startswith("<") or line.count(">") > line.count("<")


def _wraps(line: str, below: str) -> bool:
    """Whether a line is the date that goes with the address below it."""
    whole = _is_dated(line) and not (_TIME.search(below) or _DAY.search(below))
    return bool(line) and whole and (line.endswith(",") or len(line) >= 50)
