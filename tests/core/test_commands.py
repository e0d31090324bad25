"""What becomes of a delivery that an operator commands: a row for each verb."""

from __future__ import annotations

import pytest

from bridge.core.commands import Command, obeyed
from bridge.core.outcomes import State


@pytest.mark.parametrize(
    ("command", "after", "before"),
    [
        (
            "retry",
            State.QUEUED,
            {
                State.QUEUED,
                State.HELD,
                State.UNKNOWN,
                State.REJECTED,
                State.EXPIRED,
                State.FOLDED,
            },
        ),
        ("hold", State.HELD, {State.QUEUED, State.HELD}),
        ("release", State.QUEUED, {State.HELD}),
        ("drop", State.DROPPED, {State.QUEUED, State.HELD, State.UNKNOWN}),
    ],
)
def test_a_command_applies_where_something_is_still_to_decide(
    command: Command, after: State, before: set[State]
) -> None:
    for state in State:
        assert obeyed(command, state) is (after if state in before else None)


@pytest.mark.parametrize("command", ["retry", "hold", "release", "drop"])
def test_no_command_touches_what_is_on_its_way_or_done(command: Command) -> None:
    for state in (State.CLAIMED, State.SUBMITTING, State.SUBMITTED, State.DELIVERED):
        assert obeyed(command, state) is None
