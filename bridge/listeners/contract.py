"""What the SMTP door needs of the rooms beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bridge.compose import vendor
from bridge.core.events import Explained, ListOrder
from bridge.core.managing import ListAddress
from bridge.core.model import Envelope, Facts, Ids, Refusal
from bridge.core.promises import Mail


class Composes(Protocol):
    """What turns mails into texts, here or in a process of its own; all of it is total."""

    async def __call__(
        self, envelope: Envelope, facts: Facts, now: float, ids: Ids
    ) -> Mail | Refusal:
        """The mail as understood; see `compose.compose`."""

    async def form(self, content: bytes, *, explained: bool = False) -> vendor.Form | Refusal:
        """A mail in the vendor's form, perhaps only to be explained; see `vendor.form`."""

    async def order(
        self, content: bytes, of: ListAddress, *, to: str, now: float
    ) -> ListOrder | Refusal:
        """What a mail orders of a list, to be answered to `to`; see `ordering.ordered`."""

    async def explain(
        self, envelope: Envelope, facts: Facts, addresses: Sequence[str]
    ) -> Explained | Refusal:
        """What a mail would become; see `reply.told`."""
