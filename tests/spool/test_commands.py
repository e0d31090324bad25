"""What an operator asks for: written by any process, obeyed by the daemon, as judge allows."""

from __future__ import annotations

from itertools import count
from typing import get_args

import pytest

from bridge.core.commands import Command
from bridge.core.model import Msisdn, Text
from bridge.core.outcomes import Accepted, Refused, State
from bridge.spool import commands, timekeeping
from bridge.spool.opening import STORES
from tests.spool.conftest import ALEX, HOST, NO_ANSWER, NOW, SAM, Story

NEVER = Refused("INVALID_NUMBER", "no such number")


async def test_a_held_text_waits_for_its_release(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    assert await story.ordered("hold", mail.id) == 1
    assert await story.lease() == []
    assert await story.ordered("release", mail.submissions[0].id) == 1
    await story.sent(Accepted("1"))


async def test_a_held_text_expires_like_any_other(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.ordered("hold", mail.id)
    assert await story.spool.next_due("submit") == NOW + 3600
    lease = await story.one(NOW + 3600)
    assert not await story.spool.begin(lease, HOST, NOW + 3600), "what is held is never sent"
    await story.expired(lease, NOW + 3600)
    assert await story.state() == State.EXPIRED


async def test_a_dropped_text_is_gone_without_a_notice(story: Story) -> None:
    mail = story.mail(SAM, ALEX)
    await story.spool.accept(mail)
    assert await story.ordered("drop", mail.id) == 2
    assert set((await story.states()).values()) == {State.DROPPED}
    assert await story.events() == []
    assert await story.lease(NOW + 9999) == []


async def test_what_is_being_sent_takes_no_command(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    lease = await story.one()
    assert await story.ordered("drop", mail.id) == 0
    assert await story.spool.begin(lease, HOST, NOW)
    assert await story.ordered("drop", mail.id) == 0
    assert await story.judged(lease, Accepted("1"), NOW)


async def test_a_doubt_that_is_sent_again_by_hand_is_no_longer_judged(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.sent(NO_ANSWER)
    doubt = await story.one(NOW + 60)
    assert await story.ordered("retry", mail.id, NOW + 61) == 1
    assert not await story.judged(doubt, NO_ANSWER, NOW + 62)
    await story.sent(Accepted("1"), NOW + 62)


async def test_a_refused_text_is_sent_again_and_may_be_refused_again(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.sent(NEVER)
    assert len(await story.told(NOW + 5)) == 1
    assert await story.ordered("retry", mail.id, NOW + 60) == 1
    await story.sent(NEVER, NOW + 61)
    assert len(await story.told(NOW + 66)) == 1


async def test_an_expired_text_that_is_sent_again_begins_its_life_anew(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.expired(await story.one(NOW + 3600), NOW + 3600)
    await story.ordered("retry", mail.id, NOW + 9999)
    lease = await story.one(NOW + 9999)
    assert lease.item.expires_at == NOW + 9999 + 3600
    await story.sent(Accepted("1"), NOW + 9999, lease=lease)


@pytest.mark.parametrize("command", ["retry", "release"])
async def test_a_part_that_is_sent_again_waits_for_the_one_before(
    story: Story, command: Command
) -> None:
    mail = story.mail(texts=(Text("1"), Text("2")))
    await story.spool.accept(mail)
    await story.sent(NO_ANSWER)
    await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    assert set((await story.states()).values()) == {State.HELD}
    assert await story.ordered(command, mail.id, NOW + 99) == 2
    first = await story.one(NOW + 99)
    assert first.item.part == 1
    await story.sent(Accepted("1"), NOW + 99, lease=first)
    assert (await story.one(NOW + 99)).item.part == 2


async def test_holding_the_first_part_holds_the_rest(story: Story) -> None:
    mail = story.mail(texts=(Text("1"), Text("2"), Text("3")))
    await story.spool.accept(mail)
    assert await story.ordered("hold", mail.submissions[0].id) == 3
    assert set((await story.states()).values()) == {State.HELD}


async def test_all_means_what_still_waits(story: Story) -> None:
    await story.spool.accept(story.mail(SAM))
    await story.sent(NEVER)
    await story.spool.accept(story.mail(ALEX))
    assert await story.ordered("hold", "all") == 1
    assert await story.ordered("release", "all") == 1
    assert await story.ordered("retry", "all") == 1
    assert sorted((await story.states()).values()) == [State.QUEUED, State.REJECTED]


@pytest.mark.parametrize("command", ["retry", "release"])
async def test_all_is_never_what_may_have_been_sent(story: Story, command: Command) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.sent(NO_ANSWER)
    assert await story.ordered(command, "all", NOW + 1) == 0, "in doubt"
    await story.judged(await story.one(NOW + 60), NO_ANSWER, NOW + 60)
    assert await story.ordered(command, "all", NOW + 61) == 0, "held in doubt"
    assert await story.ordered(command, mail.id, NOW + 62) == 1, "by its name"


async def test_a_command_that_comes_too_late_says_how_it_stands(story: Story) -> None:
    mail = story.mail()
    await story.spool.accept(mail)
    await story.sent(Accepted("1"))
    id_ = await story.spool.order("drop", mail.id, "root", NOW)
    await story.spool.obey(NOW)
    found = await story.spool.commanded(id_)
    assert (found.changed, found.reason) == (0, "it stands as submitted")


async def test_a_command_on_nothing_says_so(story: Story) -> None:
    id_ = await story.spool.order("drop", "nosuch", "root", NOW)
    assert (await story.spool.commanded(id_)).changed is None, "not obeyed yet"
    assert await story.spool.obey(NOW) == 1
    found = await story.spool.commanded(id_)
    assert found.changed == 0
    assert found.reason == "nothing of that id is here, or its text was erased"
    assert "nothing of that id" in found.reason
    assert await story.spool.obey(NOW) == 0


@pytest.mark.parametrize(
    ("verb", "changed"), [("hold", 7), ("retry", 7), ("drop", 7), ("release", 0)]
)
async def test_a_command_on_many_is_carried_out_some_at_a_time(
    story: Story, monkeypatch: pytest.MonkeyPatch, verb: Command, changed: int
) -> None:
    monkeypatch.setattr(commands, "STEP", 3)
    await story.spool.accept(story.mail(*(Msisdn(f"44770090{n:04}") for n in range(7))))
    assert await story.ordered(verb, "all") == changed


async def test_what_a_crash_left_of_a_command_is_carried_out_after_it(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "STEP", 3)
    await story.spool.accept(story.mail(*(Msisdn(f"44770090{n:04}") for n in range(7))))
    id_ = await story.spool.order("retry", "all", "root", NOW)
    scheme, _, rest = story.url.partition("://")
    desk = await STORES[scheme](rest, daemon=False, min_free=0, clock=None)
    assert await desk.write(lambda db: commands.step(db, NOW)) == (True, 0)
    await desk.close()
    assert (await story.spool.commanded(id_)).changed is None, "not obeyed yet"
    assert await story.spool.obey(NOW) == 1
    assert (await story.spool.commanded(id_)).changed == 7


@pytest.mark.parametrize("verb", get_args(Command))
async def test_all_is_nothing_that_comes_after_the_command(
    story: Story, monkeypatch: pytest.MonkeyPatch, verb: Command
) -> None:
    monkeypatch.setattr(commands, "STEP", 3)
    first = story.mail(*(Msisdn(f"44770090{n:04}") for n in range(3)))
    await story.spool.accept(first)
    if verb == "release":
        await story.ordered("hold", "all")
    await story.spool.order(verb, "all", "root", NOW)
    await story.spool.accept(later := story.mail(at=NOW + 5))
    if verb != "hold":
        await story.sql("UPDATE delivery SET state = 'held' WHERE submission = ?", f"{later.id}.1")
    before = (await story.sql("SELECT * FROM delivery WHERE submission = ?", f"{later.id}.1"))[0]
    await story.spool.obey(NOW + 6)
    (after,) = await story.sql("SELECT * FROM delivery WHERE submission = ?", f"{later.id}.1")
    assert after == before


async def test_a_command_that_changes_nothing_of_many_says_how_all_of_them_stand(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "STEP", 2)
    mail = story.mail(*(Msisdn(f"44770090{n:04}") for n in range(5)))
    await story.spool.accept(mail)
    await story.sent({each: Accepted("1") for each in mail.submissions[0].destinations})
    await story.spool.receive(story.callback(story.report("1", number="447700900004")))
    id_ = await story.spool.order("hold", mail.id, "root", NOW)
    await story.spool.obey(NOW)
    found = await story.spool.commanded(id_)
    assert (found.changed, found.reason) == (0, "it stands as submitted, delivered")


async def test_each_step_of_a_command_goes_by_the_time_as_it_is_then(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "STEP", 2)
    await story.spool.accept(story.mail(*(Msisdn(f"44770090{n:04}") for n in range(5))))
    await story.spool.order("hold", "all", "root", NOW)
    seconds = count(0, 60)
    monkeypatch.setattr(timekeeping, "ticks", lambda: float(next(seconds)))
    await story.spool.obey(NOW)
    found = await story.sql("SELECT changed_at FROM delivery ORDER BY id")
    assert [at - NOW for (at,) in found] == [60, 60, 120, 120, 180]
