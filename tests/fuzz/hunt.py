"""One hunt, in a process of its own: guided by coverage where atheris is installed, else blind.

`python -m tests.fuzz` starts it.  An input that breaks the target is kept, and the hunt goes on; of
those that break it in the same place the shortest stays.  Only the bridge is instrumented.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import traceback
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.mutation import inputs
from tests.fuzz.target import Target

MEMORY = 1024  # MiB
HANGS = 20  # seconds for which one input may run before the hunt ends with it
MOST_FOUND = 50


class Watch:
    """Runs a target, and keeps in a folder what broke it and what took longest."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._found = folder / "found"
        self._slowest = folder / "slowest"
        self._longest = 0.0
        self._shortest: dict[str, int] = {}

    def __call__(self, octets: bytes) -> None:
        began = time.thread_time()
        try:
            self._target.run(octets)
        except Exception as error:  # noqa: BLE001 it is what is looked for
            self._keep(error, octets)
        took = time.thread_time() - began
        if took > self._longest:
            self._longest = took
            self._slowest.write_bytes(octets)

    def _keep(self, error: Exception, octets: bytes) -> None:
        name = _place(error)
        known = self._shortest.get(name)
        if known is not None and known <= len(octets):
            return
        if known is None and len(self._shortest) >= MOST_FOUND:
            return
        self._shortest[name] = len(octets)
        (self._found / name).write_bytes(octets)
        story = "".join(traceback.format_exception(error))
        (self._found / f"{name}.txt").write_text(story, "utf-8", "backslashreplace")


def _place(error: Exception) -> str:
    """What went wrong, and where in our own code: the same for the same mistake."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if {"bridge", "tests"} & {*Path(frame.filename).parts}
        and Path(frame.filename).stem != "target"  # its checks are everybody's
    ]
    where = f"{Path(ours[-1].filename).stem}-{ours[-1].lineno}" if ours else "nowhere"
    return f"{type(error).__name__}-{where}"


def main() -> None:
    """Parse the command line of `tests.fuzz`'s child, and hunt."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--corpus", nargs="*", default=[])
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (2 * MEMORY << 20, 2 * MEMORY << 20))
    if find_spec("atheris"):
        _guided(options)
    else:
        _blind(options)


def _guided(options: argparse.Namespace) -> None:
    """Let libFuzzer hunt; it ends the process."""
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=["bridge"]):
        target: Target = import_module("tests.fuzz.targets").TARGETS[options.target]
    folder: Path = options.folder
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(each)}"\n' for each in target.words))
    arguments = [
        f"-runs={options.runs}",
        f"-max_total_time={options.seconds}",
        f"-max_len={target.longest}",
        f"-timeout={HANGS}",
        f"-rss_limit_mb={MEMORY}",
        f"-artifact_prefix={folder / 'found'}/",
        f"-dict={words}",
        "-print_final_stats=1",
        str(folder / "corpus"),
        str(folder / "seeds"),
        *options.corpus,
    ]
    atheris.Setup([sys.argv[0], *arguments], Watch(target, folder))
    atheris.Fuzz()


def _blind(options: argparse.Namespace) -> None:
    """Change the seeds at random, for so many runs or seconds."""
    target: Target = import_module("tests.fuzz.targets").TARGETS[options.target]
    watch, runs, began = Watch(target, options.folder), 0, time.monotonic()
    folders = [options.folder / "seeds", *map(Path, options.corpus)]
    files = sorted(file for each in folders for file in each.rglob("*") if file.is_file())
    seeds = [each.read_bytes() for each in files]
    for octets in inputs(seeds, target.words, target.longest, Random()):
        if runs >= options.runs or time.monotonic() - began > options.seconds:
            break
        watch(octets)
        runs += 1
    print(f"Done {runs} runs in {time.monotonic() - began:.0f} second(s)")


def _escaped(word: bytes) -> str:
    """A word as libFuzzer's dictionaries have it."""
    return "".join(f"\\x{each:02x}" for each in word)


if __name__ == "__main__":
    main()
