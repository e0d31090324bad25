"""Floods at their whole size: slow clients of every kind, crowds, storms, mails without end.

`python -m tests.floods` takes two minutes; `--watch 1900` sees the last of the slow ones out.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from tests.floods.callers import PER_ADDRESS, SLOW, Slow
from tests.floods.floods import STRANGER, flood, slowness, storm, stream
from tests.floods.ground import ground


def main() -> None:
    """Parse the command line, flood, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.floods", description=__doc__)
    parser.add_argument("--each", type=int, default=80, help="slow clients of each kind")
    parser.add_argument("--watch", type=float, default=75, help="seconds to watch the slow ones")
    parser.add_argument("--octets", type=int, default=10**9, help="octets of an endless mail")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smsbridge-floods-") as folder:
        asyncio.run(_slow(Path(folder) / "slow", options))
        asyncio.run(_crowds(Path(folder) / "crowds"))
        asyncio.run(_endless(Path(folder) / "endless", options))


async def _slow(folder: Path, options: argparse.Namespace) -> None:
    with ground(folder) as here:
        slow, served = await slowness(here, options.each, options.watch)
    print(f"{len(slow)} slow clients for {options.watch:.0f} s: {served}")
    for kind in SLOW:
        print(f"  {_told([each for each in slow if each.kind == kind])}")


def _told(slow: list[Slow]) -> str:
    closed = sorted(each.closed for each in slow if each.closed is not None)
    when = f"after {closed[0]:.0f} to {closed[-1]:.0f} s" if closed else ""
    words = {each.words for each in slow if each.closed is not None}
    return f"{slow[0].kind:<11} {len(closed):>3} of {len(slow)} closed {when} {sorted(words)}"


async def _crowds(folder: Path) -> None:
    one = [STRANGER + "3"] * 500
    many = [f"127.1.{n // PER_ADDRESS}.1" for n in range(1200)]
    with ground(folder) as here:
        print(f"500 from one address: {await flood(here, one)}")
        crowd = await flood(here, many, hold=10)
        print(f"1200 from sixty: {crowd}\n  while they stay: {crowd.held}")
        often, served = await storm(here, 10)
        print(f"{often:.0f} connections a second from one address: {served}")
    with ground(folder / "few", files=300) as here:
        print(f"500 from sixty, with 300 files: {await flood(here, many[:500])}")


async def _endless(folder: Path, options: argparse.Namespace) -> None:
    with ground(folder) as here:
        for name, piece in {"line": b"x", "mail of lines": b"x" * 70 + b"\r\n"}.items():
            words, grown = await stream(here, piece, options.octets)
            print(f"an endless {name}: {words!r}, memory grew by {grown:.0f} MiB")


if __name__ == "__main__":
    main()
