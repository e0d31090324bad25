"""`kill -9` at the syncs of a fixed scenario, with no moment left out but by their number."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof.syncs import KILLED, STRACE, proved

SOME = (1, 6, 11, 16)


@pytest.mark.skipif(STRACE is None, reason="strace injects the kills")
async def test_whatever_sync_the_daemon_dies_at_its_promises_are_kept(tmp_path: Path) -> None:
    figures = await proved(tmp_path, SOME)
    print(figures)
    assert figures.kept, figures.broken
    assert figures.counted[KILLED] == len(SOME)
