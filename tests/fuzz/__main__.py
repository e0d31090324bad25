"""All doors and readers under fire, one after another: `python -m tests.fuzz [TARGET...]`.

Each target is hunted in a process of its own, until it had `--runs` inputs or `--seconds` are over,
with `--corpus` folders of mails as further seeds.  What was found stays in `--folder`, so that it
can become a row: `TARGET/found/*` are inputs, each with a `.txt` that tells what they broke;
`TARGET/corpus` makes the next hunt begin where this one ended.  The exit status is 1 if anything
broke a promise, hung, took too much memory or more time than its target has patience.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

GRACE = 120.0  # seconds after which a hunt that does not end is ended
FOLDER = Path(tempfile.gettempdir()) / "smsbridge-fuzz"


@dataclass(frozen=True, slots=True)
class Hunt:
    """What a hunt came to: inputs, seconds, what was reached, what was found.

    `slowest` is in seconds of processor time, without instruments, and `octets` that input's.
    """

    name: str
    runs: int
    seconds: int
    reached: str
    found: tuple[str, ...]
    slowest: float
    octets: int

    def __str__(self) -> str:
        rate = self.runs / max(1, self.seconds)
        slow = f"{self.slowest * 1e3:.1f} ms for {self.octets}"
        return (
            f"{self.name:<12}{self.runs:>10}{rate:>9.0f}{self.reached:>14}"
            f"{len(self.found):>7}  {slow}"
        )


def main() -> None:
    """Parse the command line, hunt, print; the exit status says whether anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--runs", type=int, default=1_000_000, help="inputs for each target")
    parser.add_argument("--seconds", type=int, default=600, help="at most, for each target")
    parser.add_argument("--corpus", nargs="*", type=Path, default=[], metavar="FOLDER")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for what is found")
    options = parser.parse_args()
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    print(f"{'target':<12}{'inputs':>10}{'a second':>9}{'cov/features':>14}{'found':>7}  slowest")
    anything = False
    for name in options.targets or TARGETS:
        done = hunted(TARGETS[name], options)
        print(done, flush=True)
        for each in done.found:
            print(f"    {each}", flush=True)
        anything = anything or bool(done.found)
    sys.exit(anything)


def hunted(target: Target, options: argparse.Namespace) -> Hunt:
    """Hunt one target in a process of its own."""
    folder: Path = options.folder / target.name
    _prepare(folder, target)
    ended = _child(target, folder, options)
    log = (folder / "log").read_text("utf-8", "replace")
    found = sorted(str(each) for each in (folder / "found").iterdir() if each.suffix != ".txt")
    if ended and not found:
        found = [f"{folder / 'log'}: {ended}"]
    slowest, octets = _replayed(target, folder / "slowest")
    if slowest > target.patience:
        found.append(f"{folder / 'slowest'}: {slowest:.3f} s")
    return Hunt(target.name, *_runs(log), _reached(log), tuple(found), slowest, octets)


def _prepare(folder: Path, target: Target) -> None:
    for name in ("seeds", "found"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("seeds", "found", "corpus"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "slowest").write_bytes(b"")
    for n, seed in enumerate(target.seeds()):
        (folder / "seeds" / f"{n:04}").write_bytes(seed)


def _child(target: Target, folder: Path, options: argparse.Namespace) -> str:
    """Why the hunt ended, if not because it was over."""
    limits = ["--runs", str(options.runs), "--seconds", str(options.seconds)]
    corpora = ["--corpus", *map(str, options.corpus)] if target.mails else []
    command = [sys.executable, "-m", "tests.fuzz.hunt", target.name, "--folder", str(folder)]
    with (folder / "log").open("wb") as log:
        try:
            child = subprocess.run(
                [*command, *limits, *corpora],
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=options.seconds + GRACE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "it did not end"
    return f"it ended with status {child.returncode}" if child.returncode else ""


def _replayed(target: Target, slowest: Path) -> tuple[float, int]:
    """The best of three times for the slowest input, without instruments."""
    octets = slowest.read_bytes()
    times = []
    for _ in range(3):
        began = time.thread_time()
        with suppress(Exception):  # it is among what was found
            target.run(octets)
        times.append(time.thread_time() - began)
    return min(times), len(octets)


def _runs(log: str) -> tuple[int, int]:
    """How many inputs there were, in how many seconds; of a hunt that died, at least how many."""
    done = re.search(r"^Done (\d+) runs in (\d+) second", log, re.MULTILINE)
    if done:
        return int(done[1]), int(done[2])
    counts = re.findall(r"^#(\d+)\t", log, re.MULTILINE)
    return (int(counts[-1]) if counts else 0), 0


def _reached(log: str) -> str:
    """Lines and features that were reached, as libFuzzer counts them."""
    found = re.findall(r"cov: (\d+) ft: (\d+)", log)
    return "/".join(found[-1]) if found else "blind"


if __name__ == "__main__":
    main()
