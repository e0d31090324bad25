"""The proofs at their whole size: what is killed, paused and answered badly, and what is left.

One proof at a time: `--kills 200`, `--syncs`, `--ambiguous 1000`, or
`--nodes 2 --recipients 5000 --kills 50 --restarts 2`, which shares a PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.postgres import Server
from tests.proof import ambiguous, audit, kills, syncs
from tests.proof.audit import Figures
from tests.proof.chaos import Blow


def main() -> None:
    """Parse the command line, prove, print; the exit status says whether all promises were kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--kills", type=int, default=0, help="kills, and among nodes pauses")
    parser.add_argument("--syncs", action="store_true", help="a kill at every sync of a scenario")
    parser.add_argument("--ambiguous", type=int, default=0, help="answers of each kind")
    parser.add_argument("--nodes", type=int, default=0, help="nodes that share a PostgreSQL")
    parser.add_argument("--recipients", type=int, default=0, help="recipients, at least")
    parser.add_argument("--restarts", type=int, default=0, help="restarts of the PostgreSQL server")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smsbridge-proof-") as folder:
        found = asyncio.run(_proved(Path(folder), options))
    print(_rows(found) if options.ambiguous else "\n".join(map(str, found.values())))
    for title, figures in found.items():
        for name, who in figures.broken.items():
            for each in who[:20]:
                print(f"{title}: {name}: {each}")
    sys.exit(not all(figures.kept for figures in found.values()))


def _rows(found: Mapping[str, Figures]) -> str:
    """A line for each kind."""
    columns = {
        "in doubt": audit.DOUBTED,
        "settled": audit.SETTLED,
        "resends": audit.RESENDS,
        "held": audit.HELD,
        "twice": audit.TWICE,
    }
    lines = [f"{'':<28}" + "".join(f"{each:>10}" for each in (*columns, "broken"))]
    for kind, figures in found.items():
        broken = sum(map(len, figures.broken.values()))
        counts = (*(figures.counted[name] for name in columns.values()), broken)
        lines.append(f"{kind:<28}" + "".join(f"{count:>10}" for count in counts))
    return "\n".join(lines)


async def _proved(folder: Path, options: argparse.Namespace) -> Mapping[str, Figures]:
    if options.syncs:
        return {"a kill at every sync": await syncs.proved(folder, itertools.count(1))}
    if options.ambiguous:
        return await ambiguous.proved(folder, seed=options.seed, each=options.ambiguous)
    if not options.nodes:
        kill = [Blow.KILL] * options.kills
        return {"kills": await kills.proved(folder, seed=options.seed, blows=kill)}
    blows = kills.mixed(options.kills, options.restarts)
    with Server() as server:
        figures = await kills.proved(
            folder,
            seed=options.seed,
            blows=blows,
            nodes=options.nodes,
            server=server,
            recipients=options.recipients,
        )
    return {f"{options.nodes} nodes on one PostgreSQL": figures}


if __name__ == "__main__":
    main()
