"""How texts went, as DSNs (RFC 3464): readable words first, then fields that programs parse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias, assert_never

from bridge.core.about import About
from bridge.core.audience import delays_told, endings_told, failures_told
from bridge.core.events import (
    Delayed,
    Ending,
    Held,
    Progress,
    StatusReport,
    Summary,
    Undelivered,
)
from bridge.core.gathering import Report
from bridge.core.instants import instant
from bridge.core.model import ListName, Msisdn
from bridge.core.outcomes import State
from bridge.core.policy import Policy
from bridge.notices import mime
from bridge.notices.dsn import delivery_status, mail_headers
from bridge.notices.fates import Fate, Kind, fate, grouped
from bridge.notices.language import Said
from bridge.notices.letter import Letter, thread_of
from bridge.notices.neutral import block, line
from bridge.notices.words import (
    caller,
    context_of,
    phone_address,
    root_subject,
    said,
    titled,
    whom,
    words,
)

Reported: TypeAlias = StatusReport | Report
_PROGRESS = {Progress.DELIVERED: State.DELIVERED, Progress.EXPIRED: State.NET_EXPIRED}


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
        case Held():
            return _held(event, policy, about)
        case _:
            assert_never(event)


def fates_told(event: Report, policy: Policy, about: About) -> list[Fate]:
    """What became of the destinations of which a report is to tell."""
    match event:
        case Undelivered():
            failures = failures_told(policy, event, about)
            return [fate(each, ours=event.ours) for each in failures]
        case Summary():
            return [fate(each) for each in endings_told(policy, event, about) or event.endings]
        case Delayed(_, _, reason):
            late = delays_told(policy, event, about)
            return [Fate(each, "waits", "4.4.1", "", line(reason)) for each in late]
        case Held(_, destinations, reason):
            return [Fate(each, "held", "4.7.0", "", line(reason)) for each in destinations]
        case _:
            assert_never(event)


# ---------------------------------------------------------------- the five kinds


def _status(event: StatusReport, policy: Policy, about: About) -> Letter:
    """The network's word on one destination, as events of earlier versions have it."""
    digits = caller(event.number)
    ending = Ending(
        Msisdn(digits) if digits else ListName(event.number),
        _PROGRESS.get(event.progress, State.UNDELIVERABLE),
        event.status,
        event.words or words(policy).phrase("status", line(event.status)),
        event.enhanced,
    )
    if event.progress is Progress.DELIVERED:
        return _summary(Summary("", (ending,), (), 0, event.received_at), policy, about)
    return _undelivered(Undelivered("", "", (ending,), event.received_at), policy, about)


def _undelivered(event: Undelivered, policy: Policy, about: About) -> Letter:
    failures = failures_told(policy, event, about)
    fates = fates_told(event, policy, about)
    alike = {State.EXPIRED: "expired", State.HELD: "doubt"}
    states = {alike.get(each.state, "") for each in failures}
    said = words(policy).letter(
        "undelivered",
        **_told(policy, about, fates, reference=event.submission),
        all=states.pop() if len(states) == 1 else "",
        counts=_counted(fates),
    )
    return _report(policy, about, said, fates, at=event.at)


def _counted(fates: Sequence[Fate]) -> list[tuple[Kind, int]]:
    """How many there are of each kind, the surest first."""
    counts = Counter(each.kind for each in fates)
    order: tuple[Kind, ...] = ("undelivered", "unsent", "doubt")
    return [(each, counts[each]) for each in order if counts[each]]


_COUNTED = {"undelivered": "failed", "unsent": "failed"}


def _summary(event: Summary, policy: Policy, about: About) -> Letter:
    """How all destinations stand; the fields name those alone that the sender asked to hear of.

    What failed is said first, and what failed before in the same list.
    """
    every = [fate(each) for each in (*event.before, *event.endings)]
    every.sort(key=lambda each: each.action != "failed")
    asked = fates_told(event, policy, about)
    counts = Counter(_COUNTED.get(each.kind, each.kind) for each in every)
    order = ("delivered", "relayed", "folded", "failed", "doubt", "waits")
    said = words(policy).letter(
        "summary",
        **_told(policy, about, every, reference=event.mail),
        total=len(every) + event.outstanding,
        outstanding=event.outstanding,
        counts=[(each, counts[each]) for each in order if counts[each]],
    )
    return _report(policy, about, said, asked, at=event.at)


def _delayed(event: Delayed, policy: Policy, about: About) -> Letter:
    fates = fates_told(event, policy, about)
    said = words(policy).letter("delayed", **_told(policy, about, fates))
    return _report(policy, about, said, fates, at=event.at)


def _held(event: Held, policy: Policy, about: About) -> Letter:
    fates = fates_told(event, policy, about)
    told = {**_told(policy, about, fates), "mail": line(event.mail), **_terms(policy, event)}
    said = words(policy).letter("held" if event.goes_at is None else "limited", **told)
    return _report(policy, about, said, fates, at=event.at)


def _terms(policy: Policy, event: Held) -> dict[str, object]:
    """When what a limit holds goes by itself ("" if it never does), and when it is given up."""
    if event.goes_at is None or event.expires_at is None:
        return {}
    goes = said(policy, instant(event.goes_at)) if event.goes_at < event.expires_at else ""
    return {"goes": goes, "expires": said(policy, instant(event.expires_at))}


# ---------------------------------------------------------------- the mail


def _told(
    policy: Policy, about: About, fates: Sequence[Fate], *, reference: str = ""
) -> dict[str, object]:
    """What the words of all reports have in common.

    `reference` is what an operator's command takes; `others`: not all recipients of the mail
    ended alike, and some would get twice what is simply sent again.
    """
    mail = about.mail
    one = len(fates) == 1
    groups = grouped(policy, fates)
    addressed = {each.destination for each in fates}
    return {
        "groups": groups,
        "whom": whom(policy, fates[0].destination)
        if one
        else words(policy).phrase("people", len(fates)),
        "came": said(policy, instant(mail.received_at)) if mail else "",
        "texts": "\n\n".join(mail.texts) if mail else "",
        "others": len(groups) > 1 or (mail is not None and not {*mail.asked} <= addressed),
        "reference": line(reference),
    }


def _report(
    policy: Policy, about: About, said: Said, fates: Sequence[Fate], *, at: float
) -> Letter:
    context = context_of(about)
    author, name = f"postmaster@{policy.domain}", words(policy).phrase("bridge")
    subject, body = titled(said.head, root_subject(about), context), said.body
    if policy.subject_style == "vendor":
        author, name = phone_address(policy, str(fates[0].destination)), ""
        subject = titled(f"Status report for message sent to {_addressees(fates)}", "", context)
        body = _vendor_lines(fates)
    return Letter(
        kind="dsn",
        author=author,
        name=name,
        subject=subject,
        at=instant(at),
        parts=(mime.text(block(body)), delivery_status(policy, about, fates), *mail_headers(about)),
        thread=thread_of(about),
        headers=(("UserContext", context),),
    )


# ---------------------------------------------------------------- as the vendor writes them


_VENDOR_STATUSES: Mapping[Kind, str] = {
    "delivered": "Message has been delivered",
    "relayed": "Message has been sent",
    "folded": "Message was not sent alone",
    "undelivered": "Message could not be delivered",
    "unsent": "Message was not sent",
    "doubt": "Message may have been sent",
    "held": "Message is held",
    "waits": "Message is waiting",
}
"""What the vendor's line says where nobody gave a reason: it is never empty."""


def _addressees(fates: Sequence[Fate]) -> str:
    return ", ".join(line(str(each.destination), 60) for each in fates)


def _vendor_lines(fates: Sequence[Fate]) -> str:
    """The lines of the vendor's own reports, which programs parse: in English, and no others.

    Its own tell of one number each; what it would write of several, nobody has seen.  Here each
    number has its two lines, as if it were alone, and the subject names them all, up to its length.
    """
    blocks = []
    for each in fates:
        reason = "" if each.action == "delivered" else each.reason.rstrip(".")
        status = reason[:1].upper() + reason[1:] or _VENDOR_STATUSES[each.kind]
        blocks.append(f"To number: {line(str(each.destination))}\nStatus: {status}")
    return "\n\n".join(blocks)
