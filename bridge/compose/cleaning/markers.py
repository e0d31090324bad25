"""The marks by which a mail itself says where its text begins and ends.

They are the vendor's, and work for machines too: `[StartOfMessage]`, `[EndOfMessage]`, `{end sms}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.compose.cleaning.sheet import Sheet
from bridge.compose.lines import Line

_START = "[startofmessage]"
_END = "[endofmessage]"
_OPEN = ("[", "{")
_MARKER = re.compile(r"(\[(?:start|end)ofmessage\]|\{ ?end ?sms ?\})", re.IGNORECASE)


def apart(lines: Iterable[Line]) -> list[Line]:
    """The lines with each marker on a line of its own; those in quoted lines stay where they are.

    >>> apart([Line("Yes{end sms} Jo")])
    [Line(text='Yes', within=''), Line(text='{end sms}', within=''), Line(text=' Jo', within='')]
    """
    found: list[Line] = []
    for line in lines:
        text, within = line
        is_marked = ("[" in text or "{" in text) and _MARKER.search(text)
        if not is_marked or text.lstrip().startswith(">"):
            found.append(line)
        else:
            found += (Line(piece, within) for piece in _MARKER.split(text) if piece)
    return found


def markers(sheet: Sheet) -> list[range]:
    """All but what is between `[StartOfMessage]` and `[EndOfMessage]`, and before `{end sms}`.

    Example:
        ~ Dear gateway,
        ~ [StartOfMessage]
          Tea is ready
        ~ [EndOfMessage]
        ~ Jo
    """
    kinds = [said[:1] in _OPEN and _MARKER.fullmatch(said) and said.lower() for said in sheet.said]
    if not any(kinds):
        return []
    begin = kinds.index(_START) + 1 if _START in kinds else 0
    ends = [at for at in range(begin, len(kinds)) if kinds[at] and kinds[at] != _START]
    first_end = next((at for at in ends if kinds[at] == _END), len(kinds))
    stop = min([first_end, *(at for at in ends if kinds[at] != _END)])
    return [range(begin), range(stop, len(kinds))]
