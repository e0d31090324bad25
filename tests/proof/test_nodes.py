"""Nodes that share a PostgreSQL are killed and paused, and it is restarted: the same promises."""

from __future__ import annotations

from pathlib import Path

from tests.postgres import Server
from tests.proof.kills import mixed, proved

NODES, RECIPIENTS, BLOWS, RESTARTS = 2, 300, 6, 1


async def test_two_nodes_keep_every_promise_whatever_befalls_them(tmp_path: Path) -> None:
    with Server() as server:
        figures = await proved(
            tmp_path,
            seed=2,
            blows=mixed(BLOWS, RESTARTS),
            nodes=NODES,
            server=server,
            recipients=RECIPIENTS,
        )
    print(figures)
    assert figures.kept, figures.broken
