"""How texts went, as DSNs (RFC 3464): readable words first, then fields that programs parse."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Literal, TypeAlias, assert_never

from bridge.core.about import About
from bridge.core.audience import asked_of, delays_told, endings_told, failures_told
from bridge.core.events import Delayed, Ending, Progress, StatusReport, Summary, Undelivered
from bridge.core.model import Destination, ListName, Msisdn
from bridge.core.outcomes import State
from bridge.core.policy import Policy
from bridge.notices import mime
from bridge.notices.letter import BRIDGE, Letter
from bridge.notices.neutral import block, line
from bridge.notices.words import (
    caller,
    context_of,
    destination_address,
    instant,
    phone_address,
    root_subject,
    said,
    titled,
    whom,
)

HEADERS_CAP = 64 * 1024
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)  # RFC 3463, 2
Reported: TypeAlias = StatusReport | Undelivered | Summary | Delayed
_MANY = 3  # as many names as one line says; above it, how many there are


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one destination: a per-recipient block of the DSN, and its words.

    `verdict` follows "Your text to Sam", `reason` says why, `advice` what its reader can do ("" if
    nothing need be done).
    """

    destination: Destination
    action: Literal["delivered", "failed", "delayed"]
    status: str
    token: str
    verdict: str
    reason: str
    advice: str


# ---------------------------------------------------------------- the three kinds


def letter(event: Reported, policy: Policy, about: About) -> Letter:
    """The report of an event."""
    match event:
        case StatusReport():
            return _status(event, policy, about)
        case Undelivered():
            return _undelivered(event, policy, about)
        case Summary():
            return _summary(event, policy, about)
        case Delayed():
            return _delayed(event, policy, about)
        case _:
            assert_never(event)


def _status(event: StatusReport, policy: Policy, about: About) -> Letter:
    digits = caller(event.number)
    to = Msisdn(digits) if digits else ListName(event.number)
    words = line(event.words) or f"status {line(event.status)}"
    delivered = event.progress is Progress.DELIVERED
    fate = Fate(
        destination=to,
        action="delivered" if delivered else "failed",
        status=event.enhanced,
        token=line(event.status),
        verdict="was delivered" if delivered else "was not delivered, says the phone network",
        reason=words,
        advice="" if delivered else _NETWORK_ADVICE,
    )
    head = f"Text {'' if delivered else 'not '}delivered to {whom(policy, to)}"
    extra = (("X-SMS-Message-Id", line(event.message_id)),)
    return _letter(policy, about, head, (fate,), at=event.received_at, extra=extra)


def _undelivered(event: Undelivered, policy: Policy, about: About) -> Letter:
    failures = failures_told(policy, event, about)
    fates = tuple(_fate(event, each) for each in failures)
    states = {each.state for each in failures}
    if states == {State.EXPIRED}:
        head = "Text NOT sent (expired)"
    elif states == {State.HELD}:
        head = f"Text may have been sent to {_everyone(policy, fates)}"
    else:
        head = f"Text not delivered to {_everyone(policy, fates)}"
    return _letter(policy, about, head, fates, at=event.at)


def _summary(event: Summary, policy: Policy, about: About) -> Letter:
    fates = tuple(
        Fate(
            each.destination,
            "delivered" if each.state is State.DELIVERED else "failed",
            each.enhanced,
            line(each.token),
            "was delivered" if each.state is State.DELIVERED else "was not delivered",
            line(each.reason),
            "",
        )
        for each in endings_told(policy, event, about)
    )
    return _letter(policy, about, f"Text to {_everyone(policy, fates)}", fates, at=event.at)


def _delayed(event: Delayed, policy: Policy, about: About) -> Letter:
    fates = tuple(
        Fate(each, "delayed", "4.4.1", "", "still waits", line(event.reason), _DELAY_ADVICE)
        for each in delays_told(policy, event, about)
    )
    head = f"Text delayed to {_everyone(policy, fates)}"
    return _letter(policy, about, head, fates, at=event.at)


_NETWORK_ADVICE = "The phone may be off, out of reach or not in use: send the mail again, or call."
_DELAY_ADVICE = (
    "Nothing is lost and nothing need be done: it goes when it can. If it is urgent, call."
)


def _fate(event: Undelivered, failure: Ending) -> Fate:
    held = failure.state is State.HELD
    return Fate(
        destination=failure.destination,
        # RFC 3464, 2.3.3: what is held is not given up, an operator decides
        action="delayed" if held else "failed",
        status=failure.enhanced,
        token=line(failure.token),
        verdict="is held" if held else "was not sent",
        reason=line(failure.reason),
        advice=_advice(event, failure),
    )


def _advice(event: Undelivered, failure: Ending) -> str:
    if failure.state is State.HELD:
        return (
            "It is not sent again by itself. Ask the recipient whether it came; to send it once "
            f"more, the operator runs: smsbridge spool retry {line(event.submission)}"
        )
    if failure.state is State.EXPIRED:
        return "If it still matters, send the mail again."
    if failure.token == "INVALID_NUMBER":
        return "Check the number and send the mail again."
    if event.ours:
        return "This is the bridge's fault and not yours; its operator has been told."
    return "It is not tried again."


# ---------------------------------------------------------------- the mail


def _letter(
    policy: Policy,
    about: About,
    head: str,
    fates: Sequence[Fate],
    *,
    at: float,
    extra: tuple[tuple[str, str], ...] = (),
) -> Letter:
    context = context_of(about)
    if policy.subject_style == "vendor":
        author, name = phone_address(policy, str(fates[0].destination)), ""
        head, subject = f"Status report for message sent to {_addressees(fates)}", ""
        words = _vendor_words(fates)
    else:
        author, name = f"postmaster@{policy.domain}", BRIDGE
        subject = root_subject(about.mail)
        words = _words(policy, about, fates)
    parts = [mime.text(block(words)), _delivery_status(policy, about, fates)]
    if about.mail and about.mail.headers:
        parts.append(mime.mail_headers(_headers(about.mail.headers)))
    return Letter(
        kind="dsn",
        author=author,
        name=name,
        subject=titled(head + ": " * bool(subject), subject, context),
        at=instant(at),
        parts=tuple(parts),
        answers=about.mail,
        headers=(("UserContext", context), *extra),
    )


def _everyone(policy: Policy, fates: Sequence[Fate]) -> str:
    if len(fates) == 1:
        return whom(policy, fates[0].destination)
    return f"{len(fates)} people"


def _addressees(fates: Sequence[Fate]) -> str:
    if len(fates) > _MANY:
        return f"{len(fates)} numbers"
    return ", ".join(line(str(each.destination), 60) for each in fates)


def _words(policy: Policy, about: About, fates: Sequence[Fate]) -> str:
    """What happened to whom, why, and what to do, as a person reads it."""
    lines = []
    for each in fates:
        token = f" ({each.token})" if each.token and each.action != "delivered" else ""
        lines.append(f"Your text to {whom(policy, each.destination)} {each.verdict}.")
        lines.append(f"{_sentence(each.reason)}{token}.")
    advice = dict.fromkeys(each.advice for each in fates if each.advice)
    if advice:
        lines += ["", *advice]
    if about.mail:
        lines += ["", f"Your mail came {said(instant(about.mail.received_at))}."]
    if about.mail and about.mail.texts:
        lines += ["The text was:", "", "\n\n".join(about.mail.texts)]
    return "\n".join(lines)


def _vendor_words(fates: Sequence[Fate]) -> str:
    """The lines of the vendor's own reports, which programs parse."""
    blocks = []
    for each in fates:
        delivered = each.action == "delivered"
        status = "Message has been delivered" if delivered else _sentence(each.reason)
        lines = [f"To number: {line(str(each.destination))}", f"Status: {status}"]
        blocks.append("\n".join([*lines, "", each.advice] if each.advice else lines))
    return "\n\n".join(blocks)


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:].rstrip(".")


# ---------------------------------------------------------------- for programs


def _delivery_status(policy: Policy, about: About, fates: Sequence[Fate]) -> bytes:
    """The message/delivery-status part: RFC 3464, 2.1."""
    groups = [_message_fields(policy, about)]
    groups += [_recipient_fields(policy, about, each) for each in fates]
    data = "\r\n".join("".join(f"{k}: {v}\r\n" for k, v in group if v) for group in groups)
    return mime.fields(data.encode("ascii", "replace"))


def _message_fields(policy: Policy, about: About) -> list[tuple[str, str]]:
    mail = about.mail
    return [
        ("Original-Envelope-Id", _xtext(mail.envid) if mail else ""),
        ("Reporting-MTA", f"dns; {policy.hostname}"),
        ("Arrival-Date", format_datetime(instant(mail.received_at)) if mail else ""),
    ]


def _recipient_fields(policy: Policy, about: About, each: Fate) -> list[tuple[str, str]]:
    orcpt = asked_of(about.mail, each.destination).orcpt if about.mail else ""
    kind, semicolon, original = orcpt.partition(";")
    return [
        ("Original-Recipient", f"{line(kind)}; {_xtext(original)}" if semicolon else ""),
        ("Final-Recipient", f"rfc822; {destination_address(policy, each.destination)}"),
        ("Action", each.action),
        ("Status", each.status if _ENHANCED.fullmatch(each.status) else "4.0.0"),
        ("Diagnostic-Code", f"x-sms-gateway; {_diagnostic(each)}"),
    ]


def _diagnostic(each: Fate) -> str:
    return f"{each.token} {each.reason}".strip()


def _xtext(coded: str) -> str:
    """What xtext (RFC 3461, 4) spells, as one line: it may spell a line break."""
    return line(re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), coded))


def _headers(raw: bytes) -> bytes:
    """A mail's header block, with one kind of line end and no blank line to end it early."""
    lines = re.split(rb"[\r\n]+", raw[:HEADERS_CAP].replace(b"\0", b" "))
    return b"".join(each + b"\r\n" for each in lines if each.strip())
