"""Scenario: how long the daemon's loop keeps others waiting while it is given what is large."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.bench import letters
from tests.bench.load import Way, send
from tests.bench.loops import run
from tests.bench.roads import AS_PERSON
from tests.bench.rounds import Bench, Contender
from tests.bench.servers import ROOT, Extra

IN_FLIGHT = 4


def loop(bench: Bench) -> None:
    """The loop's longest block: 12-megapixel pictures and HTML mails of 1 MB in flight."""
    with bench.bridge(extra=Extra(tables=AS_PERSON)) as bridge:
        few = bench.size.some(0.004, least=2)
        large = [
            each
            for _ in range(few)
            for each in (
                *bench.post.letters(letters.photograph, 1, sender=letters.PERSON),
                *bench.post.letters(letters.page, 1),
            )
        ]
        _heard(bridge, bench.post.letters(letters.text, 20))  # what is loaded late is loaded now
        calm = _heard(bridge, bench.post.letters(letters.text, bench.size.some(0.2)))
        busy = _heard(bridge, large)
    bench.table.note(
        f"{few} pictures and {few} pages: an answer took {busy[0]:.1f} ms at most, without waiting"
        f" for a core {busy[1]:.1f} ms; beside small mails {calm[0]:.1f} and {calm[1]:.1f} ms",
        loop_block=busy[1],
        loop_answer=busy[0],
    )


def _heard(bridge: Contender, mails: Sequence[letters.Letter]) -> tuple[float, float]:
    """Send mails, and hear how long answers took meanwhile."""
    assert bridge.node
    with _heartbeat(bridge.node.http, bridge.pid) as longest:
        run(send((bridge.port,), mails, Way(connections=IN_FLIGHT)))
        time.sleep(0.5)
    return longest[0], longest[1]


@contextmanager
def _heartbeat(port: int, pid: int) -> Iterator[list[float]]:
    found: list[float] = []
    command = [sys.executable, "-m", "tests.bench.heartbeat", str(port), str(pid)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        time.sleep(0.3)  # it begins
        yield found
        said, _ = process.communicate()
        found += map(float, said.split())
