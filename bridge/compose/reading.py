"""A MIME tree as a person reads it: the words, and the files that come with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bridge.compose import charsets, html, plaintext
from bridge.compose.lines import Line, lines_of, text_of
from bridge.compose.mime import Entity
from bridge.core.model import Refusal

MAX_TEXT = 256 * 1024  # octets of one text part that are read; ten segments hold 1530
DECORATION = 20_000  # octets; a picture that the HTML refers to and that is no larger adorns

_FILES = frozenset(
    f"text/{each}" for each in ("calendar", "vcard", "x-vcard", "directory", "rtf", "csv", "css")
)
_NOT_SAID = frozenset(
    (
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-encrypted",
        "text/x-amp-html",
        "message/delivery-status",
        "message/disposition-notification",
    )
)
_SMIME = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a mail, as it came: the sender's name for it is not to be trusted."""

    name: str
    media_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as read: its outermost entity for the headers, its subject, words and files.

    `notes` say in a sentence each how it was read, where that is not plain (`smsbridge explain`).
    """

    entity: Entity
    subject: str = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)
    files: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """The words, in lines."""
        return text_of(self.lines)


@dataclass(slots=True)
class _Found:
    """What one entity holds: texts in their order, files, and the HTML among the texts."""

    texts: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    is_html: bool = False


def read(entity: Entity) -> Letter | Refusal:
    """What the mail says; a refusal where only its addressee could read it."""
    secret = _encrypted(entity)
    if secret:
        return Refusal(554, "5.7.0", f"this mail cannot be texted: {secret}")
    found = _read(entity, root=True)
    body = "\n".join(text for text in found.texts if text)
    if body.startswith("-----BEGIN PGP MESSAGE-----"):
        return Refusal(554, "5.7.0", "this mail cannot be texted: it is encrypted (PGP)")
    return Letter(entity, entity.text("subject"), lines_of(body.strip("\n")), tuple(found.files))


def _encrypted(entity: Entity) -> str:
    """Why nobody but the addressee can read it; "" if anybody can."""
    if entity.media_type == "multipart/encrypted":
        return "it is encrypted (PGP/MIME)"
    if entity.media_type in _SMIME:
        if entity.parameters.get("smime-type", "").lower() == "signed-data":
            return "its text is wrapped in its signature (S/MIME); sign it as clear text"
        return "it is encrypted (S/MIME)"
    return next(filter(None, map(_encrypted, entity.children)), "")


def _read(entity: Entity, *, root: bool = False) -> _Found:
    match entity.media_type:
        case "multipart/alternative":
            return _alternative(entity)
        case "multipart/signed":
            return _joined([_read(each) for each in entity.children[:1]])
        case "multipart/related":
            return _joined([_read(each) for each in entity.children if not _decorates(each)])
        case _ if entity.children:
            return _joined(
                [_read(each) for each in entity.children if not _decorates(each, inline=True)]
            )
        case _:
            return _leaf(entity, root=root)


def _joined(found: list[_Found]) -> _Found:
    return _Found(
        [text for each in found for text in each.texts],
        [file for each in found for file in each.files],
        any(each.is_html for each in found),
    )


def _alternative(entity: Entity) -> _Found:
    """The plain text if it says something, else the HTML; the files of both.

    A plain part that says less than a tenth of what the HTML says is a stub ("your client
    cannot show this mail").  Other forms of the same words (an invitation) are no files.
    """
    read = [_read(each) for each in entity.children if each.children or _shown(each)]
    files = [file for each in read for file in each.files]
    plain = next((each.texts for each in read if each.texts and not each.is_html), [])
    rich = next((each.texts for each in reversed(read) if each.texts and each.is_html), [])
    stub = _said(plain) * 10 < _said(rich)
    return _Found(rich if stub else plain or rich, files, is_html=stub or not plain)


def _shown(leaf: Entity) -> bool:
    kind = leaf.media_type
    return kind.startswith(("text/", "image/", "audio/", "video/")) and kind not in _FILES


def _said(texts: list[str]) -> int:
    """How many letters and digits there are."""
    return sum(len(_LETTERS.sub("", text)) for text in texts)


def _leaf(entity: Entity, *, root: bool) -> _Found:
    kind = entity.media_type
    if kind in _NOT_SAID:
        return _Found()
    name = entity.filename
    words = kind.startswith("text/") and kind not in _FILES
    if words and entity.disposition != "attachment" and (root or not name):
        return _words(entity)
    octets = entity.octets()
    return _Found(files=[File(name, kind, octets)] if octets else [])


def _words(entity: Entity) -> _Found:
    """The text of a text part, and the files that are uuencoded in it."""
    is_html = entity.media_type == "text/html"
    raw = entity.octets()
    raw, inline = (raw, []) if is_html else plaintext.without_uuencoded(raw)
    limit = html.MAX_HTML if is_html else MAX_TEXT
    text = charsets.decoded(raw, entity.parameters.get("charset", ""), limit=limit)
    files = [File(name, "application/octet-stream", octets) for name, octets in inline if octets]
    if is_html or html.is_source(text):
        return _Found([charsets.clean(html.rendered(text))], files, is_html=True)
    text = charsets.clean(text)
    if entity.parameters.get("format", "").lower() == "flowed":
        delsp = entity.parameters.get("delsp", "").lower() == "yes"
        text = plaintext.unflowed(text, delsp=delsp)
    return _Found([text], files)


def _decorates(entity: Entity, *, inline: bool = False) -> bool:
    """Whether it is a small picture that the HTML refers to by its Content-ID."""
    return (
        entity.media_type.startswith("image/")
        and bool(entity.raw("content-id"))
        and entity.disposition != "attachment"
        and (not inline or entity.disposition == "inline")
        and len(entity.octets()) <= DECORATION
    )
