"""Texts that are in their charset but for a few octets: cut by a relay, or joined with the text
of a program that writes another.  Read strictly, one such octet would make nonsense of it all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MANY = frozenset(("utf-8", "gb18030", "big5hkscs", "cp932", "cp949", "euc_jp"))
"""The codecs of several octets to a character, whose texts are known by their looks."""

_LETTERS_TO_A_FLAW = 20
_CUT = re.compile(
    rb"(?:(?<![A-Z])[\xc2\xc3]|\xe2[\x80-\xbf]|\xf0\x9f[\x80-\xbf]?)\s{0,9}\Z"
)  # a degree sign, an umlaut, a dash, an emoji that begins; no word in windows-1252 ends so
_NEIGHBOURS = re.compile("[^\x00-\x7f]{2}")
_TOUCHED = re.compile("[^\x00-\x7f\ufffd]\ufffd|\ufffd[^\x00-\x7f\ufffd]")


@dataclass(frozen=True, slots=True)
class _Nearly:
    """Octets read in a charset: the text without flaws, how many, and its letters beyond ASCII.

    `touched`: a flaw stands beside such a letter.
    """

    text: str
    flaws: int
    letters: int
    touched: bool = False

    def counts(self, *, declared: bool) -> bool:
        """Whether the letters bear out the charset.

        One flaw among few letters is enough to doubt it, as octets of KOI8-R and of Chinese
        charsets make some: more are asked for where it is not declared, and beside the flaw.
        """
        if not self.flaws:
            return self.letters > 0
        least = 1 if declared else 2
        if self.touched:
            least = 5 if declared else _LETTERS_TO_A_FLAW
        return self.letters >= least and self.are_few

    @property
    def are_few(self) -> bool:
        """Whether the flaws are few among the letters."""
        return self.flaws <= max(1, self.letters // _LETTERS_TO_A_FLAW)


def mended(raw: bytes, codec: str, *, declared: bool) -> str | None:
    """The characters of octets that are nearly in a charset of `MANY`, without the flaws; None for
    what is not.

    `declared`: the mail says that it is in that charset; then a line that is wholly in another
    may be in windows-1252.
    """
    if codec != "utf-8":
        found = _nearly(raw, codec)
        likely = declared and found.are_few and _NEIGHBOURS.search(found.text)
        return found.text if likely else None
    cut = _CUT.search(raw)
    above = raw[: cut.start()] if cut else raw
    if cut and above.isascii():
        return above.decode()
    whole = _nearly(above, "utf-8")
    if whole.flaws and declared and b"\n" in above:
        return _in_lines(above)
    return whole.text if whole.counts(declared=declared) else None


def _in_lines(raw: bytes) -> str | None:
    """UTF-8 of which lines are in windows-1252 (a footer, an entry of a log); None where no line
    bears out that it is UTF-8.
    """
    lines = [(each, _nearly(each, "utf-8")) for each in raw.split(b"\n")]
    ours = [line for _, line in lines if line.counts(declared=True)]
    flaws, letters = sum(line.flaws for line in ours), sum(line.letters for line in ours)
    if not _Nearly("", flaws, letters).counts(declared=True):
        return None
    foreign = [each for each, line in lines if line.flaws and not line.counts(declared=True)]
    if foreign and not (any(not line.flaws for line in ours) and all(map(_is_western, foreign))):
        return None
    return "\n".join(
        each.decode("cp1252", "replace")
        if line.flaws and not line.counts(declared=True)
        else line.text
        for each, line in lines
    )


def _is_western(line: bytes) -> bool:
    """Whether octets are likely in windows-1252: most of them are ASCII."""
    return 2 * sum(each > 0x7F for each in line) <= len(line)


def _nearly(raw: bytes, codec: str) -> _Nearly:
    if raw.isascii():
        return _Nearly(raw.decode(), 0, 0)
    text, marked = raw.decode(codec, "ignore"), raw.decode(codec, "replace")
    flaws = marked.count("\ufffd") - text.count("\ufffd")
    touched = _TOUCHED.search(marked) is not None
    return _Nearly(text, flaws, sum(each > "\x7f" for each in text), touched)
