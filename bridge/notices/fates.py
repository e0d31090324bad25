"""What became of each destination of a mail: the one reading of `Ending` that reports share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bridge.core.events import Ending
from bridge.core.model import Destination, Msisdn
from bridge.core.outcomes import State
from bridge.core.policy import Policy
from bridge.notices.neutral import line
from bridge.notices.words import whom, words

Kind: TypeAlias = Literal[
    "delivered", "relayed", "folded", "undelivered", "unsent", "doubt", "held", "waits"
]
Action: TypeAlias = Literal["delivered", "relayed", "failed", "delayed"]

Advice: TypeAlias = Literal[
    "", "network", "barred", "ask", "late", "number", "list", "ours", "never"
]
"""What a reader can do about it, by its name in the templates."""

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)  # RFC 3463, 2
_ACTIONS: Mapping[Kind, Action] = {
    "delivered": "delivered",
    "relayed": "relayed",
    "folded": "relayed",
    "undelivered": "failed",
    "unsent": "failed",
    # RFC 3464, 2.3.3: what is held is not given up, an operator decides
    "doubt": "delayed",
    "held": "delayed",
    "waits": "delayed",
}
_CLASSES: Mapping[Action, str] = {"delivered": "2", "relayed": "2", "failed": "45", "delayed": "4"}
_KINDS: Mapping[State, Kind] = {
    State.DELIVERED: "delivered",
    State.SUBMITTED: "relayed",
    State.FOLDED: "folded",
    State.UNDELIVERABLE: "undelivered",
    State.NET_EXPIRED: "undelivered",
    State.HELD: "doubt",
    State.UNKNOWN: "doubt",
    State.QUEUED: "waits",
    State.CLAIMED: "waits",
    State.SUBMITTING: "waits",
    State.REJECTED: "unsent",
    State.EXPIRED: "unsent",
    State.DROPPED: "unsent",
}


_BARRED = ("5.7.", "5.2.")  # RFC 3463, 3.3 and 3.8: by a rule, or the mailbox takes nothing
_DOUBT = "it may have been sent: "


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one destination; `reason` and `token` are as they were given, in one line."""

    destination: Destination
    kind: Kind
    enhanced: str
    token: str
    reason: str
    advice: Advice = ""

    @property
    def action(self) -> Action:
        """RFC 3464's word for it (2.3.3)."""
        return _ACTIONS[self.kind]

    @property
    def status(self) -> str:
        """RFC 3463's code, which agrees with the action."""
        classes = _CLASSES[self.action]
        agrees = _ENHANCED.fullmatch(self.enhanced) and self.enhanced[0] in classes
        return self.enhanced if agrees else f"{classes[-1]}.0.0"


@dataclass(frozen=True, slots=True)
class Group:
    """Destinations with the same fate, by name, and the sentence that says why ("" for none)."""

    kind: Kind
    names: tuple[str, ...]
    why: str
    advice: Advice = ""


def fate(ending: Ending, *, ours: bool = False) -> Fate:
    """What an ending is; `ours`: the bridge is to blame."""
    kind = _KINDS[ending.state]
    token, reason = line(ending.token), line(ending.reason)
    advice = _advice(kind, ending, ours=ours)
    return Fate(ending.destination, kind, ending.enhanced, token, reason, advice)


def _advice(kind: Kind, ending: Ending, *, ours: bool) -> Advice:
    if kind == "doubt":
        return "ask"
    if kind == "undelivered":
        return "barred" if ending.enhanced.startswith(_BARRED) else "network"
    if kind != "unsent":
        return ""
    if ending.state is State.EXPIRED:
        return "late"
    if ending.token == "INVALID_NUMBER":
        return "number" if isinstance(ending.destination, Msisdn) else "list"
    return "ours" if ours else "never"


def grouped(policy: Policy, fates: Iterable[Fate]) -> tuple[Group, ...]:
    """The fates as a person reads them: those that are alike together, in their first one's order.

    Of what went well nobody asks why.
    """
    found: dict[tuple[Kind, str, Advice], list[str]] = {}
    for each in fates:
        why = "" if each.action in ("delivered", "relayed") else sentence(policy, each)
        alike = (each.kind, why, each.advice)
        found.setdefault(alike, []).append(whom(policy, each.destination))
    return tuple(
        Group(kind, tuple(names), why, advice) for (kind, why, advice), names in found.items()
    )


def sentence(policy: Policy, each: Fate) -> str:
    """Why, in the readers' language, with the gateway's word for it: `It was late (EXPIRED).`

    A status report's word is a number, which says nothing to them; programs read it in the fields,
    as they do an enhanced code.
    """
    given = each.reason.removeprefix(_DOUBT) if each.kind == "doubt" else each.reason
    reason = words(policy).reason(given).rstrip(".")
    is_code = each.kind == "undelivered" or _ENHANCED.fullmatch(each.token)
    token = f"({each.token})" if each.token and not is_code else ""
    said = " ".join(filter(None, (reason[:1].upper() + reason[1:], token)))
    return f"{said}." if said else ""
