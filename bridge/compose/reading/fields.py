"""The lines above a body: a mail's headers, also where a line between them is none (RFC 5322)."""

from __future__ import annotations

import re

Fields = tuple[tuple[str, str], ...]
"""Headers in their order: names in lower case, values unfolded."""

_FROM_LINE = re.compile(r">?From [^\n]*(?:\n|\Z)")  # of a mailbox file
_FIELD = re.compile(
    r"(?P<name>[!-9;-~]{1,80}+)[ \t]*:(?P<value>[^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)"
)  # 2.2 and 4.5
_KNOWN = re.compile(
    r"(?P<name>Content-(?:Type|Transfer-Encoding|Disposition|ID)|MIME-Version|Subject|From|To|Cc"
    r"|Message-ID|Received|Return-Path|Reply-To|In-Reply-To)[ \t]*:",
    re.IGNORECASE,
)
_ANY_KNOWN = re.compile(rf"^{_KNOWN.pattern}", re.IGNORECASE | re.MULTILINE)
_INDENTED = re.compile(rf"[ \t]{{1,9}}(?={_KNOWN.pattern})", re.IGNORECASE)
_MARK = "\udcef\udcbb\udcbf"  # the byte order mark of UTF-8, as surrogate escapes
_NO_HEADER = re.compile(
    r">?From \S{1,200}[ \t]+(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\n]*(?:\n|\Z)"
    r"|(?:MIME-Version|Content-[A-Za-z-]{1,40})[ \t][^\n]*(?:\n|\Z)",
    re.IGNORECASE,
)
_UNFOLDED = re.compile(
    r"(?P<name>charset|boundary|name|filename|format|delsp|type|method)[ \t]*=[^\n]*(?:\n|\Z)",
    re.IGNORECASE,
)
_ALWAYS_UNFOLDED = ("charset", "boundary")
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")


def read(block: str) -> tuple[Fields, int]:
    """The headers in the lines above the first empty one, and how many characters they take.

    A line that no header can be ends them, since some mails have no empty line: the body begins
    there.  It is passed over where one of the usual headers comes below it for the first time (in a
    text they are quoted, a second time), and where it is a mailbox's or a header without its colon.
    """
    found: list[tuple[str, str]] = []
    at = _beginning(block)
    last = -1  # where the last of those begins, once that is asked
    while at < len(block):
        if match := _FIELD.match(block, at):
            found.append((match["name"].lower(), match["value"].replace("\n", "").strip()))
        elif match := _parameter(block, at, found):
            found[-1] = (found[-1][0], f"{found[-1][1].rstrip(';')}; {match[0].strip()}")
        else:
            last = _last_new(block, at, found) if last < 0 else last
            match = _LINE.match(block, at) if at < last else _NO_HEADER.match(block, at)
        if not found or match is None:
            break
        at = match.end()
    return tuple(found), at


def _beginning(block: str) -> int:
    """Where the first header begins: behind a byte order mark, below a mailbox's line; spaces are
    passed over before one of the usual headers only.
    """
    at = len(_MARK) if block.startswith(_MARK) else 0
    envelope = _FROM_LINE.match(block, at)
    at = envelope.end() if envelope else at
    indented = _INDENTED.match(block, at)
    return indented.end() if indented else at


def _last_new(block: str, at: int, found: list[tuple[str, str]]) -> int:
    """Where the last of the usual headers below begins that is not above too; 0 for none."""
    above = {name for name, _ in found}
    below = _ANY_KNOWN.finditer(block, at)
    return max((each.start() for each in below if each["name"].lower() not in above), default=0)


def _parameter(block: str, at: int, found: list[tuple[str, str]]) -> re.Match[str] | None:
    """A parameter of the header above, on a line that should have been indented."""
    if not found or found[-1][0] not in ("content-type", "content-disposition"):
        return None
    match = _UNFOLDED.match(block, at)
    goes_on = match and (found[-1][1].endswith(";") or match["name"].lower() in _ALWAYS_UNFOLDED)
    return match if goes_on else None
