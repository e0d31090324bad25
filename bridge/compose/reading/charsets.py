"""Octets to characters, whatever a mail says of its charset: total, linear, clean.

No codec outside `CODECS` is ever looked up: among Python's codecs are some that take seconds
(punycode) and some that are no charsets at all (zlib).
"""

from __future__ import annotations

import binascii
import codecs
import re

import cchardet

from bridge.compose.reading import jis, mending, transfer

CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",  # what says ASCII and is not, is most likely UTF-8
    "ascii": "utf-8",
    "ansi-x3.4-1968": "utf-8",
    "iso-8859-1": "cp1252",  # as all browsers read it: mail that says Latin-1 means windows-1252
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso88591": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cp950": "big5hkscs",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "cp932": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_2",
    "cp50220": "iso2022_jp_2",
    "euc-kr": "cp949",
    "ks-c-5601-1987": "cp949",
    "windows-949": "cp949",
    "cp949": "cp949",
    "uhc": "cp949",
    "iso-2022-kr": "iso2022_kr",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "macintosh": "mac_roman",
    "mac-cyrillic": "mac_cyrillic",
    "hz-gb-2312": "hz",
    "tis-620": "cp874",
    "windows-874": "cp874",
}
CODECS |= {f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)}
CODECS |= {"iso-8859-8-i": "iso8859_8", "iso-8859-9": "cp1254", "iso-8859-11": "cp874"}
CODECS |= {f"{name}{n}": f"cp{n}" for name in ("windows-", "cp") for n in range(1250, 1259)}
CODECS |= {
    f"{name}{n}": f"cp{n}" for name in ("ibm", "cp", "dos-") for n in (437, 850, 852, 862, 866)
}

_SINGLE = ("cp125", "cp4", "cp85", "cp86", "cp87", "iso8859", "koi8", "mac")
_LATIN = frozenset(("cp1250", "cp1254", "cp1257", "cp1258", "cp852", "mac_roman")) | {
    f"iso8859_{n}" for n in (2, 3, 4, 10, 13, 14, 15, 16)
}
_EVIDENCE = 5  # letters beyond ASCII by which one Latin alphabet is told from another
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
MAX_SAMPLE = 20_000  # octets that are enough to guess a charset by
MAX_MARKUP = 256 * 1024  # octets in which those are looked for, between tags and style sheets
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
_IN_TEXT: dict[int, str | int | None] = {**_GONE, **_LINES, 0x09: " ", 0x0A: "\n"}
_IN_TEXT |= {each: each for each in range(0x20, 0x7F)}  # what is not there is looked for slowly
_IN_LINE: dict[int, str | None] = {**_GONE, **_SPACE}
_SURROGATE = re.compile("[\ud800-\udfff]")
_TAG = re.compile(rb"<(?:style|script)\b[^<]*+|<[^<>]*+>", re.IGNORECASE)
_ESCAPES = re.compile(  # of a terminal (ECMA-48): colours, titles, charsets
    r"\x1b(?:\[[0-?]{0,40}[ -/]{0,5}[@-~]|\][^\x07\x1b\n]{0,2000}(?:\x07|\x1b\\)|[()][0-9AB])"
)


def decoded(raw: bytes, charset: str = "", *, limit: int | None = None) -> str:
    """The characters of `raw`, as `recognised` finds them."""
    return recognised(raw, charset, limit=limit)[0]


def recognised(
    raw: bytes, charset: str = "", *, likely: str = "", limit: int | None = None
) -> tuple[str, str]:
    """The characters of `raw`, and the charset that they were read in: as declared if that is known
    and strictly right, else UTF-8, else one of these but for a few octets, else as it looks, else
    windows-1252.

    UTF-8 comes before a charset of single octets: in that, what is UTF-8 would be nonsense.  It
    comes before one that is only `likely` too, as the text itself says.  With a `limit` only so
    many octets are read, and a character cut there is dropped.
    """
    whole = limit is None or len(raw) <= limit
    raw = raw if whole else raw[:limit]
    declared = codec(charset)
    order = _order(declared, codec(likely))
    if order[0] == "utf-8" and raw.isascii():  # as most are
        return raw.decode("ascii"), _named(declared or "utf-8")
    if raw[:2] in _BYTE_ORDER_MARKS:
        order = (*order, "utf-16")
    for each in order:
        text = _strictly(raw, each, whole=whole)
        if text is not None:
            return text, _named(declared if declared and raw.isascii() else each)
    for each in filter(mending.MANY.__contains__, order):
        text = mending.mended(raw, each, declared=each == declared)
        if text is not None:
            return text, f"{_named(each)} but for a few octets"
    return _guessed(raw, whole=whole)


def _order(declared: str, likely: str) -> tuple[str, ...]:
    """The codecs to try; a likely one only where none is declared."""
    single = declared.startswith(_SINGLE)
    order = ("utf-8", declared) if single else (declared, "utf-8", "" if declared else likely)
    return tuple(dict.fromkeys(filter(None, order)))


def _guessed(raw: bytes, *, whole: bool) -> tuple[str, str]:
    """The characters of octets in the charset that they look like; tags tell nothing of it."""
    sample = _TAG.sub(b" ", raw[:MAX_MARKUP])[:MAX_SAMPLE]
    guess = codec(cchardet.detect(sample)["encoding"] or "")
    text = _strictly(raw, guess, whole=whole) if guess else None
    if text is not None and _is_likely(sample.decode(guess, "ignore"), guess):
        return text, _named(guess)
    return raw.decode("cp1252", "replace"), _named("cp1252")


def _is_likely(sample: str, guess: str) -> bool:
    """Whether a text bears out the guess at its charset.

    A pound sign and a pair of quotes look like Cyrillic to a detector, an ñ like Lithuanian: few
    letters are no evidence against windows-1252.
    """
    if not guess.startswith(_SINGLE):
        return True
    letters = [each for each in sample if each.isalpha()]
    foreign = sum(each > "\x7f" for each in letters)
    if guess in _LATIN:
        return foreign >= _EVIDENCE
    return 3 * foreign >= len(letters)


def codec(charset: str) -> str:
    """Python's codec for a charset by any of its usual names; "" if it is not on the list."""
    name = charset.strip(" \t\"'").lower()[:40].replace("_", "-")
    return CODECS.get(name) or CODECS.get(name.removeprefix("x-"), "")


def is_as_declared(charset: str, found: str) -> bool:
    """Whether the charset that a text was read in is the one that it declared, if any."""
    return not charset or _named(codec(charset)) == found


def _named(codec: str) -> str:
    """A codec under the name that people know."""
    known = codec.replace("cp125", "windows-125").replace("iso8859", "iso-8859")
    return known.replace("_", "-")


def _strictly(raw: bytes, codec: str, *, whole: bool) -> str | None:
    if codec == "utf-16" and raw[:2] not in _BYTE_ORDER_MARKS:
        codec = "utf-16-be" if raw[:200:2].count(0) > raw[1:200:2].count(0) else "utf-16-le"
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(raw, final=whole)
    except UnicodeError:
        return jis.decoded(raw) if codec.startswith("iso2022_jp") else None


def clean(text: str) -> str:
    """A text of many lines without controls, lone surrogates, bidirectional overrides and a
    terminal's colours.

    Lines end in "\\n", a tab is a space.
    """
    text = text.replace("\r\n", "\n")
    if _is_clean(text.replace("\n", "")):
        return text
    text = _ESCAPES.sub("", text) if "\x1b" in text else text
    return _without_surrogates(text.translate(_IN_TEXT))


def clean_line(text: str) -> str:
    """A text of one line: as `clean`, and every run of white space is one space."""
    line = " ".join(text.split())
    if _is_clean(line):
        return line
    text = _ESCAPES.sub("", text) if "\x1b" in text else text
    return " ".join(_without_surrogates(text.translate(_IN_LINE)).split())


def _is_clean(line: str) -> bool:
    """Whether nothing in a line has to go, as in most; of what does, one character is printable."""
    return line.isprintable() and (line.isascii() or "\ufffc" not in line)


def _without_surrogates(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("", text)


# ---------------------------------------------------------------- headers

_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,2000})\?=")


def header(value: str, charset: str = "") -> str:
    """The meaning of an unstructured header (RFC 2047), as one clean line.

    `value` holds octets above 127 as surrogate escapes, as the parser leaves them; `charset` is
    that of the mail's body, which such octets are likely to share.
    """
    text = value[:MAX_HEADER]
    if not text.isascii():
        raw = text.encode("utf-8", "surrogateescape")
        text = _strictly(raw, "utf-8", whole=len(value) <= MAX_HEADER) or decoded(raw, charset)
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
        return transfer.from_base64(raw)
    return binascii.a2b_qp(raw, header=True)
