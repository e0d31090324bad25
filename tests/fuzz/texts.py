"""What a text costs and where it is cut, against a slow second reading of the same rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridge.core import gsm
from tests.fuzz import words
from tests.fuzz.target import Target, check_text
from tests.mails.table import rows


def texts(octets: bytes) -> None:
    """T72: a text is counted, replaced, cut and numbered, and nothing of it is lost or split.

    The first octet says how much room a part has.
    """
    room, text = 12 + (octets[0] if octets else 0), octets[1:].decode("utf-8", "replace")
    if len(text) <= 1000:
        assert gsm.segments(text) == _segments(text)
    replaced = gsm.with_lookalikes_replaced(text)
    assert gsm.with_lookalikes_replaced(replaced) == replaced, "replaced twice"
    assert gsm.segments(replaced) <= gsm.segments(gsm.normalised(text)), "dearer than before"
    _check_parts(text.replace("\0", ""), room)
    for most in (1, 2, 4):
        _check_shortened(text, most)


def _segments(text: str) -> int:
    """Segment after segment, as a handset would have them (3GPP TS 23.040, 9.2.3.24)."""
    if gsm.ALPHABET.issuperset(text):
        widths, alone, room = [1 + (c in gsm.EXTENSION) for c in text], 160, 153
    else:
        widths, alone, room = [len(c.encode("utf-16-le")) // 2 for c in text], 70, 67
    if sum(widths) <= alone:
        return 1
    filled = [0]
    for width in widths:
        if filled[-1] + width > room:
            filled.append(0)
        filled[-1] += width
    return len(filled)


def _check_parts(text: str, room: int) -> None:
    found = gsm.parts(text, room)
    assert found
    bare = []
    for n, part in enumerate(found, 1):
        check_text(part)
        assert gsm.units(part) <= room, (gsm.units(part), room, part)
        number = f"({n}/{len(found)}) " if len(found) > 1 else ""
        assert part.startswith(number.rstrip()), part
        bare.append(part[len(number) :])
    assert re.sub(r"\s", "", "".join(bare)) == re.sub(r"\s", "", text), "words were lost"


def _check_shortened(text: str, most: int) -> None:
    cut = gsm.shortened(text, lambda each: gsm.segments(each) <= most)
    assert cut.endswith(gsm.MARK)
    kept = cut.removesuffix(gsm.MARK)
    assert text.startswith(kept), "not its beginning"
    assert gsm.segments(cut) <= most, "over the limit"


def _texts() -> Sequence[bytes]:
    written = ["Hello Sam", "€" * 81, "Łódź " * 40, "“ok” – 1½…", "🇬🇧" * 40]
    written += ["a" * 307, "я" * 135, "e\u0301" * 90]
    written.append("👨\u200d👩\u200d👧" * 20)
    answers = [row.text for row in rows()][::8]
    return [b"\x3a" + each.encode() for each in (*written, *answers)]


TARGETS = (Target("texts", texts, _texts, words.TEXT, longest=3072),)
