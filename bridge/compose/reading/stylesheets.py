"""The classes that a page's own style sheets hide: `.preheader { display: none }`.

Only a list of classes that stands for itself is read.  What holds for some screens alone
(`@media`), and what depends on where an element stands, is not.
"""

from __future__ import annotations

import re

MAX_SHEET = 64 * 1024  # characters of one sheet
MAX_HIDDEN = 200  # classes of a page

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_CLASS = re.compile(r"(?:[a-z][a-z0-9]{0,10})?\.([\w-]{1,80})", re.IGNORECASE)
_HIDES = re.compile(r"(?:^|;)(?:display:none|visibility:hidden)(?:!important)?(?=;|$)")
_SHOWS = re.compile(r"(?:^|;)display:(?!none)")


def hidden_classes(sheet: str) -> set[str]:
    """The classes that are hidden wherever they are seen, as they are written."""
    if len(sheet) > MAX_SHEET or not ("none" in sheet or "hidden" in sheet):
        return set()
    found: set[str] = set()
    for selectors, body in _rules(_COMMENT.sub("", sheet)):
        style = body.lower()
        if "display" not in style and "visibility" not in style:
            continue
        style = "".join(style.split())
        hides, shows = _HIDES.search(style), _SHOWS.search(style)
        if not hides and not shows:
            continue
        names = [match and match[1] for match in map(_CLASS.fullmatch, _split(selectors))]
        if hides and len(found) < MAX_HIDDEN:
            found.update(name for name in names if name)
        elif shows:
            found.difference_update(name for name in names if name)
    return found


def _split(selectors: str) -> list[str]:
    return [each.strip() for each in selectors.split(",")]


def _rules(sheet: str) -> list[tuple[str, str]]:
    """The rules that hold everywhere: selectors and declarations; none of those inside others."""
    found: list[tuple[str, str]] = []
    depth = start = opened = 0
    for brace in _BRACE.finditer(sheet):
        if brace[0] == "{":
            opened = brace.start() if depth == 0 else opened
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                selectors = sheet[start:opened].rpartition(";")[2].strip()
                if not selectors.startswith("@"):
                    found.append((selectors, sheet[opened + 1 : brace.start()]))
                start = brace.end()
    return found
