"""What the log says of a mail's texts is said once, and only if it is so."""

from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import replace

import pytest

from bridge.core.model import Envelope, Msisdn, Text
from bridge.core.promises import Limits, Mail
from bridge.spool import accepting, dispatching, lanes, tails
from bridge.spool.db import Db
from tests.spool.conftest import NOW, SAM, Story, on_sqlite
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


@on_sqlite
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


async def test_others_have_their_turns_while_thousands_are_told() -> None:
    told: list[str] = []
    facts = [lambda: told.append("fact")] * dispatching.STEP * 3
    telling = asyncio.ensure_future(dispatching.tell(facts))
    for _ in range(3):
        await asyncio.sleep(0)
        told.append("other")
    await telling
    assert [n for n, each in enumerate(told) if each == "other"] == [100, 201, 302]


def failing(*_: Db | object) -> None:
    """A verb with a mistake in it."""
    raise ZeroDivisionError
