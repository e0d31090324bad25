"""Where a mail ends: the octets after DATA, chunk by chunk, without I/O.

Only CRLF.CRLF ends a mail.  A bare LF, a bare CR or a NUL is refused at once, before anything
after it can be read as a command (SMTP smuggling).  An old device may have its bare LF read as
CRLF.  Its mail ends at CRLF.CRLF too, as with Postfix's `smtpd_forbid_bare_newline = normalize`;
where no line of the whole session ended otherwise than in LF, it ends at LF.LF, if nothing but
QUIT follows before the answer: text that only looks like an end goes on.  A dot alone between
other line ends is neither text nor an end, but refused.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType

from bridge.core.model import Refusal

_END = b"\r\n.\r\n"
_LF_END = b"\n.\n"
_BARE_LF = re.compile(rb"(?<!\r)\n")
_DOT_ALONE = re.compile(rb"\r?\n\.\r?\n")


class Ends(Enum):
    """How the lines of a session end, and so its mails."""

    CRLF = "CRLF alone"
    MIXED = "CRLF, or LF inside a mail"
    LF = "LF alone, so far"


@dataclass(frozen=True, slots=True)
class Ending:
    """How DATA ended: the mail as it was meant or a no, and the octets after it.

    `hang_up`: what follows cannot be trusted to be commands, so the connection must end.
    `bare`: it was LF.LF, which is an end only if the client then waits for the answer.
    """

    mail: bytes | Refusal = field(repr=False)
    rest: bytes = field(default=b"", repr=False)
    hang_up: bool = False
    bare: bool = False


BUSY = Refusal(452, "4.3.1", "too many mails come in at once; please try again later")


class Room:
    """How many octets all the mails that are coming in may hold together.

    `most` is what those of one client may, so that it leaves room for others; 0: all.  A `small`
    mail waits for no other of its client: an alert comes in beside the pictures of many.
    """

    def __init__(self, octets: int, most: int = 0) -> None:
        self.free = octets
        self.most = most or octets
        self.small = self.most // 512
        self.held: Counter[str] = Counter()


class Share:
    """What one mail of a client holds of a room, until it is left."""

    def __init__(self, room: Room, client: str = "") -> None:
        self._room = room
        self._client = client
        self._held = 0

    def holds(self, octets: int) -> bool:
        """Hold so many octets in all, if there is room; once held, they stay so."""
        room, more = self._room, max(0, octets - self._held)
        left = room.most - room.held[self._client] if octets > room.small else room.free
        if more > min(room.free, left):
            return False
        self._take(more)
        return True

    def _take(self, octets: int) -> None:
        self._held += octets
        self._room.free -= octets
        self._room.held[self._client] += octets

    def __enter__(self) -> Share:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._take(-self._held)
        if not self._room.held[self._client]:
            del self._room.held[self._client]


class DataDecoder:
    """Takes chunks until the mail ends; holds no more than a third above `limit` octets.

    They are its `share` of what all mails may hold together; where that does not suffice, the
    client is asked to come again.  `bare_lf` and `crlf` say what ended lines so far.
    """

    def __init__(self, limit: int, share: Share, *, ends: Ends = Ends.CRLF) -> None:
        self._limit = limit
        self._share = share
        self._ends = ends
        self.bare_lf = False
        self.crlf = False
        # The end of the DATA line counts: a mail whose first line is the dot is empty.
        self._raw = bytearray(b"\n" if ends is Ends.LF else b"\r\n")
        self._checked = len(self._raw)
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
        dot = self._dot(searched)
        fault = self._fault(dot[1] if dot else len(raw))
        if dot and not fault and not self._is_end(*dot):
            fault = "dot alone beside a bare LF"
        if fault:
            return Ending(
                Refusal(521, "5.6.0", f"{fault} in the mail; lines end in CRLF"), b"", True
            )
        if dot:
            return self._ended(*dot)
        if self._read > 2 * self._limit + len(_END):
            return Ending(self._too_large(), b"", True)
        # A stuffed dot can make four octets of three, so only above this is the mail too large.
        if len(raw) > self._limit + self._limit // 3 + len(_END):
            self._over = True
        if self._over:
            self._forget()
        return None

    def _dot(self, searched: int) -> tuple[int, int] | None:
        """From where to where the first dot alone on a line stands, with the line ends around."""
        if self._ends is Ends.CRLF:
            found = self._raw.find(_END, searched)
            return (found, found + len(_END)) if found >= 0 else None
        alone = _DOT_ALONE.search(self._raw, searched)
        return alone.span() if alone else None

    def _is_end(self, start: int, end: int) -> bool:
        """Whether such a dot ends the mail."""
        dot = self._raw[start:end]
        return dot == _END or (dot == _LF_END and self._ends is Ends.LF and not self.crlf)

    def _ended(self, start: int, end: int) -> Ending:
        rest = bytes(self._raw[end:])
        bare = self._raw[end - 2] != 0x0D
        if self._over:
            return Ending(self._too_large(), rest, bare=bare)
        mail = bytes(self._raw[: self._raw.index(b".", start)])
        if self._ends is not Ends.CRLF:
            mail = _BARE_LF.sub(b"\r\n", mail)
        mail = mail.replace(b"\r\n.", b"\r\n")[2:]  # RFC 5321, 4.5.2
        return Ending(self._too_large() if len(mail) > self._limit else mail, rest, bare=bare)

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
        self.crlf |= pairs > 0
        self.bare_lf |= raw.count(b"\n", start, end) != pairs
        if self.bare_lf and self._ends is Ends.CRLF:
            return "bare LF"
        return "NUL" if raw.find(0, start, end) >= 0 else ""

    def _forget(self) -> None:
        """Keep only what may be the beginning of the end."""
        dropped = max(0, len(self._raw) - len(_END))
        del self._raw[:dropped]
        self._checked = max(0, self._checked - dropped)

    def _too_large(self) -> Refusal:
        return Refusal(552, "5.3.4", f"the mail is larger than {self._limit} octets")
