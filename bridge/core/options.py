"""What an address asks for after its dots, known words only: `447700900123.voice.urgent`.

Any mix in any case, each kind of thing once.  What they mean is what the headers X-SMS-Type,
X-SMS-Max and X-SMS-Urgent mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.core.model import Options, Refusal

_KINDS = ("voice", "mms", "sms", "unicode")
_LIMIT = re.compile(r"max([1-9]|10)")
_LAST = re.compile(
    rf"(?P<name>.+)\.(?P<word>{'|'.join(_KINDS)}|urgent|max[0-9]+)", re.IGNORECASE | re.DOTALL
)


def split(name: str) -> tuple[str, tuple[str, ...]]:
    """A name without the options at its end, and these in lower case; some name is always left."""
    words: list[str] = []
    while found := _LAST.fullmatch(name):
        name = found["name"]
        words.append(found["word"].lower())
    return name, tuple(reversed(words))


def read(words: Iterable[str]) -> Options | Refusal:
    """What options mean together, or which of them mean nothing."""
    said = dict.fromkeys(words)
    kinds = [each for each in said if each in _KINDS]
    limits = [each for each in said if each.startswith("max")]
    for each in limits:
        if not _LIMIT.fullmatch(each):
            return unknown(each)
    for alike in (kinds, limits):
        if len(alike) > 1:
            return _no(f"{_listed(alike)} do not go together; use one of them")
    return Options(
        kind=kinds[0] if kinds else "",
        max_segments=int(limits[0][3:]) if limits else None,
        urgent="urgent" in said,
    )


def unknown(word: str) -> Refusal:
    """The refusal of a word that is no option."""
    return _no(f".{word[:40]} is no option; there are {_listed(_KINDS)}, .urgent, .max1 to .max10")


def _no(sentence: str) -> Refusal:
    return Refusal(550, "5.1.3", sentence)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f".{each}" for each in words)
