"""The answer to a mail that was sent to `explain@`."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.compose import automatic
from bridge.compose.explaining.explaining import explained
from bridge.compose.explaining.rows import as_text
from bridge.compose.reading import mime
from bridge.compose.threads import message_id
from bridge.core.events import Explained
from bridge.core.model import Envelope, Facts, Refusal
from bridge.core.policy import Policy


def told(
    envelope: Envelope, policy: Policy, facts: Facts, addresses: Iterable[str]
) -> Explained | Refusal:
    """The explanation of a mail, to be mailed to its sender; an automatic answer gets none."""
    entity = mime.parse(envelope.content)
    if isinstance(entity, Refusal):
        return entity
    refusal = automatic.refusal_by_us(entity, envelope.reverse_path)
    if refusal:
        return refusal
    text = as_text(explained(envelope, policy, facts, addresses))
    subject, asked_in = entity.text("subject"), message_id(entity)
    return Explained(envelope.reverse_path, subject, text, asked_in, envelope.received_at)
