"""What would go out in one way, in full: the exact texts, their characters, their cost."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import assert_never

from bridge.compose.explaining.explanation import Character, Sending
from bridge.compose.media import TEXT_NAME, octets
from bridge.compose.understanding import Way
from bridge.core import gsm
from bridge.core.model import (
    Binary,
    Content,
    Destination,
    ListName,
    Mms,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.policy import Policy


def sending(way: Way, policy: Policy) -> Sending:
    """What would go to those who get it in this way."""
    found = way.composed
    destinations = tuple(each for path in way.paths for each in path.destinations)
    texts = tuple(filter(None, map(_text_of, found.contents)))
    first = found.contents[0]
    forcing = gsm.foreign("".join(texts)) if isinstance(first, Unicode) else ()
    return Sending(
        destinations=tuple(map(str, destinations)),
        kind=_kind(first),
        subject=first.subject if isinstance(first, Mms) else "",
        texts=texts,
        files=tuple(_files(found.contents)),
        segments=found.segments * len(found.contents),
        most=way.draft.max_segments,
        credits=_credits(found.contents, found.segments, destinations),
        unicode_why=_why(way, policy) if isinstance(first, Unicode) and not forcing else "",
        forcing=tuple(Character(each, _name(each)) for each in forcing),
        replaced=tuple(_replaced(first, found.written)),
        left=found.left,
        left_out=found.left_out,
        notes=found.notes,
    )


def _kind(content: Content) -> str:
    match content:
        case Text():
            return "text"
        case Unicode():
            return "unicode"
        case Mms():
            return "mms"
        case Binary():
            return "binary"
        case WapPush():
            return "wap-push"
        case Voice():
            return "voice"
        case _:
            assert_never(content)


def _text_of(content: Content) -> str:
    match content:
        case Text(text) | Unicode(text) | Voice(text):
            return text
        case WapPush(text, href):
            return f"{text} {href}".strip()
        case Mms(_, parts):
            return next((each.body.decode() for each in parts if each.name == TEXT_NAME), "")
        case Binary(ud, udh):
            return f"{udh.hex()} {ud.hex()}".strip()
        case _:
            assert_never(content)


def _files(contents: Iterable[Content]) -> Iterator[str]:
    for content in contents:
        if isinstance(content, Mms):
            for part in content.parts:
                if part.name != TEXT_NAME:
                    yield f"{part.name}: {part.media_type}, {octets(len(part.body))}"


def _credits(
    contents: tuple[Content, ...], segments: int, destinations: tuple[Destination, ...]
) -> int | None:
    """A credit for each segment and number (the gateway's page: a WAP push is one)."""
    if any(isinstance(each, Mms | Voice) for each in contents):
        return None
    if any(isinstance(each, ListName) for each in destinations):
        return None
    return segments * len(contents) * len(destinations)


def _why(way: Way, policy: Policy) -> str:
    """Why a text goes as Unicode whose characters do not force it."""
    if way.draft.wishes.kind == "unicode":
        return "it was asked for"
    return "the gateway's form holds Latin-1 alone (gateway.charset)" if policy.latin1 else ""


def _replaced(content: Content, written: str) -> Iterator[Character]:
    """The characters that are sent as others; those of a Unicode text and an MMS never are."""
    if isinstance(content, Text | Voice | WapPush) and gsm.is_gsm(content.text):
        for seen, plain in gsm.lookalikes(written).items():
            yield Character(seen, _name(seen), plain)


def _name(character: str) -> str:
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()
