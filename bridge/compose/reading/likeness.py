"""The plain part of a mail beside its HTML part: the same words, but only the HTML has marks.

Where nothing says that they are two forms of one text, their words do.

Words are compared by their letters and digits, and without the addresses of links, since every
mail program writes a table, a list and a link in its own way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from bridge.compose.lines import Line, Within, text_of

MAX_BLOCKS = 20  # marked blocks that are looked for
MAX_MARKED = 256 * 1024  # letters and digits of one

_ADDRESS = re.compile(r"[<(\[](?:https?://|mailto:|tel:|cid:)[^<>()\[\]\s]{1,2000}[>)\]]", re.I)
_BARE_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.I)
_WORD = re.compile(r"[^\W_]+")
_NO_LETTERS = re.compile(r"[\W_]+")


def said(lines: Sequence[Line]) -> int:
    """How many letters and digits lines have that are neither signature nor history."""
    return len(letters("\n".join([text for text, within in lines if not within])))


def letters(text: str) -> str:
    """The letters and digits of a text, without the addresses of its links."""
    bare = _ADDRESS.sub("", text) if ":" in text else text
    return _NO_LETTERS.sub("", bare).casefold()


def fuller(plain: Sequence[Line], rich: Sequence[Line]) -> Literal["plain", "rich"] | None:
    """Which of two texts says all that both do; the plain one where they say the same; None where
    either says something of its own.

    A twentieth of the words may differ, as what a program calls a picture or a link does; but no
    number may, and no text is a form of one that is twice as long.
    """
    one, other = _words(plain), _words(rich)
    size, of_other = one.total(), other.total()
    if not size or not of_other or max(size, of_other) > 2 * min(size, of_other):
        return None
    if _adds_little(other - one, size):
        return "plain"
    return "rich" if _adds_little(one - other, of_other) else None


def _words(lines: Sequence[Line]) -> Counter[str]:
    text = "\n".join(line.text for line in lines)
    bare = _BARE_ADDRESS.sub(" ", _ADDRESS.sub(" ", text))
    return Counter(_WORD.findall(bare.casefold()))


def _adds_little(more: Counter[str], size: int) -> bool:
    """Whether these words, beside a text of `size` words, say nothing."""
    return 20 * more.total() <= size and not any(map(_has_digit, more))


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def marked(plain: Sequence[Line], rich: Sequence[Line]) -> tuple[Line, ...]:
    """The plain lines, with those marked that are marked lines of the HTML.

    A block is marked as a whole, where it is found once and begins and ends with a line; where
    that is not so, it is not certain which lines it is, and nothing is marked.
    """
    blocks = list(_blocks(rich))
    if not blocks:
        return tuple(plain)
    keys = [letters(line.text) for line in plain]
    text = "".join(keys)
    starts, ends = _places(keys)
    found = list(plain)
    for key, within in blocks:
        at = text.find(key)
        if at < 0 or text.find(key, at + 1) >= 0:
            continue
        first, last = starts.get(at), ends.get(at + len(key))
        if first is not None and last is not None:
            found[first : last + 1] = [Line(each.text, within) for each in found[first : last + 1]]
    return tuple(found)


def _blocks(rich: Sequence[Line]) -> Iterator[tuple[str, Within]]:
    """The letters of each run of lines that are marked alike."""
    count = 0
    for within, lines in groupby(rich, key=lambda line: line.within):
        key = letters(text_of(lines)) if within else ""
        if key and len(key) <= MAX_MARKED and count < MAX_BLOCKS:
            count += 1
            yield key, within


def _places(keys: Sequence[str]) -> tuple[dict[int, int], dict[int, int]]:
    """Where in the joined letters each line begins and ends, for the lines that have letters."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    at = 0
    for number, key in enumerate(keys):
        if key:
            starts[at] = number
            at += len(key)
            ends[at] = number
    return starts, ends
