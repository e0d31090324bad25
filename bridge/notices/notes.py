"""Mails in plain words that are neither a phone's nor a report: what happened, what to do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never

from bridge.core.about import About
from bridge.core.events import (
    Explained,
    GatewayBlocked,
    Held,
    ListChanged,
    ListOrder,
    LowBalance,
    Returned,
    Truncated,
    Unmailed,
    Unreadable,
)
from bridge.core.policy import Policy
from bridge.notices import mime
from bridge.notices.letter import BRIDGE, Letter
from bridge.notices.neutral import block, line, preview
from bridge.notices.words import (
    context_of,
    instant,
    root_subject,
    said,
    stated,
    titled,
    who,
    whom,
    written,
)

Noted: TypeAlias = (
    Truncated
    | Held
    | ListChanged
    | Explained
    | ListOrder
    | GatewayBlocked
    | LowBalance
    | Returned
    | Unmailed
    | Unreadable
)
SHOWN = 20_000  # characters of a long mail that a note shows
RAW_CAP = 1024 * 1024
PREVIEW = 500
NAMED = 5  # recipients that a note names


def letter(  # noqa: C901 - an arm for each event
    event: Noted, policy: Policy, about: About
) -> Letter:
    """The mail of an event."""
    match event:
        case Truncated():
            return _truncated(event, policy, about)
        case ListChanged():
            return _list_changed(event, policy)
        case Explained():
            return _explained(event, policy)
        case GatewayBlocked():
            return _blocked(event, policy)
        case Held():
            return _held(event, policy, about)
        case ListOrder():
            return _list_answer(event, policy)
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
    pieces = [f"To {_receivers(policy, about)}"] if about.mail and about.mail.asked else []
    if event.left:
        pieces += ["Your mail was too long for a text. This was sent:", event.sent]
        pieces += ["This was not; write it shorter, or send it as a mail of its own:", event.left]
    else:
        pieces += ["Not all of your mail could be sent. This was:", event.sent or "(no words)"]
    if event.files:
        names = "\n".join("- " + line(name) for name in event.files)
        why = " (your profile sends no pictures)" if event.media_off else ""
        pieces += [f"These files were left out{why}:\n{names}"]
    pieces = [each if len(each) <= SHOWN else each[:SHOWN] + "\n[...]" for each in pieces]
    return _note(
        policy,
        titled("Not all was texted: ", root_subject(about.mail), context),
        "\n\n".join(pieces),
        instant(event.at),
        about=about,
        headers=(("UserContext", context),),
    )


def _receivers(policy: Policy, about: About) -> str:
    """Whom a mail was texted to, by name; of many only how many."""
    asked = about.mail.asked if about.mail else {}
    if len(asked) > NAMED:
        return f"{len(asked)} recipients"
    return ", ".join(whom(policy, each) for each in asked)


def _list_changed(event: ListChanged, policy: Policy) -> Letter:
    """Somebody joined or left a subscription list."""
    at = stated(event.timestamp, event.received_at)
    name = line(event.list_name, 60)
    body = [
        f"List:    {line(event.list_name)}"
        + (f" ({line(event.list_type)})" * bool(event.list_type)),
        f"Number:  {who(policy, event.number)}",
        f"What:    {line(event.action)}",
        f"Source:  {line(event.source) or 'not said'}",
        f"When:    {said(at)}",
        "",
        "The gateway keeps this list; there is nothing to do.",
    ]
    head = f"List {name}: {written(policy, event.number)} {line(event.action, 40)}"
    return _note(policy, line(head), "\n".join(body), at)


def _explained(event: Explained, policy: Policy) -> Letter:
    """What a mail would have become."""
    body = (
        "This is what your mail would have become. Nothing was sent.\n"
        "Lines that begin with - would be left off, by the step in brackets; those that begin "
        "with | would be the text.\n\n"
    )
    shown = event.text if len(event.text) <= SHOWN else event.text[:SHOWN] + "\n[...]"
    subject = line(f"Explained: {line(event.subject) or '(no subject)'}")
    note = _note(policy, subject, body + shown, instant(event.at))
    asked = event.asked_in
    return replace(note, kind="reply", headers=(("In-Reply-To", asked), ("References", asked)))


_REMEDIES = {
    "LOGIN_INVALID": "Check gateway.username and gateway.password in the settings, then restart.",
    "INSUFFICIENT_CREDIT": "Buy credit at the gateway.",
    "DAILY_ALLOWANCE_EXCEEDED": "Wait until tomorrow, or ask the gateway for a larger allowance.",
    "CONNECTION_NOT_SECURE": "Let gateway.url begin with https://.",
    "HTTP_404": "Check gateway.url and gateway.backup_url.",
}


def _blocked(event: GatewayBlocked, policy: Policy) -> Letter:
    """The gateway takes nothing from this account."""
    token = line(event.token)
    body = (
        f"The gateway takes no texts from this account: {line(event.reason)} ({token}).\n\n"
        f"{_REMEDIES.get(event.token, 'Ask the gateway about this account.')}\n\n"
        "Nothing is lost: what is queued waits, and goes by itself once the account is in order "
        "(this is tested every minute at first, and at least once an hour). What grows too old "
        "meanwhile is not sent; its sender is told.\n\nTo see what waits: smsbridge spool list"
    )
    return _note(policy, line(f"The gateway takes no texts: {token}"), body, instant(event.at))


def _held(event: Held, policy: Policy, about: About) -> Letter:
    """Texts that wait for an operator."""
    context = context_of(about)
    names = ", ".join(whom(policy, each) for each in event.destinations[:NAMED])
    body = (
        f"Your text to {names} is held: {line(event.reason)}.\n\n"
        f"To send it, the operator runs: smsbridge spool release {event.mail}"
    )
    subject = titled("Text held: ", root_subject(about.mail), context)
    return _note(policy, subject, body, instant(event.at), about=about)


def _list_answer(event: ListOrder, policy: Policy) -> Letter:
    """What became of a change of a list."""
    numbers = "\n".join(written(policy, each) for each in event.numbers)
    body = f"{event.action} {line(event.key)}:\n\n{numbers}"
    note = _note(policy, line(f"List {event.key}: {event.action}"), body, instant(event.at))
    asked = event.asked_in
    return replace(note, kind="reply", headers=(("In-Reply-To", asked), ("References", asked)))


def _low_balance(event: LowBalance, policy: Policy) -> Letter:
    """The credit runs low."""
    body = f"{event.balance:g} credits are left at the gateway; fewer than {event.low:g}."
    return _note(policy, f"{event.balance:g} credits are left", body, instant(event.at))


def _returned(event: Returned, policy: Policy) -> Letter:
    """A mail of ours came back."""
    to = ", ".join(line(each) for each in event.recipients) or "its readers"
    body = f"A mail of the bridge came back from {to}: {line(event.reason)}."
    return _note(policy, line(f"A mail came back from {to}"), body, instant(event.at))


def _unmailed(event: Unmailed, policy: Policy) -> Letter:
    """A mail of ours that could not be delivered."""
    to = ", ".join(line(each) for each in event.recipients) or "its readers"
    what = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", line(event.what)).lower()
    named = event.recipients[0] if event.recipients else event.what.partition("(")[2].rstrip(")")
    body = (
        f"This mail could not be delivered and is not tried again.\n\n"
        f"To:      {to}\nAbout:   {what}\nWhy:     {line(event.reason)}\n\n"
        f"It is kept; to see what it told of: smsbridge log {line(named)}\n"
        "If the mailbox is gone, change it where it is set: in the sender's mail program, "
        "in report_to, in a route or in mail.inbox."
    )
    return _note(policy, line(f"A mail could not be delivered to {to}"), body, instant(event.at))


def _unreadable(event: Unreadable, policy: Policy) -> Letter:
    """Something came that nobody could read; it is attached as it came."""
    raw = event.raw[:RAW_CAP]
    size = f"{len(event.raw)} octets" + (", the first MiB attached" if raw != event.raw else "")
    body = (
        f"Something came that the bridge cannot read: {line(event.why)}.\n\n"
        f"It is attached as it came ({size}) and was answered as received, so it does not come "
        "again. If it was a text, read it below and answer by hand; if it keeps coming, send "
        "it to the gateway's support or to the bridge's authors.\n\n"
        f"It begins:\n\n{preview(event.raw, PREVIEW)}"
    )
    plain = _note(policy, "Something came that could not be read", body, instant(event.at))
    attached = mime.file("received.bin", "application/octet-stream", raw)
    return replace(plain, parts=(*plain.parts, attached))


def _note(
    policy: Policy,
    subject: str,
    body: str,
    at: datetime,
    *,
    about: About | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Letter:
    return Letter(
        kind="note",
        author=f"postmaster@{policy.domain}",
        name=BRIDGE,
        subject=subject,
        at=at,
        parts=(mime.text(block(body)),),
        answers=about.mail if about else None,
        headers=headers,
    )
