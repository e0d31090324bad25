"""Crowds at the callback door, and how long the gateway waits meanwhile (T11, T40, T49).

    python -m tests.strangers
    python -m tests.strangers --seconds 20 --only wrong

The daemon is a process of its own; so is the gateway, which posts a callback ten times a second.
Each line: how many of its callbacks were answered 200, the slowest and the usual one; how many
connections a second the crowd made; the daemon's share of a core, and its memory.  The exit status
says whether all were answered, each within a second.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.strangers.crowds import CROWDS, Found, daemon, met

ANSWER = 1.0
"""Seconds that the gateway waits at most."""


def main() -> None:
    """Let the crowds come, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.strangers")
    parser.add_argument("--seconds", type=float, default=8.0, help="for each crowd")
    parser.add_argument("--only", default="", help="crowds whose name holds this")
    asked = parser.parse_args()
    sys.exit(not all(map(_is_good, asyncio.run(_all(asked.only, asked.seconds)))))


async def _all(only: str, seconds: float) -> list[Found]:
    every: list[Found] = []
    for name, crowd in CROWDS.items():
        if only in name:
            async with daemon() as house:
                every.append(await met(house, crowd, seconds))
                _print(name, every[-1])
    return every


def _is_good(found: Found) -> bool:
    return found.good == found.posted > 0 and found.slowest < ANSWER


def _print(name: str, found: Found) -> None:
    mark = " " if _is_good(found) else "!"
    print(
        f"{mark} {name:40} {found.good:4} of {found.posted:4} answered, "
        f"slowest {found.slowest:5.3f} s, usual {found.usual:5.3f} s; "
        f"{found.connections:6.0f}/s, {found.cpu:4.2f} of a core, "
        f"{found.memory_before:.0f} -> {found.memory:.0f} MiB",
        flush=True,
    )


if __name__ == "__main__":
    main()
