"""Whatever a killed daemon said before it died is true after it."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from bridge.core.leases import Told
from bridge.core.outcomes import State
from bridge.core.storms import BURST
from bridge.spool.opening import open_spool
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story, on_sqlite

ROOT = Path(__file__).parents[2]
STRACE = shutil.which("strace")
traced = pytest.mark.skipif(STRACE is None, reason="strace injects the faults")


# ---------------------------------------------------------------- the same, in small


@on_sqlite
async def test_every_lease_of_a_dead_daemon_is_taken_back_at_once(story: Story) -> None:
    for number in ("447700900125", "447700900126"):
        await story.spool.receive(story.callback(story.text(number=number)))
    await story.spool.accept(story.mail(SAM))
    await story.spool.accept(story.mail(ALEX))
    await story.spool.lease_events("dead", 1, NOW, NOW + 9999)
    begun, claimed = await story.spool.lease_submissions("dead", 2, NOW, NOW + 9999)
    assert await story.spool.begin(begun, HOST, NOW)
    await story.reopened()
    leases = {lease.item.id: lease for lease in await story.lease()}
    assert leases[begun.item.id].orphaned
    assert not leases[claimed.item.id].orphaned
    assert len(await story.spool.lease_events("us", 9, NOW, NOW + 60)) == 2


async def test_a_doubt_outlives_its_daemon_and_its_judge(story: Story) -> None:
    await story.spool.accept(story.mail())
    await story.sent(NO_ANSWER)
    await story.reopened()
    assert await story.lease(NOW + 59) == [], "its wait goes on"
    await story.one(NOW + 60)
    await story.reopened()
    lease = await story.one(NOW + 120)
    assert lease.orphaned
    assert lease.pending[0].state is State.UNKNOWN


async def test_the_command_line_takes_no_lease_back(story: Story) -> None:
    await story.spool.receive(story.callback(story.text()))
    await story.spool.accept(story.mail(SAM))
    await story.lease()
    await story.spool.lease_events("us", 9, NOW, NOW + 60)
    await story.another()
    assert await story.lease(NOW + 59) == []
    assert await story.events() == [("SmsReceived", Told.CLAIMED)]


# ---------------------------------------------------------------- kill -9


def command(url: str, first: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "tests.spool.victim", url, str(first), *more]


def killed(url: str, first: int, lines: int, *more: str) -> list[str]:
    """What a victim said that was killed after so many lines."""
    victim = command(url, first, *more)
    with subprocess.Popen(victim, cwd=ROOT, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout is not None
        said = [it.stdout.readline() for _ in range(lines)]
        it.kill()
        return said + it.stdout.readlines()


def injected(url: str, first: int, fault: str) -> list[str]:
    """What a victim said whose syncs fail in a given way."""
    tracer = [str(STRACE), "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync"]
    done = subprocess.run(
        [*tracer, "-e", f"inject=fdatasync:{fault}", *command(url, first)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.splitlines()


async def proved(url: str, said: Sequence[str]) -> None:
    """Everything that was said is so."""
    promised: dict[str, set[str]] = defaultdict(set)
    for line in said:
        word, _, id_ = line.strip().partition(" ")
        promised[word].add(id_)
    spool = await open_spool(url, daemon=True)
    found = await spool.browse(limit=1_000_000)
    await spool.close()
    mails = {each.id for each in found if each.what == "mail"}
    states = {each.id: each.fields["state"] for each in found if each.what == "delivery"}
    assert promised["accepted"] <= mails
    assert len(states) == len(mails), "a mail is there with its text, or not at all"
    assert {states[id_] for id_ in promised["settled"]} <= {State.SUBMITTED}
    unsettled = promised["begun"] - promised["settled"]
    assert {states[id_] for id_ in unsettled} <= {
        State.SUBMITTING,
        State.UNKNOWN,
        State.SUBMITTED,
    }, "what may have been sent never counts as unsent"


async def test_what_was_said_before_a_kill_at_any_moment_is_kept(url: str) -> None:
    moments = random.Random(7)
    said: list[str] = []
    for round_ in range(6):
        lines = killed(url, 1 + round_ * 100_000, moments.randint(1, 300))
        said += [line for line in lines if line.endswith("\n")]
        await proved(url, said)


async def test_a_storm_is_counted_right_whenever_it_was_killed(url: str) -> None:
    moments = random.Random(7)
    promised: set[str] = set()
    for round_ in range(3):
        said = killed(url, 1 + round_ * 100_000, moments.randint(20, 300), "storm")
        promised |= {line.split()[1] for line in said if line.startswith("accepted")}
    spool = await open_spool(url, daemon=True)
    found = await spool.browse(limit=1_000_000, content=True)
    await spool.close()
    assert promised <= {each.id for each in found if each.what == "mail"}
    deliveries = [each for each in found if each.what == "delivery"]
    told = {each.id: str(each.fields["text"]) for each in deliveries if "similar" in each.id}
    counted = Counter(
        str(each.fields["reason"]).rpartition("counted in ")[2]
        for each in deliveries
        if each.fields["state"] == State.FOLDED
    )
    assert sum(counted.values()) == len(deliveries) - len(told) - BURST
    assert told == {id_: f"+{n} similar from nagios1 in 10 min" for id_, n in counted.items()}


@on_sqlite
@traced
@pytest.mark.parametrize("nth", range(1, 9))
async def test_what_was_said_before_a_kill_at_any_sync_is_kept(url: str, nth: int) -> None:
    await (await open_spool(url, daemon=True)).close()
    await proved(url, injected(url, 1, f"signal=SIGKILL:when={nth}"))


@traced
@on_sqlite
async def test_after_a_sync_that_failed_nothing_is_promised_any_more(url: str) -> None:
    await (await open_spool(url, daemon=True)).close()
    said = injected(url, 1, "error=EIO:when=6+")
    assert said[-1] == "broken"
    assert any(line.startswith("accepted") for line in said)
    await proved(url, said[:-1])
