"""Structured header fields, word by word: white space and comments, quoted strings, marks.

Strict, in one pass, and with no more than `mime.MAX_STRUCTURED` characters: who may send is told
by such fields (RFC 5322, 3.2).
"""

from __future__ import annotations

import re

from bridge.compose.reading.mime import MAX_STRUCTURED

_BETWEEN = re.compile(r"[ \t\r\n]+|\(")
_IN_COMMENT = re.compile(r"[^()\\]+|\\.|[()]", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PAIR = re.compile(r"\\(.)", re.DOTALL)


class Unreadable(Exception):
    """The field is not written as its grammar has it."""


class Reader:
    """Reads one field from its beginning to its end; raises `Unreadable` where it is no such field.

    White space and comments are passed over in front of whatever is read.
    """

    def __init__(self, value: str) -> None:
        if len(value) > MAX_STRUCTURED:
            raise Unreadable
        self._value = value
        self._at = 0

    def found(self, pattern: re.Pattern[str]) -> str:
        """What comes next, if it fits; else ""."""
        self._pass_over()
        match = pattern.match(self._value, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match[0]

    def taken(self, pattern: re.Pattern[str]) -> str:
        """What comes next, which must fit and be something."""
        found = self.found(pattern)
        if not found:
            raise Unreadable
        return found

    def quoted(self) -> str | None:
        """A quoted string as it is meant; None where something else comes next."""
        found = self.found(_QUOTED)
        return _PAIR.sub(r"\1", found[1:-1]) if found else None

    def sees(self, mark: str) -> bool:
        """Whether this mark comes next, which is then passed."""
        self._pass_over()
        seen = self._value.startswith(mark, self._at)
        self._at += len(mark) if seen else 0
        return seen

    def must_see(self, mark: str) -> None:
        """Pass a mark that has to be there."""
        if not self.sees(mark):
            raise Unreadable

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        self._pass_over()
        return self._at == len(self._value)

    def must_end(self) -> None:
        """Nothing may be left."""
        if not self.is_at_end:
            raise Unreadable

    def _pass_over(self) -> None:
        at, depth = self._at, 0
        while match := (_IN_COMMENT if depth else _BETWEEN).match(self._value, at):
            depth += (match[0] == "(") - (match[0] == ")")
            at = match.end()
        if depth:
            raise Unreadable
        self._at = at
