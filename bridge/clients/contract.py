"""What the workers ask of the clients, so that they need not know how bytes travel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bridge.core.outcomes import Outcome
from bridge.gateways.contract import Request, Response
from bridge.notices.render import Notice

ANSWER_CAP = 64 * 1024
PART_CAP = 5 * 1024 * 1024

SILENCE = 10.0
"""Seconds without a word after which others ask another host, while who asked goes on waiting."""


class Uplink(Protocol):
    """HTTP to a gateway's hosts."""

    async def perform(
        self,
        host: str,
        request: Request,
        *,
        cap: int = ANSWER_CAP,
        silent: Callable[[], None] | None = None,
    ) -> Response:
        """POST a request to one host; raises `NotSent` or `Unanswered`, and nothing else.

        `silent` is called if nothing was heard of it for `SILENCE`, or of a request that is large
        for its whole time; its answer is still waited for.
        """

    def order(self, avoid: str = "") -> Sequence[str]:
        """The hosts to try, best first; `avoid` comes last."""

    @property
    def returns(self) -> int:
        """How often a host came back where none had worked."""

    def at_once(self, most: int) -> int:
        """How many texts may be under way, of at most so many: few, until a host works again."""

    def tried(self) -> None:
        """Tell that a text is about to be sent."""

    def report(self, host: str, *, ok: bool, text: bool = False) -> None:
        """Tell how a request that reached a host went: whether the host processed it.

        `text`: it was a text, and no question beside.
        """

    def probes_due(self) -> Sequence[str]:
        """The hosts that are down and whose balance is to be asked now."""


class Smarthost(Protocol):
    """SMTP to the server that takes our mail."""

    async def deliver(self, notice: Notice) -> Mapping[str, Outcome]:
        """Hand over a mail; the outcome for each of its recipients.  Never raises."""
