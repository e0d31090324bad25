"""The words of caution that a mail gateway puts above a mail that comes from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.compose.cleaning.cautions import BANNERS
from bridge.compose.cleaning.phrases import without_links
from bridge.compose.cleaning.sheet import Sheet

MAX_SENTENCE = 240  # characters that a `*` stands for
MAX_SENTENCES = 12  # in one banner
MAX_WRAPPED = 6  # lines of one sentence
WRAPPED = range(55, 101)  # columns of a line whose sentence may go on in the next

_BARE = re.compile(r"[^\W\d_]{1,12}[.:!]?")  # "External": a heading of something else
_REST = rf"(?:[^.!?\n]|[.!?](?=[^\s])){{0,{MAX_SENTENCE}}}?"
_NAME = "(?-i:[A-Z])[^,.!?:\n]{0,60}"
_DRAWN = " *|=!-–—_[](){}<>#~:.⚠\ufe0f🛑‼❗"  # what may stand around a sentence


def _sentences(patterns: Iterable[str]) -> str:
    """A pattern of any of these sentences."""
    found = (each.replace(" ", r"\s+").replace("'", "['’]") for each in patterns)
    return "|".join(each.replace("*", _REST).replace("~", _NAME) for each in found)


_LABEL = "|".join(re.escape(each) for one in BANNERS.values() for each in one.labels)
_TAG = "|".join(re.escape(each) for one in BANNERS.values() for each in one.tags)
_LEAD = _sentences(each for one in BANNERS.values() for each in one.leads)
_ADVICE = _sentences(each for one in BANNERS.values() for each in one.advice)
_STOP = r"(?:[.!:?]+(?=\s|$|[\])}*])|(?=\s*[\])}*|]|\s+[–—-]\s|\s*$))"
_FIRST = re.compile(rf"(?:(?:{_LABEL})\W{{1,5}}){{0,2}}(?:{_LEAD}|(?:{_TAG})(?!\w)){_STOP}", re.I)
_NEXT = re.compile(
    rf"(?:(?:{_LABEL})\W{{1,5}}){{0,2}}(?:{_LEAD}|{_ADVICE}|(?:{_TAG})(?!\w)){_STOP}", re.I
)


def banners(sheet: Sheet) -> list[range]:
    """The cautions at the very top, as long as whole lines of it are known sentences.

    Example:
        ~ CAUTION: This email originated from outside of the organization. Do not click links.
          Hi Sam, can you call me about Friday?
    """
    end = at = 0
    framed = False
    for _ in range(MAX_SENTENCES):
        at = sheet.next_said(at)
        if at == len(sheet.said):
            break
        if not sheet.said[at].strip(_DRAWN):
            end = at + 1 if framed and end else end  # the frame's lower edge
            framed, at = not end, at + 1
            continue
        stop = _end_of(sheet, at, first=not end)
        if not stop:
            break
        at = end = stop
    return [range(end)]


def _end_of(sheet: Sheet, at: int, *, first: bool) -> int:
    """The line after the sentences that begin here; 0 if they are none of a banner's.

    They may be wrapped over a few lines; but where the first line is a banner by itself, it is all.
    """
    found = 0
    line = ""
    for end in range(at, min(at + MAX_WRAPPED, len(sheet.said))):
        if line and (len(sheet.said[end - 1]) not in WRAPPED or not sheet.said[end][:1].islower()):
            break
        line = f"{line} {sheet.said[end]}".lstrip()
        if _is_banner(without_links(line), first=first):
            found = end + 1
            if end == at or line.endswith((".", "!")):
                break
    return found


def _is_banner(line: str, *, first: bool) -> bool:
    """Whether all of it is known sentences; the first of a banner says that the mail is foreign."""
    if first and _BARE.fullmatch(line) and not line.isupper():
        return False
    rest = line.lstrip(_DRAWN)
    while rest:
        found = (_FIRST if first else _NEXT).match(rest)
        if not found or not found.end():
            return False
        first = False
        rest = rest[found.end() :].lstrip(_DRAWN)
    return True
