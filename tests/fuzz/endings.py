"""Where a mail ends, against a plain second reading of RFC 5321."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from bridge.core.model import Refusal
from bridge.listeners.smtp_data import DataDecoder, Ending, Ends, Room, Share
from tests.fuzz import words
from tests.fuzz.target import Target

MAIL = b"Subject: Disk\r\n\r\nDisk is full\r\n..dot\r\n.\r\n"
CHUNKS = (1 << 20, 1, 2, 3, 5, 7, 16, 64)
LIMIT = 96  # octets of a mail, so that short inputs reach it


def data(octets: bytes) -> None:
    """T1: cut as it may be, DATA ends where a plain reading says, so that nothing is smuggled.

    The first octet says how it is cut, and how the session ended its lines.
    """
    how, octets = octets[0] if octets else 0, octets[1:]
    ends = (Ends.CRLF, Ends.CRLF, Ends.MIXED, Ends.LF)[how >> 6]
    limit = LIMIT if how & 8 else 1 << 20
    for size in (1 << 20, CHUNKS[how % len(CHUNKS)]):
        _check_ending(_decoded(pieces(octets, size), limit, ends), octets, limit, ends)


def _decoded(parts: Iterator[bytes], limit: int, ends: Ends) -> Ending | None:
    """The ending, with all octets behind it."""
    with Share(Room(1 << 30)) as share:
        decoder = DataDecoder(limit, share, ends=ends)
        for piece in parts:
            ending = decoder.feed(piece)
            if ending is not None:
                return replace(ending, rest=ending.rest + b"".join(parts))
    return None


def _check_ending(found: Ending | None, octets: bytes, limit: int, ends: Ends) -> None:
    """It is what a plain reading of RFC 5321 says."""
    expected = _plainly(octets, ends)
    if isinstance(expected, tuple):
        mail, rest = expected
        assert found is not None, "an end was not seen"
        if len(mail) > limit:
            assert isinstance(found.mail, Refusal), "too large"
        else:
            assert found.mail == mail
        assert found.rest == rest or found.hang_up, "commands were lost, or made of a mail"
    elif expected == "broken":
        assert found is not None, "what is broken was not seen"
        assert isinstance(found.mail, Refusal)
        assert found.hang_up, "what follows would be read as commands"
    elif found is not None:
        assert isinstance(found.mail, Refusal), "a mail without its end"
        assert found.hang_up
        assert len(octets) > 2 * limit


def _plainly(octets: bytes, ends: Ends) -> tuple[bytes, bytes] | Literal["broken", "unended"]:
    """The mail and what is behind it."""
    strict = ends is Ends.CRLF
    raw = (b"\n" if ends is Ends.LF else b"\r\n") + octets
    dot = re.search(rb"\r\n\.\r\n" if strict else rb"\r?\n\.\r?\n", raw)
    until = raw[: dot.end()] if dot else raw.removesuffix(b"\r")
    if re.search(rb"\r(?!\n)|\0" + rb"|(?<!\r)\n" * strict, until):
        return "broken"
    if dot is None:
        return "unended"
    only_lf = ends is Ends.LF and b"\r" not in until
    if dot[0] != b"\r\n.\r\n" and not (dot[0] == b"\n.\n" and only_lf):
        return "broken"
    lines = re.split(rb"\r?\n", raw[: dot.start()])[1:]
    mail = b"".join(line.removeprefix(b".") + b"\r\n" for line in lines)
    return mail, raw[dot.end() :]


def pieces(octets: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(octets), size):
        yield octets[at : at + size]


def _endings() -> Sequence[bytes]:
    ends = [
        b"\r\n.\r\n",
        b"\n.\n",
        b"\r.\r",
        b"\r\n.\n",
        b"\n.\r\n",
        b"\r\r\n.\r\n",
        b"\r\n\0.\r\n",
    ]
    mails = [b"a\r\n" + end + b"MAIL FROM:<smug@x>\r\n" for end in ends]
    mails += [MAIL, b".\r\n", b"..\r\n"]
    return [bytes([how]) + each for how in (0, 9, 129, 193, 203) for each in mails]


TARGETS = (Target("data", data, _endings, words.DATA, longest=512),)
