"""The store as a thing: who may open it, what it does when the disk or the file will not."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.core.outcomes import Accepted
from bridge.spool.contract import Full, Unavailable, Unusable
from bridge.spool.opening import open_spool
from bridge.spool.sqlite import file
from tests.spool.conftest import HOST, NOW, Story, on_sqlite

# ---------------------------------------------------------------- opening


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://localhost/bridge", "no such kind of store: mysql"),
        ("bridge.db", "sqlite://"),
        ("sqlite://bridge.db", "sqlite:////var/lib"),
        ("sqlite:////nonexistent/bridge.db", "must be there and writable"),
    ],
)
async def test_a_url_that_names_no_store_is_refused_with_what_to_write(url: str, says: str) -> None:
    with pytest.raises(Unusable, match=says):
        await open_spool(url, daemon=True)


@on_sqlite
async def test_there_is_one_daemon_and_any_number_of_others(story: Story) -> None:
    with pytest.raises(Unusable, match=r"in use by another daemon, process \d+"):
        await open_spool(story.url, daemon=True)
    other = await story.another()
    mail = story.mail()
    await other.accept(mail)
    assert list(await story.states()) == [(mail.submissions[0].id, "447700900123")]


async def test_the_lock_ends_with_its_daemon(story: Story) -> None:
    await story.reopened()
    await story.spool.alive()


@on_sqlite
async def test_only_its_owner_reads_the_store(story: Story, tmp_path: Path) -> None:
    await story.spool.accept(story.mail())
    assert modes(tmp_path) == {
        "spool.db": 0o600,
        "spool.db-wal": 0o600,
        "spool.db-shm": 0o600,
        "spool.db.lock": 0o600,
    }


def modes(directory: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in directory.iterdir()}


@pytest.mark.parametrize("daemon", [True, False], ids=["daemon", "command line"])
@pytest.mark.parametrize(
    ("at", "octets"), [(0, b"x" * 4096), (None, b"")], ids=["overwritten", "emptied to the header"]
)
async def test_a_damaged_file_is_refused_with_instructions_and_left_alone(
    tmp_path: Path, at: int | None, octets: bytes, daemon: bool
) -> None:
    path = tmp_path / "spool.db"
    await (await open_spool(f"sqlite:///{path}", daemon=True)).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] if at is None else octets + whole[len(octets) :])
    damaged = path.read_bytes()
    with pytest.raises(Unusable, match="damaged") as found:
        await open_spool(f"sqlite:///{path}", daemon=daemon)
    assert "backup" in str(found.value)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("page", [2, 5, 12])
async def test_a_damaged_page_anywhere_stops_the_daemon(tmp_path: Path, page: int) -> None:
    path = tmp_path / "spool.db"
    await (await open_spool(f"sqlite:///{path}", daemon=True)).close()
    with path.open("r+b") as it:
        it.seek((page - 1) * 4096)
        it.write(b"\xff" * 4096)
    with pytest.raises(Unusable, match="damaged"):
        await open_spool(f"sqlite:///{path}", daemon=True)


async def test_a_store_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    await (await open_spool(f"sqlite:///{path}", daemon=True)).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(Unusable, match=r"of version 99.*newer smsbridge"):
        await open_spool(f"sqlite:///{path}", daemon=True)


async def test_two_who_create_a_store_at_once_create_one(url: str) -> None:
    spools = await asyncio.gather(*(open_spool(url, daemon=False) for _ in range(4)))
    for each in spools:
        await each.alive()
        await each.close()


# ---------------------------------------------------------------- writing


async def test_one_job_s_failure_is_its_own(story: Story) -> None:
    mails = [story.mail() for _ in range(50)]
    same_id = replace(story.mail(), id=mails[7].id)
    answers = await asyncio.gather(
        *(story.spool.accept(mail) for mail in [*mails, same_id]), return_exceptions=True
    )
    assert answers[:50] == [mail.id for mail in mails]
    assert isinstance(answers[50], Exception)
    assert len(await story.states()) == 50


async def test_a_caller_that_hangs_up_does_not_undo_the_commit(story: Story) -> None:
    task = asyncio.create_task(story.spool.accept(story.mail()))
    await asyncio.sleep(0)
    task.cancel()
    await story.spool.alive()
    assert task.cancelled()
    assert len(await story.states()) == 1


@on_sqlite
async def test_a_full_disk_takes_nothing_new_and_lets_the_rest_go_on(story: Story) -> None:
    await story.spool.accept(story.mail())
    full = await story.another(min_free=10**18)
    with pytest.raises(Full):
        await full.accept(story.mail())
    with pytest.raises(Full):
        await full.receive(story.callback(story.text()))
    with pytest.raises(Full, match="free on the disk"):
        await full.room()
    await story.spool.room()
    (lease,) = await full.lease_submissions("us", 9, NOW, NOW + 60)
    assert await full.begin(lease, HOST, NOW)
    assert await story.judged(lease, Accepted("1"), NOW)
    assert await story.state() == "submitted"


@on_sqlite
async def test_a_store_that_another_locks_promises_nothing_and_recovers(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_MS", 50)
    story = Story(url, await open_spool(url, daemon=True))
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    mail = story.mail()
    with pytest.raises(Unavailable, match="locked"):
        await story.spool.accept(mail)
    with pytest.raises(Unavailable, match="locked"):
        await story.spool.alive()
    other.execute("ROLLBACK")
    other.close()
    assert await story.spool.accept(mail) == mail.id
    await story.spool.close()


@on_sqlite
async def test_what_was_acknowledged_while_another_locks_is_noted_in_the_end(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_MS", 50)
    story = Story(url, await open_spool(url, daemon=True))
    mail = story.mail()
    await story.spool.accept(mail)
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    await story.spool.acknowledged([mail.id])
    with pytest.raises(Unavailable, match="locked"):
        await story.spool.alive()
    other.execute("ROLLBACK")
    other.close()
    await story.spool.alive()
    again = replace(story.mail(), envelope=mail.envelope)
    assert await story.spool.accept(again) == again.id, "the same words anew are another mail"
    await story.spool.close()


@on_sqlite
async def test_a_lane_is_woken_in_the_end_by_what_another_locked_out(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_MS", 50)
    spool = await open_spool(url, daemon=True)
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    spool._desk.later(lambda _: None, ("submit",))  # type: ignore[attr-defined]
    with pytest.raises(Unavailable, match="locked"):
        await spool.alive()
    assert not await spool.woken("submit", 0)
    other.execute("ROLLBACK")
    other.close()
    await spool.alive()
    assert await spool.woken("submit", 0)
    await spool.close()


@on_sqlite
async def test_a_store_that_another_locks_can_be_opened_later(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_MS", 50)
    await (await open_spool(url, daemon=True)).close()
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="cannot be opened now: database is locked"):
        await open_spool(url, daemon=True)
    other.execute("ROLLBACK")
    other.close()
    await (await open_spool(url, daemon=True)).close()


async def test_a_closed_store_finishes_what_it_was_given_and_takes_no_more(story: Story) -> None:
    mail = story.mail()
    accepting = asyncio.create_task(story.spool.accept(mail))
    await asyncio.sleep(0)
    closed = story.spool
    await story.reopened()
    assert await accepting == mail.id
    assert len(await story.states()) == 1
    with pytest.raises(Unavailable, match="closed"):
        await closed.accept(story.mail())
    with pytest.raises(Unavailable, match="closed"):
        await closed.lanes(NOW)


# ---------------------------------------------------------------- waking


async def test_a_lane_is_woken_by_what_this_process_writes(story: Story) -> None:
    await story.spool.accept(story.mail())
    await asyncio.wait_for(story.spool.woken("submit", 30), 1)
    await story.spool.receive(story.callback(story.text()))
    await asyncio.wait_for(story.spool.woken("notify", 30), 1)


async def test_a_lane_is_woken_by_another_process_within_a_second(story: Story) -> None:
    other = await story.another()
    await story.spool.woken("submit", 0.01)
    await other.order("hold", "all", "root", NOW)
    await asyncio.wait_for(story.spool.woken("submit", 30), 1)


async def test_a_lane_where_nothing_happens_is_looked_at_in_the_end(story: Story) -> None:
    await story.spool.woken("submit", 0.01)
    await asyncio.wait_for(story.spool.woken("submit", 0.01), 1)
