"""The worker of the road out at its end: what has not begun by then is left to the next process."""

from __future__ import annotations

from tests.time.conftest import OpenWorld, open_world, start_process

__all__ = ["open_world", "start_process"]  # fixtures, here as well

NUMBER = "447700900100"


async def test_a_lease_that_is_granted_while_we_stop_is_given_back_unsent(
    open_world: OpenWorld,
) -> None:
    """Begun, it would be cut off in the middle, and nobody would know whether it was sent."""
    world = await open_world(hosts=1)
    await world.submitter.loop.stop(0)
    await world.accept([NUMBER])
    (lease,) = await world.spool.lease_submissions("late", 1, world.now, world.now + 90)

    await world.submitter.submit(lease)

    assert not world.sandbox.taken
    (again,) = await world.spool.lease_submissions("next", 1, world.now, world.now + 90)
    assert again.item.id == lease.item.id
    assert not again.orphaned
    assert again.pending[0].attempts == 0
