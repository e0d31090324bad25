"""What plain text carries besides words: flowed paragraphs (RFC 3676), uuencoded files, and the
links and pictures of the HTML that it was made from.
"""

from __future__ import annotations

import re

from bridge.compose.reading import charsets, links, transfer

_BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} (\S[^\r\n]{0,255})\r?$", re.MULTILINE)
_END = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)
_END_BASE64 = re.compile(rb"^====[ \t]*\r?$", re.MULTILINE)
MAX_FILES = 20

_WORD = r"(?<![^\s<>\[\]])(?P<words>[^\s<>\[\]]*+)"
_HREF = r"<(?P<href>(?:https?://|mailto:|tel:)[^\s<>]{1,2000})>"
_LINK = re.compile(rf"{_WORD}[ ]?{_HREF}")
_GLUED = re.compile(rf"{_WORD}(?<=[^\s<>\[\]]){_HREF}")
_CID = r"\[cid:[^\]\s]{1,200}\]"
_PICTURE = re.compile(rf"{_CID}|\[image: [^\]\n]{{0,200}}\]")  # Outlook, Gmail
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

    A block is `begin` to `end`, or `begin-base64` to `====` (POSIX, uuencode).
    """
    kept: list[bytes] = []
    files: list[tuple[str, bytes]] = []
    at = 0
    while len(files) < MAX_FILES and (begin := _BEGIN.search(raw, at)):
        base64 = begin[1] is not None
        end = (_END_BASE64 if base64 else _END).search(raw, begin.end())
        if end is None:
            break
        block = raw[begin.end() : end.start()]
        decode = transfer.from_base64 if base64 else transfer.from_uuencode
        files.append((charsets.clean_line(charsets.decoded(begin[2])), decode(block)))
        kept.append(raw[at : begin.start()])
        at = end.end()
    return b"".join((*kept, raw[at:])), files


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
    shown = links.address(words, href)
    if words or not shown:
        return f"{words} ({shown})" if shown else words
    return match[0]
