"""Whether a text that calls itself plain is the source of an HTML page: many programs send that.

What only speaks of HTML is no page: an alert that quotes a tag, XML, an example in an answer.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

MAX_LOOKED_AT = 20_000  # characters
MAX_TAGS = 500
MANY = 6  # tags; below it, they may be an example

_PAGE = re.compile(r"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9:_.-]{0,40})(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)
_BREAK = re.compile(r"[\w.!?:;,)%>]<br ?/?>", re.IGNORECASE)  # not `<br>` on its own in a sentence
_BLOCKS = frozenset(
    (
        *("body", "center", "div", "h1", "h2", "h3", "h4", "li", "ol", "p"),
        *("table", "tbody", "td", "th", "tr", "ul"),
    )
)
_INLINE = frozenset(
    (
        *("a", "b", "br", "em", "font", "head", "hr", "i", "img", "meta", "small", "span"),
        *("strong", "style", "u", "o:p"),
    )
)
_KNOWN = _BLOCKS | _INLINE


def is_source(text: str) -> bool:
    """Whether a text is a page: it says so, begins with a tag, or breaks its lines by tags."""
    if _PAGE.match(text):
        return True
    text = text[:MAX_LOOKED_AT].lstrip()
    tags = list(islice(_TAG.finditer(text), MAX_TAGS)) if "<" in text else []
    names = Counter(tag[2].lower() for tag in tags)
    known = sum(count for name, count in names.items() if name in _KNOWN)
    if known < 2 or 4 * (len(tags) - known) > known:
        return False
    if tags[0].start() == 0 and tags[0][2].lower() in _KNOWN:
        return True
    closed = {tag[2].lower() for tag in tags if tag[1]} & _KNOWN
    breaks = sum(1 for _ in islice(_BREAK.finditer(text), 2))
    return breaks == 2 or (known >= MANY and len(closed) > 1 and not closed.isdisjoint(_BLOCKS))
