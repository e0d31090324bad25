"""A mail that was too much to be read, roughly: its headers, and the beginning of its words.

No page is read here, no file and no charset looked for: what is done takes time by the octet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bridge.compose.reading import transfer
from bridge.compose.reading.mime import Entity

MAX_ROUGH = 16 * 1024  # octets of a text that are looked at; ten segments hold 1530

CUT = "it takes too much time or memory"

_MARKUP = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(style|script|head)\b.*?(?:</\1[^<>]*>|\Z)|<[^<>]*(?:>|\Z)|<",
    re.DOTALL | re.IGNORECASE,
)


def roughened(root: Entity) -> Entity:
    """A mail in its place that has the same headers and is nothing but plain text."""
    leaf = _words(root)
    parameters = {"charset": leaf.charset} if leaf else {}
    body = _beginning(leaf) if leaf else b""
    fields = tuple(each for each in root.fields if not each[0].startswith("content-"))
    return replace(
        root,
        fields=fields,
        media_type="text/plain",
        parameters=parameters,
        body=body,
        children=(),
        cut=root.cut or CUT,
    )


def _words(root: Entity) -> Entity | None:
    """The first part that is plain text; else the first page."""
    leaves = [each for each in _leaves(root) if each.body and each.disposition != "attachment"]
    plain = (each for each in leaves if each.media_type == "text/plain")
    pages = (each for each in leaves if each.media_type == "text/html")
    return next(plain, next(pages, None))


def _leaves(entity: Entity) -> Iterator[Entity]:
    if not entity.children:
        yield entity
    for child in entity.children:
        yield from _leaves(child)


def _beginning(leaf: Entity) -> bytes:
    """The first octets of a text, decoded; of a page, what stands between its tags."""
    declared = transfer.named(leaf.raw("content-transfer-encoding"))
    octets = transfer.decoded(leaf.body[:MAX_ROUGH], declared)
    return _MARKUP.sub(b" ", octets) if leaf.media_type == "text/html" else octets
