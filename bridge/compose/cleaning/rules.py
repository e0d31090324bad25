"""What people did not write is taken off a mail: banners, history, signatures, tails.

Each rule is one function that names the lines it takes; `RULES` has them in their order, by the
names of `core.choices.CLEANING`.  A rule takes what a mail program or a gateway marks or writes,
and nothing else: it never cuts at a blank line, a row of dashes or a colon.  All are linear.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from bridge.compose.cleaning import attributions, closings, markers
from bridge.compose.cleaning.banners import banners
from bridge.compose.cleaning.history import history, quotes
from bridge.compose.cleaning.sheet import Sheet
from bridge.compose.cleaning.unwrapping import unwrap
from bridge.compose.lines import Line

Find: TypeAlias = Callable[[Sheet], Iterable[range]]


class Rule(NamedTuple):
    """A step of cleaning: which lines it takes, or joins, and whether on answers alone."""

    name: str
    find: Find
    on_answers: bool = False
    joins: bool = False


RULES: tuple[Rule, ...] = (
    Rule("banners", banners),
    Rule("markers", markers.markers),
    Rule("history", history, on_answers=True),
    Rule("quotes", quotes, on_answers=True),
    Rule("list-footer", closings.list_footer),
    Rule("signature", closings.signature),
    Rule("sent-from", closings.sent_from),
    Rule("signature-block", closings.signature_block),
    Rule("tails", closings.tail),
    Rule("unwrap", unwrap, joins=True),
)
"""The steps in their order."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is left of a text, and the names of the rules that did something to it.

    `taken` has each line as it came with the rule that took it, "" for those that stay; `closings`
    are the blocks that the text ends in, the longest first, which may be learned as tails.
    """

    text: str
    by: tuple[str, ...]
    taken: tuple[tuple[str, str], ...] = ()
    closings: tuple[str, ...] = ()


def cleaned(
    given: Iterable[Line],
    *,
    answer: bool,
    subject: str,
    without: Collection[str] = (),
    tails: Sequence[str] = (),
    learn: bool = False,
) -> Cleaned:
    """A text without what its author did not write in it.

    Only an answer holds history.  Where a rule would leave nothing, the text is "" if there is a
    subject to stand for it; else the rule is not applied.  The rules named in `without` are
    switched off; `tails` are the closing blocks learned of this author; `learn` asks for those
    that may be learned from this mail.
    """
    given = given if "markers" in without else markers.apart(given)
    if answer and "history" not in without:
        given = attributions.apart(given)
    work = _Work(given)
    learned: tuple[str, ...] = ()
    for rule in RULES:
        if rule.name == "tails" and learn:
            learned = closings.closings(work.sheet(tails))
        if rule.name in without or (rule.on_answers and not answer):
            continue
        sheet = work.sheet(tails)
        if rule.joins:
            work.join(rule, sheet)
        elif not work.take(rule, sheet, or_all=bool(subject)):
            return work.result(())
    return work.result(learned)


class _Work:
    """The lines as they came, with what became of each."""

    def __init__(self, given: Iterable[Line]) -> None:
        self._lines = list(given)
        self._taken_by = [""] * len(self._lines)
        self._left = list(range(len(self._lines)))
        self._by: list[str] = []
        self._sheet: Sheet | None = None
        self._text: str | None = None

    def sheet(self, tails: Sequence[str]) -> Sheet:
        """The lines that are left."""
        if self._sheet is None:
            self._sheet = Sheet((self._lines[at] for at in self._left), tails)
        return self._sheet

    def take(self, rule: Rule, sheet: Sheet, *, or_all: bool) -> bool:
        """Take what the rule finds; False where no words are left."""
        gone = {at for found in rule.find(sheet) for at in found}
        if not gone:
            return True
        says = any(line and at not in gone for at, line in enumerate(sheet.said))
        if not says and not or_all:
            return True
        for at in gone:
            self._taken_by[self._left[at]] = rule.name
        self._left = [at for n, at in enumerate(self._left) if n not in gone]
        self._by.append(rule.name)
        self._sheet = None
        return says

    def join(self, rule: Rule, sheet: Sheet) -> None:
        """Make one line of each run that the rule finds."""
        lines = [line.text for line in sheet.lines]
        for found in reversed(list(rule.find(sheet))):
            lines[found.start : found.stop] = [" ".join(sheet.said[at] for at in found)]
        if len(lines) < len(sheet.lines):
            self._by.append(rule.name)
            self._text = "\n".join(lines)

    def result(self, learned: tuple[str, ...]) -> Cleaned:
        """What is left, and how it came to be."""
        given = [text for text, _ in self._lines]
        left = "\n".join([given[at] for at in self._left])
        text = left if self._text is None else self._text
        says = bool(text.strip())
        taken = zip(given, self._taken_by, strict=True)
        return Cleaned(text if says else "", tuple(self._by), tuple(taken), learned)
