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
_HEADERS = re.compile(
    r"From|Sender|Reply-To|To|Cc|Bcc|Message-ID|In-Reply-To|References|Subject|Date"
    r"|Return-Path|Received|MIME-Version|(?:Content|Resent|X|List|ARC|DKIM)-.+"
    r"|Authentication-Results|Received-SPF|DomainKey-Signature|Auto-Submitted|Precedence"
    r"|Delivered-To|Envelope-To|Errors-To|Delivery-Date|Mail-Followup-To|Mailing-List"
    r"|Disposition-Notification-To|Return-Receipt-To|Importance|Sensitivity|Accept-Language"
    r"|Thread-(?:Topic|Index)|User-Agent|Organization|Autocrypt|Feedback-ID|UserContext",
    re.IGNORECASE,
)  # not those that are words of an alarm too: Status, Priority, Comments
_PART_HEADERS = re.compile(r"(?:Content|X)-.+", re.IGNORECASE)
_OF_ADDRESSES = ("from", "to", "cc", "reply-to")
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


def read(block: str, *, closed: bool, part: bool = False) -> tuple[Fields, int]:
    """The headers in the lines of `block`, and how many characters they take.

    `closed` says that an empty line follows them; `part` that they are a part's.  Where no name is
    a header's, they are words: `ALARM: pump 3`.  A line that no header can be ends them, since some
    mails have no empty line.  It is passed over where one of the usual headers comes below it for
    the first time (in a text they are quoted, a second time), and where it is a mailbox's or a
    header without its colon.
    """
    found: list[tuple[str, str]] = []
    starts: list[int] = []
    at = _beginning(block)
    last = -1 if closed else 0  # where the last of those begins, once that is asked
    size = len(block)
    while at < size:
        if match := _FIELD.match(block, at):
            starts.append(at)
            name, value = match.groups()
            found.append((name.lower(), value.replace("\n", "").strip()))
            at = match.end()
            continue
        if match := _parameter(block, at, found):
            found[-1] = (found[-1][0], f"{found[-1][1].rstrip(';')}; {match[0].strip()}")
        else:
            last = _last_new(block, at, found) if last < 0 else last
            match = _LINE.match(block, at) if at < last else _NO_HEADER.match(block, at)
        if not found or match is None:
            break
        at = match.end()
    known = _PART_HEADERS if part else _HEADERS
    if not any(known.fullmatch(name) for name, _ in found):
        return (), len(_MARK) if block.startswith(_MARK) else 0
    if closed and at == len(block):
        return tuple(found), at
    count = _before_words(found)
    return tuple(found[:count]), starts[count] if count < len(found) else at


def _before_words(found: list[tuple[str, str]]) -> int:
    """How many are headers, where no empty line ends them: those above the first that no mail has,
    unless one of the usual headers comes below it.
    """
    seen: set[str] = set()
    words = len(found)
    for n, (name, value) in enumerate(found):
        if name not in seen and _is_usual(name, value):
            words = len(found)
        elif words == len(found) and not _HEADERS.fullmatch(name):
            words = n
        seen.add(name)
    return words


def _is_usual(name: str, value: str) -> bool:
    """Whether it is one of the usual headers; one of addresses has one."""
    known = _KNOWN.match(f"{name}:") is not None
    return known and (name not in _OF_ADDRESSES or "@" in value)


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
    for known in reversed(tuple(_ANY_KNOWN.finditer(block, at))):
        name = known["name"].lower()
        field = _FIELD.match(block, known.start())
        if name not in above and field and _is_usual(name, field["value"]):
            return known.start()
    return 0


def _parameter(block: str, at: int, found: list[tuple[str, str]]) -> re.Match[str] | None:
    """A parameter of the header above, on a line that should have been indented."""
    if not found or found[-1][0] not in ("content-type", "content-disposition"):
        return None
    match = _UNFOLDED.match(block, at)
    goes_on = match and (found[-1][1].endswith(";") or match["name"].lower() in _ALWAYS_UNFOLDED)
    return match if goes_on else None
