"""`kill -9` of the running daemon, again and again, under load: the promises of every 250.

A person's texts are never sent again when in doubt, a machine's once.  The network reports on half
of the texts, which settles doubts for free.
"""

from __future__ import annotations

from pathlib import Path

from tests.proof.audit import DOUBTED
from tests.proof.chaos import Blow
from tests.proof.kills import proved

KILLS = 8


async def test_every_250_is_accounted_for_however_often_the_daemon_is_killed(
    tmp_path: Path,
) -> None:
    figures = await proved(tmp_path, seed=20, blows=[Blow.KILL] * KILLS)
    print(figures)
    assert figures.kept, figures.broken
    assert figures.counted[DOUBTED], "the kills met no request under way"
