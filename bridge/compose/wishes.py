"""What a mail asks for: in its addresses, in its headers, in the lines of the vendor's form.

Of two that say something the first counts: the address (`.voice`), the header (`X-SMS-Type:`, of
several alike the first), the line (`MaxConcat:`), and what nobody says the profile decides.  What
is asked for and cannot be had is a refusal that says so: a script that misspells must not cost
money for months.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Final

from bridge.compose.reading.mime import Entity
from bridge.core.conversation import MAX_CONTEXT
from bridge.core.model import Notify, Options, Refusal

MAX_EXPIRES = 7 * 86400.0
KINDS = ("sms", "mms", "voice", "wap-push", "binary", "unicode")

HEADERS = tuple(
    f"x-sms-{each}"
    for each in ("type", "max", "from", "href", "ud", "udh", "expires", "report", "urgent")
)
OF_OUR_OWN = ("x-sms-sender", "x-sms-network", "x-sms-message-id")
"""Headers of the mails that we write, which may come back in an answer or a forward."""

ALIKE = 0.85  # of 1, how like a known header one is that must be a slip (difflib)

_SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]{1,6}) ?(s|sec|min|m|h|d)", re.IGNORECASE)
_REPORTS = {
    "all": frozenset({Notify.SUCCESS, Notify.FAILURE}),
    "failures": frozenset({Notify.FAILURE}),
    "none": frozenset({Notify.NEVER}),
}
_URGENT = {"yes": True, "no": False}
_SILENT: tuple[object, ...] = ("", None, frozenset())


@dataclass(frozen=True, slots=True)
class Wishes:
    """The wishes of a mail, each "" or None where it has none.

    `kind` is one of KINDS, `max_segments` lowers the profile's limit and never raises it, `expires`
    is seconds from now, `notify` what X-SMS-Report stands for; `urgent` texts are never folded.
    """

    kind: str = ""
    href: str = ""
    udh: str = ""
    ud: str = ""
    originator: str = ""
    user_context: str = ""
    max_segments: int | None = None
    expires: float | None = None
    notify: frozenset[Notify] = frozenset()
    urgent: bool | None = None

    def over(self, other: Wishes) -> Wishes:
        """These wishes, and those of `other` where these are silent."""
        mine = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(other, **{name: said for name, said in mine.items() if said not in _SILENT})


NO_WISHES: Final = Wishes()
NO_OPTIONS: Final = Options()


def wishes(entity: Entity) -> Wishes | Refusal:
    """What the mail asks for in its headers, or the first that asks for what there is not."""
    if not [name for name in entity.firsts if name.startswith("x-sms-")]:  # as in nearly all
        given = entity.text("usercontext")
        return Wishes(user_context=context(given)) if given else NO_WISHES
    slip = _misspelt(entity)
    if slip:
        return slip
    kind = entity.text("x-sms-type").lower()
    if kind and kind not in KINDS:
        return unknown("X-SMS-Type", kind, f"one of {', '.join(KINDS)}")
    limit = segments("X-SMS-Max", entity.text("x-sms-max"))
    if isinstance(limit, Refusal):
        return limit
    expires = entity.text("x-sms-expires")
    seconds = _seconds(expires)
    if expires and not seconds:
        return unknown("X-SMS-Expires", expires, "a time of seven days at most, such as 30 min")
    report = entity.text("x-sms-report").lower()
    if report and report not in _REPORTS:
        return unknown("X-SMS-Report", report, f"one of {', '.join(_REPORTS)}")
    urgent = entity.text("x-sms-urgent").lower()
    if urgent and urgent not in _URGENT:
        return unknown("X-SMS-Urgent", urgent, f"one of {', '.join(_URGENT)}")
    return Wishes(
        kind=kind,
        href=entity.text("x-sms-href"),
        udh=entity.text("x-sms-udh"),
        ud=entity.text("x-sms-ud"),
        originator=entity.text("x-sms-from"),
        user_context=context(entity.text("usercontext")),
        max_segments=limit,
        expires=seconds,
        notify=_REPORTS.get(report, frozenset()),
        urgent=_URGENT.get(urgent),
    )


def _misspelt(entity: Entity) -> Refusal | None:
    """The refusal of a header that is one of ours but for a slip; others' own are let be."""
    for name, _ in entity.fields:
        if name.startswith("x-sms-") and name not in (*HEADERS, *OF_OUR_OWN):
            meant = get_close_matches(name, HEADERS, 1, ALIKE)
            if meant:
                return Refusal(
                    550,
                    "5.6.0",
                    f"there is no header {_spelt(name)}; did you mean {_spelt(meant[0])}?",
                )
    return None


def _spelt(name: str) -> str:
    """A header's name as README has it: `X-SMS-Type`."""
    last = name.removeprefix("x-sms-")
    return "X-SMS-" + (last.upper() if last in ("ud", "udh") else last.title())


def for_options(options: Options, said: Wishes) -> Wishes:
    """What a mail asks for at one address, which comes before what the mail itself says."""
    if options == NO_OPTIONS:  # as nearly all are
        return said
    asked = Wishes(
        kind=options.kind, max_segments=options.max_segments, urgent=options.urgent or None
    )
    return asked.over(said)


def segments(name: str, said: str) -> int | Refusal | None:
    """How many segments a text may have at most; None where nothing is said."""
    if not said:
        return None
    if not re.fullmatch("[1-9][0-9]?", said, re.ASCII):
        return unknown(name, said, "a number of segments, such as 3")
    return int(said)


def context(said: str) -> str:
    """A user context, cut to what is carried."""
    return said[:MAX_CONTEXT].strip()


def unknown(name: str, found: str, expected: str) -> Refusal:
    """A refusal that names the header or the line, what it says, and what it may say."""
    return Refusal(550, "5.6.0", f"{name}: {found[:40]!a} is not {expected}")


def _seconds(text: str) -> float | None:
    match = _DURATION.fullmatch(text)
    if not match:
        return None
    seconds = int(match[1]) * _SECONDS[match[2].lower()]
    return seconds if 0 < seconds <= MAX_EXPIRES else None
