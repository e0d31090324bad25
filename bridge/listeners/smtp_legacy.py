"""An old device at the SMTP door: what it is forgiven, and that the log names it."""

from __future__ import annotations

import re

from bridge import maillog
from bridge.listeners.smtp_data import DataDecoder, Ends

COMMAND_MAX = 512  # RFC 5321, 4.5.3.1.4, with CRLF
TEXT_MAX = 1000  # RFC 5321, 4.5.3.1.6, with CRLF

_TOO_LONG = re.compile(rb"[^\n]{%d}" % TEXT_MAX)


class OldDevice:
    """A client in `smtp.legacy_networks`, on one connection."""

    def __init__(self, peer: str) -> None:
        self._peer = peer
        self._named: set[str] = set()
        self._only_lf = True

    @property
    def ends(self) -> Ends:
        """How its next mail may end: with LF.LF only if it never ended a line otherwise."""
        return Ends.LF if self._only_lf else Ends.MIXED

    def does(self, habit: str) -> None:
        """Name in the log what it does wrong; each habit once."""
        if habit not in self._named:
            self._named.add(habit)
            maillog.legacy(self._peer, habit=habit)

    def said(self, line: bytes) -> None:
        """It said a line, which is here with its end."""
        if len(line) > COMMAND_MAX:
            self.does("a long command")
        if line.endswith(b"\r\n"):
            self._only_lf = False
        else:
            self.does("a bare LF after a command")

    def mailed(self, mail: bytes, decoder: DataDecoder) -> None:
        """It sent a mail, which is here with CRLFs."""
        self._only_lf = self._only_lf and not decoder.crlf
        if decoder.bare_lf:
            self.does("a bare LF in a mail")
        if _TOO_LONG.search(mail):
            self.does("a long line in a mail")
