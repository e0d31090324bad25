"""T82: texts go by `keep_bodies`, numbers and all else by `keep_history`, from the disk as well."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.core.model import Msisdn, Text
from bridge.core.outcomes import Accepted
from bridge.spool import copying, sweeping, whole
from bridge.spool.contract import Spool
from bridge.spool.opening import open_spool
from tests.spool.conftest import NO_ANSWER, NOW, Story
from tests.spool.storm import Storm
from tests.stores.filled import PICTURE, WORDS
from tests.stores.reading import dump, file_of, octets_of, states

DAY = 86_400.0
YEAR = 365 * DAY
OPTED_OUT = "447700900199"
TEXTS = (WORDS.encode(), WORDS.encode().hex().encode(), PICTURE[8:30], b"this waits", b"Friday")


async def over(story: Story) -> None:
    """Let all that waits come to an end, and be told."""
    for lease in await story.lease(NOW + 200):
        outcome = NO_ANSWER if lease.orphaned else Accepted(f"n{lease.item.id}")
        if not lease.orphaned:
            await story.sent(outcome, NOW + 200, lease=lease)
        else:
            await story.judged(lease, outcome, NOW + 200)
    await story.ordered("drop", "all", NOW + 201)
    for at in (NOW + 202, NOW + 2 * DAY, NOW + 4 * DAY):
        for lease in await story.lease(at):
            await story.judged(lease, NO_ANSWER, at)
        await story.spool.remind(at)
        await story.told(at)
    await story.spool.sweep(NOW + 4 * DAY, bodies_before=0.0, history_before=0.0)


async def swept(spool: Spool, *, bodies: float = NOW - 1, history: float = NOW - 1) -> int:
    return await spool.sweep(NOW + 5 * YEAR, bodies_before=bodies, history_before=history)


async def test_of_what_is_over_no_text_is_left_after_keep_bodies(story: Story) -> None:
    await over(story)
    assert await swept(story.spool, bodies=NOW + 30 * DAY) > 10
    await story.spool.close()
    found = octets_of(file_of(story))
    assert [text for text in TEXTS if text in found] == []
    assert b"447700900123" in found, "how it went is still known"


async def test_a_folded_text_that_outlives_the_one_that_stood_for_it_is_sound(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/storm.db"
    storm = Storm(Story(url, await open_spool(url, daemon=True)))
    await storm.alert("disk full")
    await storm.alert("disk full", at=60.0)
    await swept(storm.story.spool, bodies=NOW + 45, history=NOW + 45)
    assert [*(await storm.story.states()).values()] == ["folded"]
    await whole.back_up(url, tmp_path / "copy.db", NOW)
    await storm.story.spool.close()


async def test_what_was_erased_is_gone_from_the_log_of_a_store_at_work(story: Story) -> None:
    await over(story)
    await swept(story.spool, bodies=NOW + 30 * DAY)
    log = file_of(story).with_name("spool.db-wal")
    async with asyncio.timeout(5):
        while log.stat().st_size:  # noqa: ASYNC110 - it is a thread that empties it
            await asyncio.sleep(0.01)
    found = octets_of(file_of(story))
    assert [text for text in TEXTS if text in found] == []


async def test_what_a_restored_backup_held_for_too_long_goes_with_its_mail(
    story: Story, tmp_path: Path
) -> None:
    await whole.back_up(story.url, copy := tmp_path / "copy.db", NOW + 100)
    url = f"sqlite:///{tmp_path}/restored.db"
    held = await whole.restore(url, copy, replace=False, by="root", now=NOW + DAY)
    assert held.notices > 0
    restored = await open_spool(url, daemon=True)
    await restored.sweep(NOW + YEAR, bodies_before=NOW + DAY - 1, history_before=NOW + DAY - 1)
    assert states(tmp_path / "restored.db", "event")["held"] == held.notices
    await restored.sweep(NOW + YEAR, bodies_before=NOW + DAY + 1, history_before=0.0)
    assert "held" not in states(tmp_path / "restored.db", "event")
    await restored.close()


async def test_after_keep_history_nothing_is_left_but_who_opted_out(story: Story) -> None:
    await over(story)
    await swept(story.spool, bodies=NOW + YEAR, history=NOW + YEAR)
    assert {table for table, rows in dump(file_of(story)).items() if rows} == {
        "lane",
        "clock",
        "optout",
    }
    await story.spool.close()
    found = octets_of(file_of(story)).replace(OPTED_OUT.encode(), b"")
    assert [text for text in (*TEXTS, b"4477009", b"example.com") if text in found] == []


async def test_what_waits_is_kept_and_holds_up_nothing(story: Story) -> None:
    """However much of it there is, what ended behind it is found."""
    waiting = [story.mail(Msisdn(f"4479{n:08}"), at=NOW - 9) for n in range(2 * sweeping.PAGE)]
    for mail in waiting:
        await story.spool.accept(mail)
    await over(story)
    before = len(dump(file_of(story))["message"])
    await story.ordered("hold", "all", NOW + 4 * DAY)
    await swept(story.spool, bodies=NOW + YEAR, history=NOW + YEAR)
    assert len(dump(file_of(story))["message"]) < before


async def test_a_mail_to_very_many_goes_in_steps(story: Story, tmp_path: Path) -> None:
    story.spool, full = await open_spool(f"sqlite:///{tmp_path}/large.db", daemon=True), story.spool
    await full.close()
    numbers = [Msisdn(f"4479{n:08}") for n in range(2 * sweeping.ROWS + 1)]
    mail = story.mail(*numbers, texts=(Text(WORDS),))
    await story.spool.accept(mail)
    await story.ordered("drop", mail.id, NOW)
    assert await swept(story.spool, bodies=NOW + DAY, history=NOW + DAY) == 3
    assert set(map(len, dump(tmp_path / "large.db").values())) == {0, 1, 2}
    await story.spool.close()


async def test_each_step_looks_at_few_rows_and_erases_few(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "PAGE", 2)
    monkeypatch.setattr(sweeping, "OCTETS", 1)
    await over(story)
    assert await swept(story.spool, bodies=NOW + YEAR, history=NOW + YEAR) > 20
    assert not dump(file_of(story))["message"]


def test_every_table_is_erased_or_said_to_be_kept() -> None:
    """Whoever adds a table decides when its rows go."""
    kept = {"lane", "clock"}
    with_their_mail = {"body", "submission", "media", "delivery", "attempt", "conversation"}
    with_their_event = {"callback", "event_part", "report"}
    by_themselves = {"message", "event", "command", "optout", "tail", "storm", "lately"}
    by_themselves |= {"summary", "pair", "balance", "spent"}
    assert kept | with_their_mail | with_their_event | by_themselves == set(copying.KEYS)
