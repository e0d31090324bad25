"""What a test may order a door to do instead of answering as the page says.

`taken` says that the request is carried out all the same: the phone gets its text, and nobody
hears of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

# An .aspx page answers text/html unless it says otherwise: a client must not judge by it.
TEXT = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer, ever."""

    taken: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection is reset instead of an answer."""

    taken: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """This body, status and headers instead of the page's answer."""

    body: bytes
    status: int = 200
    content_type: str = TEXT
    headers: dict[str, str] = field(default_factory=dict)
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """These octets on the wire in place of any HTTP, then the end of the connection."""

    octets: bytes
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """The page's answer without its last `lines`: of those numbers nothing is said."""

    lines: int = 1
    taken: bool = True


Trouble: TypeAlias = Hang | Drop | Reply | Raw | Cut
