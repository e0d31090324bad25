"""Where a mail ends: the octets after DATA, chunk by chunk, without I/O.

Only CRLF.CRLF ends a mail.  A bare LF, a bare CR or a NUL is refused at once, before anything
after it can be read as a command (SMTP smuggling); old devices may have their bare LF read as
CRLF, but not as an end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import TracebackType

from bridge.core.model import Refusal

_END = b"\r\n.\r\n"
_BARE_LF = re.compile(rb"(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class Ending:
    """How DATA ended: the mail as it was meant or a no, and the octets after it.

    `hang_up`: what follows cannot be trusted to be commands, so the connection must end.
    """

    mail: bytes | Refusal = field(repr=False)
    rest: bytes = field(default=b"", repr=False)
    hang_up: bool = False


BUSY = Refusal(452, "4.3.1", "too many mails come in at once; please try again later")


class Room:
    """How many octets all the mails that are coming in may hold together."""

    def __init__(self, octets: int) -> None:
        self.free = octets


class Share:
    """What one mail holds of a room, until it is left."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._held = 0

    def holds(self, octets: int) -> bool:
        """Hold so many octets in all, if there is room; once held, they stay so."""
        more = max(0, octets - self._held)
        if more > self._room.free:
            return False
        self._room.free -= more
        self._held += more
        return True

    def __enter__(self) -> Share:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._room.free += self._held
        self._held = 0


class DataDecoder:
    """Takes chunks until the mail ends; holds no more than a third above `limit` octets.

    They are its `share` of what all mails may hold together; where that does not suffice, the
    client is asked to come again.
    """

    def __init__(self, limit: int, share: Share, *, normalise: bool = False) -> None:
        self._limit = limit
        self._share = share
        self._normalise = normalise
        # The CRLF of the DATA line counts: a mail whose first line is the dot is empty.
        self._raw = bytearray(b"\r\n")
        self._checked = 2
        self._read = 0
        self._over = False

    def feed(self, chunk: bytes) -> Ending | None:
        """The ending, if it is in this chunk; None if more is to be read."""
        raw = self._raw
        searched = max(0, len(raw) - len(_END) + 1)
        raw += chunk
        self._read += len(chunk)
        if not self._share.holds(len(raw)):
            return Ending(BUSY, b"", True)
        found = raw.find(_END, searched)
        fault = self._fault(found + len(_END) if found >= 0 else len(raw))
        if fault:
            return Ending(
                Refusal(521, "5.6.0", f"{fault} in the mail; lines end in CRLF"), b"", True
            )
        if found >= 0:
            return self._ended(found)
        if self._read > 2 * self._limit + len(_END):
            return Ending(self._too_large(), b"", True)
        # A stuffed dot can make four octets of three, so only above this is the mail too large.
        if len(raw) > self._limit + self._limit // 3 + len(_END):
            self._over = True
        if self._over:
            self._forget()
        return None

    def _ended(self, found: int) -> Ending:
        rest = bytes(self._raw[found + len(_END) :])
        if self._over:
            return Ending(self._too_large(), rest)
        mail = bytes(self._raw[: found + 2])
        if self._normalise:
            mail = _BARE_LF.sub(b"\r\n", mail)
        mail = mail.replace(b"\r\n.", b"\r\n")[2:]  # RFC 5321, 4.5.2
        return Ending(self._too_large() if len(mail) > self._limit else mail, rest)

    def _fault(self, end: int) -> str:
        """What is wrong in the octets up to `end` that were not looked at yet."""
        raw, start = self._raw, self._checked
        if raw[end - 1] == 0x0D:
            end -= 1  # its LF may come in the next chunk
        if end <= start:
            return ""
        self._checked = end
        pairs = raw.count(b"\r\n", start, end)
        if raw.count(b"\r", start, end) != pairs:
            return "bare CR"
        if raw.count(b"\n", start, end) != pairs and not self._normalise:
            return "bare LF"
        return "NUL" if raw.find(0, start, end) >= 0 else ""

    def _forget(self) -> None:
        """Keep only what may be the beginning of the end."""
        dropped = max(0, len(self._raw) - len(_END))
        del self._raw[:dropped]
        self._checked = max(0, self._checked - dropped)

    def _too_large(self) -> Refusal:
        return Refusal(552, "5.3.4", f"the mail is larger than {self._limit} octets")
