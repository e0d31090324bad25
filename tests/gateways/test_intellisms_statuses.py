"""Each status of the gateway: what it means for us, its words, and RFC 3463's code for it.

0 to 12 are on the gateway's page; 13 to 17 on the vendor's other ones; 9 and 10 nobody described.
"""

from __future__ import annotations

import re

import pytest

from bridge.core.events import Progress
from bridge.core.judge import reported
from bridge.core.outcomes import State
from bridge.gateways.intellisms_words import STATUSES, status

ROWS = [
    # what is on its way is recorded, and never mailed
    ("0", Progress.PENDING, "unknown", "4.0.0"),
    ("1", Progress.PENDING, "OK", "2.0.0"),
    ("2", Progress.PENDING, "message queued", "2.0.0"),
    ("3", Progress.PENDING, "message sent", "2.0.0"),
    # the phone has it
    ("4", Progress.DELIVERED, "message delivered", "2.0.0"),
    ("11", Progress.DELIVERED, "acknowledged by recipient", "2.0.0"),
    ("14", Progress.DELIVERED, "message read", "2.0.0"),
    # X.5.0: the protocol, X.4.4: no route, X.7.1: refused, X.2.1: takes no messages
    ("5", Progress.UNDELIVERABLE, "error with request", "5.5.0"),
    ("6", Progress.UNDELIVERABLE, "unable to deliver", "5.0.0"),
    ("7", Progress.UNDELIVERABLE, "routing error", "5.4.4"),
    ("12", Progress.UNDELIVERABLE, "rejected by recipient", "5.7.1"),
    ("13", Progress.UNDELIVERABLE, "rejected by a spam filter", "5.7.1"),
    ("15", Progress.UNDELIVERABLE, "rejected: outside the response window", "5.7.1"),
    ("16", Progress.UNDELIVERABLE, "rejected: age restriction", "5.7.1"),
    ("17", Progress.UNDELIVERABLE, "recipient not provisioned", "5.2.1"),
    # X.4.7: its time ran out, which RFC 3463 has only as a transient failure that persisted
    ("8", Progress.EXPIRED, "message expired", "4.4.7"),
]
UNKNOWN = ["9", "10", "18", "99", "04", "-1", "delivered", "4 "]


@pytest.mark.parametrize(("code", "progress", "words", "enhanced"), ROWS)
def test_a_status_has_its_meaning_its_words_and_its_enhanced_code(
    code: str, progress: Progress, words: str, enhanced: str
) -> None:
    assert status(code) == (progress, words, enhanced)


def test_these_are_all_that_is_known() -> None:
    assert {code for code, *_ in ROWS} == set(STATUSES)


@pytest.mark.parametrize("code", UNKNOWN)
def test_a_status_that_nobody_knows_is_shown_as_it_came_and_decides_nothing(code: str) -> None:
    progress, words, _ = status(code)
    assert words == f"unknown status {code}".strip()
    assert reported(State.SUBMITTED, progress) is None


def test_no_status_at_all_decides_nothing_either() -> None:
    assert status("") == (Progress.PENDING, "unknown status", "4.0.0")


@pytest.mark.parametrize(("code", "progress", "words", "enhanced"), ROWS)
def test_the_class_of_an_enhanced_code_says_what_became_of_the_text(
    code: str, progress: Progress, words: str, enhanced: str
) -> None:
    assert re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", enhanced, re.ASCII)
    classes = {
        Progress.PENDING: "24",
        Progress.DELIVERED: "2",
        Progress.UNDELIVERABLE: "5",
        Progress.EXPIRED: "4",
    }
    assert enhanced[0] in classes[progress]
