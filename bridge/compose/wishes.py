"""What a mail asks for in its headers: `UserContext:` and `X-SMS-*:`, the first of each counts.

An asked-for thing that cannot be had is a refusal that says so: a script whose header is misspelt
must not cost money for months.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bridge.compose.mime import Entity
from bridge.core.model import Notify, Options, Refusal

MAX_CONTEXT = 100  # characters
MAX_EXPIRES = 7 * 86400.0
KINDS = ("sms", "mms", "voice", "wap-push", "binary")

_SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]{1,6}) ?(s|sec|min|m|h|d)", re.IGNORECASE)
_REPORTS = {
    "all": frozenset({Notify.SUCCESS, Notify.FAILURE}),
    "failures": frozenset({Notify.FAILURE}),
    "none": frozenset({Notify.NEVER}),
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """The wishes of a mail, each "" or None where it has none.

    `kind` is one of KINDS, `expires` seconds from now, `notify` what X-SMS-Report stands for.
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


def wishes(entity: Entity) -> Wishes | Refusal:
    """What the mail asks for, or the first header that asks for nothing that there is."""
    kind = entity.text("x-sms-type").lower()
    if kind and kind not in KINDS:
        return _unknown("X-SMS-Type", kind, f"one of {', '.join(KINDS)}")
    limit = entity.text("x-sms-max")
    if limit and not re.fullmatch("[1-9][0-9]?", limit, re.ASCII):
        return _unknown("X-SMS-Max", limit, "a number of segments, such as 3")
    expires = entity.text("x-sms-expires")
    seconds = _seconds(expires)
    if expires and not seconds:
        return _unknown("X-SMS-Expires", expires, "a time of seven days at most, such as 30 min")
    report = entity.text("x-sms-report").lower()
    if report and report not in _REPORTS:
        return _unknown("X-SMS-Report", report, f"one of {', '.join(_REPORTS)}")
    return Wishes(
        kind=kind,
        href=entity.text("x-sms-href"),
        udh=entity.text("x-sms-udh"),
        ud=entity.text("x-sms-ud"),
        originator=entity.text("x-sms-from"),
        user_context=entity.text("usercontext")[:MAX_CONTEXT].strip(),
        max_segments=int(limit) if limit else None,
        expires=seconds,
        notify=_REPORTS.get(report, frozenset()),
    )


def for_options(options: Options, said: Wishes) -> Wishes:
    """What a mail asks for at an address: what the address says comes before all else."""
    return replace(
        said,
        kind=options.kind or said.kind,
        max_segments=options.max_segments or said.max_segments,
        urgent=options.urgent or said.urgent,
    )


def _unknown(name: str, found: str, expected: str) -> Refusal:
    return Refusal(550, "5.6.0", f"{name}: {found[:40]!a} is not {expected}")


def _seconds(text: str) -> float | None:
    match = _DURATION.fullmatch(text)
    if not match:
        return None
    seconds = int(match[1]) * _SECONDS[match[2].lower()]
    return seconds if 0 < seconds <= MAX_EXPIRES else None
