"""Mails in plain words that are neither a phone's nor a report: what happened, what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, assert_never

from bridge.core.about import About
from bridge.core.conversation import notice_kind
from bridge.core.credit import TOO_DEAR
from bridge.core.events import (
    Explained,
    GatewayBlocked,
    LowBalance,
    Returned,
    Truncated,
    Unmailed,
    Unreadable,
)
from bridge.core.instants import instant
from bridge.core.outcomes import UNTRUSTED
from bridge.core.policy import Policy
from bridge.notices import mime
from bridge.notices.letter import Letter, asked_in, note, shown, thread_of
from bridge.notices.media import OCTETS
from bridge.notices.neutral import line, preview
from bridge.notices.words import context_of, root_subject, titled, whom, words

Noted: TypeAlias = (
    Truncated | Explained | GatewayBlocked | LowBalance | Returned | Unmailed | Unreadable
)
RAW_CAP = 1024 * 1024
PREVIEW = 500
NAMED = 5  # recipients that a note names


def letter(event: Noted, policy: Policy, about: About) -> Letter:
    """The mail of an event."""
    match event:
        case Truncated():
            return _truncated(event, policy, about)
        case Explained():
            return _explained(event, policy)
        case GatewayBlocked():
            return _blocked(event, policy)
        case LowBalance():
            return _low_balance(event, policy)
        case Returned():
            return _returned(event, policy)
        case Unmailed():
            return _unmailed(event, policy)
        case Unreadable():
            return _unreadable(event, policy)
        case _:
            assert_never(event)


def _truncated(event: Truncated, policy: Policy, about: About) -> Letter:
    """Not all of a mail was texted: what went, what did not."""
    context = context_of(about)
    said = words(policy).letter(
        "truncated",
        receivers=_receivers(policy, about),
        sent=shown(event.sent),
        left=shown(event.left),
        files=[line(name) for name in event.files],
        media_off=event.media_off,
    )
    subject = titled(said.head, root_subject(about), context)
    plain = note(policy, subject, said.body, instant(event.at), thread=thread_of(about))
    return replace(plain, headers=(("UserContext", context),))


def _receivers(policy: Policy, about: About) -> str:
    """Whom a mail was texted to, by name; of many only how many."""
    asked = about.mail.asked if about.mail else {}
    if len(asked) > NAMED:
        return words(policy).phrase("recipients", len(asked))
    return ", ".join(whom(policy, each) for each in asked)


def _explained(event: Explained, policy: Policy) -> Letter:
    """What a mail would have become."""
    speech = words(policy)
    subject = line(event.subject) or speech.phrase("no_subject")
    said = speech.letter("explained", subject=subject, text=shown(event.text))
    at, thread = instant(event.at), asked_in(event.asked_in)
    return note(policy, line(said.head), said.body, at, thread=thread, kind="reply")


def _blocked(event: GatewayBlocked, policy: Policy) -> Letter:
    """The gateway takes nothing from this account, not a text that is too dear, or is nobody's."""
    speech = words(policy)
    reason = speech.after_colon(line(event.reason))
    name = {TOO_DEAR: "text-too-dear", UNTRUSTED: "host-untrusted"}.get(
        event.token, "gateway-blocked"
    )
    said = speech.letter(name, token=line(event.token), reason=reason)
    return note(policy, line(said.head), said.body, instant(event.at))


def _low_balance(event: LowBalance, policy: Policy) -> Letter:
    """The credit runs low."""
    speech = words(policy)
    said = speech.letter(
        "low-balance",
        balance=speech.number(event.balance),
        low=speech.number(event.low),
        days=event.days_left if event.days_left is None else _days(event.days_left),
    )
    return note(policy, line(said.head), said.body, instant(event.at))


def _days(left: float) -> int:
    """Whole days: 0 is less than one, and above a year the count says nothing any more."""
    return 0 if left < 1 else round(min(left, 366))


def _returned(event: Returned, policy: Policy) -> Letter:
    """A mail of ours came back; it is attached as it came."""
    speech = words(policy)
    said = speech.letter(
        "returned",
        to=_mailboxes(policy, event.recipients),
        failed=event.failed,
        reason=speech.after_colon(line(event.reason)).rstrip("."),
        kind=notice_kind(event.about),
        about=line(event.about),
        subject=line(event.subject),
    )
    plain = note(policy, line(said.head), said.body, instant(event.at), kind="return")
    # octets: a mail inside the mail would have its own lines and encodings, which may be anything
    return replace(plain, parts=(*plain.parts, mime.file("received.eml", OCTETS, _kept(event.raw))))


def _mailboxes(policy: Policy, recipients: tuple[str, ...]) -> str:
    """Mailboxes by name; of many the first, and how many there are."""
    named = ", ".join(line(each) for each in recipients[:NAMED])
    if len(recipients) > NAMED:
        return f"{named}, ... ({words(policy).phrase('recipients', len(recipients))})"
    return named or words(policy).phrase("readers")


def _unmailed(event: Unmailed, policy: Policy) -> Letter:
    """A mail of ours that could not be delivered."""
    speech = words(policy)
    kind, _, rest = event.what.partition(" ")
    named = event.recipients[0] if event.recipients else event.what.partition("(")[2].rstrip(")")
    said = speech.letter(
        "unmailed",
        to=_mailboxes(policy, event.recipients),
        what=line(event.what),
        kind=kind,
        rest=f" {line(rest)}" if rest else "",
        reason=speech.after_colon(line(event.reason)),
        named=line(named),
    )
    return note(policy, line(said.head), said.body, instant(event.at))


def _unreadable(event: Unreadable, policy: Policy) -> Letter:
    """Something came that nobody could read; it is attached as it came."""
    speech = words(policy)
    raw = _kept(event.raw)
    said = speech.letter(
        "unreadable",
        why=speech.after_colon(line(event.why)),
        octets=len(event.raw),
        cut=len(raw) < len(event.raw),
        begins=preview(event.raw, PREVIEW),
    )
    plain = note(policy, line(said.head), said.body, instant(event.at))
    return replace(plain, parts=(*plain.parts, mime.file("received.bin", OCTETS, raw)))


def _kept(raw: bytes) -> bytes:
    return raw[:RAW_CAP]
