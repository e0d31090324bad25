"""What is in a winmail.dat: the words and the files of a mail that Outlook sent as TNEF.

Written from [MS-OXTNEF], in one pass over the octets with a limit on all that is counted; the
library for it (tnefparse 1.4) believes a count of four thousand million and copies what is left of
the octets for each attribute.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.compose.lines import text_of
from bridge.compose.reading import charsets, html, rtf

MAX_ATTRIBUTES = 2000  # in all
MAX_PROPERTIES = 2000  # of one message or attachment
MAX_FILES = 100
MAX_TEXT = 256 * 1024  # octets of the body that are read

_SIGNATURE = 0x223E9F78
_MESSAGE, _ATTACHMENT = 1, 2
_BODY, _CODE_PAGE, _MESSAGE_PROPERTIES = 0x800C, 0x9007, 0x9003
_BEGINS, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005

_PLAIN, _HTML, _RTF, _HTML_CODE_PAGE = 0x1000, 0x1013, 0x1009, 0x3FDE
_LONG_NAME, _NAME, _OBJECT, _MEDIA_TYPE = 0x3707, 0x3704, 0x3701, 0x370E
_STRING, _UNICODE = 0x001E, 0x001F
_SIZES = {0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 2, 0x14: 8, 0x40: 8}
_SIZES |= {0x48: 16}
_COUNTED = frozenset((0x0D, _STRING, _UNICODE, 0x0102))
_MANY, _NAMED = 0x1000, 0x8000
_KIND = re.compile(rb"[\w.+-]{1,80}/[\w.+-]{1,80}")


@dataclass(slots=True)
class Packed:
    """One file of a winmail.dat."""

    name: str = ""
    media_type: str = "application/octet-stream"
    body: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Winmail:
    """The words of a winmail.dat, "" if it has none that can be read, and its files."""

    text: str = field(default="", repr=False)
    files: list[Packed] = field(default_factory=list)


def opened(raw: bytes) -> Winmail | None:
    """What is in it, as far as it is sound; None for what is no TNEF at all."""
    if len(raw) < 6 or struct.unpack_from("<I", raw)[0] != _SIGNATURE:
        return None
    found = Winmail()
    charset = "windows-1252"
    body: dict[int, bytes] = {}
    for level, name, data in _attributes(memoryview(raw)):
        if name == _CODE_PAGE:
            charset = _charset(data)
        elif level == _MESSAGE and name == _BODY:
            body.setdefault(_PLAIN, charsets.decoded(data[:MAX_TEXT], charset).encode())
        elif level == _MESSAGE and name == _MESSAGE_PROPERTIES:
            body |= dict(_properties(data, charset))
        elif level == _ATTACHMENT and name == _BEGINS and len(found.files) < MAX_FILES:
            found.files.append(Packed())
        elif level == _ATTACHMENT and found.files:
            _take(found.files[-1], name, data, charset)
    found.text = _words(body)
    found.files = [each for each in found.files if each.body]
    return found


def _attributes(raw: memoryview) -> Iterator[tuple[int, int, bytes]]:
    """Level, name and octets of each attribute ([MS-OXTNEF] 2.1.3)."""
    at = 6  # signature and key
    for _ in range(MAX_ATTRIBUTES):
        if at + 9 > len(raw):
            return
        level, name, _, length = struct.unpack_from("<BHHI", raw, at)
        at += 9
        if level not in (_MESSAGE, _ATTACHMENT) or at + length > len(raw):
            return
        yield level, name, bytes(raw[at : at + length])
        at += length + 2  # a checksum


def _take(file: Packed, name: int, data: bytes, charset: str) -> None:
    """What one attribute of an attachment says."""
    if name == _TITLE:
        file.name = file.name or _line(data, charset)
    elif name == _DATA:
        file.body = data
    elif name == _FILE_PROPERTIES:
        given = dict(_properties(data, charset))
        long = given.get(_LONG_NAME) or given.get(_NAME) or b""
        file.name = charsets.clean_line(long.decode("utf-8", "replace")[:1000]) or file.name
        kind = _KIND.fullmatch(given.get(_MEDIA_TYPE, b"").strip())
        file.media_type = kind[0].decode().lower() if kind else file.media_type
        file.body = file.body or given.get(_OBJECT, b"")


def _properties(data: bytes, charset: str) -> Iterator[tuple[int, bytes]]:
    """The identity and the first value of each MAPI property ([MS-OXTNEF] 2.1.3.4), as far as they
    are sound; strings in UTF-8.
    """
    try:
        count = struct.unpack_from("<I", data)[0]
        at = 4
        for _ in range(min(count, MAX_PROPERTIES)):
            kind, identity = struct.unpack_from("<HH", data, at)
            at = _past_name(data, at + 4) if identity & _NAMED else at + 4
            value, at = _value(data, at, kind)
            yield identity, _as_utf8(value, kind & ~_MANY, charset)
    except (struct.error, KeyError):
        return


def _past_name(data: bytes, at: int) -> int:
    """Past the name of a named property: its set, and a number or a string."""
    kind, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 if kind == 0 else at + 24 + _padded(length)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    """The first value of a property, and where the next property begins."""
    many = kind & _MANY
    if kind & ~_MANY not in _COUNTED:
        size = _SIZES[kind & ~_MANY]
        count = 1
        if many:
            count = struct.unpack_from("<I", data, at)[0]
            at += 4
        return data[at : at + size], at + _padded(size * count)
    count = struct.unpack_from("<I", data, at)[0]
    at += 4
    first = None
    for _ in range(min(count, MAX_PROPERTIES)):
        length = struct.unpack_from("<I", data, at)[0]
        at += 4
        first = data[at : at + length] if first is None else first
        at += _padded(length)
    return first or b"", at


def _padded(length: int) -> int:
    return length + -length % 4


def _as_utf8(value: bytes, kind: int, charset: str) -> bytes:
    if kind == _STRING:
        text = charsets.decoded(value, charset, limit=MAX_TEXT)
    elif kind == _UNICODE:
        text = value[:MAX_TEXT].decode("utf-16-le", "replace")
    else:
        return value
    return text.rstrip("\0").encode("utf-8", "replace")


def _words(body: dict[int, bytes]) -> str:
    """The plain text, else the HTML's, else that of the rich text."""
    plain = charsets.clean(charsets.decoded(body.get(_PLAIN, b""), limit=MAX_TEXT))
    if plain.strip():
        return plain
    if body.get(_HTML):
        page = charsets.decoded(
            body[_HTML], _charset(body.get(_HTML_CODE_PAGE, b"")), limit=html.MAX_HTML
        )
        return text_of(html.rendered(page).lines)
    return charsets.clean(rtf.text(rtf.unpacked(body.get(_RTF, b""))))


def _line(data: bytes, charset: str) -> str:
    return charsets.clean_line(charsets.decoded(data[:1000].rstrip(b"\0"), charset))


def _charset(data: bytes) -> str:
    return rtf.charset(int.from_bytes(data[:4], "little"))
