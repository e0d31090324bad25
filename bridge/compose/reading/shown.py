"""The pictures that a page shows, and where each of them stands: a logo in the signature, a picture
in the mail that is answered.

History is not always marked.  Where cleaning cuts it by its words (From, Sent or To, Subject), in
its own time, the pictures in it have to fall too.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import unquote

from bridge.compose.cleaning import blocks
from bridge.compose.lines import Within
from bridge.compose.reading.hooks import is_forward

MAX_PICTURES = 500
MAX_ADDRESS = 300  # characters of a Content-ID or an address
NEAR = 30  # pieces of text that one heading may take
ABOVE = 4  # pieces above it, one of which may say that a mail is passed on

_URL = re.compile(r"url\(\s*['\"]?(cid:[^'\")\s]{1,300})", re.IGNORECASE)


class Shown:
    """The pictures of a page by their Content-IDs, else their addresses, with where they stand.

    `has_own`: some of them came with the page.
    """

    def __init__(self, source: str) -> None:
        self.places: dict[str, Within] = {}
        self.has_own = "cid:" in source or "CID:" in source
        self._heading = _Heading()

    def hear(self, words: str) -> None:
        """One more piece of the page's text, which counts where `has_own`."""
        self._heading.hear(words)

    def see(self, attributes: Mapping[str, object], within: Within) -> None:
        """An element that is a picture or, where `has_own`, may lie upon one."""
        place: Within = "history" if self._heading.is_quoted else within
        for source in _sources(attributes):
            name = unquote(source[4:]) if source[:4].lower() == "cid:" else source
            if len(self.places) < MAX_PICTURES or name in self.places:
                self.places[name] = place if self.places.get(name, place) else ""


def _sources(attributes: Mapping[str, object]) -> Iterator[str]:
    for key in ("src", "background"):
        value = attributes.get(key)
        if isinstance(value, str) and value:
            yield value.strip()[:MAX_ADDRESS]
    style = attributes.get("style")
    if isinstance(style, str) and "url(" in style:
        yield from (match[1] for match in islice(_URL.finditer(style[:2000]), 5))


class _Heading:
    """What has been said of the heading of a quoted mail."""

    def __init__(self) -> None:
        self.is_quoted = False
        self._is_passed_on = False
        self._above: deque[str] = deque(maxlen=ABOVE)
        self._kinds: set[str] = set()
        self._left = 0

    def hear(self, words: str) -> None:
        """One more piece of text; a mail that is passed on is the message, to its end."""
        if self.is_quoted or self._is_passed_on:
            return
        kind = blocks.kind_of(words)
        if kind == "sender":
            self._kinds, self._left = set(), NEAR
            self._is_passed_on = any(map(is_forward, self._above))
        if kind and self._left:
            self._kinds.add(kind)
        self._left = max(0, self._left - 1)
        self._above.append(words[:100])
        whole = {"sender", "subject"} <= self._kinds and not self._kinds.isdisjoint(("date", "to"))
        self.is_quoted = whole and not self._is_passed_on
