"""What never becomes a text: the answers of machines, and what goes in circles (RFC 3834).

`Auto-Submitted: auto-generated` is no answer: cron, mdadm and Nagios mark real alerts so.
"""

from __future__ import annotations

from bridge.compose.reading.mime import Entity
from bridge.core.model import Refusal

MAX_RECEIVED = 30
LOOP_MARK = "x-bridge-loop"

_ANSWERS = Refusal(550, "5.7.1", "automatic answers are not texted")
_VACATION = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply")


def refusal(entity: Entity, reverse_path: str, *, answer: bool) -> Refusal | None:
    """Why this mail is not texted; None if it may be.

    `answer`: it was sent to a conversation's address.
    """
    if entity.count(LOOP_MARK):
        return Refusal(554, "5.4.6", "this mail comes from a bridge: it goes in circles")
    if entity.count("received") > MAX_RECEIVED:
        return Refusal(554, "5.4.6", f"more than {MAX_RECEIVED} hops: it goes in circles")
    return _ANSWERS if _is_machine_answer(entity, reverse_path, answer=answer) else None


def submitted(entity: Entity) -> str:
    """The keyword of Auto-Submitted (`no`, `auto-generated`, `auto-replied`), "" without."""
    return entity.raw("auto-submitted").partition(";")[0].partition("(")[0].strip().lower()


def is_answer(entity: Entity) -> bool:
    """Whether the mail says that it answers another."""
    return bool(entity.raw("in-reply-to") or entity.raw("references"))


def _is_machine_answer(entity: Entity, reverse_path: str, *, answer: bool) -> bool:
    if submitted(entity) in ("auto-replied", "auto-notified"):
        return True
    if entity.media_type in ("multipart/report", "message/disposition-notification"):
        return True
    if any(entity.count(name) for name in _VACATION):
        return True
    if entity.raw("precedence").strip().lower() == "auto_reply":
        return True
    suppressed = entity.raw("x-auto-response-suppress").strip().lower() not in ("", "none")
    if suppressed and (answer or is_answer(entity)):
        return True
    return answer and not reverse_path
