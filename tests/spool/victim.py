"""A daemon to be killed: it says what it promised, line by line, as soon as it did.

`accepted ID`, `begun ID`, `settled ID`; `broken` when the store can promise nothing any more.
With the word `storm` its clients are machines that mail similar alerts.
"""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import count

from bridge.core.model import Text
from bridge.core.outcomes import Accepted
from bridge.core.promises import Folding
from bridge.spool.contract import Broken
from bridge.spool.opening import open_spool
from tests.spool.conftest import HOST, NO_ANSWER, NOW, Story

CLIENTS = 4


def say(*words: str) -> None:
    """One line, in one write: a kill leaves it whole or absent."""
    os.write(1, (" ".join(words) + "\n").encode())


async def client(story: Story, folding: Folding | None) -> None:
    """Mail without end."""
    while True:
        mail = story.mail(texts=(Text(f"Disk {next(story.numbers)}% full"),), folding=folding)
        say("accepted", await story.spool.accept(mail))


async def submitter(story: Story) -> None:
    """Send without end, to a gateway that takes everything."""
    while True:
        for lease in await story.spool.lease_submissions("victim", 3, NOW + 1, NOW + 60):
            if lease.orphaned:  # of the victim before
                await story.judged(lease, NO_ANSWER, NOW + 1)
                continue
            assert await story.spool.begin(lease, HOST, NOW + 1)
            say("begun", lease.item.id)
            assert await story.judged(lease, Accepted(lease.item.id), NOW + 1)
            say("settled", lease.item.id)
        await asyncio.sleep(0)


async def main(url: str, first: int, folding: Folding | None) -> None:
    """Work until killed, or until the disk fails."""
    story = Story(url, await open_spool(url, daemon=True), numbers=count(first))
    clients = [client(story, folding) for _ in range(CLIENTS)]
    try:
        await asyncio.gather(submitter(story), *clients)
    except Broken:
        say("broken")


if __name__ == "__main__":
    machine = Folding("nagios1", 120.0, 3600.0) if "storm" in sys.argv else None
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), machine))
