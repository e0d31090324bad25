"""A mail that came to `bounces@`, read for what it says of one of ours (RFC 3464, QSBMF).

Pure and total: any octets give a `Returned`.  Only the beginning is read, since a report stands
there and the mail it is about after it; what is not found is left empty and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bridge.compose import automatic, subjects
from bridge.compose.reading import charsets, mime
from bridge.compose.reading.mime import Entity
from bridge.core.conversation import notice_kind
from bridge.core.events import Returned
from bridge.core.model import Refusal

READ = 128 * 1024
"""Octets of a mail that are read."""

KEPT = 32 * 1024
"""Octets of it that are kept."""

MOST_RECIPIENTS = 100
LONGEST = 300  # characters of a reason, a subject, an address

_NO_FAILURES = ("delayed", "delivered", "relayed", "expanded")  # RFC 3464, 2.3.3
_CARRIES_MAIL = (
    *("message/rfc822", "message/global", "message/rfc822-headers"),
    *("text/rfc822-headers", "message/global-headers"),
)
_WORDS = 20_000  # characters in which words are looked for
_MESSAGE_ID = re.compile(
    r"(?:^(message-id)[ \t]*:\s*)?(<[^<>\s]{1,320}>)", re.IGNORECASE | re.MULTILINE
)
_FIELD = re.compile(r"^([A-Za-z-]{1,40})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>@,;:\"()]{1,64}@[^\s<>@,;:\"()]{1,255}")
_QSBMF = re.compile(r"\s*Hi\. This is ")  # qmail-send's, and of those who write as it does
_RECIPIENT = re.compile(r"^<([^\s<>]{3,320})>:[ \t]*\n?((?:[^\n]+(?:\n|\Z))*)", re.MULTILINE)
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")


@dataclass(frozen=True, slots=True)
class _Word:
    """What a report says of one recipient ("" where it does not), and whether it is for good."""

    recipient: str
    failed: bool
    reason: str


def returned(content: bytes, domains: Iterable[str], now: float) -> Returned:
    """What a mail to `bounces@` says: which mail of ours, whom it did not reach, and why."""
    entity = mime.parse(content[:READ])
    if isinstance(entity, Refusal):
        return Returned("", (), False, entity.text, "", content[:KEPT], now)
    words = _said(entity)
    failures = [each for each in words if each.failed]
    told = failures or words
    named = dict.fromkeys(each.recipient for each in told if each.recipient)
    reason = next((each.reason for each in told if each.reason), "")
    return Returned(
        _about(entity, domains),
        tuple(named)[:MOST_RECIPIENTS],
        bool(failures),
        reason or "an automatic answer",
        _line(entity.text("subject")),
        content[:KEPT],
        now,
    )


def _about(entity: Entity, domains: Iterable[str]) -> str:
    """The Message-ID of the mail of ours that came back, or is answered; "" if it names none."""
    ends = tuple(f"@{each}>".lower() for each in domains)
    for text in _places(entity):
        found = [each for each in _MESSAGE_ID.finditer(text) if _is_ours(each[2], ends)]
        if found:
            return next((each[2] for each in found if each[1]), found[0][2])
    return ""


def _is_ours(message_id: str, ends: tuple[str, ...]) -> bool:
    plain = message_id.lower()
    return plain.endswith(ends) and notice_kind(plain) != ""


def _places(entity: Entity) -> Iterator[str]:
    """Where a mail names the one that it is about, the surest first."""
    leaves = [each for each in automatic.entities(entity) if not each.children]
    for each in leaves:
        if _carries_mail(each):
            yield _text(each)
    yield entity.raw("in-reply-to") + entity.raw("references")
    yield from map(_text, leaves)


def _carries_mail(entity: Entity) -> bool:
    return entity.media_type in _CARRIES_MAIL


def _said(entity: Entity) -> Sequence[_Word]:
    """What it says of each recipient: as a report, in a header, or in qmail's words."""
    reports = [
        _text(each)
        for each in automatic.entities(entity)
        if each.media_type in ("message/delivery-status", "message/global-delivery-status")
    ]
    found = [word for each in reports for word in _report(each)]
    return found or [*_header(entity), *_plain(entity)]


def _report(text: str) -> Iterator[_Word]:
    """The recipients of a delivery status: a block each, after that of the mail (RFC 3464, 2.1)."""
    for block in re.split(r"\n[ \t]*\n", text):
        fields = {name.lower(): value for name, value in reversed(_FIELD.findall(block))}
        action = fields.get("action", "").partition("(")[0].strip().lower()
        status = _STATUS.search(fields.get("status", ""))
        if not action and not status:
            continue
        who = fields.get("original-recipient") or fields.get("final-recipient", "")
        lasts = status is not None and status[0][0] == "5"
        failed = action == "failed" or (lasts and action not in _NO_FAILURES)
        why = fields.get("diagnostic-code", "").partition(";")[2] or fields.get("status", "")
        yield _Word(_address(who.partition(";")[2]), failed, _line(f"{action or 'status'}: {why}"))


def _header(entity: Entity) -> Iterator[_Word]:
    """Exim's and Gmail's X-Failed-Recipients, beside words only."""
    named = entity.raw("x-failed-recipients")[: mime.MAX_STRUCTURED]
    status = _STATUS.search(_words(entity))
    for each in filter(None, named.split(",")):
        yield _Word(_address(each), True, f"failed: {status[0]}" if status else "failed")


def _plain(entity: Entity) -> Iterator[_Word]:
    """Words of a mail system: with each recipient in angle brackets (QSBMF), or without any form.

    A warning of delay has the same words.
    """
    if entity.raw("x-failed-recipients") or not _is_bounce(entity):
        return
    words = _words(entity)
    failed = not subjects.tells_of_delay(entity.text("subject"))
    named = _RECIPIENT.findall(words)
    for address, why in named:
        yield _Word(_address(address), failed, _line(why))
    if not named:
        yield _Word("", failed, _line(entity.text("subject")))


def _is_bounce(entity: Entity) -> bool:
    """Whether it tells by itself that a mail did not arrive, in whatever words."""
    if automatic.submitted(entity) == "auto-replied" and not automatic.is_from_mail_system(entity):
        return False
    told = subjects.tells_of_failure(entity.text("subject"))
    return told or automatic.is_from_mail_system(entity) or bool(_QSBMF.match(_words(entity)))


def _words(entity: Entity) -> str:
    """The beginning of its first text."""
    leaves = (each for each in automatic.entities(entity) if not each.children)
    plain = next((each for each in leaves if each.media_type == "text/plain"), None)
    return _text(plain)[:_WORDS] if plain else ""


def _text(entity: Entity) -> str:
    return entity.octets().decode("utf-8", "replace")


def _address(said: str) -> str:
    found = _ADDRESS.search(said)
    return found[0] if found and found[0].isprintable() else ""


def _line(said: str) -> str:
    """Words of a stranger as one line of bounded length."""
    line = charsets.header(" ".join(said.split()))[:LONGEST]
    return "".join(c if c.isprintable() else " " for c in line).strip(" :")
