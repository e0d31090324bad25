"""What plain text carries besides words: flowed paragraphs (RFC 3676), uuencoded files, and the
links and pictures of the HTML that it was made from.
"""

from __future__ import annotations

import re

from bridge.compose.reading import charsets, links, transfer

_BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} (\S[^\r\n]{0,255})\r?$", re.MULTILINE)
_LINE = re.compile(rb"\n([^\n]*)")
_CODED = re.compile(rb"[ -`]{1,90}")
_CODED_BASE64 = re.compile(rb"[A-Za-z0-9+/]{1,998}={0,2}")
MAX_FILES = 20
MAX_NUMBER = 40  # characters of a telephone number that is written in several words

_WORD = r"(?<![^\s<>\[\]])(?P<words>[^\s<>\[\]]*+)"
_HREF = r"<(?P<href>(?:https?://|mailto:|tel:|sms:)[^\s<>]{1,2000})>"
_LINK = re.compile(rf"{_WORD}[ ]?{_HREF}")
_GLUED = re.compile(rf"{_WORD}(?<=[^\s<>\[\]]){_HREF}")
_FORMAT = r"\.(?i:png|jpe?g|gif|bmp|webp|svg|tiff?|heic|emf|wmf)"
_CID = rf"\[cid:(?:[^\]\s@]{{1,100}}@[^\]\s]{{0,100}}|[^\]\s@]{{1,100}}{_FORMAT})\]"
_UUID = r"\[cid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\]"  # Outlook on the web
_PICTURE = re.compile(rf"{_CID}|{_UUID}|\[image: [^\]\n]{{0,200}}\]")  # Outlook, Gmail
_CID_PICTURE = re.compile(_CID)


def unflowed(text: str, *, delsp: bool = False) -> str:
    """Paragraphs whole again: a line that ends in a space goes on in the next of its depth.

    `delsp` says that this space is not part of the text.
    """
    found: list[str] = []
    open_depth = -1  # the quote depth of a paragraph that goes on; -1 for none
    for line in text.split("\n"):
        rest = line.lstrip(">")
        depth = len(line) - len(rest)
        rest = rest.removeprefix(" ")  # space-stuffing
        flows = rest.endswith(" ") and rest != "-- "
        shown = rest[:-1] if flows and delsp else rest
        if depth == open_depth and rest != "-- ":
            found.append(shown)
        else:
            found += ("\n", "> " if depth else "", shown)
        open_depth = depth if flows else -1
    return "".join(found[1:])


def without_uuencoded(raw: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The octets of a plain text without its uuencoded files, and those as (name, octets).

    A block is `begin` to `end`, or `begin-base64` to `====` (POSIX, uuencode); in a log, the same
    words stand around lines that are no such code.
    """
    kept: list[bytes] = []
    files: list[tuple[str, bytes]] = []
    if b"begin" not in raw:
        return raw, files
    at = 0
    for begin in _BEGIN.finditer(raw):
        base64 = begin[1] is not None
        end = _end(raw, begin.end(), base64=base64)
        if end is None:
            continue
        block = raw[begin.end() : end.start()]
        octets = (transfer.from_base64 if base64 else transfer.from_uuencode)(block)
        if not octets:
            continue
        files.append((charsets.clean_line(charsets.decoded(begin[2])), octets))
        kept.append(raw[at : begin.start()])
        at = end.end()
        if len(files) == MAX_FILES:
            break
    return b"".join((*kept, raw[at:])), files


def _end(raw: bytes, at: int, *, base64: bool) -> re.Match[bytes] | None:
    """The line that ends a block, if all lines above it are code; else None."""
    last = b"====" if base64 else b"end"
    for line in _LINE.finditer(raw, at):
        text = line[1].rstrip(b"\r")
        if text.rstrip() == last:
            return line
        is_code = _CODED_BASE64.fullmatch(text.strip()) if base64 else _is_uuencoded(text)
        if text.strip() and not is_code:
            return None
    return None


def _is_uuencoded(line: bytes) -> bool:
    """Whether a line is as long as its first character says; what fills the last three octets may
    be left out.
    """
    if not _CODED.fullmatch(line):
        return False
    octets = (line[0] - 32) % 64
    return -(-octets * 4 // 3) <= len(line) - 1 <= -(-octets // 3) * 4


def tidied(line: str) -> str:
    """A line of any text without what nobody types: Outlook's pictures, and its links, which it
    writes behind their words without a space.

    A link that is too long to be shown stays as it is: the HTML with its words is not there.
    """
    if "<" in line:
        line = _GLUED.sub(_linked_alone, line)
    return _CID_PICTURE.sub("", line) if "[" in line else line


def without_markup(line: str) -> str:
    """A line of a text that was made from HTML, without pictures and without what links say twice.

    Outlook and Gmail write `example.com<https://example.com/>` and `[cid:image001.png@01DC]`.  An
    address stays in brackets, as in what is read from HTML, where its words are others.
    """
    if "<" not in line and "[" not in line:
        return line
    return _LINK.sub(_linked, _PICTURE.sub("", line))


def _linked_alone(match: re.Match[str]) -> str:
    is_lost = links.is_too_long(match["words"], match["href"])
    return match[0] if is_lost else _linked(match)


def _linked(match: re.Match[str]) -> str:
    words, href = match["words"], match["href"]
    before = match.string[max(0, match.start("href") - MAX_NUMBER) : match.start("href") - 1]
    shown = links.contact(before, href) if links.is_contact(href) else links.address(words, href)
    if words or not shown:
        return f"{words} ({shown})" if shown else words
    return match[0]
