"""What a mail marks as its text is its text, whoever sends it."""

from __future__ import annotations

import pytest

from bridge.compose.cleaning.rules import Cleaned, cleaned
from bridge.compose.lines import lines_of
from bridge.core.choices import CLEANING

ROWS = {
    "between the markers": ("a\n[StartOfMessage]\nb\n[EndOfMessage]\nc", "b"),
    "on one line": ("a [StartOfMessage]b[EndOfMessage] c", "b"),
    "in any case": ("a[startofmessage]b[ENDOFMESSAGE]c", "b"),
    "several lines": ("[StartOfMessage]b\nc\n\nd[EndOfMessage]", "b\nc\n\nd"),
    "without an end": ("a\n[StartOfMessage]\nb\nc", "b\nc"),
    "without a start": ("a\nb\n[EndOfMessage]\nc", "a\nb"),
    "the first of several": ("[StartOfMessage]a[EndOfMessage][StartOfMessage]b[EndOfMessage]", "a"),
    "an end before the start": ("[EndOfMessage]\n[StartOfMessage]\na", "a"),
    "the vendor's end": ("a\nb{end sms}\nc", "a\nb"),
    "the vendor's end in any case": ("a{END SMS}b", "a"),
    "the vendor's end without its space": ("a{endsms}b", "a"),
    "the vendor's end within the markers": ("[StartOfMessage]a{end sms}b[EndOfMessage]c", "a"),
    "the vendor's end before the markers": ("a{end sms}b[StartOfMessage]c[EndOfMessage]d", "c"),
    "in a quoted line": (
        "Yes\n> [StartOfMessage]\n> a{end sms}",
        "Yes\n> [StartOfMessage]\n> a{end sms}",
    ),
    "half a marker": (
        "[StartOfMessage a {end} [End Of Message]",
        "[StartOfMessage a {end} [End Of Message]",
    ),
}


def marked(text: str, subject: str = "") -> Cleaned:
    """A machine's text, in which the markers alone act."""
    without = set(CLEANING) - {"markers"}
    return cleaned(lines_of(text), answer=True, subject=subject, without=without)


@pytest.mark.parametrize(("text", "left"), ROWS.values(), ids=ROWS.keys())
def test_only_what_is_marked_counts(text: str, left: str) -> None:
    assert marked(text).text == left


def test_where_nothing_stands_between_the_markers_the_subject_is_the_text() -> None:
    assert marked("[StartOfMessage][EndOfMessage]a", "b").text == ""
