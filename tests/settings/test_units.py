"""Durations and sizes."""

from __future__ import annotations

import pytest

from bridge.settings.units import duration, size


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90 s", 90),
        ("15 min", 900),
        ("24 h", 86400),
        ("30 d", 2592000),
        ("0.5 s", 0.5),
        ("5min", 300),
    ],
)
def test_a_duration_is_seconds(written: str, seconds: float) -> None:
    assert duration(written) == seconds


@pytest.mark.parametrize(
    ("written", "octets"),
    [("300 kB", 300_000), ("10 MiB", 10_485_760), ("1 GB", 10**9), ("1.5 KiB", 1536), ("7 B", 7)],
)
def test_a_size_is_octets(written: str, octets: int) -> None:
    assert size(written) == octets


@pytest.mark.parametrize(
    "written",
    ["", "30", "30  s", "-1 s", "1 m", "1e3 s", "30 S", "٣ s", "999999999999 d", 30, None],
)
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="a duration with its unit"):
        duration(written)


@pytest.mark.parametrize("written", ["300", "300 KB", "0 B", "10 mib", "0.1 B", True])
def test_what_is_no_size_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="a size with its unit"):
        size(written)
