"""A mail's lines as the cleaning rules look at them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from bridge.compose.cleaning import attributions, blocks
from bridge.compose.lines import Line

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Sheet:
    """The lines that are left, each with the words it says, and the tails of their author.

    `said` has each line without invisible characters and with single spaces; it is "" for a line
    that says nothing.
    """

    def __init__(self, lines: Iterable[Line], tails: Sequence[str] = ()) -> None:
        self.lines = tuple(lines)
        self.said = tuple([_said(line.text) for line in self.lines])
        self.tails = tuple(tails)

    @cached_property
    def own_end(self) -> int:
        """Where the mail begins that this one passes on: that is the message, and is never cut."""
        return blocks.own_end(self.said)

    @cached_property
    def marked(self) -> frozenset[int]:
        """The lines that another mark than `>` marks as quoted."""
        return attributions.marked(self.said)

    def end(self, before: int | None = None) -> int:
        """Where the lines before `before` end, without the blank ones there; of all without it."""
        end = len(self.said) if before is None else before
        while end and not self.said[end - 1]:
            end -= 1
        return end

    def next_said(self, start: int) -> int:
        """The first line from `start` on that says something; after the last if none does."""
        while start < len(self.said) and not self.said[start]:
            start += 1
        return start


def _said(text: str) -> str:
    return " ".join((text if text.isascii() else _INVISIBLE.sub("", text)).split())
