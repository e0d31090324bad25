"""Of which mails that came back the operator hears: never of one that would go in circles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.about import About
from bridge.core.addressing import NumberRules
from bridge.core.audience import audience
from bridge.core.events import Returned
from bridge.core.policy import Policy

OPS = "ops@example.com"
POLICY = Policy(
    hostname="sms.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules(),
    profiles={},
    postmaster=OPS,
)
IN = "<in.0123456789abcdef0123456789abcdef@sms.example.com>"
CAME_BACK = Returned(IN, ("jo@example.com",), True, "no such user", "Undelivered", b"", 0.0)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        pytest.param(CAME_BACK, True, id="it failed for good"),
        pytest.param(replace(CAME_BACK, failed=False), False, id="a delay, an automatic answer"),
        pytest.param(replace(CAME_BACK, about=""), True, id="of whom it says, not of which mail"),
        pytest.param(replace(CAME_BACK, recipients=()), True, id="of which mail, not of whom"),
        pytest.param(replace(CAME_BACK, about="", recipients=()), False, id="it names nothing"),
        pytest.param(replace(CAME_BACK, recipients=("OPS@example.com",)), False, id="to operators"),
        pytest.param(
            replace(CAME_BACK, about=IN.replace("in.", "return.")), False, id="such a notice itself"
        ),
        pytest.param(replace(CAME_BACK, told=False), False, id="one of too many"),
    ],
)
def test_the_operator_hears_of(event: Returned, told: bool) -> None:
    assert audience(POLICY, event, About()) == ((OPS,) if told else ())


def test_without_a_postmaster_it_is_only_recorded() -> None:
    assert audience(replace(POLICY, postmaster=""), CAME_BACK, About()) == ()
