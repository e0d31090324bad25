"""Which thread a mail is in, by its own headers (RFC 5322, 3.6.4)."""

from __future__ import annotations

import re

from bridge.compose.reading.mime import Entity

MAX_REFERENCES = 20

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")


def message_id(entity: Entity) -> str:
    """The mail's Message-ID with its brackets; "" if it has none that can be quoted."""
    match = _MESSAGE_ID.search(entity.raw("message-id")[:1000])
    return match[0] if match and match[0].isascii() else ""


def references(entity: Entity) -> tuple[str, ...]:
    """The thread's Message-IDs: its root, and the latest.

    Some clients cut References and leave In-Reply-To, of which the first counts (RFC 5256, 3).
    """
    found = _ids(entity.raw("references"))
    found += [each for each in _ids(entity.raw("in-reply-to"))[:1] if each not in found]
    return (*found[:1], *found[1:][-MAX_REFERENCES + 1 :])


def _ids(field: str) -> list[str]:
    return [each for each in _MESSAGE_ID.findall(field) if each.isascii()]
