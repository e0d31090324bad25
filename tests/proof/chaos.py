"""What befalls the nodes: killed, paused, left without their store, at moments nobody chose."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.flows.conftest import until
from tests.postgres import Server
from tests.proof.clients import Crowd
from tests.proof.nodes import Node

WITHIN = 0.15
"""Seconds in which a blow comes at any moment, once there was load enough since the last."""

LOAD_WITHIN = 60.0
PAUSES = (0.2, 8.0)
"""Seconds, at least and at most, for which a node is paused: up to about twice a lease, and less
than a client's patience."""


class Blow(StrEnum):
    """What befalls a node, or the server that all share, as it is counted."""

    KILL = "nodes killed"
    PAUSE = "nodes paused"
    STOP = "nodes stopped with SIGTERM"
    RESTART = "restarts of the server, fast"
    CRASH = "restarts of the server, immediate"


@dataclass
class Chaos:
    """Deals blows under the load of a crowd; `befell` counts them."""

    nodes: Sequence[Node]
    crowd: Crowd
    chance: random.Random
    server: Server | None = None
    befell: Counter[Blow] = field(default_factory=Counter)

    async def deal(self, blows: Sequence[Blow], between: int) -> None:
        """One blow after the other, each when so many more recipients were acknowledged.

        A node that is paused, or not back yet, is no target; others may be hit meanwhile.
        """
        free: asyncio.Queue[Node] = asyncio.Queue()
        for node in self.chance.sample(self.nodes, len(self.nodes)):
            free.put_nowait(node)
        async with asyncio.TaskGroup() as group:
            for blow in blows:
                await self.loaded(self.crowd.recipients + between)
                await asyncio.sleep(self.chance.uniform(0, WITHIN))
                group.create_task(self._one(blow, await free.get(), free))

    async def loaded(self, enough: int) -> None:
        """Wait until so many recipients were acknowledged in all."""

        async def reached() -> bool:
            return self.crowd.recipients >= enough

        await until(reached, LOAD_WITHIN)

    async def _one(self, blow: Blow, node: Node, free: asyncio.Queue[Node]) -> None:
        match blow:
            case Blow.KILL:
                await _ended(node, signal.SIGKILL, -signal.SIGKILL)
            case Blow.STOP:
                await _ended(node, signal.SIGTERM, 0)
            case Blow.PAUSE:
                await self._paused(node)
            case Blow.RESTART:
                await self._restarted("fast")
            case Blow.CRASH:
                await self._restarted("immediate")
        self.befell[blow] += 1
        free.put_nowait(node)

    async def _paused(self, node: Node) -> None:
        """What it holds is another's when it goes on, or not yet."""
        await node.up.wait()
        node.signal(signal.SIGSTOP)
        await asyncio.sleep(self.chance.uniform(*PAUSES))
        node.signal(signal.SIGCONT)

    async def _restarted(self, mode: str) -> None:
        assert self.server
        await asyncio.to_thread(self.server.restart, mode)


async def _ended(node: Node, number: int, status: int) -> None:
    """End a running node by a signal, and see it start again."""
    await node.up.wait()
    before = node.ends[status]
    node.signal(number)

    async def ended() -> bool:
        return node.ends[status] > before

    await until(ended, 40.0)
    await node.up.wait()
