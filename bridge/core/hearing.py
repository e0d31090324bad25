"""A callback as it is heard: the wish that it utters, and the conversation that it may begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bridge.core import optouts
from bridge.core.audience import unasked
from bridge.core.conversation import notice_id, told_apart
from bridge.core.events import MmsReceived, SmsReceived
from bridge.core.policy import Policy
from bridge.core.promises import Callback


def heard(policy: Policy, callback: Callback, token: Callable[[], str]) -> Callback:
    """A callback with what the settings say of it; `token` makes a fresh one."""
    event = callback.event
    wish = optouts.change(policy, event)
    if not isinstance(event, SmsReceived | MmsReceived):
        return replace(callback, optout=wish) if wish else callback
    key = told_apart(callback.key, callback.received_at, weak=callback.weak)
    return replace(
        callback,
        optout=wish,
        token=token(),
        root=notice_id("in", key, policy.domain),
        route=", ".join(unasked(policy, event)),
    )
