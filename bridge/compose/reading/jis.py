"""ISO-2022-JP as Japanese Windows writes it, which is more than Python's codec reads."""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\x1b(?:(\$[@B])|(\(I)|\([BJ])")


def decoded(raw: bytes) -> str | None:
    """ISO-2022-JP with the characters that Japanese Windows adds to it (code page 50221):
    NEC's and IBM's rows, and katakana of half the width.  None for what is not that.
    """
    if not raw.isascii():
        return None
    found: list[str] = []
    wide = half = False
    at = 0
    try:
        while at < len(raw):
            escape = _ESCAPE.search(raw, at)
            piece = raw[at : escape.start()] if escape else raw[at:]
            found.append(_piece(piece, wide=wide, half=half))
            if not escape:
                break
            wide, half, at = bool(escape[1]), bool(escape[2]), escape.end()
    except UnicodeError:
        return None
    return "".join(found)


def _piece(piece: bytes, *, wide: bool, half: bool) -> str:
    """The characters between two escapes; Shift_JIS has them all, two octets computed anew."""
    if half:
        return bytes(each | 0x80 for each in piece).decode("cp932")
    if not wide:
        return piece.decode("ascii")
    shifted = bytearray()
    for row, cell in zip(piece[::2], piece[1::2], strict=False):
        if row < 0x21 or cell < 0x21:  # a line end: the lines after it are ASCII again
            raise UnicodeError
        lead = (row - 0x21 >> 1) + (0x81 if row < 0x5F else 0xC1)
        trail = cell + (0x1F + (cell > 0x5F) if row % 2 else 0x7E)
        shifted += bytes((lead, trail))
    return shifted.decode("cp932")
