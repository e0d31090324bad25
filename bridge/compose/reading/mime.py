"""A mail as a tree of MIME entities, from any octets, in linear time (RFC 5322, 2045, 2046, 2231).

Headers are matched one by one and the tree is cut with `find` over one buffer, within limits that
are checked before anything is done.  The standard library's parser passes every line through all
levels and recurses for each; on mails that are easy to write it raises (RecursionError, TypeError,
ValueError), looks up codecs that the mail names, or takes seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote_to_bytes

from bridge.compose.reading import charsets, fields, transfer
from bridge.compose.reading.fields import Fields
from bridge.core.model import Refusal

MAX_HEADER_BLOCK = 256 * 1024  # octets of one entity's headers
MAX_HEADER_LINES = 1000
MAX_STRUCTURED = 10 * 1024  # characters of a Content-* header that are read
MAX_PARTS = 500  # entities in all
MAX_DEPTH = 20
MAX_DELIMITERS = 20_000  # lines that begin like one
MAX_TEXTS = 256 * 1024  # octets of all text parts; one counts for half of it at most
MAX_PARAMETERS = 50
BEGINNING = 512  # octets by which a binary file is known; a sector of Outlook's

_BARE_CR = re.compile(rb"\r(?!\n)")
_MEDIA_TYPE = re.compile(r"[ \t]*([\w.+-]{1,80}/[\w.+-]{1,80})", re.ASCII)
_DELIMITER = re.compile(
    rb"(\n--\S{1,200})[ \t]{0,9}\n(?=content-[a-z-]{1,40}[ \t]{0,9}:)", re.IGNORECASE
)
_ESCAPED = re.compile(r"\\(.)")
_PARAMETER = re.compile(
    r';\s*(?P<name>[^\s=;*"]{1,60})(?:\*(?P<number>\d{1,4}))?(?P<coded>\*)?\s*=\s*'
    r'(?:"(?P<quoted>[^"\\]*+(?:\\.[^"\\]*+)*+)"|(?P<token>[^;"]*+))',
    re.ASCII | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Entity:
    """One node of a mail: its headers, and either its children or its body as transferred.

    `fields` are the headers in their order, names in lower case, values unfolded, octets above
    127 as surrogate escapes.  `media_type` is in lower case; `parameters` are those of
    Content-Type, decoded.  `cut` is a whole mail's: the limit that it breaks, so that parts of it
    are not here; "" for nearly all.  `firsts` has the first header of each name.
    """

    fields: Fields
    media_type: str
    parameters: dict[str, str]
    body: bytes = field(default=b"", repr=False)
    children: tuple[Entity, ...] = ()
    cut: str = ""
    firsts: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "firsts", dict(reversed(self.fields)))

    def raw(self, name: str) -> str:
        """A header as it came; the first of that name, "" if there is none."""
        return self.firsts.get(name, "")

    def text(self, name: str) -> str:
        """A header's meaning, as one clean line; the first of that name."""
        raw = self.firsts.get(name, "")
        return charsets.header(raw, "" if raw.isascii() else self.charset) if raw else ""

    @property
    def charset(self) -> str:
        """What it declares as its charset, or the first of its children that declares one."""
        own = self.parameters.get("charset", "")
        return own or next(filter(None, (child.charset for child in self.children)), "")

    def count(self, name: str) -> int:
        """How often a header occurs."""
        return sum(1 for each, _ in self.fields if each == name)

    @property
    def disposition(self) -> str:
        """`inline`, `attachment`, or "" where the entity does not say (RFC 2183)."""
        said = self.raw("content-disposition")
        return said.partition(";")[0].strip().lower() if said else ""

    @property
    def filename(self) -> str:
        """The name that the sender gave it, as one clean line; "" for none.  Not to be trusted."""
        given = parameters(self.raw("content-disposition")).get("filename", "")
        given = given or self.parameters.get("name", "")
        return charsets.header(given) if given else ""

    @property
    def encoding(self) -> str:
        """Its transfer encoding (`transfer.named`): as declared, a text's as it is."""
        declared = self.raw("content-transfer-encoding")
        if self.media_type.startswith("text/") and self.disposition != "attachment":
            return transfer.recognised(declared, self.body)
        return transfer.named(declared)

    def octets(self) -> bytes:
        """The body, its transfer encoding undone; what cannot be decoded is passed over."""
        return transfer.decoded(self.body, self.encoding)


def parse(content: bytes) -> Entity | Refusal:
    """The mail as a tree, or the limit that it breaks."""
    found = salvaged(content)
    if isinstance(found, Refusal) or not found.cut:
        return found
    return unreadable(found.cut)


def salvaged(content: bytes) -> Entity | Refusal:
    """The mail as a tree; of one that breaks the limits below its own headers, what is within them.

    Line ends become LF.  A bare CR becomes a space first: taken for a line end, it would end a
    header and begin one that no other server on the way has seen.
    """
    if _is_binary(content):
        return Refusal(554, "5.6.0", "this is no mail but a binary file, perhaps Outlook's .msg")
    buffer = b"\n" + _with_lf(content)
    cutter = _Cutter(buffer)
    entity = cutter.entity(1, len(buffer), depth=0)
    if cutter.too_much and not entity.fields:  # its own headers are too many
        return unreadable(cutter.too_much)
    return replace(entity, cut=cutter.too_much) if cutter.too_much else entity


def _with_lf(content: bytes) -> bytes:
    if _BARE_CR.search(content):
        return content.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    return content.replace(b"\r", b"")  # the same, in a third of the time


def unreadable(why: str) -> Refusal:
    """The refusal of a mail for what it is."""
    return Refusal(554, "5.6.0", f"this mail cannot be read: {why}")


def _is_binary(content: bytes) -> bool:
    """Whether it is a file of octets, full of zeros from its beginning, and none of them a header's
    (a message that Outlook saved is one).
    """
    head = content[:BEGINNING]
    if head.count(0) * 8 <= len(head):
        return False
    return not fields.read(head.decode("ascii", "replace"), closed=False)[0]


class _Cutter:
    """Cuts one buffer into entities, within the limits; `too_much` says which one was broken.

    What is beyond a limit is an entity without a body, or is not there.
    """

    def __init__(self, buffer: bytes) -> None:
        self._buffer = buffer
        self._count = 1
        self._texts = 0
        self.too_much = ""

    def entity(self, start: int, end: int, *, depth: int, default: str = "text/plain") -> Entity:
        """The entity between two places; there is always a line end before `start`."""
        head, start = self._fields(start, end, part=depth > 0)
        value = next((value for name, value in head if name == "content-type"), "")
        given = _MEDIA_TYPE.match(value) if value else None
        media_type = given[1].lower() if given else default
        found = parameters(value) if given else {}
        if media_type.startswith("multipart/"):
            inner = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
            spans = self._spans(found.get("boundary", ""), start, end)
            if spans:
                taken = self._within_limits(depth, spans)
                children = (self.entity(*s, depth=depth + 1, default=inner) for s in taken)
                return Entity(head, media_type, found, children=tuple(children))
            media_type = "text/plain"  # it says multipart and is not: what stands there is text
        leaf = Entity(head, media_type, found, self._buffer[start:end])
        return replace(leaf, body=b"") if self._is_beyond(leaf) else leaf

    def _within_limits(self, depth: int, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Those of an entity's parts that may be read."""
        if depth >= MAX_DEPTH:
            self.too_much = f"its parts are nested more than {MAX_DEPTH} deep"
            return []
        if len(spans) > MAX_PARTS - self._count:
            self.too_much = f"it has more than {MAX_PARTS} parts"
        taken = spans[: MAX_PARTS - self._count]
        self._count += len(taken)
        return taken

    def _is_beyond(self, leaf: Entity) -> bool:
        """Whether a text is too much to be read, beside those above it."""
        if not leaf.media_type.startswith("text/") or leaf.disposition == "attachment":
            return False
        self._texts += min(len(leaf.body), MAX_TEXTS // 2)
        if self._texts > MAX_TEXTS:
            self.too_much = f"its text parts have more than {MAX_TEXTS // 1024} kB"
        return self._texts > MAX_TEXTS

    def _fields(self, start: int, end: int, *, part: bool) -> tuple[Fields, int]:
        """The headers of the entity that begins at `start`, and where its body begins."""
        blank = self._buffer.find(b"\n\n", start - 1, end)
        stop = end if blank < 0 else max(start, blank)
        body = end if blank < 0 else blank + 2
        block = self._buffer[start:stop]
        if len(block) > MAX_HEADER_BLOCK or block.count(b"\n") >= MAX_HEADER_LINES:
            self.too_much = (
                f"it has headers of more than {MAX_HEADER_LINES} lines "
                f"or {MAX_HEADER_BLOCK // 1024} kB"
            )
            return (), end
        found, length = fields.read(
            block.decode("ascii", "surrogateescape"), closed=blank >= 0, part=part
        )
        if length < len(block):  # a line that no header can be: the body begins there
            body = start + length
        return found, body

    def _spans(self, boundary: str, start: int, end: int) -> list[tuple[int, int]]:
        """Where the parts begin and end; of a boundary that does not occur, between the lines that
        look like delimiters since a part's headers follow the first of them.
        """
        declared = b"\n--" + boundary.rstrip().encode("utf-8", "surrogateescape")
        spans = self._between(declared, start, end) if boundary else []
        seen = None if spans else _DELIMITER.search(self._buffer, start - 1, end)
        return self._between(seen[1], start, end) if seen else spans

    def _between(self, delimiter: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """Where the parts between the delimiter lines begin and end (RFC 2046, 5.1.1)."""
        buffer = self._buffer
        spans: list[tuple[int, int]] = []
        opened = None
        line_end = start - 1
        for _ in range(MAX_DELIMITERS):
            at = buffer.find(delimiter, line_end, end)
            if at < 0 or len(spans) > MAX_PARTS:
                break
            line_end = buffer.find(b"\n", at + 1, end)
            line_end = end if line_end < 0 else line_end
            after = at + len(delimiter)
            tail = buffer[after : min(line_end, after + 80)].strip()
            if tail not in (b"", b"--"):
                continue
            if opened is not None:
                spans.append((opened, max(opened, at)))
            opened = None if tail else min(line_end + 1, end)
            if tail:
                break
        if opened is not None and opened < end:
            spans.append((opened, end))
        return spans


def parameters(value: str) -> dict[str, str]:
    """The parameters of a structured header, names in lower case; of two alike the first counts,
    and one with a charset before one without.

    Continuations and charsets are RFC 2231's.
    """
    plain: dict[str, str] = {}
    if ";" not in value:
        return plain
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for n, match in enumerate(_PARAMETER.finditer(value[:MAX_STRUCTURED])):
        if n >= MAX_PARAMETERS:
            break
        name, number, coded, quoted, token = match.groups()
        name = name.lower()
        given = token.strip() if quoted is None else _ESCAPED.sub(r"\1", quoted)
        if number is None and not coded:
            plain.setdefault(name, given)
        else:
            pieces.setdefault(name, {}).setdefault(int(number or 0), (given, bool(coded)))
    return plain | {name: _joined(each) for name, each in pieces.items()}


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """A value that came in numbered pieces, some of them percent-encoded."""
    charset, raw = "", b""
    for number, (piece, coded) in sorted(pieces.items()):
        if coded and number == 0 and piece.count("'") >= 2:
            charset, _, piece = piece.split("'", 2)
        octets = piece.encode("utf-8", "surrogateescape")
        raw += unquote_to_bytes(octets) if coded else octets
    return charsets.decoded(raw, charset)
