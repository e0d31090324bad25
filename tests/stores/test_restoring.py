"""A restored backup holds all that waited in it: nothing is sent or mailed twice blindly."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.core.events import Progress, Undelivered
from bridge.core.model import Msisdn
from bridge.core.outcomes import Accepted, State
from bridge.core.reminding import DELAYED_AFTER
from bridge.spool import whole
from bridge.spool.contract import Unavailable, Unusable
from bridge.spool.copying import Unfit
from bridge.spool.opening import open_spool
from tests.spool.conftest import ALEX, NOW, Story
from tests.stores import killed
from tests.stores.filled import BEGUN, DOUBTED, HELD, KIM, LEASED, QUEUED
from tests.stores.reading import dump, file_of, files_like, states

MADE = NOW + 100
BACK = NOW + 7 * 86_400.0
WAITED = (QUEUED, LEASED, BEGUN, DOUBTED, HELD, ALEX)
RESTORED = "restored from a backup of 2026-09-21 14:15:00 UTC: it may have been"


@pytest.fixture
async def backup(story: Story, tmp_path: Path) -> Path:
    """A backup of a store in which texts and notices wait at every stage."""
    path = tmp_path / "backup.db"
    await whole.back_up(story.url, path, MADE)
    return path


@pytest.fixture
async def restored(backup: Path, tmp_path: Path) -> AsyncIterator[Story]:
    """A store a week later, into which that backup was put."""
    url = f"sqlite:///{tmp_path}/restored.db"
    await whole.restore(url, backup, replace=False, by="root", now=BACK)
    found = Story(url, await open_spool(url, daemon=True))
    yield found
    await found.spool.close()


async def stands(story: Story, number: Msisdn) -> list[str]:
    found = await story.lines("delivery", number.digits)
    return [f"{each.fields['state']} {each.fields['token']}".strip() for each in found]


# ---------------------------------------------------------------- held


async def test_whatever_waited_is_held_and_says_why(restored: Story) -> None:
    for number in WAITED:
        for line in await restored.lines("delivery", number.digits):
            assert line.fields["state"] == State.HELD
            assert line.fields["token"] == "RESTORED"
            assert line.fields["reason"] == f"{RESTORED} sent since"
            assert line.fields["due_at"] is None
    waiting = await restored.spool.browse(waiting=True)
    notices = [each for each in waiting if each.fields.get("reason") == f"{RESTORED} mailed since"]
    assert {each.fields["state"] for each in notices} == {"held"}
    assert len(notices) == states(file_of(restored), "event")["held"] > 2
    assert await whole.verify(restored.url) == []


async def test_nothing_of_it_goes_or_expires_by_itself(restored: Story) -> None:
    for now in (BACK, BACK + 60, BACK + 90 * 86_400.0):
        assert await restored.lease(now) == []
    mailed = await restored.told(BACK + DELAYED_AFTER - 1)
    assert mailed == []


async def test_what_had_ended_stays_as_it_was(restored: Story, backup: Path) -> None:
    before, after = states(backup), states(file_of(restored))
    for state in ("submitted", "delivered", "rejected", "folded"):
        assert before[state] == after[state]
    assert await stands(restored, KIM) == ["held NO_ANSWER"], "in doubt before, and told"


async def test_a_command_that_was_not_obeyed_yet_is_not_obeyed_now(restored: Story) -> None:
    assert await restored.spool.obey(BACK) == 0
    *_, ordered, restoring = await restored.lines("command")
    assert ordered.fields["verb"] == "release"
    assert ordered.fields["reason"] == f"{RESTORED} obeyed since"
    assert (restoring.fields["verb"], restoring.fields["by"]) == ("store restore", "root")


# ---------------------------------------------------------------- let go


async def test_all_of_it_is_released_by_one_command_and_goes_once(restored: Story) -> None:
    changed = await restored.ordered("release", "all", BACK)
    assert changed is not None
    assert changed > len(WAITED)
    sent: list[str] = []
    for now in (BACK, BACK + 1, BACK + 2):
        for lease in await restored.lease(now):
            await restored.sent(Accepted(f"n{lease.item.id}"), now, lease=lease)
            sent += [str(each.destination) for each in lease.pending]
            assert all(each.resends == 1 for each in lease.pending), "it may go a second time"
    assert set(sent) >= {str(each) for each in WAITED}
    assert sent.count(str(QUEUED)) == 2, "both parts"
    assert await restored.lease(BACK + 999) == []
    assert len(await restored.told(BACK + 2)) > 2
    assert "held" not in states(file_of(restored), "event")


async def test_a_text_is_released_or_dropped_by_its_own_id(restored: Story) -> None:
    (line,) = await restored.lines("delivery", LEASED.digits)
    assert await restored.ordered("release", line.id, BACK) == 1
    (lease,) = await restored.lease(BACK)
    assert lease.item.id == line.id
    assert lease.item.expires_at > BACK, "its time begins anew"
    (other,) = await restored.lines("delivery", BEGUN.digits)
    assert await restored.ordered("drop", other.id, BACK) == 1
    assert await stands(restored, BEGUN) == ["dropped"]


async def test_a_notice_is_released_or_dropped_by_its_own_id(restored: Story) -> None:
    first, second, *_ = (
        each for each in await restored.lines("event") if each.fields["state"] == "held"
    )
    assert await restored.ordered("release", first.id, BACK) == 1
    assert await restored.ordered("drop", second.id, BACK) == 1
    assert len(await restored.told(BACK)) == 1
    assert await restored.ordered("release", second.id, BACK) == 0


# ---------------------------------------------------------------- reports and senders


async def test_a_report_that_still_comes_settles_what_was_sent_since(restored: Story) -> None:
    for number, progress in ((LEASED, Progress.DELIVERED), (BEGUN, Progress.UNDELIVERABLE)):
        report = restored.report(f"x{number}", number=number.digits, progress=progress, at=BACK)
        await restored.spool.receive(restored.callback(report, at=BACK))
    assert await stands(restored, LEASED) == ["delivered 4"]
    assert await stands(restored, BEGUN) == ["undeliverable 6"]
    await restored.ordered("release", "all", BACK)
    going = {
        str(each.destination) for lease in await restored.lease(BACK) for each in lease.pending
    }
    assert not going & {LEASED.digits, BEGUN.digits}


async def test_senders_of_what_is_still_held_after_a_while_are_told_once(restored: Story) -> None:
    (line,) = await restored.lines("delivery", LEASED.digits)
    await restored.ordered("release", line.id, BACK + 60)
    told = await restored.told(BACK + DELAYED_AFTER)
    failures = [each for event in told if isinstance(event, Undelivered) for each in event.failures]
    assert {str(each.destination) for each in failures} >= {BEGUN.digits, DOUBTED.digits}
    assert LEASED.digits not in {str(each.destination) for each in failures}
    assert {each.state for each in failures} == {State.HELD}
    assert {each.reason for each in failures if str(each.destination) == BEGUN.digits} == {
        f"{RESTORED} sent since"
    }
    assert await restored.told(BACK + 2 * DELAYED_AFTER) == []


# ---------------------------------------------------------------- put in place


async def test_a_backup_that_was_put_in_place_by_hand_is_held_as_well(
    backup: Path, tmp_path: Path
) -> None:
    file = tmp_path / "copied.db"
    shutil.copy(backup, file)
    url = f"sqlite:///{file}"
    story = Story(url, await open_spool(url, daemon=True))
    for number in WAITED:
        assert set(await stands(story, number)) == {"held RESTORED"}
    await story.ordered("release", "all", BACK)
    await (await story.reopened()).close()
    assert "queued" in states(file), "it is held once, and a store at work from then on"


async def test_mails_are_not_replaced_unless_that_is_asked_for(
    story: Story, backup: Path, tmp_path: Path
) -> None:
    with pytest.raises(Unusable, match="in use by another daemon"):
        await whole.restore(story.url, backup, replace=True, by="root", now=BACK)
    await story.spool.accept(story.mail(at=BACK))
    await story.spool.close()
    before = dump(file_of(story))
    with pytest.raises(Unfit, match="holds mails; --replace"):
        await whole.restore(story.url, backup, replace=False, by="root", now=BACK)
    assert dump(file_of(story)) == before
    await whole.restore(story.url, backup, replace=True, by="root", now=BACK)
    aside = tmp_path / "spool.db.before-20260928T141320Z"
    assert dump(aside) == before
    assert "queued" not in states(file_of(story))


async def test_a_damaged_store_is_replaced_and_kept_with_its_log(
    story: Story, backup: Path, tmp_path: Path
) -> None:
    await story.spool.close()
    file = file_of(story)
    file.write_bytes(b"nothing that was a store" * 1000)
    file.with_name("spool.db-wal").write_bytes(b"its log")
    await whole.restore(story.url, backup, replace=True, by="root", now=BACK)
    aside = tmp_path / "spool.db.before-20260928T141320Z"
    assert aside.read_bytes().startswith(b"nothing")
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"its log"
    assert await whole.verify(story.url) == []


async def test_a_store_that_somebody_reads_just_now_stays_in_its_place(
    story: Story, backup: Path, tmp_path: Path
) -> None:
    await story.spool.close()
    with closing(sqlite3.connect(file_of(story), isolation_level=None)) as reader:
        reader.execute("PRAGMA journal_mode = WAL")
        reader.execute("BEGIN")
        reader.execute("SELECT 1 FROM message").fetchone()
        with pytest.raises(Unavailable, match="locked"):
            await whole.restore(story.url, backup, replace=True, by="root", now=BACK)
    assert [each.name for each in files_like(tmp_path, "spool.db*")] == [
        "spool.db",
        "spool.db.lock",
    ]
    assert "queued" in states(file_of(story))


async def test_what_is_no_good_backup_replaces_nothing(story: Story, tmp_path: Path) -> None:
    await story.spool.close()
    before = file_of(story).read_bytes()
    (bad := tmp_path / "bad.db").write_bytes(b"SQLite format 3\0" + b"?" * 5000)
    with pytest.raises((Unfit, Unusable), match=r"damaged|no good backup"):
        await whole.restore(story.url, bad, replace=True, by="root", now=BACK)
    with pytest.raises(Unfit, match="is no file"):
        await whole.restore(story.url, tmp_path / "no.db", replace=True, by="root", now=BACK)
    assert file_of(story).read_bytes() == before


async def test_a_copy_made_by_other_means_is_held_since_its_file_was_written(
    story: Story, tmp_path: Path
) -> None:
    await story.spool.close()
    shutil.copy(file_of(story), raw := tmp_path / "raw.db")
    url = f"sqlite:///{tmp_path}/restored.db"
    held = await whole.restore(url, raw, replace=False, by="root", now=BACK)
    assert held.texts > len(WAITED)
    with closing(sqlite3.connect(tmp_path / "restored.db")) as db:
        (since,) = db.execute(
            "SELECT begun_at FROM delivery WHERE token = 'RESTORED' AND destination = ?",
            (LEASED.digits,),
        ).fetchone()
    assert since == raw.stat().st_mtime
    assert "queued" not in states(tmp_path / "restored.db")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root restores for another")
async def test_what_root_restores_belongs_to_the_daemon_s_user(
    story: Story, backup: Path, tmp_path: Path
) -> None:
    await story.spool.close()
    (folder := tmp_path / "daemons").mkdir()
    for each in (folder, file_of(story), lock := tmp_path / "spool.db.lock"):
        os.chown(each, 1234, 1235)
    await whole.restore(story.url, backup, replace=True, by="root", now=BACK)
    await whole.restore(f"sqlite:///{folder}/b.db", backup, replace=False, by="root", now=BACK)
    for each in (file_of(story), lock, folder / "b.db", folder / "b.db.lock"):
        assert (each.stat().st_uid, each.stat().st_gid) == (1234, 1235)
        assert each.stat().st_mode & 0o777 == 0o600


async def test_one_that_is_killed_on_the_way_leaves_the_store_of_before_or_that_of_the_backup(
    story: Story, backup: Path, tmp_path: Path
) -> None:
    """At no instant is there no store: a daemon that starts then would begin an empty one."""
    await story.spool.accept(story.mail(at=BACK))
    await story.spool.close()
    before = states(file_of(story))
    (folder := tmp_path / "killed").mkdir()
    program = [sys.executable, killed.__file__, "restore", file_of(story), folder, backup]
    child = await asyncio.create_subprocess_exec(*map(str, program))
    assert await child.wait() == 0
    found = [states(each) for each in files_like(folder, "*/store.db")]
    assert len(found) > 10
    after = found[-1]
    assert "queued" in before
    assert "queued" not in after
    assert found == [before] * found.count(before) + [after] * found.count(after)
    for each in files_like(folder, "*/store.db"):
        assert await whole.verify_file(each) == []
    halfway = files_like(folder, "*/store.db")[found.count(before) - 1]
    await whole.restore(f"sqlite:///{halfway}", backup, replace=True, by="root", now=BACK)
