"""No target is broken by its seeds, nor by what becomes of them: a small hunt, always the same."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from tests.fuzz.mutation import inputs
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

INPUTS = 60


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_nothing_breaks_it(target: Target) -> None:
    random = Random(target.name)
    seeds = random.sample(list(target.seeds()), min(INPUTS // 3, len(target.seeds())))
    for octets in islice(inputs(seeds, target.words, target.longest, random), INPUTS):
        target.run(octets)
