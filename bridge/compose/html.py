"""HTML as the text that a reader sees, in lines; bounded in input, nodes and nesting.

What is hidden, styles, scripts, pictures and their `alt` texts are gone; a link is
`text (address)`, a table row `a: b`, a list item `- `, a quotation's lines begin with `> `.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from turbohtml import Element, Node, Text, parse

MAX_HTML = 1_000_000  # characters
MAX_NODES = 50_000
MAX_BUFFERS = 20  # cells, rows, links and quotations inside each other; deeper ones are plain

_NO_TEXT = (
    "script style head title template noscript svg math object iframe map select textarea "
    "audio video canvas"
)
_OWN_LINE = (
    "p div br hr h1 h2 h3 h4 h5 h6 ul ol dl dt dd table caption pre section article header footer "
    "address center form fieldset main nav aside figure figcaption"
)
_SKIPPED = frozenset(_NO_TEXT.split())
_BLOCKS = frozenset(_OWN_LINE.split())
_BUFFERED = frozenset(("a", "td", "th", "tr", "blockquote"))
_HIDDEN = re.compile(
    r"display:none|visibility:hidden|mso-hide:all|opacity:0(?![.\d]*[1-9])"
    r"|(?:font-size|max-height):0(?![.\d]*[1-9])",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")
_SOURCE = re.compile(r"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)


def is_source(text: str) -> bool:
    """Whether a text that calls itself plain is the source of an HTML page."""
    return _SOURCE.match(text) is not None


def rendered(html: str) -> str:
    """The text of an HTML document, one line a line, without blank ones."""
    root = parse(html[:MAX_HTML])
    stack = [_Frame("", iter(root.children), [])]
    for _ in range(MAX_NODES):
        node = next(stack[-1].children, None)
        if isinstance(node, Element):
            _open(node, stack)
        elif isinstance(node, Text):
            stack[-1].pieces.append(node.data if stack[-1].pre else _SPACE.sub(" ", node.data))
        elif node is None:
            if len(stack) == 1:
                break
            _close(stack)
    while len(stack) > 1:
        _close(stack)
    return _squeezed(stack[0].pieces)


@dataclass(slots=True)
class _Frame:
    """An element that is open: what is left of its children, and where its text goes."""

    tag: str
    children: Iterator[Node]
    pieces: list[str]
    buffers: int = 0
    pre: bool = False
    href: str = ""


def _open(node: Element, stack: list[_Frame]) -> None:
    above, tag = stack[-1], node.tag
    if tag in _SKIPPED or _hidden(node):
        return
    if tag in _BLOCKS:
        above.pieces.append("\n")
    elif tag == "li":
        above.pieces.append("\n- ")
    frame = _Frame(tag, iter(node.children), above.pieces, above.buffers, above.pre or tag == "pre")
    if tag in _BUFFERED and above.buffers < MAX_BUFFERS:
        frame.pieces, frame.buffers = [], above.buffers + 1
        frame.href = _attribute(node, "href").strip()
    stack.append(frame)


def _close(stack: list[_Frame]) -> None:
    frame = stack.pop()
    below = stack[-1].pieces
    if frame.pieces is below:
        below.append("\n" if frame.tag in _BLOCKS or frame.tag == "tr" else "")
        return
    match frame.tag:
        case "a":
            below.append(_link("".join(frame.pieces), frame.href))
        case "tr":
            below.append("\n" + _row(frame.pieces) + "\n")
        case "blockquote":
            lines = _squeezed(frame.pieces).split("\n")
            below.append("\n" + "\n".join(_quoted(line) for line in lines) + "\n")
        case _:
            below.append(_squeezed(frame.pieces))


def _quoted(line: str) -> str:
    return line if line.startswith(">") else f"> {line}"


def _row(cells: list[str]) -> str:
    """`a: b c` where every cell is one line, as in a table of data; else a line for each."""
    said = [cell for cell in cells if cell.strip()]
    if len(said) < 2 or any("\n" in cell for cell in said):
        return "\n".join(said)
    return said[0].removesuffix(":") + ": " + " ".join(said[1:])


def _link(text: str, href: str) -> str:
    """The words of a link and its address in brackets; once where both are the same."""
    words = _SPACE.sub(" ", text).strip()
    if not words or not href.lower().startswith(("http://", "https://")):
        return text
    if _bare(words) == _bare(href):
        return text
    return f"{text.rstrip()} ({href})"


def _bare(address: str) -> str:
    scheme, slashes, rest = address.lower().partition("://")
    return (rest if slashes else scheme).removeprefix("www.").rstrip("/")


def _hidden(node: Element) -> bool:
    if "hidden" in node.attrs:
        return True
    style = _attribute(node, "style")
    return bool(style) and _HIDDEN.search(_SPACE.sub("", style[:2000])) is not None


def _attribute(node: Element, name: str) -> str:
    value = node.attrs.get(name)
    return value if isinstance(value, str) else ""


def _squeezed(pieces: list[str]) -> str:
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)
