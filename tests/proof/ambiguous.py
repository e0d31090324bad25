"""Answers that do not say whether a text was sent, of each kind there is, and what follows.

Half of the texts are a person's (in doubt: tell), half a machine's (resend).  The gateway took half
of what it answers so, and reports on half of that; a resend is answered so again in half of the
cases.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bridge.cli.playground import OWNER
from bridge.sandbox.door import Asked
from bridge.sandbox.trouble import Cut, Drop, Hang, Raw, Reply, Trouble
from tests.flows.conftest import MACHINE
from tests.proof.audit import Figures, audit
from tests.proof.clients import Crowd, Letter, numbers
from tests.proof.ground import ground
from tests.proof.nodes import HASTY

HANDS = 16
UNDAUNTED = (*HASTY, "undaunted")
PAGE = b"<html><head><title>Error</title></head><body>Something went wrong.</body></html>"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 30\r\n\r\n"
KINDS: Mapping[str, tuple[Trouble, Trouble]] = {
    name: (lost, taken)
    for name, lost, taken in (
        ("HTTP 500", Reply(PAGE, 500), Reply(PAGE, 500, taken=True)),
        ("HTTP 502", Reply(PAGE, 502), Reply(PAGE, 502, taken=True)),
        ("HTTP 504", Reply(PAGE, 504), Reply(PAGE, 504, taken=True)),
        ("200 with HTML", Reply(PAGE), Reply(PAGE, taken=True)),
        ("200, empty", Reply(b""), Reply(b"", taken=True)),
        ("200 with junk", Reply(b"\0\x17 OK-ish"), Reply(b"\0\x17 OK-ish", taken=True)),
        ("body cut off", Raw(HEAD + b"ID:10"), Raw(HEAD + b"ID:10", taken=True)),
        ("our line missing", Cut(), Cut()),
        ("time-out after the request", Hang(), Hang(taken=True)),
        ("reset after the request", Drop(), Drop(taken=True)),
        ("closed after the request", Raw(b""), Raw(b"", taken=True)),
    )
}
"""Each kind: where the gateway took nothing, and where it did and its answer was lost."""


class Mood:
    """What each request meets, by the kind that its first number was given."""

    def __init__(self, kinds: Mapping[str, str], chance: random.Random) -> None:
        self._kinds = kinds
        self._chance = chance
        self._met: set[str] = set()

    def __call__(self, asked: Asked) -> Trouble | None:
        number = asked.form.get("to").partition(",")[0]
        kind = self._kinds.get(number)
        if kind is None:
            return None
        again = number in self._met
        self._met.add(number)
        if again and self._chance.random() < 0.5:
            return None
        lost, taken = KINDS[kind]
        return self._chance.choice((lost, taken))


def _letter(kind: str, n: int, free: Iterator[str]) -> Letter:
    """A mail to one number; where a line is to be missing, to another before it."""
    to = [next(free) for _ in range(2 if KINDS[kind][0] == Cut() else 1)]
    sender = (OWNER, MACHINE)[n % 2]
    return Letter(sender, to, f"{sender} to {to[0]}")


async def proved(folder: Path, *, seed: int, each: int) -> Mapping[str, Figures]:
    """So many ambiguous answers of each kind; the figures of each."""
    began = time.monotonic()
    chance, free = random.Random(seed), numbers()
    letters = {kind: [_letter(kind, n, free) for n in range(each)] for kind in KINDS}
    kinds = {letter.numbers[0]: kind for kind, alike in letters.items() for letter in alike}
    settings = {"timeout": "1 s", "connections": 64}
    async with ground(folder, seed=seed, command=UNDAUNTED, gateway=settings) as found:
        for door in found.sandbox.doors:
            door.mood = Mood(kinds, chance)
        mixed = [letter for alike in zip(*letters.values(), strict=True) for letter in alike]
        crowd = Crowd(found.port, iter(mixed))
        await asyncio.gather(*(crowd.hand() for _ in range(HANDS)))
        stored = await found.settled()
        await found.stopped()
    figures = {kind: audit(found.ledger, stored, alike) for kind, alike in letters.items()}
    for every in figures.values():
        every.counted["seconds, of all kinds"] = round(time.monotonic() - began)
    return figures
