"""What plain text carries besides words: flowed paragraphs (RFC 3676) and uuencoded files."""

from __future__ import annotations

import re

from bridge.compose import charsets

_BEGIN = re.compile(r"begin [0-7]{3,4} (\S.{0,255})")
MAX_FILES = 20


def unflowed(text: str, *, delsp: bool = False) -> str:
    """Paragraphs whole again: a line that ends in a space goes on in the next of its depth.

    `delsp` says that this space is not part of the text.
    """
    found: list[str] = []
    open_depth = -1  # the quote depth of a paragraph that goes on; -1 for none
    for line in text.split("\n"):
        rest = line.lstrip(">")
        depth = len(line) - len(rest)
        rest = rest.removeprefix(" ")  # space-stuffing
        flows = rest.endswith(" ") and rest != "-- "
        shown = rest[:-1] if flows and delsp else rest
        if depth == open_depth and rest != "-- ":
            found.append(shown)
        else:
            found += ("\n", "> " if depth else "", shown)
        open_depth = depth if flows else -1
    return "".join(found[1:])


def without_uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without its uuencoded blocks, and those as (name, octets)."""
    if "begin " not in text:
        return text, []
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    block: list[str] = []
    name = ""
    for line in text.split("\n"):
        start = _BEGIN.fullmatch(line) if not block and len(files) < MAX_FILES else None
        if start:
            name, block = start[1], [line]
        elif not block:
            kept.append(line)
        elif line.strip() == "end":
            encoded = [each.encode("ascii", "ignore") for each in block[1:]]
            files.append((charsets.clean_line(name), charsets.from_uuencode(encoded)))
            block = []
        else:
            block.append(line)
    return "\n".join((*kept, *block)), files
