"""HTML as the text that a reader sees, in lines; bounded in input, nodes and nesting.

What is hidden, styles, scripts, pictures and their `alt` texts are gone; a link is
`text (address)`, a table row `a: b`, a list item `- `, a quotation's lines begin with `> `.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from turbohtml import Element, Node, Text, parse

from bridge.compose.lines import Line, Within
from bridge.compose.reading import charsets, unseen
from bridge.compose.reading.hooks import Hook, hook, is_forward, squeezed_style

MAX_HTML = 1_000_000  # characters
MAX_NODES = 50_000
MAX_LINES = 10_000
MAX_BUFFERS = 20  # cells, rows, links and quotations inside each other; deeper ones are plain
MAX_HOOKS = 200  # whose beginnings are looked at
MAX_ADDRESS = 160  # characters of a link that is shown; a longer one tracks its reader

_NO_TEXT = (
    "script style head title template noscript svg math object iframe map select textarea "
    "audio video canvas"
)
_OWN_LINE = (
    "p div br hr h1 h2 h3 h4 h5 h6 ul ol dl dt dd li table caption pre section article header "
    "footer address center form fieldset main nav aside figure figcaption"
)
_SKIPPED = frozenset(_NO_TEXT.split())
_BLOCKS = frozenset(_OWN_LINE.split())
_BUFFERED = frozenset(("a", "td", "th", "tr", "blockquote"))
_SPACE = re.compile(r"\s+")
_SOURCE = re.compile(r"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_BREAK = Line("\n")


class Rendering(NamedTuple):
    """The lines of an HTML page, none of them blank, and the Content-IDs of its pictures.

    Each picture is given with where it stands: a logo in the signature is not meant.
    """

    lines: tuple[Line, ...]
    pictures: dict[str, Within]


def is_source(text: str) -> bool:
    """Whether a text that calls itself plain is the source of an HTML page."""
    return _SOURCE.match(text) is not None


def rendered(html: str) -> Rendering:
    """What a reader sees of an HTML document."""
    root = parse(html[:MAX_HTML])
    reader = _Reader([_Frame("", iter(root.children), [])])
    for _ in range(MAX_NODES):
        if not reader.step():
            break
    while len(reader.stack) > 1:
        reader.close()
    return Rendering(tuple(_lines(reader.stack[0].pieces)), reader.pictures)


def address(words: str, href: str) -> str:
    """A link's address, if it says more than its words and is of any use in a text; else ""."""
    if not _ADDRESS.fullmatch(href) or len(href) > MAX_ADDRESS or _bare(words) == _bare(href):
        return ""
    return href


@dataclass(slots=True)
class _Frame:
    """An element that is open: what is left of its children, and where its text goes."""

    tag: str
    children: Iterator[Node]
    pieces: list[Line]
    buffers: int = 0
    pre: bool = False
    tiny: bool = False
    href: str = ""
    within: Within = ""


@dataclass(slots=True)
class _Reader:
    """A walk through a page: what is open, and what the walk has seen."""

    stack: list[_Frame]
    pictures: dict[str, Within] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)
    bullet: bool = False  # a list item has begun and said nothing yet
    has_words: bool = False  # something that is neither signature nor history was said
    from_here: Within = ""  # what all that follows is
    hooks: int = 0

    def step(self) -> bool:
        """Take one node; False at the end."""
        node = next(self.stack[-1].children, None)
        if isinstance(node, Element):
            self._open(node)
        elif isinstance(node, Text):
            self._say(node.data)
        elif node is None:
            if len(self.stack) == 1:
                return False
            self.close()
        return True

    def _say(self, text: str) -> None:
        frame = self.stack[-1]
        if frame.tiny:
            return
        if not frame.pre:
            text = _SPACE.sub(" ", text)
        within = self.from_here or frame.within
        if text.strip():
            if self.bullet:
                self.bullet, text = False, f"- {text.lstrip()}"
            self.has_words = self.has_words or not within
        frame.pieces.append(Line(text, within))

    def _open(self, node: Element) -> None:
        above, tag, attributes = self.stack[-1], node.tag, node.attrs
        if tag in _SKIPPED:
            return
        style = squeezed_style(attributes) if attributes else ""
        if attributes and unseen.is_hidden(attributes, style):
            return
        if tag in _BLOCKS:
            above.pieces.append(_BREAK)
        frame = _Frame(tag, iter(node.children), above.pieces, above.buffers, above.pre, above.tiny)
        frame.within = above.within
        frame.pre = above.pre or tag == "pre" or "white-space:pre" in style
        frame.tiny = unseen.is_tiny(style, above=above.tiny) if style else above.tiny
        if attributes and above.within != "history":
            self._mark(frame, node, hook(tag, attributes, style))
        if tag == "img":
            self._see(_attribute(node, "src"), self.from_here or frame.within)
        elif tag == "li":
            self.bullet = True
        elif tag in _BUFFERED and above.buffers < MAX_BUFFERS:
            frame.pieces, frame.buffers = [], above.buffers + 1
            frame.href = _attribute(node, "href").strip()
        self.stack.append(frame)

    def _mark(self, frame: _Frame, node: Element, found: Hook | None) -> None:
        """Note where the element stands by the marks of mail programs."""
        if found and self._counts(found, node):
            frame.within = found.within
            self.from_here = found.within if found.follows else self.from_here

    def _counts(self, found: Hook, node: Element) -> bool:
        self.hooks += 1
        if found.within == "signature":
            return self.has_words or not found.typed_into
        return found.follows or (self.hooks <= MAX_HOOKS and not is_forward(_beginning(node)))

    def _see(self, source: str, within: Within) -> None:
        if source[:4].lower() == "cid:":
            identity = unquote(source[4:300])
            self.pictures[identity] = within if self.pictures.get(identity, within) else ""

    def close(self) -> None:
        """Close the innermost element: its buffer, if it has one, goes to the one around it."""
        frame = self.stack.pop()
        below = self.stack[-1].pieces
        if frame.tag == "li":
            self.bullet = False
        if frame.pieces is below:
            if frame.tag in _BLOCKS or frame.tag == "tr":
                below.append(_BREAK)
            return
        match frame.tag:
            case "a":
                self._link(frame)
                below += frame.pieces
            case "tr":
                below += (_BREAK, *_row(frame.pieces), _BREAK)
            case "blockquote":
                below += _apart(Line(_quoted(text), w) for text, w in _lines(frame.pieces))
            case _:
                lines = _lines(frame.pieces)
                below += lines if len(lines) == 1 else _apart(lines)

    def _link(self, frame: _Frame) -> None:
        """Put the address in brackets after a link's words; once, where both are the same."""
        pieces, href = frame.pieces, frame.href
        said = [n for n, piece in enumerate(pieces) if piece.text.strip()]
        words = _SPACE.sub(" ", "".join(piece.text for piece in pieces)).strip()
        if not said or not address(words, href) or href in self.addresses:
            return
        self.addresses.add(href)
        text, within = pieces[said[-1]]
        bare = text.rstrip()
        pieces[said[-1]] = Line(f"{bare} ({href}){text[len(bare) :]}", within)


def _apart(lines: Iterable[Line]) -> list[Line]:
    """Lines as pieces that stay lines."""
    return [_BREAK, *(Line(f"{text}\n", within) for text, within in lines)]


def _quoted(line: str) -> str:
    return line if line.startswith(">") else f"> {line}"


def _row(cells: list[Line]) -> list[Line]:
    """`a: b c` where every cell is one line, as in a table of data; else a line for each."""
    said = [cell for cell in cells if cell.text.strip()]
    if len(said) < 2 or any("\n" in cell.text for cell in said):
        return _apart(said)
    first, *rest = (text.strip() for text, _ in said)
    text = f"{first.removesuffix(':')}: {' '.join(rest)}"
    return [Line(text, _common({within for _, within in said}))]


def _common(marks: set[Within]) -> Within:
    """Where a line stands: "" unless all of it stands in one place."""
    return next(iter(marks)) if len(marks) == 1 else ""


def _bare(address: str) -> str:
    scheme, slashes, rest = address.lower().partition("://")
    return (rest if slashes else scheme).removeprefix("www.").rstrip("/")


def _beginning(node: Element) -> str:
    """The first words in an element."""
    said: list[str] = []
    open_ = [iter(node.children)]
    for _ in range(40):
        child = next(open_[-1], None)
        if isinstance(child, Text):
            said.append(child.data[:200])
        elif isinstance(child, Element):
            open_.append(iter(child.children))
        elif child is None:
            open_.pop()
            if not open_:
                break
    return " ".join("".join(said)[:120].split())


def _attribute(node: Element, name: str) -> str:
    value = node.attrs.get(name)
    return value if isinstance(value, str) else ""


def _lines(pieces: list[Line]) -> list[Line]:
    """Pieces as lines, without blank ones and without runs of spaces."""
    found: list[Line] = []
    said: list[str] = []
    marks: set[Within] = set()
    for text, within in (*pieces, _BREAK):
        for number, part in enumerate(text.split("\n", MAX_LINES)):
            if len(found) >= MAX_LINES:
                return found
            if number and said:
                line = unseen.without_fillers(charsets.clean_line("".join(said))).strip()
                if line:
                    found.append(Line(line, _common(marks)))
                said, marks = [], set()
            if part:
                said.append(part)
                if not part.isspace():
                    marks.add(within)
    return found
