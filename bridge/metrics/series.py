"""Series of one daemon: counters whose labels stay few and tell of nobody, gauges, histograms."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

MOMENTS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Bounds in seconds for what somebody waits for at the other end of a connection."""

SPANS: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600)
"""Bounds in seconds for what may wait in the spool."""

MOST: Final = 50
"""How many series a counter may have before a gateway's new words are `OTHER`: it may find ever
new ones.  All else that labels say is of the house or of its settings, and comes to an end.
"""

OTHER: Final = "other"
FOREIGN: Final = "token"
"""The label whose values are a gateway's."""

UNKNOWN: Final = math.nan
"""The value of a gauge of which nobody knows yet: it is not shown."""

_WORD = re.compile(r"[A-Za-z_-]{0,40}")
_SHAPES = {
    FOREIGN: re.compile(r"[A-Z_]{0,40}|HTTP_[0-9]{3}"),
    "profile": re.compile(r"(?s:.*)"),  # a name of the operator's own
    "reply": re.compile(r"[245][0-9]{2}( [245]\.[0-9]{1,2}\.[0-9]{1,2})?"),
}
"""How a label's value looks, by its name; all others are words of ours."""


class Counted:
    """A counter with labels; a value that looks otherwise (P11), or is one too many, is `OTHER`."""

    def __init__(self, counter: Counter, labels: Sequence[str]) -> None:
        self._counter = counter
        self._foreign = [each == FOREIGN for each in labels]
        self._shapes = [_SHAPES.get(each, _WORD) for each in labels]
        self._children: dict[tuple[str, ...], Counter] = {}

    def __call__(self, *said: str, by: int = 1) -> None:
        """Count so many of what is said by the labels."""
        child = self._children.get(said)  # what is kept is clean, and so is what is found
        if child is None:
            child = self._child(said)
        child.inc(by)

    def begin(self, *said: str) -> None:
        """Show what is said by the labels at 0: who asks for an increase misses a first value."""
        self._child(said)

    def _child(self, said: Sequence[str]) -> Counter:
        each = zip(self._shapes, said, strict=True)
        values = tuple(value if shape.fullmatch(value) else OTHER for shape, value in each)
        if values not in self._children and len(self._children) >= MOST:
            fits = zip(self._foreign, values, strict=True)
            values = tuple(OTHER if foreign else value for foreign, value in fits)
        return self._children.setdefault(values, self._counter.labels(*values))


class Series:
    """Makes the series of one registry, each with the house's name before its own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, name: str, said: str, *labels: str) -> Counted:
        """What only grows; its name ends in `_total`, which Prometheus adds."""
        counter = Counter(f"smsbridge_{name}", said, labels, registry=self._registry)
        return Counted(counter, labels)

    def total(self, name: str, said: str) -> Counter:
        """What only grows, and is of one kind."""
        return Counter(f"smsbridge_{name}", said, registry=self._registry)

    def gauge(self, name: str, said: str, *labels: str) -> Gauge:
        """What rises and falls."""
        return Gauge(f"smsbridge_{name}", said, labels, registry=self._registry)

    def histogram(self, name: str, said: str, bounds: Sequence[float], *labels: str) -> Histogram:
        """How long things took, in seconds."""
        return Histogram(
            f"smsbridge_{name}_seconds", said, labels, buckets=bounds, registry=self._registry
        )
