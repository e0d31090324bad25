"""T20 to T28: hostile mails through SMTP, a dozen; `python -m tests.content` mails them all."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.compose.compose import composed_lightly
from bridge.compose.reading.weight import INLINE, INLINE_LINES
from bridge.core.model import Facts, Ids
from tests.content.bodies import BODIES
from tests.content.posting import post
from tests.content.structure import STRUCTURE
from tests.mails.table import POLICY, envelope

MAILS = {**STRUCTURE, **BODIES}
ALERT = "Disk full on db1\n/var is at 98 %"
MIB = 1024 * 1024

ANSWER = 10.0
"""Seconds, for a machine that is busy with something else: alone, the command asks for two."""

STALL = 2.0
"""Seconds that another client waits, for the same reason."""

ON_THE_LOOP = 0.2
"""Seconds of processor time of a small mail, during which all others wait."""

ROWS: Mapping[str, str] = {
    "T20 nested 10,000 deep": ALERT,
    "T20 nested 50 deep, and no words": "Disk full on db1",
    "T20 100,000 parts": "Disk full on db1",
    "T20 100,000 parts below the words": "Disk full on db1\nWords",
    "T20 100,000 headers": "554 5.6.0 this mail cannot be read: it has headers of more than 1000 "
    "lines or 256 kB",
    "T20 a part with a header of 1 MB": ALERT,
    "T20 Received 31 times": "554 5.4.6 more than 30 hops: it goes in circles",
    "T22 charset unicode_escape": "",
    "T24 <!-- 100,000 times": ALERT,
    "T24 50,000 nested divs": ALERT,
    "T25 a PNG of 30,000 x 30,000": f"{ALERT} [1 picture]",
    "T20 dashes that may be signatures": "",
    "T20 openings of attributions": "",
    "T27 a bare CR in the subject": "521 5.6.0 bare CR in the mail; lines end in CRLF",
}
"""Mails by their names, and what a phone gets of a machine's, or its client; "" for any text."""


def test_at_least_sixty_hostile_mails_can_be_mailed() -> None:
    assert len(MAILS) >= 60
    assert ROWS.keys() <= MAILS.keys()


async def test_hostile_mails_end_in_a_text_or_in_a_sentence(tmp_path: Path) -> None:
    """Of an alert that has a bomb in it, what stands beside the bomb goes."""
    async with post(tmp_path) as ground:
        for name, expected in ROWS.items():
            found = await ground.mailed(name, MAILS[name](), "machine")
            assert found.ended, found
            assert found.seconds < ANSWER, found
            assert found.stall < STALL, found
            assert found.daemon < 256 * MIB, found
            assert found.child < 256 * MIB, found
            if expected.startswith("5"):
                assert found.answer == expected, found
            elif expected:
                assert found.end == f"text: {expected!a}", found


@pytest.mark.parametrize("to_try", [b"On ", b"On a@b 10:00 "])
def test_a_small_mail_stalls_nobody(to_try: bytes) -> None:
    """T20: whatever its words may begin, it is soon read."""
    head = b"From: jo@example.com\r\nSubject: Re: x\r\n\r\n"
    lines = to_try * (60 // len(to_try)) + b"\r\n"
    content = head + lines * (INLINE_LINES - 20)
    assert len(content) <= INLINE
    took = []
    for _ in range(3):
        began = time.process_time()
        composed_lightly(envelope(content, "answer"), POLICY, Facts(), 1.0, Ids("m1", "2newtokenx"))
        took.append(time.process_time() - began)
    assert min(took) < ON_THE_LOOP
