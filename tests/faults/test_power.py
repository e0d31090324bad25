"""The power goes at any moment: what was said before it is on the disk."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bridge.spool.opening import open_spool
from tests.faults.conftest import Cold
from tests.faults.injected import needs_strace, under
from tests.faults.lives import TEXTS, lived
from tests.faults.replay import Disk, calls

CUTS = 3
_PROMISED = re.compile(rb"250 2\.0\.0 queued as (\w+)\r\n")


@dataclass
class Said:
    """What a daemon had said by a moment."""

    promised: set[str] = field(default_factory=set)
    answered: int = 0
    asked: int = 0

    def heard(self, words: bytes) -> bool:
        """Take note of octets on their way to a socket; whether they promise anything."""
        promised = _PROMISED.fullmatch(words)
        if promised:
            self.promised.add(promised[1].decode())
        answered = words.startswith(b"HTTP/1.1 200 ")
        self.answered += answered
        asked = words.startswith(b"POST /smsgateway/sendmsg")
        self.asked += asked
        return bool(promised or answered or asked)


@needs_strace
async def test_a_power_cut_at_any_word_loses_nothing_that_was_said(
    cold: Cold, tmp_path: Path
) -> None:
    process = await cold()
    store, log = tmp_path / "bridge.db", tmp_path / "calls"
    disk = Disk({str(store): bytearray(store.read_bytes())})
    process.command = under(store, log)
    life = await lived(process)
    life.nothing_was_lost_or_doubled()

    said, chance, moments, syncs = Said(), random.Random(5), 0, 0
    for call in calls(log):
        if call.file.startswith(str(store)) and not call.file.endswith(("-shm", ".lock")):
            syncs += call.name == "fdatasync"
            disk.follow(call)
        elif said.heard(call.octets):
            moments += 1
            for left in (disk.cut(None), *(disk.cut(chance) for _ in range(CUTS))):
                await _all_is_there(left, said, tmp_path / f"cut{moments}")
    print(f"{syncs} syncs, {moments} moments, {moments * (1 + CUTS)} power cuts")
    assert len(said.promised) == TEXTS
    assert said.answered >= 4 * TEXTS, "three reports and an answer for each text"
    assert said.asked >= TEXTS


async def _all_is_there(left: Mapping[str, bytearray], said: Said, folder: Path) -> None:
    """Start on what a power cut left, and look for what was said."""
    _put(left, folder)
    spool = await open_spool(f"sqlite:///{folder / 'bridge.db'}", daemon=True)
    try:
        records = await spool.browse(limit=10_000)
    finally:
        await spool.close()
    assert said.promised <= {each.id for each in records if each.what == "mail"}
    assert said.answered <= sum(each.what == "event" for each in records)
    sent = [each for each in records if each.what == "delivery" and each.fields["attempts"]]
    assert said.asked <= len(sent), "what was asked for had been written down before"


def _put(left: Mapping[str, bytearray], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, octets in left.items():
        (folder / Path(name).name).write_bytes(octets)
