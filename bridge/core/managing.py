"""Subscription lists that are managed by mail: who may, which numbers a mail names, how it went.

The gateway keeps a list; `<key>-subscribe@`, `-unsubscribe@` and `-delete@` change it for those
who log in as one of its `managers`.  A trusted network is not enough: it proves no person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from bridge.core import addressing
from bridge.core.events import ListChanged
from bridge.core.model import ListAction, Msisdn, Part, Refusal, Session
from bridge.core.policy import Policy

MOST_NUMBERS = 1000
"""Lines of one mail: with a gateway that takes a second for each they are done in the hour."""

NOBODY = Refusal(
    550,
    "5.6.0",
    "no line of this mail is a phone number; write one number a line, such as +447700900123",
)
_COUNT = re.compile(r"^(?:[0-9]{1,3}[.)]|[-*\u2022\u2013])\s+")
_AND = re.compile(r"^(?:and|und)\s+(?=[+(0-9])", re.IGNORECASE)
# Some words say that a number is none for the list.
_LABEL = re.compile(
    r"^(?!(?:fax|telefax|not|no|except|without|remove|delete|nicht|ohne|au(?:ß|ss)er)\b)"
    r"[^\W\d_]{1,30}\s?:\s*(?=[+(0-9])",
    re.IGNORECASE,
)
_OF_A_PHONE = re.compile(
    r"(?:t|tel|telephone|telefon|phone|p|m|mob|mobile|mobil|handy|cell|gsm|direct|office|call|fax)"
    r"\.?\s?:",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:[^\W\d_]{1,20} ){0,3}"  # "with kind", "mit freundlichen"
    r"(?:regards|wishes|greetings|thanks|thank you|thx|cheers|sincerely|faithfully|truly"
    r"|gr(?:ü|ue)(?:ß|ss)en?|gru(?:ß|ss)|danke|dank|cordialement|salutations|merci|bien à vous"
    r"|saludos?|atentamente|gracias|saluti|grazie|cumprimentos|atenciosamente|abraços|obrigad[oa]"
    r"|groet(?:en|jes)?|bedankt|hilsen|hilsner|hälsningar|tack|takk?|terveisin|kiitos"
    r"|pozdrawiam|pozdrowienia|poważaniem|dziękuję|pozdravem|děkuji|уважением|спасибо)"
    r"(?:[ ,.!–-]+[^\W\d_][\w'’]{0,30}){0,5}[ ,.!–-]*"
    r"|(?:best|yours|love|mfg|lg|vg|br|kr|rgds|mvh|ta)(?:, ?[^\W\d_]{1,30}){0,2}[ ,.!–-]*",
    re.IGNORECASE,
)
"""A closing, with a name or what one is thanked for; a heading has a colon (`Thanks to add:`)."""
TOO_MANY = Refusal(550, "5.6.0", f"more than {MOST_NUMBERS} lines; please send several mails")


@dataclass(frozen=True, slots=True)
class ListAddress:
    """`<key>-subscribe` and its like: a list by its name in the settings, and what to do."""

    key: str
    action: ListAction

    def __str__(self) -> str:
        return f"{self.key}-{self.action}"


def list_address(policy: Policy, local: str) -> ListAddress | None:
    """The list, and what is to be done with it, that a local part names; None for any other."""
    key, _, verb = local.lower().rpartition("-")
    if key not in policy.subscription_lists or verb not in tuple(ListAction):
        return None
    return ListAddress(key, ListAction(verb))


def refused(policy: Policy, session: Session, of: ListAddress) -> Refusal | None:
    """Why this session may not change a list; None if it may."""
    named = f"subscription_lists.{of.key}.managers"
    if not session.user:
        return Refusal(
            550,
            "5.7.1",
            f"the list {of.key} is changed by its managers alone; log in as one of them ({named})",
        )
    if session.user not in policy.subscription_lists[of.key].managers:
        return Refusal(
            550, "5.7.1", f"user {session.user} is no manager of the list {of.key} ({named})"
        )
    return None


class Named(NamedTuple):
    """The numbers that were named, each once, as digits; and why the other lines are none."""

    numbers: tuple[str, ...]
    unread: tuple[str, ...]


def mailed(policy: Policy, action: ListAction, body: str) -> Named | Refusal:
    """What a mail names; one that names nobody, or too many, is refused.

    A closing (`Kind regards`) ends it: the telephone in a signature is no order.  Other words amid
    the numbers are headings; what could not be read of them is told.
    """
    lines = tuple(_lines(body))
    end = _end(policy, lines)
    if sum(1 for line in lines[:end] for _ in _entries(line)) > MOST_NUMBERS:
        return TOO_MANY
    read = _read(policy, action, lines[:end])
    found = _as_named(read)
    if not found.numbers:
        noes = (each for each in read.values() if isinstance(each, Refusal))
        return next((no for no in noes if not _is_word(no)), _nobody(lines[end:]))
    return found._replace(unread=(*found.unread, *_unread(lines[end:])))


def named(policy: Policy, action: ListAction, text: str) -> Named:
    """What the lines of a text name: one number a line, in any spelling.

    They may be counted, or stand in one line with commas between.  Blank lines, quoted ones,
    comments after `#` and a signature below `-- ` say nothing.  A number that nobody here may text
    is not subscribed; it may always be taken off a list.
    """
    return _as_named(_read(policy, action, _lines(text)))


_Read: TypeAlias = dict[str, Msisdn | Refusal]


def _read(policy: Policy, action: ListAction, lines: Iterable[str]) -> _Read:
    return {each: _number(policy, action, each) for line in lines for each in _entries(line)}


def _as_named(read: _Read) -> Named:
    numbers = (each.digits for each in read.values() if isinstance(each, Msisdn))
    unread = (each.text for each in read.values() if isinstance(each, Refusal))
    return Named(tuple(dict.fromkeys(numbers)), tuple(unread))


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.rstrip() == "--":
            return
        said = line.partition("#")[0].strip()
        if any(map(str.isalnum, said)) and not said.startswith(">"):
            yield said


def _entries(line: str) -> Iterator[str]:
    """What a line names: `07700900123; 07700900124`, `1. 07700900123`, `- 07700900123`."""
    for each in re.split("[,;]", _COUNT.sub("", line)):
        if each.strip():
            yield _LABEL.sub("", _AND.sub("", each.strip()))


def _end(policy: Policy, lines: Sequence[str]) -> int:
    """Where a mail's numbers end: at a closing, or with the last that has a digit.

    Where numbers stood alone, words and then `Tel: 020 7946 0018` are a signature without closing.
    """
    alone, words = False, 0
    for at, line in enumerate(lines):
        if _CLOSING.fullmatch(line):
            return at
        if not _has_digit(line):
            words = words or at
        elif _OF_A_PHONE.match(line):
            if alone and words:
                return words
        elif not all(_is_word(addressing.number(e, policy.numbers)) for e in _entries(line)):
            alone, words = True, 0
    return max((at + 1 for at, line in enumerate(lines) if _has_digit(line)), default=len(lines))


def _unread(below: Sequence[str]) -> tuple[str, ...]:
    """What is told of the lines below the end, if any of them may be a number."""
    if not any(map(_has_digit, below)):
        return ()
    return (f"nothing was read below {below[0][:40]!a}, which ends the numbers",)


def _nobody(below: Sequence[str]) -> Refusal:
    return next((Refusal(550, "5.6.0", why) for why in _unread(below)), NOBODY)


def _is_word(found: Msisdn | Refusal) -> bool:
    """Whether it was not even meant for a number."""
    return isinstance(found, Refusal) and found.enhanced == "5.1.1"


def _has_digit(line: str) -> bool:
    return any(map(str.isdigit, line))


def _number(policy: Policy, action: ListAction, line: str) -> Msisdn | Refusal:
    found = addressing.number(line, policy.numbers)
    if isinstance(found, Refusal) or action is not ListAction.SUBSCRIBE:
        return found
    return addressing.barred(found, policy.numbers) or found


# ---------------------------------------------------------------- how it went

BY_API = "API"
"""The source of a change that a program asked the gateway for: this one, or another."""

ECHO = 6 * 3600.0
"""Seconds after an order in which the gateway's word on its changes is no news."""

_DONE: Mapping[str, ListAction] = {
    "subscribed": ListAction.SUBSCRIBE,
    "unsubscribed": ListAction.UNSUBSCRIBE,
    "deleted": ListAction.DELETE,
}


def echoed(event: ListChanged) -> ListAction | None:
    """What a manager may have ordered of which this is the gateway's word; None if nothing."""
    return _DONE.get(event.action) if event.source == BY_API else None


class ListResult(StrEnum):
    """How the change of one number ended."""

    DONE = "done"
    REFUSED = "refused"
    LATE = "late"  # not done in time


class Result(NamedTuple):
    """What became of one number of an order, and why ("" where nobody said)."""

    number: str
    state: ListResult
    reason: str = ""

    @classmethod
    def of_part(cls, part: Part) -> Result:
        """The result that was kept beside its order."""
        said = json.loads(part.body)
        return cls(part.name, ListResult(said["state"]), said["reason"])

    def as_part(self) -> Part:
        """The result, to be kept beside its order."""
        said = json.dumps({"state": self.state, "reason": self.reason})
        return Part(self.number, "", said.encode())


def undecided(numbers: Iterable[str], kept: Iterable[Part]) -> tuple[str, ...]:
    """The numbers of an order of which no result is kept yet."""
    decided = {part.name for part in kept}
    return tuple(each for each in numbers if each not in decided)
