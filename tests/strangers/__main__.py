"""Crowds at the callback door, and how long the gateway waits meanwhile (T11, T40, T49).

    python -m tests.strangers
    python -m tests.strangers --seconds 20 --only wrong

The daemon is a process of its own; so is the gateway, which posts a callback ten times a second.
Each line: how many of its callbacks were answered 200, the slowest and the usual one; how many
connections a second the crowd made; the daemon's share of a core, and its memory.
"""

from __future__ import annotations

import argparse
import asyncio

from tests.strangers.crowds import CROWDS, Found, daemon, met


def main() -> None:
    """Let the crowds come, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.strangers")
    parser.add_argument("--seconds", type=float, default=8.0, help="for each crowd")
    parser.add_argument("--only", default="", help="crowds whose name holds this")
    asked = parser.parse_args()
    asyncio.run(_all(asked.only, asked.seconds))


async def _all(only: str, seconds: float) -> None:
    for name, crowd in CROWDS.items():
        if only in name:
            async with daemon() as house:
                _print(name, await met(house, crowd, seconds))


def _print(name: str, found: Found) -> None:
    print(
        f"{name:40} {found.good:4} of {found.posted:4} answered, "
        f"slowest {found.slowest:5.3f} s, usual {found.usual:5.3f} s; "
        f"{found.connections:6.0f}/s, {found.cpu:4.2f} of a core, "
        f"{found.memory_before:.0f} -> {found.memory:.0f} MiB",
        flush=True,
    )


if __name__ == "__main__":
    main()
