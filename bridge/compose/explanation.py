"""An explanation as people read it: rows under headings, for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from bridge.compose import automatic
from bridge.compose.explaining import Explanation, Recipient, Sending, explained
from bridge.compose.reading import mime
from bridge.compose.threads import message_id
from bridge.core.events import Explained
from bridge.core.model import Envelope, Facts, Refusal
from bridge.core.policy import Policy

Style: TypeAlias = Literal["fact", "kept", "cut", "text", "lost", "refused"]


class Row(NamedTuple):
    """One row of an explanation: under which heading ("" for the one above), and how to show it.

    `note` names the step that took a line.
    """

    heading: str
    style: Style
    text: str
    note: str = ""


def rows(found: Explanation) -> Iterator[Row]:
    """An explanation in the order of its steps."""
    yield from _under("To", "fact", map(_addressed, found.recipients))
    if found.profile:
        yield Row("From", "fact", found.sender or "nobody who could hear how it went")
        yield Row("Profile", "fact", f"{found.profile}: {found.why}")
        yield Row("Subject", "fact", found.subject or "(none)")
    yield from _under("Read", "fact", found.notes)
    heading = "Words"
    for text, step in found.lines:
        yield Row(heading, "cut" if step else "kept", text.rstrip(), step)
        heading = ""
    if found.form:
        yield Row("Form", "fact", found.form)
    for sending in found.sendings:
        yield from _sent(sending)
    if found.refusal:
        yield Row("Refused", "refused", found.refusal)


def _under(heading: str, style: Style, texts: Iterable[str]) -> Iterator[Row]:
    for text in texts:
        yield Row(heading, style, text)
        heading = ""


def _addressed(each: Recipient) -> str:
    stands = ", ".join(each.destinations)
    options = f" ({each.options})" if each.options else ""
    refusal = f" refused: {each.refusal}" if each.refusal else ""
    return f"{each.address}: {stands}{options}{refusal}"


def _sent(each: Sending) -> Iterator[Row]:
    parts = f" in {len(each.texts)} numbered parts" if len(each.texts) > 1 else ""
    size = f"{each.segments} segment{'s' * (each.segments != 1)}{parts}"
    yield Row("Sent", "fact", each.kind if each.files else f"{each.kind}, {size}")
    for text in each.texts:
        yield from (Row("", "text", line) for line in text.split("\n"))
    yield from _under("Files", "text", each.files)
    yield from _under("Changed", "fact", each.notes)
    yield from _under("Unicode", "fact", each.forcing)
    yield from _under("Replaced", "fact", each.replaced)
    yield from _under("Not sent", "lost", each.left.split("\n") if each.left else ())
    yield from _under("Left out", "lost", each.left_out)
    yield Row("Cost", "fact", _cost(each))


def _cost(each: Sending) -> str:
    count = len(each.destinations)
    if not count:
        return f"{each.segments} segment{'s' * (each.segments != 1)} for each number"
    numbers = f"{count} number{'s' * (count != 1)}"
    if each.credits is None:
        return f"to {numbers}; only the gateway knows what that costs"
    return (
        f"{each.segments} segment{'s' * (each.segments != 1)} x {numbers} = "
        f"{each.credits} credit{'s' * (each.credits != 1)}"
    )


# ---------------------------------------------------------------- in a mail


def told(
    envelope: Envelope, policy: Policy, facts: Facts, addresses: Iterable[str]
) -> Explained | Refusal:
    """The explanation of a mail, to be mailed to its sender; an automatic answer gets none."""
    entity = mime.parse(envelope.content)
    if isinstance(entity, Refusal):
        return entity
    refusal = automatic.refusal(entity, envelope.reverse_path, answer=True)
    if refusal:
        return refusal
    text = as_text(explained(envelope, policy, facts, addresses))
    subject, asked_in = entity.text("subject"), message_id(entity)
    return Explained(envelope.reverse_path, subject, text, asked_in, envelope.received_at)


WIDTH = 10
_MARKS = {"cut": "- ", "kept": "  ", "text": "| ", "lost": "- "}


def as_text(found: Explanation) -> str:
    """An explanation for a mail: what was cut begins with `-` and names its step in brackets."""
    lines = (
        f"{row.heading:<{WIDTH}}{_MARKS.get(row.style, '')}{row.text}"
        + (f"  [{row.note}]" if row.note else "")
        for row in rows(found)
    )
    return "\n".join(line.rstrip() for line in lines)
