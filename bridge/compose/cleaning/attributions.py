"""The line above a quoted mail that says whose it is: "On 3 May 2026, Jo <jo@x> wrote:".

It is known by the words of its language; in a language that is not in the table by its time, date
and address, all three.  Mail programs wrap it over a few lines.  People write such sentences too:
where no marked lines follow, more is asked of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bridge.compose.cleaning.languages import LANGUAGES, any_of
from bridge.compose.lines import Line

MAX_LINES = 4
MAX_LENGTH = 600  # characters
MAX_TRIED = 8  # openings in one line
MAX_TRIED_IN_ALL = 40  # openings within the lines of a mail; a try takes some 0.1 ms

_OPENINGS = tuple(opening for each in LANGUAGES.values() for opening in each.opens)
_OPENS = re.compile(r"(?:-{1,10} ?)?(?:" + any_of(_OPENINGS) + ")")
_OPENS_LATER = re.compile(
    r"(?<=[\w.,;!?…)\"'’”])(?:\s+|(?=-)|(?<=[.!?…]))(?P<rest>(?:-{1,10} ?)?(?:"
    + any_of(each for each in _OPENINGS if each[0].isupper())
    + r")\s)"
)
_VERB = "(?:" + any_of(w for each in LANGUAGES.values() for w in each.wrote) + ")"
_WROTE = re.compile(_VERB, re.IGNORECASE)
_OWN = re.compile(
    "|".join(
        rf"(?i:{any_of(each.own)})(?:\s+[a-zß-ÿ]\w*){{0,2}}\s*(?i:{any_of(each.wrote)})"
        rf"|(?i:{any_of(each.wrote)})\s+(?:{any_of(each.own)})"
        for each in LANGUAGES.values()
        if each.own
    )
)
_JOINS = re.compile(rf"(?:{any_of(w for each in LANGUAGES.values() for w in each.joins)})\s")
_ENDS = re.compile(r" ?(?:[:：]|-{2,10})$")  # Zoho draws a row of dashes around it
_ENDINGS = (":", "：", "--")  # of what has these ends
_WHOLE = re.compile(
    r">>> .{3,300} >>>"  # GroupWise
    r"|\d{1,2}\.? \w{3,9}\.? \d{4},? \d{1,2}:\d\d \w{1,5} \S{1,100}@\S{1,100}:"  # Tutanota
    rf"|-{{5}} .{{1,100}} <\S{{1,100}}@\S{{1,100}}> {_VERB}:",  # Zimbra
    re.IGNORECASE,
)
_WROTE_LAST = re.compile(_VERB + _ENDS.pattern, re.IGNORECASE)
_ENDS_ABOVE = re.compile(f"(?:{_VERB}|{_ENDS.pattern})$", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}([./-]) ?\d{1,2}\1 ?\d\d")
_ADDRESS = re.compile(r"[<(\[] ?[^<>()\[\]\s]{1,200}@[^<>()\[\]\s]{1,200}[>)\]]")
_INLINE = re.compile(_ADDRESS.pattern + r"[\"']? ?" + _VERB + " ?:", re.IGNORECASE)
_BAR = "|"
_MARK = re.compile(r"[A-Z]{1,4}>|\|")
_VERB_LAST = re.compile(f"{_VERB}$", re.IGNORECASE)
_VERBLESS = re.compile(r"(?!\d{1,2}[:h]\d\d).*" + _ADDRESS.pattern + r"[^@:]{0,24}[:：]")
_WITHOUT_COLON = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2} (?:.{0,200}" + _ADDRESS.pattern + r"|[\d: ]{4,9}GMT[+-].{5,100})"
    r"|Posted by .{1,100} on \d{1,2}/\d{1,2}/\d{4}"
)


def end_of(said: Sequence[str], at: int) -> int:
    """The line after the attribution that begins here; 0 if none does."""
    opened = _OPENS.match(said[at]) is not None
    if _WHOLE.fullmatch(said[at]) and _is_dated(said[at]):
        return at + 1
    if not opened and not _is_dated(said[at]):
        return 0
    whole = ""
    for end, line in enumerate(said[at : at + MAX_LINES], at + 1):
        if not line or len(whole) + len(line) > MAX_LENGTH or (whole and _begins(line)):
            return 0
        whole = f"{whole} {line}".lstrip()
        if opened and (_runs_on(whole) or _lacks_colon(whole, said, end)):
            return end
        if whole.endswith(_ENDINGS):
            found = _is_attribution(whole, opened=opened)
            return end if found and (opened or not _begins_later(said, at, end)) else 0
    return 0


def start_above(said: Sequence[str], end: int, floor: int) -> int:
    """Where the attribution begins whose last line is before `end`; `end` if there is none.

    Lines that are marked as quoted follow it, so that less is asked of it: that it ends in a
    colon or the verb, and has a date, a time or an address, or the verb before its colon.
    """
    first = max(end - MAX_LINES, floor)
    if end > floor and _WITHOUT_COLON.fullmatch(said[end - 1]):
        return end - 1
    if end <= floor or not _ENDS_ABOVE.search(said[end - 1][-80:]):
        return end
    if _is_told(said[end - 1][:MAX_LENGTH]):
        return end
    for at in range(first, end):
        if end_of(said, at) == end:
            return at
    for at in range(end - 1, first - 1, -1):
        if not said[at]:
            break
        if _is_dated(said[at]) and not _goes_on(said[at]):
            return at - 1 if at > first and _wraps(said[at - 1], said[at]) else at
    return end - 1 if _WROTE_LAST.search(said[end - 1][-80:]) else end


def marked(said: Sequence[str]) -> frozenset[int]:
    """The lines that another mark than `>` marks as quoted, below an attribution.

    The Bat! marks each line with its author's initials (`SJ>`), and goes on so below an answer;
    some programs draw a bar, which below the quotation may be a table's.
    """
    found: set[int] = set()
    initials: set[str] = set()
    for at, line in enumerate(said):
        mark = _MARK.match(line)
        if mark is None or at in found:
            continue
        if mark[0] in initials:
            found.add(at)
        elif _is_attributed(said, at):
            run = _run_of_marks(said, at)
            found |= run.keys()
            initials |= set(run.values()) - {_BAR}
    return frozenset(found)


def _run_of_marks(said: Sequence[str], at: int) -> dict[int, str]:
    """The marks of one quotation's lines, from its first; a bar once is no mark.

    Bars and initials are not mixed.  Below a blank line only the very same mark goes on, and there
    a line that ends in a bar is a table's.
    """
    found: dict[int, str] = {}
    last = ""
    for below in range(at, len(said)):
        if not said[below]:
            continue
        mark = _MARK.match(said[below])
        if mark is None or (last and mark[0] != last and _BAR in (mark[0], last)):
            break
        if last and not said[below - 1] and (mark[0] != last or said[below].endswith(_BAR)):
            break
        found[below] = last = mark[0]
    return {} if len(found) == 1 and last == _BAR else found


def _is_attributed(said: Sequence[str], at: int) -> bool:
    """Whether an attribution with its verb ends above a line."""
    end = at
    while end and not said[end - 1]:
        end -= 1
    starts = range(max(end - MAX_LINES, 0), end)
    return any(
        end_of(said, start) == end and _WROTE.search(" ".join(said[start:end])) for start in starts
    )


def is_certain(said: Sequence[str], at: int, end: int) -> bool:
    """Whether an attribution from `at` to `end` is one even where no marked lines follow.

    Two of time, day and address say so beside its verb.  Without a verb it ends in the address,
    does not begin with the time, and a blank line follows it.
    """
    whole = " ".join(said[at:end])
    if _WHOLE.fullmatch(whole):
        return True
    if _WROTE.search(whole):
        return is_complete(said, at, end)
    return _VERBLESS.fullmatch(whole) is not None and (end == len(said) or not said[end])


def is_complete(said: Sequence[str], at: int, end: int) -> bool:
    """Whether an attribution from `at` to `end` has its verb, and two of time, day and address."""
    whole = " ".join(said[at:end])
    return _WROTE.search(whole) is not None and _facts(whole) >= 2


def apart(lines: Iterable[Line]) -> list[Line]:
    """The lines, with an attribution that follows words on their own line below them.

    >>> apart([Line("Yes. On 3 May 2026 at 10:00 Jo <jo@x.example> wrote:")])[0]
    Line(text='Yes. ', within='')
    """
    given = list(lines)
    found: list[Line] = []
    left = MAX_TRIED_IN_ALL
    has_digit = [_DIGIT.search(line.text) is not None for line in given]
    for at, line in enumerate(given):
        may_have = any(has_digit[at : at + MAX_LINES])  # a time or a day
        openings = _later_openings(given, at)[:left] if may_have else []
        left -= len(openings)
        start = next((each for each in openings if _begins_later_at(given, at, each)), 0)
        if start:
            found += (Line(line.text[:start], line.within), Line(line.text[start:], line.within))
        else:
            found.append(line)
    return found


def _later_openings(lines: Sequence[Line], at: int) -> list[int]:
    """Where in a line an attribution may begin that has other words before it, the last first."""
    text = lines[at].text
    if text.lstrip().startswith(">"):
        return []
    floor = max(len(text) - MAX_LENGTH, 0)
    openings = [each.start("rest") for each in _OPENS_LATER.finditer(text, floor)]
    if not openings or _facts(" ".join(_said(lines, at, openings[0]))) < 2:
        return []
    return openings[: -MAX_TRIED - 1 : -1]


def _begins_later_at(lines: Sequence[Line], at: int, start: int) -> bool:
    """Whether an attribution begins at an opening, and another sentence stands before it."""
    said = _said(lines, at, start)
    end = end_of(said, 0)
    is_full = end > 0 and _facts(" ".join(said[:end])) >= 2
    return is_full and _is_sentence(lines[at].text[:start])


def _said(lines: Sequence[Line], at: int, start: int) -> list[str]:
    """As much as an attribution may have: a line from `start` and those below it, evenly spaced."""
    below = (line.text for line in lines[at + 1 : at + MAX_LINES])
    return [" ".join(each.split()) for each in (lines[at].text[start:], *below)]


def _is_sentence(text: str) -> bool:
    """Whether what stands before an opening is no part of the attribution: a name, an "El"."""
    if text.rstrip().endswith((">", "]")):
        return False
    return len(text.split()) > 1 or not _OPENS.match(text.lstrip())


def _facts(whole: str) -> int:
    return sum((_TIME.search(whole) is not None, _DAY.search(whole) is not None, "@" in whole))


def _is_attribution(whole: str, *, opened: bool) -> bool:
    facts = sum(each.search(whole) is not None for each in (_TIME, _DAY, _ADDRESS))
    if not _WROTE.search(whole):
        return facts == 3
    if _is_told(whole):
        return False
    if not opened:
        return facts >= 2
    if _WROTE_LAST.search(whole[-80:]):
        return facts > 0 or any(each.isdigit() or each == "@" for each in whole)
    return facts > 0


def _is_told(whole: str) -> bool:
    """Whether its author tells what was written: "I wrote ...", or "As Kim wrote ..."."""
    if _ADDRESS.search(whole):  # as programs write it, and a name may be As, too
        return False
    return (_JOINS.match(whole) or _OWN.search(whole)) is not None


def _lacks_colon(whole: str, said: Sequence[str], end: int) -> bool:
    """Whether it ends in its verb, as Zoho and Apple Mail write it, above a blank line."""
    if _facts(whole) < 3 or not _VERB_LAST.search(whole[-80:]):
        return False
    return end == len(said) or not said[end]


def _runs_on(whole: str) -> bool:
    """Whether the words that it quotes follow on its own line, as Yahoo on a phone writes it."""
    found = _INLINE.search(whole)
    return found is not None and (_TIME.search(whole) or _DAY.search(whole)) is not None


def _is_dated(line: str) -> bool:
    """Whether a line has an address, a time or a date, as some line of an attribution has."""
    head = line[:MAX_LENGTH]
    if "@" in head or _DIGIT.search(head) is None:  # which is sooner found than the others
        return "@" in head
    return (_TIME.search(head) or _DAY.search(head)) is not None


def _begins(line: str) -> bool:
    """Whether a line is the first of an attribution rather than the rest of one."""
    return _OPENS.match(line) is not None and any(map(str.isdigit, line))


def _begins_later(said: Sequence[str], at: int, end: int) -> bool:
    """Whether the attribution that ends here begins at a later line than this."""
    return any(end_of(said, later) == end for later in range(at + 1, end))


def _goes_on(line: str) -> bool:
    """Whether a line is the second half of an address that was wrapped."""
    return line.startswith("<") or line.count(">") > line.count("<")


def _wraps(line: str, below: str) -> bool:
    """Whether a line is the date that goes with the address below it."""
    whole = _is_dated(line) and not (_TIME.search(below) or _DAY.search(below))
    return bool(line) and whole and (line.endswith(",") or len(line) >= 50)
