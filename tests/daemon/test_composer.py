"""Composing in a child process: what is large, what hangs, what dies."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Iterator

import pytest

from bridge.composer import INLINE, Composer
from bridge.core.addressing import NumberRules
from bridge.core.events import Mail
from bridge.core.model import Envelope, Facts, ForwardPath, Ids, Msisdn, Refusal, Session, Text
from bridge.core.policy import Policy, Profile

SAM = Msisdn("447700900123")
MACHINE = Profile("machine", "subject", False, 2, "truncate", False, "resend", "failures", 3600.0)
POLICY = Policy(
    "sms.example.com", ("sms.example.com",), NumberRules(), {"machine": MACHINE, "person": MACHINE}
)


@pytest.fixture
def composer() -> Iterator[Composer]:
    found = Composer(POLICY)
    yield found
    found.close()


async def composed(composer: Composer, octets: int) -> Mail | Refusal:
    content = b"Subject: Disk full\r\n\r\n" + b"x" * octets + b"\r\n"
    path = ForwardPath("447700900123@sms.example.com", (SAM,))
    envelope = Envelope("nas@example.com", (path,), content, 1.0, Session("127.0.0.1"))
    return await composer(envelope, Facts(), 1.0, Ids("m1", "2abcdefghi"))


def texted(found: Mail | Refusal) -> bool:
    return isinstance(found, Mail) and found.submissions[0].content == Text("Disk full")


async def test_a_small_mail_needs_no_child(composer: Composer) -> None:
    assert texted(await composed(composer, 10))
    assert multiprocessing.active_children() == []


async def test_a_large_mail_is_composed_in_a_child_to_the_same_text(composer: Composer) -> None:
    assert texted(await composed(composer, INLINE))
    (child,) = multiprocessing.active_children()
    assert texted(await composed(composer, INLINE))
    assert multiprocessing.active_children() == [child], "it is kept"


async def test_a_child_that_died_is_replaced(composer: Composer) -> None:
    assert texted(await composed(composer, INLINE))
    (child,) = multiprocessing.active_children()
    child.kill()
    child.join()
    assert texted(await composed(composer, INLINE))


async def test_a_child_that_hangs_is_killed_and_the_mail_tried_once_more() -> None:
    composer = Composer(POLICY, patience=5.0)
    try:
        assert texted(await composed(composer, INLINE))
        (child,) = multiprocessing.active_children()
        assert child.pid
        os.kill(child.pid, signal.SIGSTOP)
        assert texted(await composed(composer, INLINE))
        assert child.exitcode == -signal.SIGKILL
    finally:
        composer.close()


async def test_closing_ends_a_child_that_hangs(composer: Composer) -> None:
    assert texted(await composed(composer, INLINE))
    (child,) = multiprocessing.active_children()
    assert child.pid
    os.kill(child.pid, signal.SIGSTOP)
    composer.close()
    await asyncio.to_thread(child.join, 10)
    assert child.exitcode == -signal.SIGKILL
