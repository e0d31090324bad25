"""A manager's mail to a list's address: read as any mail, and understood as an order."""

from __future__ import annotations

from bridge.compose import automatic
from bridge.compose.cleaning.rules import cleaned
from bridge.compose.reading import letters, mime
from bridge.compose.reading.letters import Letter
from bridge.compose.threads import message_id
from bridge.core import managing
from bridge.core.conversation import is_forward
from bridge.core.events import ListOrder
from bridge.core.managing import ListAddress
from bridge.core.model import Refusal
from bridge.core.policy import Policy

LARGEST = 64 * 1024
"""Octets of such a mail: a thousand numbers are a third of that."""

_AUTOMATIC = Refusal(550, "5.7.1", "automatic answers change no list")
_TOO_LARGE = Refusal(
    552, "5.3.4", f"such a mail has at most {LARGEST} octets: one number a line, and no pictures"
)


def ordered(
    content: bytes, policy: Policy, of: ListAddress, *, to: str, now: float
) -> ListOrder | Refusal:
    """What a mail orders of a list, to be done and then answered to its sender `to`; or why not.

    An automatic answer orders nothing, nor does what a mail quotes, or has below its words.
    """
    if len(content) > LARGEST:
        return _TOO_LARGE
    entity = mime.parse(content)
    if isinstance(entity, Refusal):
        return entity
    letter = automatic.refusal_by_us(entity, to) or letters.read(entity)
    if isinstance(letter, Refusal):
        return _AUTOMATIC if letter == automatic.ANSWERS else letter
    named = managing.mailed(policy, of.action, _own_words(letter, of))
    if isinstance(named, Refusal):
        return named
    return ListOrder(
        to=to,
        list_name=policy.subscription_lists[of.key].name,
        key=of.key,
        action=of.action,
        numbers=named.numbers,
        unread=named.unread,
        subject=letter.subject,
        asked_in=message_id(entity),
        at=now,
    )


def _own_words(letter: Letter, of: ListAddress) -> str:
    """What its author wrote, line by line; nothing is left of a mail that only quotes."""
    answer, without = not is_forward(letter.subject, answer=True), {"tails", "unwrap"}
    return cleaned(letter.lines, answer=answer, subject=str(of), without=without).text
