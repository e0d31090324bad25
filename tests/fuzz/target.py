"""What is fuzzed: a target takes any octets, and raises where a promise of its room is broken.

Nothing of the bridge is imported here, so that a hunt can instrument it first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Target:
    """One way in.

    `seeds` are inputs to begin with, `words` what is worth inserting; `longest` in octets.
    `patience` is the processor time, in seconds, that one input may take.  `mails`: its inputs are
    whole mails, so that a folder of them can be given as seeds.
    """

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    words: tuple[bytes, ...] = ()
    longest: int = 4096
    patience: float = 0.05
    mails: bool = False


def check_text(text: str) -> None:
    """A text can be stored and sent: UTF-8 without lone surrogates, and no NUL."""
    text.encode("utf-8")
    assert "\0" not in text, "a NUL"


def check_line(text: str) -> None:
    """A text is one line of words."""
    check_text(text)
    found = _CONTROL.search(text)
    assert found is None, f"{found and found[0]!a} in a line"
