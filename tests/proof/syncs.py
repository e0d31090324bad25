"""A fixed scenario, in which the daemon is killed as it enters its n-th sync, for each n there is.

The daemon starts on no store at all; two mails come in, one in two parts and one to three numbers,
of which one is no number; each text is reported as delivered and answered; a notice tells of the
number.
"""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from tests.flows.conftest import MACHINE, until
from tests.proof.audit import Figures, audit
from tests.proof.clients import Crowd, Letter, in_two_parts
from tests.proof.ground import Ground, ground

STRACE = shutil.which("strace")
TRACED = str(Path(__file__).with_name("traced.py"))
TAKEN, ANSWERS = 4, 4
INVALID = "447700900002"
LETTERS = (
    in_two_parts(("447700911000",)),
    Letter(MACHINE, ("447700911001", "447700911002", INVALID), "The disk is full"),
)


async def proved(folder: Path, syncs: Iterable[int]) -> Figures:
    """Kill at each of these syncs, up to the first that never comes; the figures of all runs."""
    began = time.monotonic()
    figures = Figures()
    for nth in syncs:
        place = folder / str(nth)
        place.mkdir()
        found, died = await _one(place, nth)
        if not died:
            break
        figures += found
        figures.counted[KILLED] += 1
    figures.counted["seconds"] = round(time.monotonic() - began)
    return figures


KILLED = "syncs at which the daemon was killed"


async def _one(folder: Path, nth: int) -> tuple[Figures, bool]:
    """The scenario, killed at the n-th sync; and whether there was one."""
    async with ground(folder, seed=nth, command=(TRACED, str(nth))) as found:
        found.network.reported = found.network.answered = 1.0
        found.network.undeliverable = 0.0
        crowd = Crowd(found.port, iter(LETTERS))
        await crowd.hand()
        await until(lambda: _over(found))
        stored = await found.settled()
        died = found.nodes[0].ends[-signal.SIGKILL] > 0
        await found.stopped()
    return audit(found.ledger, stored, crowd.acknowledged), died


async def _over(found: Ground) -> bool:
    """Whether all that is to happen to texts happened, or will not since they are in doubt."""
    return len(found.ledger.taken) >= TAKEN or bool(found.nodes[0].ends)
