"""The files of a mail, as they came."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from bridge.compose.reading import transfer

MAX_NAME = 80  # characters that are told
BEGINNING = 256  # octets of base64 by which a file is known
LEAST = 64  # octets that they must make for that


@dataclass(frozen=True)
class File:
    """A file of a mail, as it came: the sender's name for it is not to be trusted.

    `sent` are its octets in the transfer encoding `encoding`, which is undone where they are asked
    for: of most files only the beginning is.  `of_history`: the HTML shows it in the mail that is
    quoted, with which it falls.
    """

    name: str
    media_type: str
    sent: bytes = field(repr=False)
    of_history: bool = False
    encoding: str = ""

    @cached_property
    def body(self) -> bytes:
        """Its octets."""
        return transfer.decoded(self.sent, self.encoding)

    @cached_property
    def beginning(self) -> bytes:
        """Its first octets, some 60 or more if it has so many; b"" of an empty file alone."""
        head = self.sent[:BEGINNING] if self.encoding == "base64" else b""
        begun = b"" if b"=" in head else transfer.from_base64(head)
        return begun if len(begun) >= LEAST else self.body[:BEGINNING]

    @property
    def told(self) -> str:
        """What it is called in a sentence: its name, else its type."""
        return self.name[:MAX_NAME] or self.media_type
