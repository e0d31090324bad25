"""An answer that does not say whether a text was sent: at most one more, and none for a person."""

from __future__ import annotations

from pathlib import Path

from tests.proof.ambiguous import proved
from tests.proof.audit import DOUBTED

EACH = 100


async def test_in_doubt_a_text_is_sent_once_more_at_most_whatever_the_answer(
    tmp_path: Path,
) -> None:
    for kind, figures in (await proved(tmp_path, seed=3, each=EACH)).items():
        print(f"{kind}\n{figures}\n")
        assert figures.kept, figures.broken
        assert figures.counted[DOUBTED] >= EACH, kind
