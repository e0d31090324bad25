"""What is quoted from the mail that is answered; each function names the lines that it takes.

A cut is made at a mark that a mail program writes, or where the HTML says that history begins.
A mail that is passed on is no history: from its heading on nothing is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bridge.compose.cleaning import attributions, blocks
from bridge.compose.cleaning.sheet import Sheet
from bridge.compose.lines import Line

_FACE = re.compile(r">[:;=]['-]?[()/|DPOdpo]")


def history(sheet: Sheet) -> list[range]:
    """Everything below the mark that a mail program puts above the mail that is answered.

    Such marks are "On 3 May 2026, Jo wrote:", "-----Original Message-----", and the lines From,
    Sent, To and Subject; also what stands in the part of an HTML page that is marked as history.

    Example:
          Yes
        ~ ________________________________
        ~ From: Sam <sam@x.example>
        ~ Sent: Friday, November 20, 2026 1:50 PM
        ~ To: Jo
        ~ Subject: Friday
        ~ 4pm?
    """
    found = list(_in_html(sheet))
    for at, line in enumerate(sheet.said):
        if not line:
            continue
        if blocks.forwards_at(sheet.said, at):
            break
        if blocks.is_original(line):
            if not _is_marked(sheet, at + 1):
                return [*found, range(_above(sheet, at), len(sheet.said))]
            found.append(range(at, at + 1))
        start = blocks.starts_at(sheet.said, at)
        if start is not None:
            return [*found, range(_above(sheet, start), len(sheet.said))]
        end = attributions.end_of(sheet.said, at)
        if end and not is_quoted(sheet, sheet.next_said(end)) and _is_certain(sheet, at, end):
            return [*found, range(at, len(sheet.said))]
    return found


def quotes(sheet: Sheet) -> list[range]:
    """The lines that begin with `>`, and the line above them that says whose they are.

    Below such a line `SJ>` (The Bat!) and `|` mark a quotation, too.

    What is written between and below them stays: people answer there too.

    Example:
        ~ On 20 Nov 2026, at 13:50, Sam <sam@x.example> wrote:
        ~ > 4pm?
          Yes
        ~ > Where?
          At Jo's
    """
    found: list[range] = []
    stop = sheet.own_end
    at = floor = 0
    while at < stop:
        if not is_quoted(sheet, at):
            at += 1
            continue
        end = at + 1
        while end < stop and (is_quoted(sheet, end) or _closes(sheet, end)):
            end += 1
        found.append(range(_attribution(sheet, at, floor), end))
        at = floor = end
    return [] if len(found) == 1 and _is_typed(sheet, found[0]) else found


def answers(lines: Sequence[Line]) -> bool:
    """Whether the mail shows by an attribution that it answers another, whatever its headers say.

    Marked lines follow it, or it stands in the part of an HTML page that is marked as history.
    """
    if not any(within == "history" or ">" in text or "|" in text for text, within in lines):
        return False
    sheet = Sheet(lines)
    for at in range(sheet.own_end):
        end = attributions.end_of(sheet.said, at) if sheet.said[at] else 0
        if end and attributions.is_complete(sheet.said, at, end):
            below = sheet.next_said(end)
            if sheet.lines[at].within == "history" or is_quoted(sheet, below):
                return True
    return False


def is_quoted(sheet: Sheet, at: int) -> bool:
    """Whether a line begins with the mark of a quotation."""
    if at >= len(sheet.said):
        return False
    line = sheet.said[at]
    return at in sheet.marked or (line.startswith(">") and not _FACE.fullmatch(line))


def _closes(sheet: Sheet, at: int) -> bool:
    """Whether a line between marked ones is what a link had when it was wrapped, unmarked."""
    above, line = sheet.said[at - 1], sheet.said[at]
    if not (is_quoted(sheet, at - 1) and is_quoted(sheet, at + 1)):
        return False
    return any(
        above.rfind(opened) > above.rfind(closed) and closed in line and opened not in line
        for opened, closed in ("()", "[]")
    )


def _is_typed(sheet: Sheet, lines: range) -> bool:
    """Whether a line that begins with the mark of a quotation stands amid a paragraph's words."""
    if len(lines) > 1 or not 0 < lines.start < len(sheet.said) - 1:
        return False
    above, below = sheet.said[lines.start - 1], sheet.said[lines.stop]
    return bool(above and below) and not above.endswith(":")


def _is_certain(sheet: Sheet, at: int, end: int) -> bool:
    """Whether an attribution is one though no marked lines follow it."""
    below = sheet.next_said(end)
    marked = below < len(sheet.said) and sheet.lines[below].within == "history"
    return marked or attributions.is_certain(sheet.said, at, end)


def _is_marked(sheet: Sheet, start: int) -> bool:
    """Whether the next that is said is quoted with `>`, or an attribution above such lines."""
    at = sheet.next_said(start)
    end = attributions.end_of(sheet.said, at) if at < len(sheet.said) else 0
    return is_quoted(sheet, at) or bool(end and is_quoted(sheet, sheet.next_said(end)))


def _above(sheet: Sheet, at: int) -> int:
    """Where a block begins with what is drawn above it: a row, a heading, or both."""
    for _ in range(2):
        end = sheet.end(at)
        if end and blocks.is_drawn(sheet.said[end - 1]):
            at = end - 1
    return at


def _attribution(sheet: Sheet, at: int, floor: int) -> int:
    """Where the attribution of the quotation at `at` begins; `at` if it has none."""
    end = max(sheet.end(at), floor)
    start = attributions.start_above(sheet.said, end, floor)
    return start if start < end else at


# ---------------------------------------------------------------- as the HTML says


def _in_html(sheet: Sheet) -> Iterator[range]:
    """What stands in history, with the attribution above it.

    Where its quotations are marked, as Gmail marks them, a person may answer between them.
    """
    floor = 0
    for run in _runs(sheet):
        first = sheet.next_said(run.start)
        if any(blocks.forwards_at(sheet.said, n) for n in range(floor, min(first + 1, run.stop))):
            return
        quoted = next((at for at in run if is_quoted(sheet, at)), run.stop)
        heads = quoted == run.stop or _is_head(sheet, range(first, quoted))
        stop = quoted if heads else run.stop
        start = run.start if _is_headed(sheet, first) else _attribution(sheet, run.start, floor)
        yield range(start, stop)
        floor = run.stop


def _runs(sheet: Sheet) -> Iterator[range]:
    """The runs of lines that stand in history."""
    start = None
    for at, line in enumerate(sheet.lines):
        if line.within == "history":
            start = at if start is None else start
        elif start is not None:
            yield range(start, at)
            start = None
    if start is not None:
        yield range(start, len(sheet.lines))


def _is_headed(sheet: Sheet, at: int) -> bool:
    """Whether an attribution or a header line begins here: then what stands above is no part."""
    if at == len(sheet.said):
        return False
    return bool(attributions.end_of(sheet.said, at) or blocks.kind_of(sheet.said[at]))


def _is_head(sheet: Sheet, lines: range) -> bool:
    """Whether these lines only say whose the quotation below them is."""
    said = [at for at in lines if sheet.said[at]]
    return not said or attributions.end_of(sheet.said, said[0]) > said[-1]
