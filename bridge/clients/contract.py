"""What the workers ask of the clients, so that they need not know how bytes travel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bridge.core.outcomes import Outcome
from bridge.gateways.contract import Request, Response
from bridge.notices.render import Notice

ANSWER_CAP = 64 * 1024
PART_CAP = 5 * 1024 * 1024


class Uplink(Protocol):
    """HTTP to a gateway's hosts."""

    async def perform(self, host: str, request: Request, *, cap: int = ANSWER_CAP) -> Response:
        """POST a request to one host; raises `NotSent` or `Unanswered`, and nothing else."""

    def order(self, avoid: str = "") -> Sequence[str]:
        """The hosts to try, best first; `avoid` comes last."""

    @property
    def all_down(self) -> bool:
        """Whether no host is known to work."""

    def at_once(self, most: int) -> int:
        """How many texts may be under way, of at most so many: few, until a host works again."""

    def report(self, host: str, *, ok: bool) -> None:
        """Tell how a request that reached a host went: whether the host processed it."""

    def probe_due(self) -> str:
        """The host that is down and whose balance is to be asked now; "" if none."""


class Smarthost(Protocol):
    """SMTP to the server that takes our mail."""

    async def deliver(self, notice: Notice) -> Mapping[str, Outcome]:
        """Hand over a mail; the outcome for each of its recipients.  Never raises."""
