"""How many reports a mailbox hears one by one (T36); the rest is told in one mail, an hour later.

Nothing is left out by it, and a mailbox gets at most so many reports and one mail more an hour: the
next mail that gathers begins when the last one went, and waits an hour itself.
"""

from __future__ import annotations

from typing import TypeAlias, TypeGuard

from bridge.core.events import Delayed, Event, Held, Summary, Undelivered

Report: TypeAlias = Undelivered | Summary | Held | Delayed

LIMIT = 20
"""Reports that go to one mailbox, each as a mail of its own, within `WITHIN`."""

WITHIN = 3600.0
"""Seconds in which they are counted, and for which a mail that gathers the others waits."""


def is_report(event: Event) -> TypeGuard[Report]:
    """Whether an event is one of those that are counted."""
    return isinstance(event, Undelivered | Summary | Held | Delayed)


def goes_alone(lately: int) -> bool:
    """Whether a report is a mail of its own, to a mailbox to which so many lately were."""
    return lately < LIMIT
