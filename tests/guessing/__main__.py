"""T6 and T7 at their whole size: `python -m tests.guessing`.

A thousand guesses from one address on 20 connections, and 200 at each of two names, one of which
nobody has.  The exit status says whether guessing was shut out and taught nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time

from bridge import loglines
from tests.guessing import attack


def main() -> None:
    """Parse the command line, attack, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.guessing", description=__doc__)
    parser.add_argument("--guesses", type=int, default=1000)
    parser.add_argument("--tries", type=int, default=200)
    options = parser.parse_args()
    loglines.on_console("warning")
    sys.exit(not asyncio.run(_attacked(options.guesses, options.tries)))


async def _attacked(guesses: int, tries: int) -> bool:
    async with attack.house() as ground:
        begun = time.perf_counter()
        heard = await attack.flood(ground.smtp, guesses, at_once=20)
        took = time.perf_counter() - begun
        looked_at = heard["535"] + heard["421"]
        print(f"{guesses} guesses in {took:.1f} s: {dict(heard)}; {looked_at} were looked at")
        served = await attack.is_served(ground.smtp, "127.0.0.10")
        shut_out = not await attack.is_served(ground.smtp, "127.0.0.9")
        print(f"another address is served: {served}; this one is shut out: {shut_out}")
        found = await attack.times(ground.smtp, tries)
    known, unknown = statistics.median(found.known), statistics.median(found.unknown)
    print(
        f"{tries} tries each: a known name {known * 1000:.1f} ms, an unknown {unknown * 1000:.1f}"
    )
    print(f"ratio {found.ratio:.3f}; said: {', '.join(found.said)}")
    alike = abs(found.ratio - 1) < 0.1 and len(found.said) == 1
    return served and shut_out and looked_at < 40 and alike


if __name__ == "__main__":
    main()
