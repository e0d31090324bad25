"""What a transaction tells the log and its witness is told once, and only if it is so."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from bridge import maillog
from bridge.core.consent import OptoutChange
from bridge.core.model import Envelope, Msisdn, Text
from bridge.core.promises import Callback, Limits, Mail
from bridge.loglines import witnessed
from bridge.spool import accepting, lanes, tails, telling
from bridge.spool.db import Db
from bridge.spool.opening import open_spool
from bridge.spool.postgres.writer import STEP
from tests.spool.conftest import NOW, SAM, Story
from tests.spool.storm import Storm


def people(count: int) -> list[Msisdn]:
    return [Msisdn(f"4477009008{n:02}") for n in range(count)]


async def stays(story: Story) -> Mail:
    """A mail with a text to Sam that went a moment ago, so that it is folded; and another number's
    text that is above a limit.
    """
    storm = Storm(story)
    await storm.alert("Disk full", SAM)
    mail = storm.mail(Text("Disk full"), SAM, *people(3), at=1)
    return replace(mail, limits=Limits(per_hour=2), closings=("Jo",))


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The facts that the log has since it was asked last; of a text that stays, why."""
    return re.findall(r"\] (?:settled .* token=)?(\w+)", capsys.readouterr().out)


TOLD = ["SAME_TEXT", "LIMIT", "limited"]


async def test_what_stays_is_told(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    mail = await stays(story)
    capsys.readouterr()
    await story.spool.accept(mail)
    assert said(capsys) == TOLD


async def test_nothing_is_told_of_a_mail_that_is_not_accepted(
    story: Story, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = await stays(story)
    capsys.readouterr()
    with monkeypatch.context() as broken:
        broken.setattr(tails, "count", failing)
        with pytest.raises(ZeroDivisionError):
            await story.spool.accept(mail)
    assert said(capsys) == []
    await story.spool.accept(mail)
    assert said(capsys) == TOLD


async def stopped(story: Story) -> Callback:
    """The STOP of a number for which a text waits."""
    await story.spool.accept(story.mail(SAM))
    wish = OptoutChange(SAM.digits, True, NOW, "with STOP")
    return replace(story.callback(story.text("STOP")), optout=wish)


async def doubled(story: Story) -> Callback:
    """Another text under the id of one before it."""
    await story.spool.receive(story.callback(story.text("one")))
    return story.callback(story.text("another"), key="another")


@pytest.mark.parametrize(
    ("made", "told"), [(stopped, ["optout", "OPTED_OUT"]), (doubled, ["conflict"])]
)
async def test_nothing_is_told_of_a_callback_that_is_not_stored(
    story: Story,
    made: Callable[[Story], Awaitable[Callback]],
    told: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    callback, receive = await made(story), telling.receive
    capsys.readouterr()

    def undone(db: Db, callback: Callback) -> telling.Received:
        receive(db, callback)
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(telling, "receive", undone)
        with pytest.raises(ZeroDivisionError):
            await story.spool.receive(callback)
    assert said(capsys) == []
    await story.spool.receive(callback)
    assert said(capsys) == told


async def test_what_was_done_twice_is_told_once(
    story: Story, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that fails has all of its group run again, each by itself."""
    mail = await stays(story)
    capsys.readouterr()
    stored, free, fingerprint = [], threading.Event(), accepting.fingerprint

    def noted(envelope: Envelope) -> bytes:
        stored.append(envelope)
        return fingerprint(envelope)

    monkeypatch.setattr(accepting, "fingerprint", noted)
    monkeypatch.setattr(lanes, "rest", lambda *_: free.wait(5))
    monkeypatch.setattr(lanes, "resume", failing)
    jobs = [story.spool.rest(0.0), story.spool.accept(mail), story.spool.resume(NOW)]
    tasks = [asyncio.ensure_future(each) for each in jobs]
    await asyncio.sleep(0)
    free.set()
    *_, failed = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(failed, ZeroDivisionError)
    assert stored == [mail.envelope] * 2
    assert said(capsys) == TOLD


@dataclass
class Heard:
    """A store that is opened where somebody counts."""

    story: Story
    facts: list[str] = field(default_factory=list)
    hears: Callable[[], object] = lambda: None

    def __call__(self, name: str, _fields: Mapping[str, Any]) -> None:
        """The witness."""
        self.hears()
        self.facts.append(name)


@pytest.fixture
async def heard(url: str) -> AsyncIterator[Heard]:
    found: Heard
    context = witnessed(lambda name, fields: found(name, fields))
    spool = await asyncio.create_task(open_spool(url, daemon=True), context=context)
    found = Heard(Story(url, spool))
    yield found
    await spool.close()


async def test_the_witness_hears_once_of_what_was_committed(heard: Heard) -> None:
    mail = await stays(heard.story)
    await heard.story.spool.accept(mail)
    assert heard.facts == ["settled", "settled", "limited"]


async def test_who_has_nothing_to_tell_does_not_wait_while_others_tell_of_thousands(
    heard: Heard,
) -> None:
    answered, spool = threading.Event(), heard.story.spool
    waits = [partial(answered.wait, 5)] if heard.story.url.startswith("sqlite") else []
    heard.hears = lambda: waits and waits.pop()()  # there it is told in a thread of its own

    async def other() -> None:
        await spool.alive()
        heard.facts.append("answered")
        answered.set()

    def tells(_: Db) -> None:
        for _each in range(STEP * 3):
            maillog.optout(SAM, effect="stopped", way="STOP")

    desk = spool._desk  # type: ignore[attr-defined]
    await asyncio.gather(desk.write(tells), other())
    assert heard.facts.index("answered") in (0, STEP)
    assert len(heard.facts) == STEP * 3 + 1


async def test_a_fact_that_nobody_could_hear_stops_no_writer(heard: Heard) -> None:
    heard.hears = failing
    await heard.story.spool.accept(await stays(heard.story))
    await heard.story.spool.alive()


def failing(*_: Db | object) -> None:
    """A verb with a mistake in it."""
    raise ZeroDivisionError
