"""One text part of a mail as lines: its charset, its form, and what stands in it besides words."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.compose.lines import Line, Within, lines_of, text_of
from bridge.compose.reading import bystanders, charsets, html, plaintext, signed
from bridge.compose.reading.mime import Entity

MAX_TEXT = 256 * 1024  # octets of one text part that are read; ten segments hold 1530


@dataclass(slots=True)
class TextPart:
    """What a text part says.

    `pictures` are those that its HTML shows, by their Content-ID, with where they stand; `files`
    are uuencoded ones as (name, octets).  `why_not` says why nobody but the addressee can read it,
    `notes` how it was read, where that is not plain.
    """

    lines: tuple[Line, ...]
    is_html: bool = False
    pictures: dict[str, Within] = field(default_factory=dict)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    why_not: str = ""
    notes: list[str] = field(default_factory=list)


def read(entity: Entity) -> TextPart:
    """What a text part says, "" if it is only a notice of a scanner, a gateway or a list."""
    is_html = entity.media_type == "text/html"
    raw = entity.octets()
    raw, files = (raw, []) if is_html else plaintext.without_uuencoded(raw)
    limit = html.MAX_HTML if is_html else MAX_TEXT
    declared = entity.parameters.get("charset", "")
    text, found = charsets.recognised(raw, declared, limit=limit)
    notes = []
    if not charsets.is_as_declared(declared, found) and not raw.isascii():
        notes.append(f"the text is not {declared[:40]!a} as declared: read as {found}")
    if not is_html and html.is_source(text):
        notes.append("the text that calls itself plain is HTML: read as that")
        is_html = True
    part = _page(text) if is_html else _plain(text, entity)
    part.files = files
    part.notes = notes + part.notes
    if bystanders.is_notice(text_of(part.lines)):
        part.notes.append("a notice of a scanner, a gateway or a mailing list was passed over")
        part.lines = ()
    return part


def _page(text: str) -> TextPart:
    page = html.rendered(text)
    return TextPart(page.lines, is_html=True, pictures=page.pictures)


def _plain(text: str, entity: Entity) -> TextPart:
    text = charsets.clean(text)
    if entity.parameters.get("format", "").lower() == "flowed":
        delsp = entity.parameters.get("delsp", "").lower() == "yes"
        text = plaintext.unflowed(text, delsp=delsp)
    if "-----BEGIN PGP" not in text:
        return TextPart(lines(text))
    bare, is_secret = signed.without_armour(text)
    if is_secret:
        return TextPart((), why_not="it is encrypted (PGP)")
    return TextPart(lines(bare), notes=["what PGP put around the text was passed over"])


def lines(text: str) -> tuple[Line, ...]:
    """A text as lines, without blank ones around it."""
    return lines_of(text.strip("\n")) if text.strip() else ()
