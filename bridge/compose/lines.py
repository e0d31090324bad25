"""The lines of a mail, and which part of an HTML page each of them stood in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

Within: TypeAlias = Literal["", "signature", "history"]


class Line(NamedTuple):
    """One line of a mail's words.

    `within` says where mail programs mark such things in HTML: in the `signature`
    (`gmail_signature`), or in the `history` that is quoted (`gmail_quote`).
    """

    text: str
    within: Within = ""


def lines_of(text: str) -> tuple[Line, ...]:
    """A text's lines, of which nothing more is known."""
    return tuple(map(Line, text.split("\n")))


def text_of(lines: Iterable[Line]) -> str:
    """Lines as one text."""
    return "\n".join([text for text, _ in lines])
