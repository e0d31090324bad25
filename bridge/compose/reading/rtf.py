"""Rich text as Outlook wraps it in a winmail.dat: unpacked, and as plain lines.

Unpacking is that of [MS-OXRTFCP]; of the format only what makes characters and lines is read.
"""

from __future__ import annotations

import re
import struct

from bridge.compose.reading import charsets

MAX_RTF = 256 * 1024  # octets, unpacked
MAX_GROUPS = 1000  # inside each other

_PACKED, _STORED = b"LZFu", b"MELA"
_WINDOW = 4096
_FIRST = (  # what the window holds at first ([MS-OXRTFCP] 2.1.2.1)
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked(raw: bytes) -> bytes:
    """The octets of a compressed RTF property, as far as they are sound."""
    if len(raw) < 16:
        return b""
    kind, stored = raw[8:12], raw[16:]
    if kind == _STORED:
        return stored[:MAX_RTF]
    if kind != _PACKED:
        return b""
    size = min(struct.unpack_from("<I", raw, 4)[0], MAX_RTF)
    return _expanded(stored, size)


def _expanded(packed: bytes, size: int) -> bytes:
    """Each bit of a control octet says whether a literal follows, or where to copy from."""
    found = bytearray(_FIRST)
    end = len(_FIRST) + size
    at = 0
    while at < len(packed) and len(found) < end:
        control = packed[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                found += packed[at : at + 1]
                at += 1
                continue
            word = int.from_bytes(packed[at : at + 2], "big")
            at += 2
            place, length = word >> 4, (word & 0x0F) + 2
            back = (len(found) - place) % _WINDOW
            if not back or at > len(packed):  # the end is where one would write next
                return bytes(found[len(_FIRST) : end])
            for _ in range(length):
                found.append(found[-back] if back <= len(found) else 0x20)
    return bytes(found[len(_FIRST) : end])


_TOKEN = re.compile(
    rb"\\(?P<word>[a-z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<octet>[0-9a-fA-F]{2})"
    rb"|\\(?P<symbol>[^a-z])|(?P<brace>[{}])|[\r\n]+|(?P<text>[^\\{}\r\n]+)"
)
_UNSEEN = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr "
    b"listtable listoverridetable rsidtbl generator themedata colorschememapping datastore".split()
)
_SAID = {
    **dict.fromkeys((b"par", b"line", b"row", b"page", b"sect"), "\n"),
    **dict.fromkeys((b"tab", b"cell", b"emspace", b"enspace"), " "),
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"bullet": "•",
    b"endash": "–",
    b"emdash": "—",
}
_CODE_PAGES = {65001: "utf-8", 932: "cp932", 936: "gbk", 949: "cp949", 950: "big5"}
_CODE_PAGES |= {20127: "us-ascii", 20866: "koi8-r", 21866: "koi8-u", 50220: "iso-2022-jp"}
_CODE_PAGES |= {28590 + n: f"iso-8859-{n}" for n in range(1, 16)}
_PICTURE = re.compile(r"(?<!\S)<?cid:[^\s<>@]{1,200}@[0-9A-F.]{8,40}>?(?!\S)")
_SYMBOLS = {b"~": " ", b"_": "-", b"\n": "\n", b"\r": "\n", b"{": "{", b"}": "}", b"\\": "\\"}


def text(rtf: bytes) -> str:
    """The words of an RTF document, its paragraphs as lines, without the names of its pictures; ""
    for what is none.
    """
    if not rtf.startswith(b"{\\rtf"):
        return ""
    reader = _Words()
    for match in _TOKEN.finditer(rtf[:MAX_RTF]):
        reader.take(match)
    return _PICTURE.sub("", reader.said())


def charset(code_page: int) -> str:
    """The charset that Windows knows by this number."""
    return _CODE_PAGES.get(code_page, f"windows-{code_page}")


class _Words:
    """The words of a document, while its tokens come in: which group is open, and what is said."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._octets = bytearray()
        self._charset = "windows-1252"
        self._unseen = [False]  # of each open group
        self._skip = 0  # characters that stand for one that came as \u

    def said(self) -> str:
        self._say("")
        halves = "".join(self._found).encode("utf-16-le", "surrogatepass")
        return halves.decode("utf-16-le", "replace")  # an emoji comes as two: \u-10179?\u-8640?

    def take(self, match: re.Match[bytes]) -> None:
        match match.lastgroup:
            case "brace":
                self._group(opens=match["brace"] == b"{")
            case "symbol" if match["symbol"] == b"*":
                self._unseen[-1] = True
            case "symbol":
                self._say(_SYMBOLS.get(match["symbol"], ""))
            case "octet":
                self._add(bytes((int(match["octet"], 16),)))
            case "text":
                self._add(match["text"])
            case "word" | "number":
                self._word(match["word"], int(match["number"] or 0))
            case _:
                pass

    def _group(self, *, opens: bool) -> None:
        self._skip = 0
        if opens and len(self._unseen) < MAX_GROUPS:
            self._unseen.append(self._unseen[-1])
        elif not opens and len(self._unseen) > 1:
            self._unseen.pop()

    def _word(self, word: bytes, number: int) -> None:
        if word in _UNSEEN:
            self._unseen[-1] = True
        elif word == b"ansicpg":
            self._charset = charset(number)
        elif word == b"u":
            self._say(chr(number % 0x10000))
            self._skip = 1
        elif word in _SAID:
            self._say(_SAID[word])

    def _add(self, octets: bytes) -> None:
        """Octets in the document's charset, of which two may make a character."""
        skipped = min(self._skip, len(octets))
        self._skip -= skipped
        if not self._unseen[-1]:
            self._octets += octets[skipped:]

    def _say(self, words: str) -> None:
        if self._octets:
            self._found.append(charsets.decoded(bytes(self._octets), self._charset))
            self._octets.clear()
        if not self._unseen[-1]:
            self._found.append(words)
