"""What a file of an MMS is, by its octets: neither its name nor its sender is believed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bridge.core.model import Part

OCTETS = "application/octet-stream"
SMIL = "application/smil"


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A media type and the extensions that files of it have, the usual one first."""

    media_type: str
    extensions: tuple[str, ...]


_UNKNOWN = Sniffed(OCTETS, (".bin",))
_PLAIN = Sniffed("text/plain", (".txt",))
_MAGIC: tuple[tuple[re.Pattern[bytes], Sniffed], ...] = tuple(
    (re.compile(pattern, re.DOTALL), Sniffed(media_type, tuple(extensions.split())))
    for pattern, media_type, extensions in (
        (rb"\xff\xd8\xff", "image/jpeg", ".jpg .jpeg"),
        (rb"\x89PNG\r\n\x1a\n", "image/png", ".png"),
        (rb"GIF8[79]a", "image/gif", ".gif"),
        (rb"RIFF....WEBP", "image/webp", ".webp"),
        (rb"....ftyp(heic|heix|mif1|msf1)", "image/heic", ".heic .heif"),
        (rb"#!AMR-WB\n", "audio/amr-wb", ".awb"),
        (rb"#!AMR\n", "audio/amr", ".amr"),
        (rb"ID3|\xff[\xf2\xf3\xfa\xfb]", "audio/mpeg", ".mp3"),
        (rb"....ftyp3g2", "video/3gpp2", ".3g2"),
        (rb"....ftyp3g", "video/3gpp", ".3gp"),
        (rb"....ftypM4A", "audio/mp4", ".m4a"),
        (rb"....ftyp", "video/mp4", ".mp4 .m4v"),
        (rb"(?i:begin:vcard)\r?\n", "text/vcard", ".vcf"),
        (rb"%PDF-", "application/pdf", ".pdf"),
    )
)
_SMIL = re.compile(r"<smil[\s>]", re.IGNORECASE)
_SPACE = re.compile(r"\s*")
_PROLOG = (("<?xml", ">"), ("<!--", "-->"), ("<!doctype", ">"))
_UNPRINTABLE = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def sniffed(part: Part) -> Sniffed:
    """What a file is.

    Whatever a browser might run or draw (HTML, SVG, any other markup) is octets to save, not to
    open; so is what nobody knows.
    """
    for magic, found in _MAGIC:
        if magic.match(part.body):
            return found
    words = text_of(part.body)
    if words is None:
        return _UNKNOWN
    if _is_smil(words):
        return Sniffed(SMIL, (".smil",))
    return _UNKNOWN if _markup(part, words) else _PLAIN


def _is_smil(words: str) -> bool:
    """Whether a document's root is SMIL's, past what may stand before it (XML 1.0, 2.8)."""
    at = end = 0
    while end >= 0:
        space = _SPACE.match(words, at)
        at = space.end() if space else at
        ends = next((e for s, e in _PROLOG if words[at : at + len(s)].lower() == s), "")
        if not ends:
            return _SMIL.match(words, at) is not None
        end = words.find(ends, at)
        at = end + len(ends)
    return False


def text_of(body: bytes) -> str | None:
    """The text that octets hold, None if they hold none; charsets are guessed, none is believed."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    if _UNPRINTABLE.search(body):
        return None
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _markup(part: Part, words: str) -> bool:
    names = (".htm", ".html", ".xhtml", ".svg", ".xml", ".js", ".hta", ".mht", ".mhtml")
    return words.lstrip()[:1] == "<" or part.name.lower().strip().endswith(names)
