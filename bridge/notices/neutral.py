"""What a stranger wrote, made fit for a mail: it may say what it likes, and changes nothing else.

A text, a name or a user context comes from anybody with a phone.  In a header it is one line of at
most 200 characters; as a file's name it is a few plain letters; in a body it keeps its lines.
"""

from __future__ import annotations

import re
from collections.abc import Container

LINE_LIMIT = 200
NAME_LIMIT = 64

# C0 and C1 controls, line and paragraph separators, embeddings, overrides and isolates (Unicode
# Annex 9: they would turn around what follows them), lone surrogates, the byte order mark.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_BREAK = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Windows opens a device instead of a file of such a name, whatever its extension.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def line(text: str, limit: int = LINE_LIMIT) -> str:
    """One line of at most `limit` characters: runs of what is unfit and of white space are a space.

    What was cut ends in `...`.
    """
    whole = " ".join(_UNFIT.sub(" ", text).split())
    return whole if len(whole) <= limit else whole[: max(limit - 3, 0)].rstrip() + "..."


def plain(text: str, limit: int) -> str:
    """At most `limit` characters as they are, but for what is unfit: each of those is a space."""
    return _UNFIT.sub(" ", text[:limit])


def block(text: str) -> str:
    """A text with its lines and tabs, other controls made spaces, free of lone surrogates."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", _BREAK.sub("\n", text)))


def snippet(text: str, limit: int) -> str:
    """The beginning of a text as one line, cut at a word."""
    whole = line(text, len(text) + 1)
    if len(whole) <= limit:
        return whole
    head = whole[: limit - 2].rsplit(" ", 1)[0]
    return head[: limit - 3].rstrip(" ,;:.-") + "..."


def preview(raw: bytes, limit: int) -> str:
    """The beginning of some octets in printable ASCII, the others as `\\xNN`."""
    shown = "".join(
        chr(octet) if 0x20 <= octet < 0x7F or octet == 0x0A else f"\\x{octet:02x}"
        for octet in raw[:limit]
    )
    return shown + ("..." if len(raw) > limit else "")


def file_name(name: str, extensions: tuple[str, ...], taken: Container[str]) -> str:
    """A safe, unique name: no folder, `[A-Za-z0-9._-]`, at most 64 characters.

    It ends in one of `extensions` (the first where it has none of them), so that no machine opens
    as a program or a page what its octets are not.
    """
    base = re.sub(r"[^A-Za-z0-9._-]+", "_", re.split(r"[/\\]", name)[-1]).strip("._-")
    stem, dot, extension = base.rpartition(".")
    if not dot or "." + extension.lower() not in extensions:
        stem, extension = base, extensions[0][1:]
    stem = stem[: NAME_LIMIT - 10].rstrip("._-") or "file"
    if _DEVICE.match(stem):
        stem = "file_" + stem
    found, number = f"{stem}.{extension}", 1
    while found in taken:
        number += 1
        found = f"{stem}-{number}.{extension}"
    return found
