"""The phones at the other end: what becomes of a text, and what the gateway is told of it.

A number's last four digits decide (`MAGIC`); a number that is not listed is a phone like any
other: it takes what is sent to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

WORDS_QUOTED = 5
"""How many words of a text its answer repeats."""

DELIVERED, UNDELIVERABLE = "4", "6"


class Fate(StrEnum):
    """What happens to a text on its way to a phone."""

    DELIVERED = "accepted and delivered"
    INVALID = "INVALID_NUMBER"
    ERROR_ONCE = "GATEWAY_ERROR at the first try of a text, accepted at the next"
    UNANSWERED = "accepted and delivered, but the connection closes without an answer"
    UNDELIVERABLE = "accepted, then unable to deliver"
    ANSWERED = "delivered, and the phone answers"
    NO_CREDIT = "INSUFFICIENT_CREDIT"


MAGIC = {
    "0001": Fate.DELIVERED,
    "0002": Fate.INVALID,
    "0003": Fate.ERROR_ONCE,
    "0004": Fate.UNANSWERED,
    "0005": Fate.UNDELIVERABLE,
    "0006": Fate.ANSWERED,
    "0007": Fate.NO_CREDIT,
}
"""The last four digits of a number, and the fate of what is sent to it."""


def fate(number: str) -> Fate:
    """What happens to a text to this number."""
    return MAGIC.get(number[-4:], Fate.DELIVERED)


def reports(
    message_id: str, number: str, interim: Sequence[str] = ("2", "3")
) -> list[dict[str, str]]:
    """The status reports of one text, in their order: the interim ones, then the final one."""
    final = UNDELIVERABLE if fate(number) is Fate.UNDELIVERABLE else DELIVERED
    return [report(message_id, number, status) for status in (*interim, final)]


def report(message_id: str, number: str, status: str) -> dict[str, str]:
    """A status report, as the page lists its fields."""
    return {"msgid": message_id, "status": status, "toaddr": number}


def sms(
    message_id: str, number: str, text: str, *, usercontext: str = "", network: str = ""
) -> dict[str, str]:
    """An inbound SMS; what is "" is left out (a network code comes on short codes alone)."""
    form = {"from": number, "text": text, "msgid": message_id, "sent": now()}
    return form | _said(usercontext=usercontext, networkcode=network)


def mms(
    message_id: str, number: str, subject: str, *, files: Sequence[str], usercontext: str = ""
) -> dict[str, str]:
    """An inbound MMS: its subject and its files' names; the files wait to be retrieved."""
    form = {"from": number, "text": subject, "msgid": message_id, "type": "5"}
    return form | {"filelist": ",".join(files)} | _said(usercontext=usercontext)


def list_event(name: str, number: str, action: str, *, source: str) -> dict[str, str]:
    """A change of a subscription list; `action` and `source` are the page's codes."""
    return {
        "sublistname": name,
        "sublisttype": "2",
        "msisdn": number,
        "action": action,
        "source": source,
        "timestamp": now(),
    }


def answer(text: str) -> str:
    """What a phone answers that answers."""
    return f"Yes, got it: {' '.join(text.split()[:WORDS_QUOTED])}"


def now() -> str:
    """This instant as W3CDTF, as the page's examples write it (`2010-02-03T13:50:05+00:00`)."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _said(**fields: str) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}
