"""A policy of two profiles, and a mail in: what the rows of this room have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bridge.compose.compose import compose
from bridge.core.addressing import NumberRules
from bridge.core.model import (
    Conversation,
    Envelope,
    Facts,
    ForwardPath,
    Ids,
    Msisdn,
    Refusal,
    Session,
)
from bridge.core.policy import Policy, Profile
from bridge.core.promises import Mail

SAM = Msisdn("447700900123")
TOKEN = "7kq2pab3xd"
PERSON = Profile("person", "body", True, 4, "truncate", True, "tell", "failures", 86_400.0)
MACHINE = Profile(
    "machine", "subject+body", False, 2, "truncate", False, "resend", "failures", 3600.0
)

Compose = Callable[..., Mail | Refusal]


@pytest.fixture
def policy() -> Policy:
    return Policy(
        hostname="sms.example.com",
        domains=("sms.example.com",),
        numbers=NumberRules(),
        profiles={"person": PERSON, "machine": MACHINE},
        users={"jo": ("jo@example.com",)},
        mms_types=("image/jpeg", "image/gif", "image/png", "text/plain", "text/vcard"),
    )


@pytest.fixture
def send(policy: Policy) -> Compose:
    """`send(content)`: what becomes of a mail from Jo to Sam's number.

    `user=""` makes it a machine's; `profile` changes settings of both profiles, `settings` those
    of the policy; `token` sends it to a conversation's address.
    """

    def send(
        content: bytes,
        *,
        user: str = "jo",
        reverse_path: str = "jo@example.com",
        to: tuple[ForwardPath, ...] = (),
        token: str = "",
        conversation: Conversation | None = None,
        profile: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
    ) -> Mail | Refusal:
        known = conversation or Conversation(TOKEN, "jo@example.com", "Friday", "<root@example>")
        profiles = {n: replace(p, **(profile or {})) for n, p in policy.profiles.items()}
        envelope = Envelope(
            reverse_path=reverse_path,
            forward_paths=to or (ForwardPath(f"{SAM}@sms.example.com", (SAM,), token),),
            content=content,
            received_at=999.0,
            session=Session("127.0.0.1", user),
        )
        return compose(
            envelope,
            replace(policy, profiles=profiles, **(settings or {})),
            Facts(conversations={known.token: known}),
            1000.0,
            Ids("m1", "2newtokenx"),
        )

    return send
