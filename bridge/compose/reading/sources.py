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
_OWN_LINES = (
    "address article aside blockquote br caption dd dir dl dt fieldset figure footer form h5 h6 "
    "header hr html main menu nav pre section"
)
_OTHERS = (
    "abbr acronym applet area audio base basefont bdi bdo big blink button canvas cite code col "
    "colgroup data datalist del details dfn dialog embed figcaption frame frameset hgroup iframe "
    "input ins kbd label legend link map mark marquee meter nobr noframes noscript object optgroup "
    "option output param picture progress q rp rt ruby s samp script search select slot source "
    "strike sub summary sup svg template textarea tfoot thead time title track tt var video wbr"
)
_LINED = _BLOCKS.union(_OWN_LINES.split())
_OF_HTML = _INLINE.union(_LINED, _OTHERS.split())
_OPENED = re.compile(r"<(?:/?([a-z][^\s<>/]{0,100})[^<>]{0,2000}>|[!?])", re.IGNORECASE)


def is_source(text: str) -> bool:
    """Whether a text is a page: it says so, begins with a tag, or breaks its lines by tags."""
    if "<" not in text:
        return False
    if _PAGE.match(text):
        return True
    text = text[:MAX_LOOKED_AT].lstrip()
    tags = list(islice(_TAG.finditer(text), MAX_TAGS))
    names = Counter(tag[2].lower() for tag in tags)
    known = sum(count for name, count in names.items() if name in _KNOWN)
    if known < 2 or 4 * (len(tags) - known) > known:
        return False
    closed = {tag[2].lower() for tag in tags if tag[1]} & _KNOWN
    breaks = sum(1 for _ in islice(_BREAK.finditer(text), 2))
    if tags[0].start() == 0 and tags[0][2].lower() in _KNOWN:
        has_attributes = any("=" in tag[0] for tag in tags)
        return bool(closed) or breaks > 0 or has_attributes
    return breaks == 2 or (known >= MANY and len(closed) > 1 and not closed.isdisjoint(_BLOCKS))


def has_lines(page: str) -> bool:
    """Whether a page breaks its lines itself, by tags; else its line ends are all it has."""
    tags = islice(_TAG.finditer(page), MAX_TAGS)
    return any(tag[2].lower() in _LINED for tag in tags)


def is_no_page(text: str) -> bool:
    """Whether a text that calls itself HTML has tags, and none of them is one of HTML's: names in
    brackets, and addresses.
    """
    found = islice(_OPENED.finditer(text[:MAX_LOOKED_AT]), MAX_TAGS)
    names = ((tag[1] or "!").lower() for tag in found)
    first = next(names, "")
    return first != "" and not _is_html(first) and not any(map(_is_html, names))


def _is_html(name: str) -> bool:
    """Whether a tag may stand on a page; a name with a colon is one of Word's."""
    if "@" in name:
        return False
    return name == "!" or ":" in name or name in _OF_HTML
