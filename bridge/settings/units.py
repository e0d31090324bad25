"""Durations and sizes as people write them: `90 s`, `15 min`, `300 kB`, `10 MiB`.

Like every reader of a setting, these raise `ValueError` with what is expected, for an operator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

DURATIONS: Final[Mapping[str, float]] = {"s": 1, "min": 60, "h": 3600, "d": 86400}
SIZES: Final[Mapping[str, int]] = {
    "B": 1,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
CENTURY: Final = 36525 * 86400.0

_QUANTITY = re.compile(r"(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]+)", re.ASCII)


def duration(value: object) -> float:
    """Seconds; the unit is one of s, min, h, d."""
    seconds = _quantity(value, DURATIONS)
    if seconds is None or seconds > CENTURY:
        raise ValueError('a duration with its unit, such as "90 s", "15 min", "24 h" or "30 d"')
    return seconds


def positive_duration(value: object) -> float:
    """Seconds, more than none."""
    seconds = duration(value)
    if not seconds:
        raise ValueError('a duration of more than 0, such as "30 s"')
    return seconds


def size(value: object) -> int:
    """Octets, more than none; kB, MB and GB count by 1000, KiB, MiB and GiB by 1024."""
    octets = _quantity(value, SIZES)
    if octets is None or octets < 1:
        raise ValueError('a size with its unit, such as "300 kB" or "10 MiB"')
    return int(octets)


def _quantity(value: object, units: Mapping[str, float]) -> float | None:
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[2] not in units:
        return None
    return float(found[1]) * units[found[2]]
