"""Which thread a mail is in, by its own headers (RFC 5322, 3.6.4)."""

from __future__ import annotations

import re

from bridge.compose.reading.mime import Entity

MAX_REFERENCES = 20

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")  # no control octets: it is stored, and mailed


def message_id(entity: Entity) -> str:
    """The mail's Message-ID with its brackets; "" if it has none that can be quoted."""
    match = _MESSAGE_ID.search(entity.raw("message-id")[:1000])
    return match[0] if match else ""


def references(entity: Entity) -> tuple[str, ...]:
    """The thread's Message-IDs: its root, and the latest.

    Some clients cut References and leave In-Reply-To, of which the first counts (RFC 5256, 3).
    """
    found: list[str] = _MESSAGE_ID.findall(entity.raw("references"))
    first = _MESSAGE_ID.search(entity.raw("in-reply-to"))
    if first and first[0] not in found:
        found.append(first[0])
    return (*found[:1], *found[1:][-MAX_REFERENCES + 1 :])
