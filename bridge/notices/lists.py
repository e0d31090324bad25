"""Subscription lists at the gateway: what changed in them, and what became of an order for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bridge.core import optouts
from bridge.core.events import ListChanged, ListOrder
from bridge.core.instants import instant, stated
from bridge.core.managing import ListResult, Result
from bridge.core.model import Part
from bridge.core.policy import Policy
from bridge.notices.letter import Letter, asked_in, note
from bridge.notices.neutral import line
from bridge.notices.words import caller, said, titled, who, words, written


class Row(NamedTuple):
    """A number of an order, and why the gateway did not do it ("" if it says nothing)."""

    who: str
    reason: str


def changed_letter(event: ListChanged, policy: Policy) -> Letter:
    """Somebody joined or left a subscription list."""
    speech = words(policy)
    at = stated(event.timestamp, event.received_at)
    name, of_kind = line(event.list_name), speech.reason(line(event.list_type))
    letter = speech.letter(
        "list-changed",
        list=line(event.list_name, 60),
        list_of_kind=f"{name} ({of_kind})" if of_kind else name,
        who=who(policy, event.number),
        number=written(policy, event.number),
        digits=caller(event.number),
        action=speech.reason(line(event.action, 40)),
        source=speech.reason(line(event.source)),
        when=said(policy, at),
        effect=event.effect,
    )
    return note(policy, line(letter.head), letter.body, at)


def order_letter(event: ListOrder, policy: Policy, parts: Sequence[Part]) -> Letter:
    """What became of a change of a list that a manager mailed.

    `parts` are the results of its numbers; a number without one was not asked in time.
    """
    speech = words(policy)
    results = {part.name: Result.of_part(part) for part in parts}
    rows: dict[ListResult, list[Row]] = {state: [] for state in ListResult}
    for digits in event.numbers:
        _, state, reason = results.get(digits, Result(digits, ListResult.LATE))
        rows[state].append(Row(who(policy, digits), speech.after_colon(line(reason))))
    letter = speech.letter(
        "list-order",
        list=line(event.key, 60),
        action=event.action,
        asked_for=len(event.numbers),
        results=rows[ListResult.DONE],
        spared=any(
            each.state is ListResult.DONE and optouts.is_contact(policy, each.number)
            for each in results.values()
        ),
        refused=rows[ListResult.REFUSED],
        late=rows[ListResult.LATE],
        unread=[speech.reason(line(each)) for each in event.unread],
    )
    subject = titled("Re", event.subject, "") if line(event.subject) else line(letter.head)
    thread = asked_in(event.asked_in)
    return note(policy, subject, letter.body, instant(event.at), thread=thread, kind="reply")
