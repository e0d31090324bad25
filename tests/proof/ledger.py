"""All that the gateway took and posted, and all that the inbox got."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.sandbox.forwarding import Forwarded
from bridge.sandbox.inbox import Mailed
from bridge.sandbox.taken import Taken


@dataclass
class Ledger:
    """What the sandbox forgets after a while is kept here without a bound."""

    taken: list[Taken] = field(default_factory=list)
    posted: list[Forwarded] = field(default_factory=list)
    mails: list[Mailed] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """Texts of phones, by their ids: the number that each came from."""
