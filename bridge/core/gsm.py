"""What a text costs: the GSM 03.38 alphabet, segments, and where a text may be cut.

Counts are those of 3GPP TS 23.038 (6.2.1, the alphabet) and TS 23.040 (9.2.3.24, what a
concatenation header leaves): 160 septets alone and 153 each in a row, 70 and 67 UTF-16 units.
An escape pair, a surrogate pair and a grapheme cluster are never cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

from wcwidth import grapheme_boundary_before, iter_graphemes

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
ALPHABET = BASIC | EXTENSION
_ASCII = "".join(filter(str.isascii, ALPHABET)).encode()
_ASCII_EXTENSION = "".join(filter(str.isascii, EXTENSION)).encode()

ALONE, IN_A_ROW = 160, 153  # septets
UNITS_ALONE, UNITS_IN_A_ROW = 70, 67  # UTF-16 units
MARK = "..."

_LOOKALIKES = {
    "'": "‘’‚‛′ʼ＇`´",
    '"': "“”„‟″＂«»",
    "-": "‐‑‒–—―−－",
    " ": "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000",
    "": "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0e\ufe0f",
    "*": "•‣∙●▪◦⁃",
    "...": "…",
    "i": "ı",
    "<": "‹",
    ">": "›",
    "ff": "ﬀ",
    "fi": "ﬁ",
    "fl": "ﬂ",
    "ffi": "ﬃ",
    "ffl": "ﬄ",
}
_TABLE = {ord(each): plain for plain, seen in _LOOKALIKES.items() for each in seen}
_TABLE |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if code not in _TABLE}


def is_gsm(text: str) -> bool:
    """Whether every character is in the GSM 03.38 alphabet, basic or extension."""
    if text.isascii():  # as most are
        return not text.encode().translate(None, _ASCII)
    return ALPHABET.issuperset(text)


def septets(text: str) -> int:
    """The length of a GSM text: characters of the extension table count two."""
    octets = text.encode("utf-8", "surrogatepass")
    ascii_ones = len(octets) - len(octets.translate(None, _ASCII_EXTENSION))
    return len(text) + ascii_ones + text.count("€")


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def segments(text: str, *, unicode: bool = False) -> int:
    """How many segments one destination is billed for a text sent as one message; at least 1.

    `unicode`: it goes as Unicode, though the GSM alphabet may have it.
    """
    if not unicode and is_gsm(text):
        length = septets(text)
        if length <= ALONE:
            return 1
        if length == len(text):
            return -(-length // IN_A_ROW)
        return _packed((2 if each in EXTENSION else 1 for each in text), IN_A_ROW)
    if units(text) <= UNITS_ALONE:
        return 1
    return _packed((2 if each > "\uffff" else 1 for each in text), UNITS_IN_A_ROW)


def _packed(widths: Iterator[int], room: int) -> int:
    """How many segments of `room` it takes when nothing wide is cut in two."""
    count, used = 1, 0
    for width in widths:
        used += width
        if used > room:
            count, used = count + 1, width
    return count


def with_lookalikes_replaced(text: str) -> str:
    """The text in GSM characters, where that needs look-alikes only; else the text, composed.

    Curly quotes, dashes, odd spaces and the like become what a reader takes them for.  Letters
    of real words are never replaced: `Łódź` stays, and goes as Unicode.  Composing (NFC) takes
    time that is quadratic in a run of accents: give it no more than could be sent.
    """
    if is_gsm(text):
        return text
    composed = normalised(text)
    replaced = composed.translate(_TABLE)
    return replaced if is_gsm(replaced) else composed


def lookalikes(text: str) -> dict[str, str]:
    """The characters of a text that are replaced where that makes it GSM, and by what."""
    return {c: _TABLE[ord(c)] for c in text if ord(c) in _TABLE and c not in ALPHABET}


def foreign(text: str) -> tuple[str, ...]:
    """The characters, each once, for which a text has to go as Unicode."""
    left = normalised(text).translate(_TABLE)
    return tuple(dict.fromkeys(c for c in left if c not in ALPHABET))


def normalised(text: str) -> str:
    """The text composed (NFC): as few characters as its letters allow."""
    return unicodedata.normalize("NFC", text)


# ---------------------------------------------------------------- numbered parts


def parts(text: str, limit: int = UNITS_ALONE) -> tuple[str, ...]:
    """A text as numbered messages of at most `limit` UTF-16 units each, `(1/3) ` included.

    Cut at words where there are any; the white space at a cut goes.  A text that fits is one
    part without a number.  `limit` must leave room for one character beside the number.
    """
    text = text.strip()
    if units(text) <= limit:
        return (text,)
    digits = 1
    while True:
        found = list(_pieces(text, limit - digits))
        if len(str(len(found))) <= digits:
            return tuple(f"({n}/{len(found)}) {each}" for n, each in enumerate(found, 1))
        digits += 1


def _pieces(text: str, limit: int) -> Iterator[str]:
    """The text in pieces that fit behind their number; `limit` has allowed for the total."""
    number, start = 1, 0
    while start < len(text):
        end = _reach(text, start, limit - len(f"({number}/) "))
        if end < len(text):
            end = _word_end(text, start, end)
        yield text[start:end].rstrip()
        number, start = number + 1, _skip_space(text, end)


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _reach(text: str, start: int, room: int) -> int:
    """The furthest cluster boundary after `start` that is within `room` units.

    A single cluster that is longer than that is cut between characters: there is no other way.
    """
    end, left = start, room
    for cluster in iter_graphemes(text[start : start + room + 1]):
        left -= 1 if len(cluster) == 1 and cluster < "\U00010000" else units(cluster)
        if left < 0:
            break
        end += len(cluster)
    if end > start:
        return end
    while (room := room - units(text[end])) >= 0:
        end += 1
    return end


def _word_end(text: str, start: int, end: int) -> int:
    """The last place not after `end` where a word ends; `end` itself inside one long word."""
    if text[end].isspace():
        return end
    at = end
    while at > start and not text[at - 1].isspace():
        at -= 1
    return at if text[start:at].strip() else end


# ---------------------------------------------------------------- what is left off


def numbered(text: str, *, unicode: bool = False) -> int:
    """How many texts are billed where a long Unicode text goes as numbered parts."""
    return segments(text) if not unicode and is_gsm(text) else len(parts(text))


def shortened(text: str, fits: Callable[[str], bool], mark: str = MARK) -> str:
    """The longest beginning of a text that, with `mark` at its end, `fits`; cut at a word.

    Cut inside a word only where the word would cost more than half of the beginning.
    """
    end, high = 0, len(text)
    while end < high:
        middle = (end + high + 1) // 2
        if fits(text[:middle].rstrip() + mark):
            end = middle
        else:
            high = middle - 1
    if 0 < end < len(text):
        end = grapheme_boundary_before(text, end + 1)
        word = _word_end(text, 0, end)
        end = word if word > end // 2 else end
    return text[:end].rstrip() + mark
