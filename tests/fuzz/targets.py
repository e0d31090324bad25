"""All that is fuzzed, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.fuzz import (
    addresses,
    attachments,
    endings,
    gateway,
    mails,
    notices,
    sessions,
    settings,
    texts,
    vouching,
    web,
)
from tests.fuzz.target import Target

ROOMS = (
    endings,
    sessions,
    addresses,
    vouching,
    web,
    mails,
    gateway,
    notices,
    settings,
    attachments,
    texts,
)
TARGETS: Mapping[str, Target] = MappingProxyType(
    {each.name: each for room in ROOMS for each in room.TARGETS}
)
