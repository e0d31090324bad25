"""A net for a user's name and password that may be left in a mail which is blanked.

It looks everywhere, and rather finds one too many: into every part that is no picture, sound or
film, into mails within the mail, the headers, and what stands between the parts; into HTML both
as it shows and as it is written.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator

from bridge.compose.blanking import NAMES
from bridge.compose.reading import charsets, mime
from bridge.compose.reading.letters import Letter
from bridge.compose.reading.mime import Entity
from bridge.core.model import Refusal

DEPTH = 3
"""Mails within mails that are looked into; what is deeper is read as it is written."""

_SPACE = r"[^\S\n]*+"
_NEXT = rf"(?:(?:{'|'.join(NAMES)})\s{{0,8}}:|\[StartOfMessage\])"
_BLANK = rf"\*\*\*(?=\s|\Z|[,;]\s{{0,8}}{_NEXT})"  # nothing of the value is left behind it
_PASSWORD = r"pass[ _-]?word"
_EITHER = rf"(?:user[ _-]?name|{_PASSWORD})"
_IS = rf"[*_\"']{{0,2}}{_SPACE}[:=]{_SPACE}"  # `*Password*: x` is what Gmail makes of a bold name
_LOGIN = re.compile(
    # a password ends with its line, whatever stands in it
    rf"{_PASSWORD}{_IS}(?!{_BLANK})\S"
    # a value may stand on the next line
    rf"|{_EITHER}{_IS}(?:\n{_SPACE})?(?!{_BLANK}|{_NEXT})\S"
    # or below a blank one, if it is one word that more follows: else it is what is to be texted
    rf"|{_EITHER}{_IS}\n{_SPACE}\n{_SPACE}(?!{_BLANK}|{_NEXT})\S++{_SPACE}\n\s*+\S",
    re.IGNORECASE,
)
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\x00-\x08\x0e-\x1f\x7f]"
)
_LINES = (
    "br|p|div|tr|td|th|li|table|h[1-6]|hr|ul|ol|d[ldt]|pre|blockquote|center|address|section"
    "|article|header|footer|main|form|body|html"
)
_INLINE = "span|b|i|u|strong|em|font|a|small|big|code|tt|img|tbody|wbr"
_TAG = re.compile(rf"<(?P<ends_line>/?(?:{_LINES})\b)?[^<>]*>", re.IGNORECASE)
_CUT = re.compile(  # `pa<word`, of which what looks like a tag was left
    rf"{_EITHER}[^*]{{0,400}}\*\*\*<(?!/?(?:{_LINES}|{_INLINE})\b[^<>]*>|/?[a-z]\w*:\w+|!--)",
    re.IGNORECASE,
)
_MEDIA = ("image/", "audio/", "video/")


def are_in(content: bytes, letter: Letter) -> bool:
    """Whether a user's name or password may be left anywhere in a mail, which reads as this."""
    said = (letter.body, *(each.name for each in letter.files))
    files = (each.body for each in letter.files if not each.media_type.startswith(_MEDIA))
    texts = (*said, *map(charsets.decoded, files))
    return any(map(_has_login, texts)) or _are_in_mail(content, letter.entity, DEPTH)


def _are_in_mail(content: bytes, entity: Entity, depth: int) -> bool:
    octets = content.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    entities = tuple(_tree(entity))
    if any(_has_login(each) for each in _around(octets, entities)):
        return True
    leaves = (each for each in entities if not each.children)
    return any(_are_in_leaf(each, depth) for each in leaves)


def _are_in_leaf(leaf: Entity, depth: int) -> bool:
    if leaf.media_type.startswith(_MEDIA):
        return False
    octets = leaf.octets()
    if leaf.media_type.startswith("message/") and depth:
        inner = mime.parse(octets)
        if isinstance(inner, Refusal) or _are_in_mail(octets, inner, depth - 1):
            return True
    text = charsets.decoded(octets, leaf.parameters.get("charset", ""))
    is_page = leaf.media_type == "text/html"
    texts = tuple(_as_shown(text)) if is_page else (text,)
    is_cut = is_page and _CUT.search(text) is not None
    return is_cut or any(map(_has_login, (*texts, *_as_written(leaf))))


def _tree(entity: Entity) -> Iterator[Entity]:
    yield entity
    for child in entity.children:
        yield from _tree(child)


def _around(octets: bytes, entities: Iterable[Entity]) -> Iterator[str]:
    """What stands around the bodies of parts: their headers, also as they are meant; and the rest,
    which no mail program shows.
    """
    between: list[bytes] = []
    end = 0
    for entity in entities:
        yield "\n\n".join(f"{name}: {charsets.header(value)}" for name, value in entity.fields)
        at = octets.find(entity.body, end) if entity.body else -1
        if at >= 0:
            between.append(octets[end:at])
            end = at + len(entity.body)
    yield charsets.decoded(b"\n\n".join((*between, octets[end:])))


def _as_shown(page: str) -> Iterator[str]:
    """The words of an HTML page, and apart from them what stands in its tags and comments."""
    yield html.unescape(_TAG.sub(lambda tag: "\n" if tag["ends_line"] else "", page))
    yield html.unescape("\n\n".join(tag[0] for tag in _TAG.finditer(page)))


def _as_written(leaf: Entity) -> Iterator[str]:
    """The body of a part that calls itself base64 and the like, where it may be no such thing."""
    encoding = leaf.raw("content-transfer-encoding").strip().lower()
    if encoding not in ("", "7bit", "8bit", "binary", "quoted-printable"):
        yield charsets.decoded(leaf.body)


def _has_login(text: str) -> bool:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _LOGIN.search(_UNSEEN.sub("", text)) is not None
