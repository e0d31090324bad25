"""Octets to characters, whatever a mail says of its charset: total, linear, clean.

No codec outside `CODECS` is ever looked up: among Python's codecs are some that take seconds
(punycode) and some that are no charsets at all (zlib).
"""

from __future__ import annotations

import binascii
import codecs
import re

import cchardet

CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",  # what says ASCII and is not, is most likely UTF-8
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",  # as all browsers read it: mail that says Latin-1 means windows-1252
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso8859-1": "cp1252",
    "cp1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "cp932": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_2",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "cp949": "cp949",
    "uhc": "cp949",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "macintosh": "mac_roman",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "ibm866": "cp866",
    "cp866": "cp866",
    "ibm850": "cp850",
    "cp850": "cp850",
    "ibm437": "cp437",
    "cp437": "cp437",
}
CODECS |= {f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)}
CODECS |= {"iso-8859-8-i": "iso8859_8", "iso-8859-9": "cp1254", "iso-8859-11": "cp874"}
CODECS |= {f"windows-{n}": f"cp{n}" for n in range(1250, 1259)}

MAX_SAMPLE = 20_000  # octets that are enough to guess a charset by
MAX_HEADER = 4_000  # octets of a header that are read

_SPACE = dict.fromkeys((*range(0x09, 0x0E), *range(0x1C, 0x20), 0x85, 0x2028, 0x2029), " ")
_GONE = dict.fromkeys(
    (
        *range(0x20),
        *range(0x7F, 0xA0),
        0xAD,  # soft hyphen
        0xFEFF,  # byte order mark
        *range(0x202A, 0x202F),  # bidirectional overrides and isolates, which hide what is written
        *range(0x2066, 0x206A),
        *range(0xFFF9, 0xFFFD),
        0xFFFE,
        0xFFFF,
    )
)
_LINES = dict.fromkeys((0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029), "\n")
_IN_TEXT: dict[int, str | None] = {**_GONE, **_LINES, 0x09: " ", 0x0A: "\n"}
_IN_LINE: dict[int, str | None] = {**_GONE, **_SPACE}
_SURROGATE = re.compile("[\ud800-\udfff]")


def decoded(raw: bytes, charset: str = "", *, limit: int | None = None) -> str:
    """The characters of `raw`: as declared if that is known and strictly right, else as UTF-8,
    else as it looks, else as windows-1252.

    With a `limit` only so many octets are read, and a character cut there is dropped.
    """
    whole = limit is None or len(raw) <= limit
    raw = raw if whole else raw[:limit]
    declared = CODECS.get(charset.strip().lower()[:40], "utf-8")
    for codec in dict.fromkeys((declared, "utf-8")):
        text = _strictly(raw, codec, whole=whole)
        if text is not None:
            return text
    guess = cchardet.detect(raw[:MAX_SAMPLE])["encoding"] or ""
    likely = CODECS.get(guess.lower())
    text = _strictly(raw, likely, whole=whole) if likely else None
    return raw.decode("cp1252", "replace") if text is None else text


def _strictly(raw: bytes, codec: str, *, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(raw, final=whole)
    except UnicodeError:
        return None


def clean(text: str) -> str:
    """A text of many lines without controls, lone surrogates and bidirectional overrides.

    Lines end in "\\n", a tab is a space.
    """
    return _without_surrogates(text.replace("\r\n", "\n").translate(_IN_TEXT))


def clean_line(text: str) -> str:
    """A text of one line: as `clean`, and every run of white space is one space."""
    return " ".join(_without_surrogates(text.translate(_IN_LINE)).split())


def _without_surrogates(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("", text)


# ---------------------------------------------------------------- headers

_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,2000})\?=")


def header(value: str) -> str:
    """The meaning of an unstructured header (RFC 2047), as one clean line.

    `value` holds octets above 127 as surrogate escapes, as the parser leaves them.
    """
    raw = value[:MAX_HEADER].encode("utf-8", "surrogateescape")
    text = decoded(raw) if not value.isascii() else value[:MAX_HEADER]
    if "=?" in text:
        text = _words(text)
    return clean_line(text)


def _words(text: str) -> str:
    """The text with its encoded words decoded.

    White space between two of them goes, and the octets of neighbours in one charset are joined
    first, since many a mailer cuts a character in two.
    """
    found: list[str] = []
    run, charset, end = b"", "", 0
    for match in _ENCODED_WORD.finditer(text):
        between = text[end : match.start()]
        name = match[1].split("*")[0].lower()  # RFC 2231, 5: a language may follow
        if run and (between.strip() or name != charset):
            found.append(decoded(run, charset))
            run = b""
        if not end or between.strip():
            found.append(between)
        run, charset, end = run + _word(match[2], match[3]), name, match.end()
    return "".join((*found, decoded(run, charset), text[end:]))


def _word(encoding: str, word: str) -> bytes:
    raw = word.encode("utf-8", "replace")
    if encoding in "bB":
        return from_base64(raw)
    return binascii.a2b_qp(raw, header=True)


# ---------------------------------------------------------------- transfer encodings

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64) - {ord("=")})


def from_base64(raw: bytes) -> bytes:
    """Base64's octets; what is not of its alphabet is passed over, what follows `=` left off."""
    digits = raw.translate(None, _NOT_BASE64).partition(b"=")[0]
    digits = digits[: len(digits) - 1] if len(digits) % 4 == 1 else digits
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def from_uuencode(raw: bytes) -> bytes:
    """The octets of uuencoded lines; lines that are none are passed over."""
    found = bytearray()
    for line in filter(bytes.strip, raw.split(b"\n")):  # a blank line would be read as zeros
        try:
            found += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(found)


def from_quoted_printable(raw: bytes) -> bytes:
    """Quoted-printable's octets; what is no escape stays as it is."""
    return binascii.a2b_qp(raw)
