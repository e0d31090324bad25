"""What stands below the words: signatures, footers, "Sent from my ...", tails that are known.

Each function names the lines that it takes.  Where a mail is passed on, they look at what stands
above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bridge.compose.cleaning import phrases
from bridge.compose.cleaning.sheet import Sheet

MAX_TAIL_LINES = 10
MAX_TAIL = 1000  # characters
MIN_TAIL = 8  # letters
MAX_SENT_FROM = 200  # characters

_ROW = re.compile(r"[-–—_]{1,80}")
_UNDERSCORES = re.compile(r"_{30,80}")
_LIST = re.compile(r".{1,80} mailing list(?: -- \S{3,100})?", re.IGNORECASE)
_LIST_LINK = re.compile(
    r"(?:.{0,60}subscribe.{0,60} )?(?:https?://\S{1,200}|\S{1,100}@\S{1,100})", re.IGNORECASE
)
_LIST_LINES = 8
_AROUND = "*_ ()<>-–—"  # what may be drawn around such a sentence

_FRAMES = tuple(
    frame.casefold().replace("'", "’").partition("*")[::2]
    for frames in phrases.SENT_FROM.values()
    for frame in frames
)
_BEGINNINGS = tuple({before for before, _ in _FRAMES if before})
_ENDS_ALONE = tuple(after for before, after in _FRAMES if not before)
_EXCUSE = re.compile(
    rf" ?[.,;!–-] {{1,2}}\S.{{0,80}}(?<!\w)(?:{'|'.join(phrases.EXCUSED)})(?!\w).{{0,40}}"
)


def _any(names: Iterable[str]) -> str:
    """A pattern of any of these names, with the ends that they may have."""
    return "|".join(
        re.escape(each.removesuffix("*")) + (r"[^\W\d_]{0,12}" if each[-1] == "*" else r"(?![a-z])")
        for each in names
    )


_NAME = _any((*phrases.DEVICES, *phrases.PROGRAMS))
_NOUN = _any(phrases.NOUNS)
_WORDS = r"(?:[^\s,.:;!?-]{1,40}[ -]){0,6}"  # "all new"
_ENDING = r"(?:['’-][^\W\d_]{1,10})?"  # "iPhone'a"
_FOR = rf" (?:{_any(phrases.FOR)}) [^,:;!?]{{1,60}}"
_NAMED = (
    rf"{_WORDS}(?:{_NAME})"
    rf"|my [^\s,]{{1,20}}, (?:{_NAME})"  # "my Verizon, Samsung Galaxy"
    rf"|(?:{_any(phrases.OWN)}) {_WORDS}(?:{_NOUN})"
    rf"|(?:{_NOUN})(?={_FOR})"
)
_MODEL = rf"{_NAME}|{_NOUN}|{_any(phrases.MODELS)}|[^\W\d_]{{0,12}}\d\w{{0,12}}"
_DEVICE = re.compile(rf"(?:{_NAMED}){_ENDING}(?:[ -]?(?:{_MODEL}){_ENDING}){{0,6}}\.?(?:{_FOR})?")
_PROGRAM_ALONE = re.compile(_any(phrases.PROGRAMS))


def list_footer(sheet: Sheet) -> list[range]:
    """The footer that Mailman puts below the mails of a list.

    Example:
          Yes
        ~ _______________________________________________
        ~ gulls mailing list
        ~ gulls@lists.x.example
        ~ https://lists.x.example/listinfo/gulls
    """
    end = sheet.end(sheet.own_end)
    for at in range(max(end - _LIST_LINES, 0), end - 1):
        if not _UNDERSCORES.fullmatch(sheet.said[at]):
            continue
        below = [line for line in sheet.said[at + 1 : end] if line]
        if _LIST.fullmatch(below[0]) and all(map(_LIST_LINK.fullmatch, below[1:])):
            return [range(at, end)]
    return []


def signature(sheet: Sheet) -> list[range]:
    """What follows a line that is exactly `-- ` or `--` (RFC 3676, 4.3).

    People type `--` too, to part what they say: one without its space, as HTML shows them all,
    counts if it is the only one, and no more than `MAX_TAIL_LINES` that say something follow.

    Example:
          Yes
        ~ --
        ~ Jo Smith, ACME Ltd
    """
    end = sheet.own_end
    marks = [at for at in range(end) if sheet.lines[at].text.rstrip() == "--"]
    bare = [at for at in marks if sheet.lines[at].text == "--"]
    typed = {at for at in bare if len(bare) > 1 or not _may_sign(sheet, at, end)}
    return [range(at, end) for at in marks if at not in typed][:1]


def _may_sign(sheet: Sheet, at: int, end: int) -> bool:
    """Whether a mark without its space has words above it, and not too many below."""
    return sheet.next_said(0) < at and sum(map(bool, sheet.said[at + 1 : end])) <= MAX_TAIL_LINES


def sent_from(sheet: Sheet) -> list[range]:
    """What a telephone or a mail program says of itself as the last that is said.

    Example:
          Yes
        ~ Sent from my iPhone
    """
    last = end = sheet.end(sheet.own_end)
    first = sheet.next_said(0)
    while end and _is_sent_from(sheet.said[end - 1], alone=first == end - 1):
        end = sheet.end(end - 1)
    if end < last and end and _ROW.fullmatch(sheet.said[end - 1]):
        end = sheet.end(end - 1)
    return [range(end, last)]


def _is_sent_from(line: str, *, alone: bool) -> bool:
    """Whether a line is such a sentence and no more, with a link and an excuse at most.

    If it is all of the mail, the name of a program is not enough: "Sent with Outlook" may be said.
    """
    if len(line) > MAX_SENT_FROM:
        return False
    bare = phrases.without_links(line)
    bare = phrases.BARE_LINK.sub("", bare) if "://" in bare else bare
    bare = bare.replace("'", "’").strip(_AROUND)
    low = bare.casefold()
    if not low.startswith(_BEGINNINGS) and not any(end in low for end in _ENDS_ALONE):
        return False  # as most are
    excuse = _EXCUSE.search(bare)
    whole = bare[: excuse.start()] if excuse and not any(_devices(bare)) else bare
    return any(not (alone and _PROGRAM_ALONE.fullmatch(each)) for each in _devices(whole))


def _devices(said: str) -> Iterator[str]:
    """What it says that it was sent by, if that is a thing or a program that is known."""
    said = said.rstrip(". ")
    low = said.casefold()
    if len(low) != len(said):
        return
    for before, after in _FRAMES:
        if low.startswith(before) and low.endswith(after):
            named = said[len(before) : len(said) - len(after)].strip()
            if _DEVICE.fullmatch(named):
                yield named


def signature_block(sheet: Sheet) -> list[range]:
    """What the HTML says is the signature: `gmail_signature`, `_MailAutoSig`, `moz-signature`.

    Example:
          Yes
        ~ Jo Smith {signature}
        ~ ACME Ltd {signature}
    """
    lines = sheet.lines[: sheet.own_end]
    return [range(at, at + 1) for at, line in enumerate(lines) if line.within == "signature"]


def tail(sheet: Sheet) -> list[range]:
    """The longest closing block that is known to be a tail of this author, if words stay above it.

    Example:
          See you on Friday
        ~ ACME Ltd is registered in England, no. 01234567 {tail}
    """
    if not sheet.tails:
        return []
    known = set(sheet.tails)
    end = sheet.end(sheet.own_end)
    found = [start for start, block in _blocks(sheet, end) if block in known]
    return [range(found[-1], end)] if found else []


def closings(sheet: Sheet) -> tuple[str, ...]:
    """The blocks that these lines end in, the longest first: what may be learned as a tail.

    They are 1 to 10 lines, never all of them, of 8 letters to 1,000 characters.
    """
    if sheet.own_end < len(sheet.said):
        return ()
    found = [block for _, block in _blocks(sheet, sheet.end())]
    return tuple(
        block
        for block in reversed(found)
        if len(block) <= MAX_TAIL and sum(map(str.isalpha, block)) >= MIN_TAIL
    )


def _blocks(sheet: Sheet, end: int) -> list[tuple[int, str]]:
    """Where the closing blocks begin that leave words above them, and what they say."""
    lines: list[str] = []
    found: list[tuple[int, str]] = []
    at = end
    while at and len(lines) < MAX_TAIL_LINES:
        at -= 1
        if sheet.said[at]:
            lines.insert(0, sheet.said[at])
            found.append((at, "\n".join(lines)))
    return found if sheet.end(at) else found[:-1]
