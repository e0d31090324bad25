"""Inputs from seeds by small random changes, for where nothing guides the hunt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

_PIECES = (b"\r\n", b"\n", b"\r", b"\0", b"\xff", b".", b" ", b'"', b"=", b"<", b">", b"@", b":")
_MOST = 5  # changes to one input


def inputs(
    seeds: Sequence[bytes], words: Sequence[bytes], longest: int, random: Random
) -> Iterator[bytes]:
    """The seeds, and then without end what becomes of them; the same for the same `random`."""
    seeds = [each[:longest] for each in seeds] or [b""]
    yield from seeds
    while True:
        octets = random.choice(seeds)
        for _ in range(random.randint(1, _MOST)):
            octets = _changed(octets, seeds, (*words, *_PIECES), random)
        yield octets[:longest]


def _changed(
    octets: bytes, seeds: Sequence[bytes], words: Sequence[bytes], random: Random
) -> bytes:
    """One change: a piece is left out, repeated, put in, replaced, or taken from another seed."""
    start, end = sorted(random.randint(0, len(octets)) for _ in range(2))
    piece = octets[start:end]
    match random.randrange(6):
        case 0:
            return octets[:start] + octets[end:]
        case 1:
            return octets[:end] + piece * random.choice((1, 1, 2, 50)) + octets[end:]
        case 2:
            return octets[:start] + random.choice(words) + octets[start:]
        case 3:
            return octets[:start] + random.choice(words) + octets[end:]
        case 4:
            other = random.choice(seeds)
            begin = random.randint(0, len(other))
            return octets[:start] + other[begin : begin + end - start] + octets[end:]
        case _:
            flipped = bytes(each ^ 1 << random.randrange(8) for each in piece[:1])
            return octets[:start] + flipped + octets[start + 1 :]
