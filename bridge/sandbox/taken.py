"""What the sandbox remembers of a text that it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.sandbox.form import File
from bridge.sandbox.page import Kind, Message


@dataclass(frozen=True, slots=True)
class Taken:
    """One text that the gateway took for one number: what the handset shows, and what came along.

    `id` is the submission's (the same for all its numbers), `door` the base URL it came to,
    `credits` what it cost, `message` and `fields` what was asked for, `at` UNIX seconds.
    """

    id: str
    door: str
    kind: Kind
    to: str
    text: str
    usercontext: str
    originator: str
    credits: int
    message: Message = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    at: float

    @property
    def files(self) -> tuple[File, ...]:
        """The files of an MMS."""
        return self.message.files
