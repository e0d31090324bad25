"""From an event to the mail that tells of it: pure, and the same event is the same mail, always.

A mail may have to be handed over twice (a smarthost that took it and died before it said so), so
its octets depend on the event, the settings and the mail it is about, and on nothing else: the
Message-ID comes from the event's dedupe key, the MIME boundary too, the date from the event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import assert_never

from bridge.core.about import About
from bridge.core.audience import audience
from bridge.core.conversation import notice_id
from bridge.core.events import (
    Delayed,
    Event,
    Explained,
    GatewayBlocked,
    Gathered,
    Held,
    ListChanged,
    ListOrder,
    LowBalance,
    MmsReceived,
    Returned,
    SmsReceived,
    StatusReport,
    Summary,
    Truncated,
    Undelivered,
    Unmailed,
    Unreadable,
)
from bridge.core.model import Part
from bridge.core.policy import Policy
from bridge.notices import gathered, inbound, lists, mime, notes, reports
from bridge.notices.letter import Letter


@dataclass(frozen=True, slots=True)
class Notice:
    """One mail of ours, ready to go: 7-bit octets with CRLF line ends.

    `reverse_path` is "" for a DSN, so that nothing answers it.
    """

    recipients: tuple[str, ...]
    reverse_path: str
    content: bytes = field(repr=False)


def render(
    event: Event,
    policy: Policy,
    *,
    about: About,
    parts: Sequence[Part],
    key: str,
    recipients: Sequence[str],
) -> Notice | None:
    """The mail that tells of an event; None if nobody is to hear.

    `recipients` are those of the audience who do not have it yet; the mail names them all.  `key`
    is the event's dedupe key, `parts` the files of a multimedia message that could be fetched, or
    what became of each number of a list's order.
    """
    if not recipients:
        return None
    letter = _letter(event, policy, about, parts)
    named = audience(policy, event, about) or recipients
    message_id = notice_id(letter.kind, key, policy.domain)
    boundary = "=_" + hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:24]
    content = b"".join(
        (
            *_headers(letter, policy, named, message_id),
            b"MIME-Version: 1.0\r\n",
            _body(letter, boundary),
        )
    )
    reverse_path = "" if letter.report else f"bounces@{policy.domain}"
    return Notice(tuple(recipients), reverse_path, content)


def _headers(
    letter: Letter, policy: Policy, named: Sequence[str], message_id: str
) -> Iterator[bytes]:
    """The header fields, but for MIME's own.

    The first mail of a thread that a phone began is the thread's root, and answers nothing.
    """
    thread = [each for each in letter.thread if each != message_id]
    yield mime.header("From", mime.mailbox(letter.author, letter.name))
    if letter.reply_to:
        yield mime.header("Reply-To", mime.mailbox(letter.reply_to))
    yield mime.header("To", mime.mailboxes(named))
    yield mime.header("Subject", mime.unstructured(letter.subject))
    yield mime.header("Message-ID", [message_id])
    if thread:
        yield mime.header("In-Reply-To", thread[-1:])
        yield mime.header("References", thread)
    yield mime.header("Date", [format_datetime(letter.at)])
    # RFC 3834, 5: reports and replies answer a mail; all else was begun by the bridge
    replies = letter.kind in ("dsn", "reply")
    yield mime.header("Auto-Submitted", ["auto-replied" if replies else "auto-generated"])
    yield mime.header("X-Auto-Response-Suppress", ["All"])
    yield mime.header("X-Bridge-Loop", [policy.hostname])
    for name, value in letter.headers:
        if value:
            yield mime.header(name, mime.unstructured(value))


def _letter(event: Event, policy: Policy, about: About, parts: Sequence[Part]) -> Letter:
    match event:
        case SmsReceived():
            return inbound.text_letter(event, policy, about)
        case MmsReceived():
            return inbound.picture_letter(event, policy, about, parts)
        case StatusReport() | Undelivered() | Summary() | Delayed() | Held():
            return reports.letter(event, policy, about)
        case Gathered():
            return gathered.letter(event, policy, about)
        case ListChanged():
            return lists.changed_letter(event, policy)
        case ListOrder():
            return lists.order_letter(event, policy, parts)
        case (
            Truncated()
            | Explained()
            | GatewayBlocked()
            | LowBalance()
            | Returned()
            | Unmailed()
            | Unreadable()
        ):
            return notes.letter(event, policy, about)
        case _:
            assert_never(event)


def _body(letter: Letter, boundary: str) -> bytes:
    if letter.report:
        return mime.multipart("report; report-type=delivery-status", boundary, letter.parts)
    if len(letter.parts) > 1:
        return mime.multipart("mixed", boundary, letter.parts)
    return letter.parts[0]
