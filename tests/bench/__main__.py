"""Bridge, and what does such work elsewhere, measured in turn: `python -m tests.bench`.

Bridge runs as a user starts it, and the peers beside it where they are installed; rounds
alternate, so that a machine that slows down slows all.  Printed are medians over the rounds: how
many were done in a second, CPU for each by all processes of a server, how long a client waited,
memory; what the benches' own client and gateway took for each, and how much of its one core the
client used; and at the end each goal of this house, its floor, whether it is met, and between
which figures the rounds lay.
"""

from __future__ import annotations

import argparse
import resource
import signal
import tempfile
from pathlib import Path

from tests.bench import goals
from tests.bench.letters import post
from tests.bench.proc import fdatasync, machine
from tests.bench.rounds import Bench, Size
from tests.bench.scenarios import GROWTH, SCENARIOS, play
from tests.bench.servers import ground
from tests.bench.table import Table

FULL = Size(mails=2000, rounds=3, rows=1_000_000, due=100_000, seconds=10.0)
QUICK = Size(mails=500, rounds=1, rows=50_000, due=5_000, seconds=3.0)


def main() -> None:
    """Parse the command line, run, print."""
    options = _parser().parse_args()
    names = _chosen(options)
    _many_files()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was begun is ended
    table = Table()
    print(machine(uvloop=options.uvloop))
    with tempfile.TemporaryDirectory() as folder:
        before = fdatasync(Path(folder))
        with ground(Path(folder), uvloop=options.uvloop, postgres=options.postgres) as found:
            bench = Bench(found, _size(options), table, post())
            for each in names:
                play(bench, each)
        after = fdatasync(Path(folder))
    print(f"\nfdatasync, median of 200: {before * 1e3:.2f} ms before, {after * 1e3:.2f} ms after\n")
    print("\n".join(goals.lines(table)))


def _chosen(options: argparse.Namespace) -> list[str]:
    """The scenarios to run."""
    if not options.only:
        return list(GROWTH if options.growth else SCENARIOS)
    names: list[str] = options.only.split(",")
    if unknown := set(names) - set(SCENARIOS | GROWTH):
        raise SystemExit(f"no such scenario: {', '.join(sorted(unknown))}")
    return names


def _many_files() -> None:
    """Let a thousand connections be, here and in what is begun."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--only", default="", metavar="NAME,...", help=f"of {' '.join(SCENARIOS | GROWTH)}")
    add("--quick", action="store_true", help="small: within five minutes")
    add("--mails", type=int, help="mails in a round, of small text; others get their part of it")
    add("--rounds", type=int, help="rounds that count, after one to warm up")
    add("--rows", type=int, help="rows that wait")
    add("--due", type=int, help="texts due at once")
    add("--postgres", action="store_true", help="on PostgreSQL, the tests' own, instead of SQLite")
    add("--no-uvloop", dest="uvloop", action="store_false", help="Bridge on asyncio's own loop")
    add("--growth", action="store_true", help=f"what it costs to grow: {' '.join(GROWTH)}")
    return parser


def _size(options: argparse.Namespace) -> Size:
    base = QUICK if options.quick else FULL
    return Size(
        mails=options.mails or base.mails,
        rounds=options.rounds or base.rounds,
        rows=options.rows or base.rows,
        due=options.due or base.due,
        seconds=base.seconds,
    )


if __name__ == "__main__":
    main()
