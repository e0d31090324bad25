"""A store is copied whole while it is worked on; the copy is one file, sound, or not there."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest

from bridge.spool import copying, whole
from bridge.spool.contract import Unavailable
from bridge.spool.copying import Unfit
from bridge.spool.sqlite import copies, soundness
from tests.spool.conftest import NOW, Story
from tests.stores.filled import PICTURE
from tests.stores.reading import dump, file_of, files_like

MADE = NOW + 100


async def test_every_table_is_copied_and_every_row(story: Story, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    await whole.back_up(story.url, copy, MADE)
    found = dump(copy)
    assert found == dump(file_of(story))
    assert [table for table, rows in found.items() if not rows] == []
    with closing(sqlite3.connect(copy)) as db:
        tables = {n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {*copying.KEYS, "backup"}


async def test_a_copy_is_one_file_for_its_owner_alone(story: Story, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    await whole.back_up(story.url, folder / "copy.db", MADE)
    (copy,) = folder.iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert await whole.verify_file(copy) == []
    assert [each.name for each in folder.iterdir()] == ["copy.db"], "reading it leaves nothing"


async def test_nothing_is_written_over(story: Story, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(b"precious")
    with pytest.raises(Unfit, match="is there already"):
        await whole.back_up(story.url, copy, MADE)
    assert copy.read_bytes() == b"precious"


async def test_a_copy_that_fails_leaves_nothing(story: Story, tmp_path: Path) -> None:
    with pytest.raises((Unavailable, OSError)):
        await whole.back_up(story.url, tmp_path / "nosuch" / "copy.db", MADE)
    await story.spool.close()
    file = file_of(story)
    octets = bytearray(file.read_bytes())
    octets[8192:12288] = b"\xff" * 4096
    file.write_bytes(octets)
    with pytest.raises(Exception, match=r"damaged|not good"):
        await whole.back_up(story.url, tmp_path / "copy.db", MADE)
    assert files_like(tmp_path, "copy.db*") == []


async def test_a_copy_is_of_one_instant_whoever_writes_meanwhile(
    story: Story, tmp_path: Path
) -> None:
    """Each mail is one transaction: none is half there, and the daemon waits for nothing."""
    accepted: list[str] = []

    async def traffic() -> None:
        for n in count():
            mail = story.mail(raw=b"x" * 4000, at=NOW + n)
            accepted.append(await story.spool.accept(mail))

    going = asyncio.create_task(traffic())
    for n in range(5):
        before = len(accepted)
        await whole.back_up(story.url, tmp_path / f"{n}.db", MADE)
        after = {row[0] for row in dump(tmp_path / f"{n}.db")["message"]}
        assert set(accepted[:before]) <= after
        assert await whole.verify_file(tmp_path / f"{n}.db") == []
    assert len(accepted) > 5
    going.cancel()


async def test_rows_are_copied_in_pages_that_memory_can_hold(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PAGE", 2)
    monkeypatch.setattr(copying, "HEAVY", len(PICTURE))
    pages: list[tuple[str, int]] = []

    class Watched(sqlite3.Connection):
        def executemany(self, sql: str, rows: object, /) -> sqlite3.Cursor:
            assert isinstance(rows, list)
            pages.append((sql.split()[2], len(rows)))
            return super().executemany(sql, rows)

    with (
        soundness.opened(file_of(story)) as source,
        closing(sqlite3.connect(":memory:", factory=Watched)) as target,
    ):
        for (made,) in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"):
            target.execute(made)
        copied = copying.copy(source, target, copies.columns(source))
        assert copied == copying.counts(source) == copying.counts(target)
    assert max(size for _, size in pages) == 2
    assert [size for table, size in pages if table == "event_part"] == [1]
    assert copied["delivery"] > 10


async def test_a_full_disk_is_said_to_be_that_of_the_copy(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = soundness.opened

    @contextmanager
    def small(path: Path, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
        with opened(path, writes=writes) as db:
            if path.suffix == ".part":
                db.execute("PRAGMA max_page_count = 2")
            yield db

    monkeypatch.setattr(copies, "opened", small)
    with pytest.raises(Unavailable, match=r"copy\.db: database or disk is full"):
        await whole.back_up(story.url, tmp_path / "copy.db", MADE)
    assert files_like(tmp_path, "copy.db*") == []
