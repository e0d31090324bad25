"""What of an HTML page nobody sees, or is not to: hidden elements, preheaders, what was struck out,
characters without a picture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from bridge.compose.reading.hooks import MAX_STYLES

_NOTHING = r"0(?![.\d]*[1-9])[a-z%]{0,3}"
_HIDDEN = re.compile(
    r"(?:^|;)(?:display:none|visibility:hidden|(?:opacity|max-height|max-width):"
    + _NOTHING
    # not mso-hide:all, which hides from Outlook alone: its button is in a comment beside
    + r"|color:(?:transparent|rgba\([\d.]+,[\d.]+,[\d.]+,0\))|text-indent:-\d{3,}"
    + r"|(?:left|top):-\d{4,}"
    + r"|text-decoration(?:-line)?:[^;]*line-through)"
)
_CLIPPED = re.compile(r"(?:^|;)(?:(?:width|height|line-height):" + _NOTHING + r"|line-height:1px)")
_FONT_SIZE = re.compile(r"(?:^|;)font-size:(\d{0,4}(?:\.\d{0,4})?)(px|pt|em|rem|%|)(?=[;!]|$)")
_PREHEADERS = frozenset(
    (
        *("preheader", "pre-header", "preheader-text", "preheadertext", "hidden-preheader"),
        *("previewtext", "preview-text", "mcnpreviewtext"),  # `preview` alone is many a thing
    )
)
_SMALLEST = 2.0  # pixels or points; what is no larger is not for reading

FILLERS = "\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\u2800"
"""Characters without a picture, which preheaders are padded with; alone, some belong to words."""

_FILLED = re.compile(rf"(?:[{FILLERS}]\s*){{2,}}")


def is_hidden(attributes: Mapping[str, object], style: str) -> bool:
    """Whether an element and all in it are hidden by its own attributes.

    Its style is given without white space and in lower case, here as below.
    """
    if "hidden" in attributes:
        return True
    classes = attributes.get("class")
    if isinstance(classes, list) and not _PREHEADERS.isdisjoint(
        each.lower() for each in classes[:50] if isinstance(each, str)
    ):
        return True
    return bool(style) and _hides(style)


@lru_cache(maxsize=MAX_STYLES)
def _hides(style: str) -> bool:
    return bool(_HIDDEN.search(style) or ("overflow:hidden" in style and _CLIPPED.search(style)))


def is_tiny(style: str, *, above: bool) -> bool:
    """Whether an element's text is too small to be read; without a size of its own, as above it.

    Many a newsletter sets the whole page to no size, against gaps, and each paragraph to its own.
    """
    of_its_own = _shrinks(style) if "font-size" in style else None
    return above if of_its_own is None else of_its_own


@lru_cache(maxsize=MAX_STYLES)
def _shrinks(style: str) -> bool | None:
    """Whether a style makes a text too small; None where it does not set its size."""
    match = _FONT_SIZE.search(style)
    if not match or not match[1].strip("."):
        return None
    size = float(match[1])
    return size == 0 or (size <= _SMALLEST and match[2] in ("px", "pt"))


def without_fillers(line: str) -> str:
    """A line without runs of characters that have no picture, "" if it has nothing else."""
    if line.isascii():
        return line
    line = _FILLED.sub(" ", line)
    return line if line.strip(FILLERS + " ") else ""
