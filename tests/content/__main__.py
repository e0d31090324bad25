"""Hostile mails, and those in folders, through SMTP: how each is answered and how it ends.

Each goes as a person's and as a machine's.  The exit status says whether each was answered within
two seconds and ended in a text, a mail or a refusal, and nobody else waited for long.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from tests.content.bodies import BODIES
from tests.content.posting import SENDERS, Found, post
from tests.content.structure import STRUCTURE

ANSWER = 2.0
STALL = 0.25
"""Seconds: the longest that an answer takes, and that another client waits."""

MIB = 1024 * 1024


def main() -> None:
    """Parse the command line, mail, print a line for each mail and the extremes."""
    parser = argparse.ArgumentParser(prog="python -m tests.content", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of mails (*.eml)")
    parser.add_argument("--only", default="", help="what the names of the mails contain")
    options = parser.parse_args()
    found = asyncio.run(_posted(options.folders, options.only))
    print("\n".join(_summary(found)))
    sys.exit(any(map(_is_bad, found)))


async def _posted(folders: Sequence[Path], only: str) -> list[Found]:
    found: list[Found] = []
    with tempfile.TemporaryDirectory(prefix="smsbridge-content-") as folder:
        async with post(Path(folder)) as ground:
            for name, content in _mails(folders):
                for sender in SENDERS if only in name else ():
                    found.append(await ground.mailed(name, content, sender))
                    print(_row(found[-1]), flush=True)
    return found


def _mails(folders: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for name, made in chain(STRUCTURE.items(), BODIES.items()):
        yield name, made()
    for folder in folders:
        for path in sorted(folder.rglob("*.eml")):
            yield f"{folder.name}/{path.name}", path.read_bytes()


def _row(found: Found) -> str:
    said = found.end if found.answer.startswith("250") else found.answer
    cost = f"{found.seconds:6.2f} s {found.stall * 1000:5.0f} ms {found.daemon // MIB:4} MiB"
    mark = "!" if _is_bad(found) else " "
    name = f"{found.name[:50]:<50} {found.sender:<7} {found.octets:>9}"
    return f"{mark} {name} {cost} {found.child // MIB:4} MiB  {said[:60]}"


def _is_bad(found: Found) -> bool:
    return not found.ended or found.seconds > ANSWER or found.stall > STALL


def _summary(found: Sequence[Found]) -> Iterator[str]:
    ends = Counter(
        each.end.partition(":")[0] if each.answer[0] == "2" else each.answer[:9] for each in found
    )
    yield f"{len({each.name for each in found})} mails, each as a person's and as a machine's"
    yield ", ".join(f"{count} {end or 'nothing'}" for end, count in ends.most_common())
    for title, worst, unit in (
        ("slowest answer", max(found, key=lambda each: each.seconds), "s"),
        ("longest stall", max(found, key=lambda each: each.stall), "s"),
        ("most memory, daemon", max(found, key=lambda each: each.daemon), "MiB"),
        ("most memory, child", max(found, key=lambda each: each.child), "MiB"),
    ):
        yield f"{title:<20} {_worst(title, worst):8.2f} {unit}  {worst.name} ({worst.sender})"
    yield f"{sum(map(_is_bad, found))} are not as they should be"


def _worst(title: str, found: Found) -> float:
    match title:
        case "slowest answer":
            return found.seconds
        case "longest stall":
            return found.stall
        case "most memory, daemon":
            return found.daemon / MIB
        case _:
            return found.child / MIB


if __name__ == "__main__":
    main()
