"""What strace told of a daemon, read again: what was on the disk at each moment, and what was said.

A write is on the disk for certain once its file was synced after it.  Before that it may be there,
or not, or in part: a power cut keeps what it likes of what was not synced.
"""

from __future__ import annotations

import codecs
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_LINE = re.compile(r"(\d+) +(.*)")
_CALL = re.compile(
    r'(\w+)\((?:\d+<(?P<file>[^>]*)>)?(?:, )?(?:"(?P<octets>(?:[^"\\]|\\.)*)")?(?P<rest>.*)'
)
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
_WORDS = frozenset({"sendto", "write", "writev", "sendmsg"})


@dataclass(frozen=True, slots=True)
class Call:
    """A write or a sync of a file, or a word to a socket: when it began, or when it ended."""

    name: str
    file: str
    octets: bytes
    numbers: tuple[int, ...]
    ended: bool


@dataclass
class Disk:
    """The files of a store: what was synced, and what was written since, file by file."""

    synced: dict[str, bytearray]
    since: dict[str, list[Call]] = field(default_factory=dict)

    def follow(self, call: Call) -> None:
        """Do as the call did."""
        if call.name in ("fdatasync", "fsync"):
            for each in self.since.pop(call.file, ()):
                _apply(self.synced, each)
        else:
            self.since.setdefault(call.file, []).append(call)

    def cut(self, chance: random.Random | None) -> dict[str, bytearray]:
        """What a power cut may leave: of what was not synced nothing, or what chance keeps."""
        left = {name: bytearray(octets) for name, octets in self.synced.items()}
        if chance:
            for calls in self.since.values():
                for each in calls:
                    if chance.random() < 0.7:
                        _apply(left, each)
        return left


def _apply(files: dict[str, bytearray], call: Call) -> None:
    octets = files.setdefault(call.file, bytearray())
    if call.name == "ftruncate":
        (size,) = call.numbers[:1]
        del octets[size:]
        octets.extend(bytes(size - len(octets)))
        return
    _, at = call.numbers[:2]
    octets.extend(bytes(max(0, at - len(octets))))
    octets[at : at + len(call.octets)] = call.octets


def calls(log: Path) -> Iterator[Call]:
    """The calls in the order in which they were seen: words as they begin, the rest as it ends."""
    open_: dict[str, Call] = {}
    for line in log.read_text(errors="surrogateescape").splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        thread, said = found.groups()
        resumed = _RESUMED.fullmatch(said)
        call = open_.pop(thread, None) if resumed else _read(said)
        if call is None:
            continue
        if call.name in _WORDS:
            if not resumed:
                yield call
        elif resumed or call.ended:
            yield call
        if not resumed and not call.ended:
            open_[thread] = call


def _read(said: str) -> Call | None:
    found = _CALL.fullmatch(said)
    if found is None:
        return None
    rest = found["rest"]
    octets, _ = codecs.escape_decode((found["octets"] or "").encode("ascii", "surrogateescape"))
    numbers = tuple(int(each) for each in re.findall(r"\d+", rest.partition(")")[0]))
    return Call(found[1], found["file"] or "", bytes(octets), numbers, "<unfinished" not in rest)
