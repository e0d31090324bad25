"""An explanation as people read it: rows under headings, for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from bridge.compose.explaining.explanation import Character, Explanation, Recipient, Sending

Style: TypeAlias = Literal["fact", "kept", "cut", "text", "lost", "refused"]

WIDTH: Final = 10
MARKS: Final[Mapping[str, str]] = {"cut": "- ", "kept": "  ", "text": "| ", "lost": "- "}
"""What stands before a row of a style, so that it is told apart without colours."""


class Row(NamedTuple):
    """One row of an explanation: under which heading ("" for the one above), and how to show it.

    `note` names the step that took a line.
    """

    heading: str
    style: Style
    text: str
    note: str = ""


def as_text(found: Explanation) -> str:
    """An explanation without colours: what was cut begins with `-`, its step is in brackets."""
    lines = (
        f"{row.heading:<{WIDTH}}{MARKS.get(row.style, '')}{row.text}"
        + (f"  [{row.note}]" if row.note else "")
        for row in rows(found)
    )
    return "\n".join(line.rstrip() for line in lines)


def rows(found: Explanation) -> Iterator[Row]:
    """An explanation in the order of its steps."""
    yield from _under("To", "fact", (line for each in found.recipients for line in _told(each)))
    yield Row("From", "fact", found.sender or "nobody who could hear how it went")
    if found.profile:
        yield Row("Profile", "fact", f"{found.profile}: {found.why}")
    yield Row("Subject", "fact", found.subject or "(none)")
    yield from _under("Asked", "fact", found.asked)
    yield from _under("Read", "fact", found.notes)
    heading = "Words"
    for line in found.lines:
        yield Row(heading, "cut" if line.by else "kept", line.text.rstrip(), line.by)
        heading = ""
    if found.form:
        why = f" ({found.form_why})" if found.form_why else ""
        yield Row("Form", "fact", found.form + why)
    for sending in found.sendings:
        yield from _sent(sending)
    if found.refusal:
        yield Row("Refused", "refused", found.refusal)


def _under(heading: str, style: Style, texts: Iterable[str]) -> Iterator[Row]:
    for text in texts:
        yield Row(heading, style, text)
        heading = ""


def _told(each: Recipient) -> Iterator[str]:
    if each.refusal:
        yield f"{each.address}: refused: {each.refusal}"
        return
    options = f" ({', '.join(each.options)})" if each.options else ""
    yield f"{each.address}: {', '.join(each.destinations)}{options}"
    for refusal in each.left_out:
        yield f"  but not {refusal}"


def _sent(each: Sending) -> Iterator[Row]:
    yield Row("Sent as" if each.destinations else "Would be", "fact", _size(each))
    if each.subject:
        yield Row("", "text", f"Subject: {each.subject}")
    for text in each.texts:
        yield from (Row("", "text", line) for line in text.split("\n"))
    yield from _under("Files", "text", each.files)
    yield from _under("Changed", "fact", each.notes)
    forcing = [f"{one.character} ({one.name})" for one in each.forcing]
    yield from _under("Unicode", "fact", [*forcing, *filter(None, [each.unicode_why])])
    yield from _under("Replaced", "fact", map(_replaced, each.replaced))
    if each.left:
        yield Row("Cut off", "fact", f"to {each.most} segments at most")
        yield from _under("", "lost", each.left.split("\n"))
    yield from _under("Left out", "lost", each.left_out)
    yield Row("Cost", "fact", _cost(each))


def _size(each: Sending) -> str:
    if each.kind in ("mms", "binary", "wap-push", "voice"):
        return each.kind
    parts = f", in {len(each.texts)} numbered parts" if len(each.texts) > 1 else ""
    return f"{each.kind}, {_segments(each)}{parts}"


def _segments(each: Sending) -> str:
    return f"{each.segments} segment{'s' * (each.segments != 1)}"


def _replaced(each: Character) -> str:
    sent = f"as {each.sent!r}" if each.sent else "left off"
    return f"{each.character} ({each.name}) {sent}"


def _cost(each: Sending) -> str:
    count = len(each.destinations)
    numbers = f"{count} number{'s' * (count != 1)}"
    if each.credits is None:
        return "only the gateway knows what that costs"
    if not count:
        return f"{_segments(each)} for each number"
    return f"{_segments(each)} x {numbers} = {each.credits} credit{'s' * (each.credits != 1)}"
