"""One text part of a mail as lines: its charset, its form, and what stands in it besides words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bridge.compose.lines import Line, Within, lines_of
from bridge.compose.reading import (
    charsets,
    html,
    plaintext,
    signed,
    sources,
    transfer,
)
from bridge.compose.reading.mime import Entity

MAX_TEXT = 256 * 1024  # octets of one text part that are read; ten segments hold 1530
MAX_HEAD = 2048  # octets of HTML in which it may name its charset

_META = re.compile(
    rb"""<meta\s[^<>]{0,300}?charset\s{0,9}=\s{0,9}["']?([\w-]{1,40})""", re.IGNORECASE
)
_PRE = "<pre>{}</pre>"  # every line end counts


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
    """What a text part says."""
    is_html = entity.media_type == "text/html"
    encoding = entity.encoding
    raw = transfer.decoded(entity.body, encoding)
    raw, files = (raw, []) if is_html else plaintext.without_uuencoded(raw)
    limit = html.MAX_HTML if is_html else MAX_TEXT
    declared = entity.parameters.get("charset", "")
    likely = _named_inside(raw) if is_html else ""
    text, found = charsets.recognised(raw, declared, likely=likely, limit=limit)
    notes = _on_transfer(entity, encoding)
    if not raw.isascii() and not charsets.is_as_declared(declared, found):
        notes.append(f"the text is not {declared[:40]!a} as declared: read as {found}")
    if not is_html and sources.is_source(text):
        notes.append("the text that calls itself plain is HTML: read as that")
        is_html = True
        text = text if sources.has_lines(text) else _PRE.format(text)
    elif is_html and sources.is_no_page(text):
        notes.append("the text that calls itself HTML is plain: read as that")
        text = _PRE.format(text.replace("<", "&lt;"))
    part = _page(text) if is_html else _plain(text, entity)
    part.files = files
    part.notes = notes + part.notes
    return part


def _named_inside(page: bytes) -> str:
    """The charset that HTML says it is in; "" for none, and for one in which this is not written
    (HTML, 13.2.3.2).
    """
    named = _META.search(page[:MAX_HEAD])
    charset = named[1].decode() if named else ""
    return "" if charsets.codec(charset).startswith("utf-16") else charset


def _on_transfer(entity: Entity, found: str) -> list[str]:
    """A note where the text was not in the transfer encoding that it declares."""
    declared = transfer.named(entity.raw("content-transfer-encoding"))
    if declared == found:
        return []
    if found:
        return [f"the text is {found} and does not say so: decoded"]
    return [f"the text says {declared} and is none: read as it stands"]


def _page(text: str) -> TextPart:
    page = html.rendered(text)
    return TextPart(page.lines, is_html=True, pictures=page.pictures, notes=list(page.notes))


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
    """A text as lines, without blank ones around it and without a mail program's marks in it."""
    if "<" in text or "[" in text:
        text = "\n".join(map(plaintext.tidied, text.split("\n")))
    return lines_of(text.strip("\n")) if text.strip() else ()
