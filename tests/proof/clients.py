"""Clients that mail and never lose count: what was answered 250, and what was given up without."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bridge.cli.playground import OWNER
from tests.flows.conftest import MACHINE, until
from tests.flows.load import mailed

PAUSE = 0.2
PATIENCE = 15.0
"""Seconds that a client waits for a reply, longer than a node is paused here: one that gives up
as our 250 reaches it mails again what was taken, and nobody can help that (RFC 1047).
"""

LONGEST_REST = 600.0

PREFIX = 4477009_00000
ENDINGS = 10_000
LEAST = 1000
"""Numbers whose last four digits are less are magic to the sandbox."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to numbers that no other mail is to; `insists`: it is mailed until it has its 250."""

    sender: str
    numbers: Sequence[str]
    text: str
    parts: int = 1
    insists: bool = True


def letters(chance: random.Random) -> Iterator[Letter]:
    """Mails of a person and of a machine, without end."""
    free = numbers()
    while True:
        sender = chance.choice((OWNER, MACHINE))
        to = [next(free) for _ in range(3 if chance.random() < 0.1 else 1)]
        insists = chance.random() < 0.8
        if sender == OWNER and chance.random() < 0.1:
            yield in_two_parts(to, insists=insists)
        else:
            yield Letter(sender, to, f"{sender} to {to[0]}", insists=insists)


def in_two_parts(to: Sequence[str], *, insists: bool = True) -> Letter:
    """A person's mail that is too long for one text, in letters that only Unicode has."""
    text = f"Привет {to[0]} " + "ещё " * 20
    return Letter(OWNER, to, text.strip(), parts=2, insists=insists)


def numbers() -> Iterator[str]:
    """Numbers of which the sandbox thinks nothing special, each once."""
    for n in range(PREFIX, PREFIX + 10 * ENDINGS):
        if n % ENDINGS >= LEAST:
            yield str(n)


class Crowd:
    """Clients that mail the same list of letters, as many at a time as there are hands.

    `port` says where to, at each connection.  A mail without its 250 is mailed again, to the
    octet, as mail servers do; or given up, as some devices do.  While it is `enough`, no mail
    begins.
    """

    def __init__(
        self,
        port: Callable[[], int],
        letters: Iterator[Letter],
        enough: Callable[[Crowd], bool] = lambda _: False,
    ) -> None:
        self.acknowledged: list[Letter] = []
        self.abandoned: list[Letter] = []
        self.again = 0
        self.recipients = 0
        self._port = port
        self._letters = letters
        self._enough = enough
        self._stopping = False

    def stop(self) -> None:
        """Begin no more mails; those that were begun are seen through."""
        self._stopping = True

    async def hand(self) -> None:
        """Mail one letter after the other until stopped."""
        for letter in self._letters:
            await self.one(letter)
            await until(self._goes_on, LONGEST_REST)
            if self._stopping:
                break

    async def _goes_on(self) -> bool:
        return self._stopping or not self._enough(self)

    async def one(self, letter: Letter) -> None:
        """Mail one letter, and again, until it has its 250 or is given up."""
        while True:
            try:
                async with asyncio.timeout(PATIENCE):
                    await mailed(self._port(), letter.sender, letter.numbers, letter.text)
            except (OSError, EOFError):  # TimeoutError is one
                await asyncio.sleep(PAUSE)
            else:
                self.acknowledged.append(letter)
                self.recipients += len(letter.numbers)
                return
            if not letter.insists:
                self.abandoned.append(letter)
                return
            self.again += 1
