"""The files of a mail, as they came."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_NAME = 80  # characters that are told


@dataclass(frozen=True, slots=True)
class File:
    """A file of a mail, as it came: the sender's name for it is not to be trusted.

    `of_history`: the HTML shows it in the mail that is quoted, with which it falls.
    """

    name: str
    media_type: str
    body: bytes = field(repr=False)
    of_history: bool = False

    @property
    def told(self) -> str:
        """What it is called in a sentence: its name, else its type."""
        return self.name[:MAX_NAME] or self.media_type
