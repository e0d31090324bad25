"""T36: twenty reports an hour are mails of their own, the rest of them is one."""

from __future__ import annotations

import pytest

from bridge.core import gathering
from bridge.core.events import (
    Delayed,
    Event,
    Explained,
    Gathered,
    Held,
    SmsReceived,
    Summary,
    Truncated,
    Undelivered,
    Unmailed,
)


@pytest.mark.parametrize(
    ("lately", "alone"), [(0, True), (1, True), (19, True), (20, False), (500, False)]
)
def test_the_twenty_first_report_within_an_hour_is_told_with_others(
    lately: int, alone: bool
) -> None:
    assert gathering.WITHIN == 3600
    assert gathering.goes_alone(lately) is alone


@pytest.mark.parametrize(
    ("event", "counted"),
    [
        (Undelivered("m1", "m1.1", (), 0.0), True),
        (Summary("m1", (), (), 0, 0.0), True),
        (Held("m1", (), "", 0.0), True),
        (Delayed("m1", (), "", 0.0), True),
        (SmsReceived("447700900123", "Yes", "1", "", "", "", 0.0), False),
        (Truncated("m1", "", "", (), 0.0), False),
        (Explained("jo@example.com", "", "", "", 0.0), False),
        (Gathered("jo@example.com", 0.0), False),
        (Unmailed((), "", "", 0.0), False),
    ],
    ids=lambda each: type(each).__name__,
)
def test_reports_on_texts_are_counted_and_no_other_mails(event: Event, counted: bool) -> None:
    assert gathering.is_report(event) is counted
