"""What a mail would become, and why, step by step: the decision told, and nothing sent.

It tells what `understanding` decides, so that an explanation is never another opinion.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from bridge.compose.media import octets
from bridge.compose.reading import mime
from bridge.compose.understanding import Reading, Way, clean, read_mail, understood
from bridge.core import gsm
from bridge.core.model import (
    Binary,
    Content,
    Destination,
    Envelope,
    Facts,
    ForwardPath,
    ListName,
    Mms,
    Options,
    Refusal,
    Service,
    Text,
    Unicode,
    Voice,
    WapPush,
)
from bridge.core.policy import Policy
from bridge.core.recipients import recipient

MAX_HEADER = 10_000  # characters of To and Cc that are read

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_ADDRESS = re.compile(
    r'(?P<local>"(?:[^"\\]|\\.){1,100}"|[^\s<>(),:;"@]{1,100})@(?P<domain>[A-Za-z0-9.-]{1,253})'
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address: the numbers and lists it stands for and what it asks for, or why it cannot."""

    address: str
    destinations: tuple[str, ...] = ()
    options: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """What would go to some of the recipients.

    `kind` is that of the submission; `texts` are the exact texts, numbered parts each by itself;
    `segments` are billed for each number.  `forcing` are the characters that make it Unicode,
    `replaced` the look-alikes that are not sent as they were written.  `credits` is None where
    only the gateway knows: for lists, calls and multimedia.
    """

    destinations: tuple[str, ...]
    kind: str
    texts: tuple[str, ...]
    files: tuple[str, ...]
    segments: int
    credits: int | None
    forcing: tuple[str, ...]
    replaced: tuple[str, ...]
    left: str
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, from the recipients to the cost.

    `lines` are the mail's words as they were read, each with the step that took it ("" for those
    that stay).  `refusal` is what its client would be told in the place of 250.
    """

    recipients: tuple[Recipient, ...]
    sender: str = ""
    profile: str = ""
    why: str = ""
    form: str = ""
    subject: str = ""
    notes: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    sendings: tuple[Sending, ...] = ()
    refusal: str = ""


def addressees(content: bytes, policy: Policy) -> tuple[str, ...]:
    """The addresses of the bridge in a mail's To and Cc, but for those where it only explains.

    A mail that is only explained has no other envelope.
    """
    headers = _BLANK_LINE.split(content[: mime.MAX_HEADER_BLOCK], 1)[0]
    entity = mime.parse(headers)
    if isinstance(entity, Refusal):
        return ()
    services = tuple(Service)
    named = [
        match[0]
        for header in ("to", "cc")
        for match in _ADDRESS.finditer(entity.text(header)[:MAX_HEADER])
        if match["domain"].lower() in policy.domains and match["local"].lower() not in services
    ]
    return tuple(dict.fromkeys(named))[: policy.max_recipients]


def explained(
    envelope: Envelope, policy: Policy, facts: Facts, addresses: Iterable[str]
) -> Explanation:
    """What would become of a mail if it were sent to these addresses; the envelope has none."""
    paths, recipients = _admitted(envelope, policy, facts, addresses)
    envelope = replace(envelope, forward_paths=paths)
    read = read_mail(envelope, policy, facts)
    if isinstance(read, Refusal):
        return Explanation(recipients, refusal=str(read))
    found = understood(envelope, policy, facts)
    profile = read.choice.profile
    return Explanation(
        recipients,
        read.sender,
        profile.name,
        read.choice.why,
        profile.text,
        read.letter.subject,
        read.letter.notes,
        clean(read, facts).taken,
        () if isinstance(found, Refusal) else tuple(_sending(read, way) for way in found.ways),
        str(found) if isinstance(found, Refusal) else "",
    )


def _admitted(
    envelope: Envelope, policy: Policy, facts: Facts, addresses: Iterable[str]
) -> tuple[tuple[ForwardPath, ...], tuple[Recipient, ...]]:
    """The addresses as RCPT would take them, and as they are told; a number counts once."""
    paths: list[ForwardPath] = []
    told: list[Recipient] = []
    for address in addresses:
        path = recipient(policy, facts, envelope.session, envelope.reverse_path, address=address)
        if isinstance(path, Refusal):
            told.append(Recipient(address, refusal=str(path)))
            continue
        known = {each for one in paths for each in one.destinations}
        fresh = tuple(each for each in path.destinations if each not in known)
        told.append(_recipient(path))
        if fresh:
            paths.append(replace(path, destinations=fresh))
    return tuple(paths), tuple(told)


def _recipient(path: ForwardPath) -> Recipient:
    refused = "; ".join(f"{each}: {no.text}" for each, no in path.left_out)
    numbers = tuple(str(each) for each in path.destinations)
    return Recipient(path.address, numbers, _asked(path.options), refused)


def _asked(options: Options) -> str:
    """An address's options in words."""
    limit = options.max_segments
    return ", ".join(
        filter(
            None,
            (options.kind, f"{limit} segments at most" if limit else "", "urgent" * options.urgent),
        )
    )


# ---------------------------------------------------------------- what would go


def _sending(read: Reading, way: Way) -> Sending:
    found = way.composed
    destinations = tuple(each for path in way.paths for each in path.destinations)
    texts = tuple(filter(None, map(_text_of, found.contents)))
    written = "\n".join((read.letter.subject, *(line.text for line in read.letter.lines)))
    is_unicode = any(isinstance(each, Unicode) for each in found.contents)
    return Sending(
        destinations=tuple(map(str, destinations)),
        kind=_kind(found.contents[0]),
        texts=texts,
        files=tuple(_files(found.contents)),
        segments=found.segments * len(found.contents),
        credits=_credits(found.contents, found.segments, destinations),
        forcing=tuple(map(_named, gsm.foreign("".join(texts)))) if is_unicode else (),
        replaced=() if is_unicode else tuple(_replaced(written)),
        left=found.left,
        left_out=found.left_out,
        notes=found.notes,
    )


def _kind(content: Content) -> str:
    match content:
        case Text():
            return "text"
        case Unicode():
            return "Unicode text"
        case Mms():
            return "MMS"
        case Binary():
            return "binary"
        case WapPush():
            return "WAP push"
        case Voice():
            return "voice"
        case _:
            assert_never(content)


def _text_of(content: Content) -> str:
    match content:
        case Text(text) | Unicode(text) | Voice(text):
            return text
        case WapPush(text, href):
            return f"{text} {href}"
        case Mms(subject):
            return subject
        case Binary(ud, udh):
            return f"{udh.hex()} {ud.hex()}".strip()
        case _:
            assert_never(content)


def _files(contents: Iterable[Content]) -> Iterator[str]:
    for content in contents:
        if isinstance(content, Mms):
            for part in content.parts:
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


def _named(character: str) -> str:
    return f"{character} ({unicodedata.name(character, f'U+{ord(character):04X}').lower()})"


def _replaced(written: str) -> Iterator[str]:
    for seen, plain in gsm.lookalikes(written).items():
        yield f"{_named(seen)} as {plain!r}" if plain else f"{_named(seen)} left off"
