"""HTML as the text that a reader sees, in lines; bounded in input, nodes and nesting.

What is hidden or struck out, styles, scripts and pictures are gone, but for emoji and buttons; a
link is `text (address)`, a table row `a: b`, a list item `- ` or `1. `, and the lines of a
quotation begin with `> `.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from turbohtml import Element, Node, Text, parse

from bridge.compose.lines import Line, Within
from bridge.compose.reading import links, pieces, unseen
from bridge.compose.reading.hooks import Hook, hook, is_forward, squeezed_style
from bridge.compose.reading.pieces import BREAK
from bridge.compose.reading.shown import Shown
from bridge.compose.reading.stylesheets import hidden_classes

MAX_HTML = 1_000_000  # characters
MAX_NODES = 50_000
MAX_BUFFERS = 20  # cells, rows, links and quotations inside each other; deeper ones are plain
MAX_HOOKS = 400  # whose beginnings are looked at
MAX_BUTTONS = 3  # pictures that are links and say what to do; a catalogue has more
MAX_SHEETS = 20

_NO_TEXT = (
    "script style title template noscript svg math object iframe map select textarea "
    "audio video canvas s strike del"
)
_OWN_LINE = (
    "p div br hr h1 h2 h3 h4 h5 h6 ul ol dl dt dd li table caption pre section article header "
    "footer address center form fieldset main nav aside figure figcaption"
)
_SKIPPED = frozenset(_NO_TEXT.split())
_BLOCKS = frozenset(_OWN_LINE.split())
_BUFFERED = frozenset(("a", "td", "th", "tr", "blockquote"))
_SPECIAL = _BUFFERED | {"img", "li", "ol"}
_VOID = frozenset(("br", "hr", "img"))  # nothing is ever in them
_BULLETS = frozenset("·§oØü•\uf0b7\uf0a7")  # Word's, in its fonts of symbols
_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
_LONG = f"a link of more than {links.MAX_ADDRESS} characters was left out"


class Rendering(NamedTuple):
    """The lines of an HTML page, none of them blank, and the pictures that it shows.

    Each picture is given by its Content-ID or its address, with where it stands: a logo in the
    signature is not meant.  `notes` say what of the page was left out that may be missed.
    """

    lines: tuple[Line, ...]
    pictures: dict[str, Within]
    notes: tuple[str, ...] = ()


def rendered(html: str) -> Rendering:
    """What a reader sees of an HTML document."""
    root = parse(html[:MAX_HTML])
    reader = _Reader([_Frame("", iter(root.children), [])], Shown(html))
    reader.read()
    lines = tuple(pieces.lines(reader.stack[0].pieces))
    return Rendering(lines, reader.shown.places, tuple(reader.notes))


@dataclass(slots=True)
class _Frame:
    """An element that is open: what is left of its children, and where its text goes."""

    tag: str
    children: Iterator[Node]
    pieces: list[Line]
    buffers: int = 0
    within: Within = ""
    pre: bool = False
    tiny: bool = False
    href: str = ""
    number: int = 0  # of an ordered list's next item


@dataclass(slots=True)
class _Reader:
    """A walk through a page: what is open, and what the walk has seen."""

    stack: list[_Frame]
    shown: Shown
    addresses: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)  # classes
    sheets: int = 0
    bullet: str = ""  # of a list item that has begun and said nothing yet
    button: str = ""  # the words on the first picture in the link that is open
    buttons: int = 0
    has_words: bool = False  # something that is neither signature nor history was said
    from_here: Within = ""  # what all that follows is
    hooks: int = 0

    def read(self) -> None:
        """Take the nodes, one after another, and close what is open then."""
        stack = self.stack
        for _ in range(MAX_NODES):
            node = next(stack[-1].children, None)
            if isinstance(node, Element):
                self._open(node)
            elif isinstance(node, Text):
                self._say(node.data)
            elif node is None:
                if len(stack) == 1:
                    return
                self._close()
        while len(stack) > 1:
            self._close()

    def _say(self, text: str) -> None:
        frame = self.stack[-1]
        if frame.tiny:
            return
        if not frame.pre and "\n" in text:  # other white space is squeezed with its line
            text = text.replace("\n", " ")
        within = self.from_here or frame.within
        if not text.isspace():
            if self.bullet:
                self.bullet, text = "", f"{self.bullet} {text.lstrip()}"
            if self.shown.has_own:
                self.shown.hear(text if frame.pre else _SPACE.sub(" ", text))
            self.has_words = self.has_words or not within
        frame.pieces.append(Line(text, within))

    def _open(self, node: Element) -> None:
        above, tag, attributes = self.stack[-1], node.tag, node.attrs
        if tag in _SKIPPED:
            self._obey(node)
            return
        style = squeezed_style(attributes)
        if attributes and self._is_passed_over(node, attributes, style):
            return
        if tag == "blockquote" and self._is_forward(node):
            tag = "div"  # what is passed on is the message, and no quotation
        if tag in _BLOCKS:
            above.pieces.append(BREAK)
        frame = _Frame(tag, iter(node.children), above.pieces, above.buffers, above.within)
        frame.pre = above.pre or tag == "pre" or "white-space:pre" in style
        frame.tiny = unseen.is_tiny(style, above=above.tiny) if style else above.tiny
        if attributes:
            if above.within != "history":
                self._mark(frame, node, hook(tag, attributes, style))
            if tag == "img" or self.shown.has_own:
                self.shown.see(attributes, self.from_here or frame.within)
        if tag in _SPECIAL:
            self._begin(frame, above, attributes)
        if tag not in _VOID:
            self.stack.append(frame)

    def _begin(self, frame: _Frame, above: _Frame, attributes: Mapping[str, object]) -> None:
        """What is special about what has a buffer of its own, and about pictures and lists."""
        tag = frame.tag
        if tag in _BUFFERED:
            if above.buffers < MAX_BUFFERS:
                frame.pieces, frame.buffers = [], above.buffers + 1
            if tag == "a":
                frame.href, self.button = _attribute(attributes, "href").strip(), ""
        elif tag == "img":
            self._picture(_attribute(attributes, "data-emoji"), _attribute(attributes, "alt"))
        elif tag == "ol":
            frame.number = _number(attributes, "start", 1)
        elif tag == "li" and above.tag == "ol":
            number = _number(attributes, "value", above.number)
            above.number, self.bullet = number + 1, f"{number}."
        else:
            self.bullet = "-"

    def _obey(self, node: Element) -> None:
        """Read an element without text, if it is one of the page's style sheets."""
        if node.tag != "style":
            return
        self.sheets += 1
        sheet = next(iter(node.children), None)
        if isinstance(sheet, Text) and self.sheets <= MAX_SHEETS:
            self.hidden |= hidden_classes(sheet.data)

    def _is_passed_over(self, node: Element, attributes: Mapping[str, object], style: str) -> bool:
        """Whether an element is hidden, or one of Word's bullets: for that a dash is said."""
        if unseen.is_hidden(attributes, style):
            return True
        if "mso-list:ignore" in style and _beginning(node) in _BULLETS:
            self._say("- ")
            return True
        return bool(self.hidden) and self._is_classed_away(attributes, style)

    def _is_classed_away(self, attributes: Mapping[str, object], style: str) -> bool:
        classes = attributes.get("class")
        if not isinstance(classes, list) or "display:" in style:
            return False
        return not self.hidden.isdisjoint(classes[:50])

    def _mark(self, frame: _Frame, node: Element, found: Hook | None) -> None:
        """Note where the element stands by the marks of mail programs."""
        if found and self._counts(found, node):
            frame.within = found.within
            self.from_here = found.within if found.follows else self.from_here

    def _counts(self, found: Hook, node: Element) -> bool:
        if found.within == "signature":
            return self.has_words or not found.typed_into
        return found.follows or (not self._is_forward(node) and self.hooks <= MAX_HOOKS)

    def _is_forward(self, node: Element) -> bool:
        self.hooks += 1
        return self.hooks <= MAX_HOOKS and is_forward(_beginning(node))

    def _picture(self, *words: str) -> None:
        """Say what stands for a picture: emoji at once, a button where its link ends."""
        said = next(filter(None, map(links.emoji, words)), "")
        if said:
            self._say(said)
        self.button = self.button or words[-1]

    def _close(self) -> None:
        """Close the innermost element: its buffer, if it has one, goes to the one around it."""
        frame = self.stack.pop()
        below = self.stack[-1].pieces
        if frame.tag == "li":
            self.bullet = ""
        if frame.pieces is below:
            if frame.tag in _BLOCKS or frame.tag == "tr":
                below.append(BREAK)
            return
        match frame.tag:
            case "a":
                self._link(frame)
                below += frame.pieces
            case "tr":
                below += pieces.row(frame.pieces)
            case "blockquote":
                below += pieces.quoted(frame.pieces)
            case _:
                below += pieces.cell(frame.pieces)

    def _link(self, frame: _Frame) -> None:
        """Put the address in brackets after a link's words; once, where both are the same."""
        said = [n for n, piece in enumerate(frame.pieces) if piece.text.strip()]
        words = " ".join("".join([piece.text for piece in frame.pieces]).split())
        button = "" if said or self.buttons == MAX_BUTTONS else links.button(self.button)
        if button:
            self.buttons += 1
            said, words = [len(frame.pieces)], button
            frame.pieces.append(Line(words, self.from_here or frame.within))
        if said and links.is_too_long(words, frame.href) and _LONG not in self.notes:
            self.notes.append(_LONG)
        href = links.address(words, frame.href)
        if not said or not href or href in self.addresses:
            return
        self.addresses.add(href)
        text, within = frame.pieces[said[-1]]
        bare = text.rstrip()
        frame.pieces[said[-1]] = Line(f"{bare} ({href}){text[len(bare) :]}", within)


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


def _attribute(attributes: Mapping[str, object], name: str) -> str:
    value = attributes.get(name)
    return value if isinstance(value, str) else ""


def _number(attributes: Mapping[str, object], name: str, default: int) -> int:
    value = _attribute(attributes, name)
    return int(value) if _NUMBER.fullmatch(value) else default
