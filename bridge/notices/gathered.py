"""Reports that were too many for a mailbox to hear one by one: a short line for each destination.

The mail is bounded, whatever it gathers: what it leaves out it counts, and names the command that
shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bridge.core.about import About
from bridge.core.events import Gathered
from bridge.core.gathering import LIMIT, Report, is_report
from bridge.core.instants import instant
from bridge.core.policy import Policy
from bridge.notices.fates import Group, grouped
from bridge.notices.letter import Letter, note
from bridge.notices.neutral import line
from bridge.notices.reports import fates_told
from bridge.notices.words import context_of, root_subject, said, titled, words

LINES = 200
"""Destinations that such a mail names, all in all."""

OF_ONE = 20
"""Destinations that it names of one mail that was texted."""

_Reports: TypeAlias = Sequence[tuple[Report, About]]


@dataclass(frozen=True, slots=True)
class Section:
    """What is told of one mail: the destinations that are named, and how many `more` there are."""

    mail: str
    sender: str
    subject: str
    came: str
    groups: tuple[Group, ...]
    more: int


def letter(event: Gathered, policy: Policy, about: About) -> Letter:
    """The mail that tells of all that was gathered, mail by mail."""
    sections: list[Section] = []
    lines, left = 0, len(about.gathered) + about.more
    total = left
    for reports in _by_mail(about):
        found = _section(policy, reports)
        lines += sum(len(each.names) for each in found.groups)
        if lines > LINES:
            break
        sections.append(found)
        left -= len(reports)
    text = words(policy).letter(
        "gathered", total=total, limit=LIMIT, sections=sections, left=left, mailbox=line(event.to)
    )
    return note(policy, line(text.head), text.body, instant(event.at))


def _by_mail(about: About) -> Sequence[_Reports]:
    found: dict[str, list[tuple[Report, About]]] = {}
    for each, known in about.gathered:
        if is_report(each):
            found.setdefault(each.mail, []).append((each, known))
    return tuple(found.values())


def _section(policy: Policy, reports: _Reports) -> Section:
    """What the reports on one mail tell, in their order."""
    about = reports[0][1]
    mail = about.mail
    subject = root_subject(about) or words(policy).phrase("no_subject")
    fates = [fate for each, known in reports for fate in fates_told(each, policy, known)]
    return Section(
        mail=line(reports[0][0].mail),
        sender=line(mail.sender) if mail else "",
        subject=titled(subject, "", context_of(about)),
        came=said(policy, instant(mail.received_at)) if mail else "",
        groups=grouped(policy, fates[:OF_ONE]),
        more=len(fates[OF_ONE:]),
    )
