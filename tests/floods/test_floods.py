"""The floods in small: a good client is served while others are slow, or many."""

from __future__ import annotations

import statistics
from pathlib import Path

from tests.floods.callers import PER_ADDRESS
from tests.floods.floods import STRANGER, flood, slowness, stream
from tests.floods.ground import ground


async def test_a_good_client_is_served_while_slow_and_many_ones_hang_on(tmp_path: Path) -> None:
    """T11, T12, T13: with few files, so that the caps are met early; and nobody is forgotten."""
    with ground(tmp_path, files=300) as here:
        slow, served = await slowness(here, 5, 1.0)
        assert len(slow) == 30
        assert {each.kind for each in slow if each.closed is not None} <= {"f deaf"}
        assert statistics.median(served.mails) < 1
        one = await flood(here, [STRANGER + "3"] * 60)
        assert one.heard == {"220": PER_ADDRESS, "421": 60 - PER_ADDRESS}
        assert one.stranger[0] == "220"
        many = await flood(here, [f"127.1.{n}.1" for n in range(200)])
        assert many.heard == {"220": 84, "421": 116}
        assert (many.stranger[0], many.friend[0]) == ("421", "220")
        _, grown = await stream(here, b"x", 50_000_000)
        assert grown < 20
