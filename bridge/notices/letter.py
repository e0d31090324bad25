"""What the mails of all kinds have in common, before they are octets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bridge.core.about import SentMail

BRIDGE = "SMS bridge"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in its own words.

    `author` is the From address and `name` what readers see of it; `subject` and the values of
    `headers` are fit for a header; `answers` is the mail whose thread this joins; `parts` are
    written MIME parts.  A `report` is a DSN (RFC 3464) and goes out with the null reverse path; a
    `reply` answers a mail that asked for it.
    """

    kind: Literal["in", "dsn", "note", "reply"]
    author: str
    name: str
    subject: str
    at: datetime
    parts: tuple[bytes, ...]
    answers: SentMail | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def report(self) -> bool:
        """Whether this is a DSN."""
        return self.kind == "dsn"
