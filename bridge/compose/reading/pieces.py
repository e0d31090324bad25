"""Pieces of a page's text as lines: cells as a row, a quotation behind its marks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.compose.lines import Line, Within
from bridge.compose.reading import charsets, unseen

MAX_LINES: Final = 10_000
BREAK: Final = Line("\n")


def lines(pieces: Iterable[Line]) -> list[Line]:
    """Pieces as lines, without blank ones and without runs of spaces."""
    found: list[Line] = []
    said: list[str] = []
    marks: set[Within] = set()
    for piece in (*pieces, BREAK):
        if piece is BREAK and not said:  # as after another one
            continue
        text, within = piece
        if text and "\n" not in text:  # as most of them are
            said.append(text)
            if not text.isspace():
                marks.add(within)
            continue
        for number, part in enumerate(text.split("\n", MAX_LINES)):
            if len(found) >= MAX_LINES:
                return found
            if number and said:
                found += _joined(said, marks)
                said, marks = [], set()
            if part:
                said.append(part)
                if not part.isspace():
                    marks.add(within)
    return found


def _joined(said: Iterable[str], marks: set[Within]) -> list[Line]:
    """Pieces of one line as that; none where they say nothing."""
    line = unseen.without_fillers(charsets.clean_line("".join(said))).strip()
    return [Line(line, _common(marks))] if line else []


def apart(lines: Iterable[Line]) -> list[Line]:
    """Lines as pieces that stay lines."""
    return [BREAK, *(Line(f"{text}\n", within) for text, within in lines)]


def quoted(pieces: Iterable[Line]) -> list[Line]:
    """Pieces as lines behind the mark of a quotation."""
    return apart(Line(text if text[0] == ">" else f"> {text}", at) for text, at in lines(pieces))


def cell(pieces: Iterable[Line]) -> list[Line]:
    """What a table's cell says: one piece, or lines that stay lines."""
    found = lines(pieces)
    return found if len(found) == 1 else apart(found)


def row(cells: Iterable[Line]) -> list[Line]:
    """`a: b c` where every cell is one line, as in a table of data; else a line for each."""
    said = [cell for cell in cells if cell.text.strip()]
    if len(said) < 2 or any("\n" in cell.text for cell in said):
        return [BREAK, *apart(said), BREAK]
    first, *rest = (text.strip() for text, _ in said)
    text = f"{first.removesuffix(':')}: {' '.join(rest)}"
    return [BREAK, Line(text, _common({within for _, within in said})), BREAK]


def _common(marks: set[Within]) -> Within:
    """Where a line stands: "" unless all of it stands in one place."""
    return next(iter(marks)) if len(marks) == 1 else ""
