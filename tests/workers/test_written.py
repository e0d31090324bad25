"""Written under a lease: what a worker does with a store that cannot write just now."""

from __future__ import annotations

from functools import partial
from itertools import count

import pytest

from bridge.spool.contract import Broken, Unavailable
from bridge.workers import loop
from bridge.workers.loop import written


class Busy:
    """A write that fails for a while."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = [*errors]
        self.tries = 0

    async def __call__(self) -> bool:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return True


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "BUSY_PAUSE", 0.001)


async def test_what_is_written_under_a_lease_is_tried_again_whatever_the_clock_shows() -> None:
    write = Busy(*[Unavailable("database is locked")] * 3)
    assert await written(write, within=60.0, item="x")
    assert write.tries == 4


async def test_it_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "ticks", partial(next, count()))
    write = Busy(*[Unavailable("database is locked")] * 1000)
    assert not await written(write, within=3.0, item="x")
    assert write.tries == 4, "not at the first refusal"


async def test_of_a_broken_store_nothing_is_asked_again() -> None:
    write = Busy(Broken("disk image is malformed"))
    assert not await written(write, within=60.0, item="x")
    assert write.tries == 1
