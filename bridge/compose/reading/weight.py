"""How much of a mail has to be read: that of a few words with a picture is little."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.compose.reading import transfer
from bridge.compose.reading.mime import Entity

INLINE = 32 * 1024
INLINE_LINES = 400
"""Octets and lines of a mail that is read on the loop, without its files: it takes some
milliseconds, and some 0.2 s of processor time where it was made to take long."""

MAX_INLINE = 128 * 1024  # octets of such a mail with its files
LEAST_LINE = 60  # octets of a line of base64, as programs write it: 60, 64, 72 or 76

_FILES = (b"/9j/", b"iVBORw0KGgo", b"JVBERi0")  # how JPEG, PNG and PDF begin in base64
_PADDING = 8  # octets at the end of base64 in which its padding stands


def is_small(content: bytes) -> bool:
    """Whether a mail is for the loop, whatever is in it."""
    return len(content) <= INLINE and content.count(b"\n") <= INLINE_LINES


def may_be_light(content: bytes) -> bool:
    """Whether a mail is worth asking whether it `is_light`: that takes the cutting of its parts."""
    most = INLINE_LINES + len(content) // LEAST_LINE
    return len(content) <= MAX_INLINE and content.count(b"\n") <= most


def is_light(content: bytes, entity: Entity) -> bool:
    """Whether a mail is small without those of its files in which no words are looked for."""
    if is_small(content):
        return True
    files = [each.body for each in _leaves(entity) if _is_unread(each)]
    octets = len(content) - sum(map(len, files))
    lines = content.count(b"\n") - sum(each.count(b"\n") for each in files)
    return octets <= INLINE and lines <= INLINE_LINES


def _is_unread(leaf: Entity) -> bool:
    """Whether a part is a file that is decoded in one go, if at all, and holds no words.

    Its octets say so, not its headers: those of a winmail.dat, of a signature and of a calendar
    begin otherwise.
    """
    if leaf.media_type.startswith("text/") or not leaf.body.lstrip()[:16].startswith(_FILES):
        return False
    padding = leaf.body.find(b"=")
    return (padding < 0 or padding >= len(leaf.body.rstrip()) - _PADDING) and (
        transfer.named(leaf.raw("content-transfer-encoding")) == "base64"
    )


def _leaves(entity: Entity) -> Iterator[Entity]:
    if not entity.children:
        yield entity
    for each in entity.children:
        yield from _leaves(each)
