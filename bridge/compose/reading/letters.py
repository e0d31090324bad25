"""A mail as a person reads it: its words, and the files that come with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bridge.compose.lines import Line, text_of
from bridge.compose.reading import invitations, likeness, signed, tree
from bridge.compose.reading.adorning import why_not_meant
from bridge.compose.reading.files import File
from bridge.compose.reading.mime import Entity
from bridge.compose.reading.tree import Enclosed, Found, Said
from bridge.core.model import Refusal

MAX_LINES = 10_000  # of the words; a text of ten segments has 1530 characters
MAX_INVITATIONS = 5  # that are told


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as read: its outermost entity for the headers, its subject, words and files.

    `notes` say in a sentence each how it was read, where that is not plain (`smsbridge explain`);
    `is_html`: the lines are those that HTML shows, and no mail program broke them.
    """

    entity: Entity
    subject: str = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)
    files: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()
    is_html: bool = False

    @property
    def body(self) -> str:
        """The words, in lines."""
        return text_of(self.lines)


def read(entity: Entity) -> Letter | Refusal:
    """What the mail says; a refusal where only its addressee could read it."""
    opened = signed.unwrapped(entity)
    if isinstance(opened, Refusal):
        return opened
    secret = signed.secret(opened)
    found = Found() if secret else tree.read(opened)
    secret = secret or found.why_not
    if secret:
        return Refusal(554, "5.7.0", f"this mail cannot be texted: {secret}")
    if opened is not entity:
        found.notes.insert(0, "the text was wrapped in its signature (S/MIME): unwrapped")
    subject = entity.text("subject")
    if entity.cut:
        found.notes.append(f"not all of it was read: {entity.cut}")
    said = _once(found.texts or found.spare, found.notes)
    lines = _lines(said, found)
    if len(lines) > MAX_LINES:
        found.notes.append(f"only its first {MAX_LINES} lines were read")
    files = tuple(_meant(found, beside_words=bool(lines)))
    notes = tuple(dict.fromkeys(found.notes))
    is_html = any(each.is_html for each in said)
    return Letter(entity, subject, lines[:MAX_LINES], files, notes, is_html)


def _once(texts: Sequence[Said], notes: list[str]) -> list[Said]:
    """The texts without those whose neighbour says the same in the other form."""
    kept: list[Said] = []
    for text in texts:
        above = kept[-1] if kept else text
        if above.is_html is text.is_html:
            kept.append(text)
            continue
        plain, rich = (above, text) if text.is_html else (text, above)
        match likeness.fuller(plain.lines, rich.lines):
            case None:
                kept.append(text)
                continue
            case "plain":
                kept[-1] = replace(plain, lines=tree.as_marked(plain.lines, rich.lines))
            case "rich":
                kept[-1] = rich
        notes.append("the same words came as plain text and as HTML: read once")
    return kept


def _lines(said: Iterable[Said], found: Found) -> tuple[Line, ...]:
    """All that is said: the words, and below them the invitations that they do not tell of.

    Each stands apart from the one above it.
    """
    blocks = [text.lines for text in said]
    if not blocks and not found.invitations:
        calendars = (invitations.line(each.file.body) for each in found.files if _is_calendar(each))
        found.invitations += [line for line in calendars if line][:1]
    if found.invitations:
        words = "\n".join(map(text_of, blocks))
        told = (e for e in found.invitations[:MAX_INVITATIONS] if not invitations.is_told(words, e))
        blocks += [(Line(each),) for each in told]
    lines = [line for block in blocks for line in (Line(""), *block)]
    return tuple(lines[1:])


def _is_calendar(enclosed: Enclosed) -> bool:
    file = enclosed.file
    return file.media_type in tree.CALENDARS or file.name.lower().endswith(".ics")


def _meant(found: Found, *, beside_words: bool) -> Iterator[File]:
    """The files that are the message's; not the calendar of an invitation that is told in words."""
    for each in found.files:
        if found.invitations and _is_calendar(each):
            continue
        within = next((found.places[name] for name in each.known_as if name in found.places), None)
        no = ""
        if within is not None or each.with_page:
            no = why_not_meant(each.file.body, within, beside_words=beside_words)
        if no:
            found.notes.append(f"{each.file.told}: {no}")
        else:
            yield replace(each.file, of_history=True) if within == "history" else each.file
