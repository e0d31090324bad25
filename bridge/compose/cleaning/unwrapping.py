"""Paragraphs whole again that a mail program broke into lines of one width (RFC 3676 names 78)."""

from __future__ import annotations

import re

from bridge.compose.cleaning.sheet import Sheet

NARROWEST = 60  # columns at which mail programs wrap
WIDEST = 80
SHORTEST = 45  # a line below this was ended by hand
MAX_WORD = 40  # a longer word is an address of the web, which nothing wraps

_STARTS_ANEW = re.compile(r"[\s>|#]|[-*•+–—·] |\(?\w{1,3}[.)] ")
_WITHOUT_SPACES = re.compile("[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_RULE = re.compile(r"([-_=*~#+.─━═])\1{4}")  # a rule, a frame, the dots of a list of prices
_ENDED = re.compile(r"[.!?:;…]['\"”’)]?$")


def unwrap(sheet: Sheet) -> list[range]:
    """The lines that go on in the next, each run of them one paragraph.

    A line goes on if the next one's first word would not have fit in the width at which the mail
    was evidently wrapped.  Lists, quotations, rules, indented and short lines are left as they
    are.

    Example:
          The gulls are back on the roof, and they have brought their friends
        + with them, so please keep the windows of the kitchen closed until
        + Friday.
          Jo
    """
    width = _width(sheet)
    if not NARROWEST <= width <= WIDEST:
        return []
    found: list[range] = []
    at = 0
    while at < len(sheet.lines):
        end = at + 1
        while end < len(sheet.lines) and _goes_on(sheet, end - 1, width):
            end += 1
        if end - at > 1:
            found.append(range(at, end))
        at = end
    return found


def _width(sheet: Sheet) -> int:
    """The longest line of words in columns, 0 where none may have been broken: no mail program
    broke the lines if it is long.
    """
    lines = [line.text.rstrip() for line in sheet.lines]
    of_words = [len(each) for each in lines if len(each) >= NARROWEST and _is_words(each)]
    return max(of_words, default=0)


def _goes_on(sheet: Sheet, at: int, width: int) -> bool:
    line, below = sheet.lines[at].text.rstrip(), sheet.lines[at + 1].text
    first_word = sheet.said[at + 1].partition(" ")[0]
    if len(line) < SHORTEST or not first_word or len(line) + 1 + len(first_word) <= width:
        return False
    if not _is_words(line):
        return False
    if (
        _STARTS_ANEW.match(below)
        or _RULE.search(below)
        or _WITHOUT_SPACES.search(line[-1] + below[0])
    ):
        return False
    # of a full line, that it is full is all there is to say that it was broken
    return not (len(line) == width and _ENDED.search(line))


def _is_words(text: str) -> bool:
    """Whether it is a line of a paragraph: no list, no quotation, no rule, no long web address."""
    if not text or _STARTS_ANEW.match(text) or _RULE.search(text):
        return False
    return max(map(len, text.split()), default=0) <= MAX_WORD
