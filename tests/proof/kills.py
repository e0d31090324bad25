"""Nodes that are killed and paused under load, and their server restarted: what is left of it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path

from bridge.process import TRY_LATER
from tests.postgres import Server
from tests.proof.audit import Figures, audit
from tests.proof.chaos import Blow, Chaos
from tests.proof.clients import Crowd, letters
from tests.proof.ground import ground

HANDS = 8
"""Clients for each node, twice that where nodes are paused: half of them wait for one then."""

AHEAD, LEFT = 200, 16
"""Recipients acknowledged whose texts are not sent yet, at most, so that the end comes soon after;
and of how many more each blow may leave nothing but a doubt.
"""

ASTRAY = "nodes that ended as they should not"
BETWEEN = 20
"""Recipients acknowledged from one blow to the next, at least."""


async def proved(
    folder: Path,
    *,
    seed: int,
    blows: Sequence[Blow],
    nodes: int = 1,
    server: Server | None = None,
    recipients: int = 0,
) -> Figures:
    """Deal these blows while clients mail to so many recipients at least; the figures of it all."""
    began = time.monotonic()
    store = server.database() if server else ""
    async with ground(folder, seed=seed, nodes=nodes, store=store) as found:
        chance = random.Random(seed)
        for door in found.sandbox.doors:
            door.latency = 0.03
        ahead = AHEAD + LEFT * len(blows)
        crowd = Crowd(
            found.port,
            letters(chance),
            lambda crowd: crowd.recipients - len(found.ledger.taken) > ahead,
        )
        hands = [asyncio.create_task(crowd.hand()) for _ in range(_hands(nodes))]
        chaos = Chaos(found.nodes, crowd, chance, server)
        await chaos.deal(blows, max(BETWEEN, recipients // (len(blows) + 1)))
        await chaos.loaded(recipients)
        crowd.stop()
        await asyncio.gather(*hands)
        stored = await found.settled()
        ends = await found.stopped()
    figures = audit(found.ledger, stored, crowd.acknowledged, crowd.abandoned)
    for blow, count in chaos.befell.items():
        figures.counted[blow] = count
    figures.counted["nodes that found no store, and came back"] = ends[TRY_LATER]
    for node in found.nodes:
        figures.broken[ASTRAY] += node.astray
    figures.counted["mails mailed again without a 250"] = crowd.again
    figures.counted["seconds"] = round(time.monotonic() - began)
    return figures


def _hands(nodes: int) -> int:
    return HANDS if nodes == 1 else 2 * HANDS * nodes


def mixed(blows: int, restarts: int) -> Sequence[Blow]:
    """Kills and pauses, a stop now and then, and the server's restarts evenly among them."""
    round_ = (Blow.KILL, Blow.PAUSE, Blow.KILL, Blow.KILL, Blow.PAUSE, Blow.STOP)
    found = [round_[n % len(round_)] for n in range(blows)]
    for n in range(restarts, 0, -1):
        found.insert(n * blows // (restarts + 1), Blow.RESTART if n % 2 else Blow.CRASH)
    return found
