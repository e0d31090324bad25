"""A store of every earlier version comes forward with rows of every kind, and all of it goes on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from bridge.core.outcomes import Accepted, State
from bridge.spool import whole
from bridge.spool.opening import open_spool
from bridge.spool.sqlite import copies
from bridge.spool.sqlite.migrating import VERSION
from tests.spool.conftest import HOST, NO_ANSWER, NOW, SAM, Story
from tests.stores import killed
from tests.stores.aged import EARLIER, aged, rows, schema
from tests.stores.filled import BEGUN, DOUBTED, HELD, LEASED, QUEUED
from tests.stores.reading import file_of, files_like

LATER = NOW + 200


@pytest.fixture
def fresh(tmp_path: Path) -> tuple[int, dict[str, object]]:
    """The schema of a store that began with this version."""
    with copies.arriving(tmp_path / "fresh.db"):
        pass
    return schema(tmp_path / "fresh.db")


@pytest.mark.parametrize("version", EARLIER)
async def test_every_row_is_kept_and_the_schema_is_a_new_store_s(
    story: Story, version: int, tmp_path: Path, fresh: tuple[int, dict[str, object]]
) -> None:
    await story.spool.close()
    old = tmp_path / "old.db"
    columns = aged(file_of(story), version, old)
    before = rows(old, columns)
    copies.upgrade(old, keep=False, now=LATER)
    after = rows(old, columns)
    for table, found in before.items():
        if table != "event":  # the conversations of earlier texts are looked for
            assert after[table] == found, table
    assert len(after["event"]) == len(before["event"])
    assert await whole.verify_file(old) == []
    assert schema(old) == fresh


@pytest.mark.parametrize("version", EARLIER)
async def test_what_waited_is_sent_and_told_answered_and_reported(
    story: Story, version: int, tmp_path: Path
) -> None:
    await story.spool.close()
    old = tmp_path / "old.db"
    aged(file_of(story), version, old)
    url = f"sqlite:///{old}"
    there = Story(url, await open_spool(url, daemon=True), numbers=story.numbers)
    await there.spool.obey(LATER)  # "release all", which waited to be obeyed
    went: set[str] = set()
    for now in (LATER, LATER + 1, LATER + 60):
        for lease in await there.lease(now):
            if lease.orphaned:
                await there.judged(lease, NO_ANSWER, now)
                continue
            assert await there.spool.begin(lease, HOST, now)
            await there.judged(lease, Accepted(f"n{lease.item.id}"), now)
            went |= {each.destination.digits for each in lease.pending}  # type: ignore[union-attr]
    assert went >= {QUEUED.digits, LEASED.digits, HELD.digits}
    assert not went & {BEGUN.digits, DOUBTED.digits}, "that may have been sent before"

    (line,) = await there.lines("delivery", LEASED.digits)
    report = there.report(f"n{line.id}", number=LEASED.digits, at=LATER + 61)
    await there.spool.receive(there.callback(report, at=LATER + 61))
    assert await there.state(LEASED.digits) == State.DELIVERED
    await there.spool.receive(there.callback(there.report("12", at=LATER + 61), at=LATER + 61))
    assert "delivered" in {line.fields["state"] for line in await there.lines("delivery", "12")}

    answer = there.text("and you?", number=LEASED.digits, message_id="a1")
    id_, is_new = await there.spool.receive(there.callback(answer, at=LATER + 62))
    assert is_new
    (heard,) = [each for each in await there.lines("event") if each.id == f"e{id_}"]
    assert heard.fields["mail"] == line.id.partition(".")[0], "by the number that was texted last"
    told = await there.told(LATER + 9999)
    assert len(told) > 3
    assert {each.fields["state"] for each in await there.lines("event", SAM.digits)} <= {
        "mailed",
        "not-mailed",
        "orphan",
    }
    await there.spool.close()
    assert await whole.verify(url) == []


@pytest.mark.parametrize("version", EARLIER)
async def test_one_that_is_killed_on_the_way_is_as_it_was_and_comes_forward_the_next_time(
    story: Story, version: int, tmp_path: Path, fresh: tuple[int, dict[str, object]]
) -> None:
    await story.spool.close()
    old, folder = tmp_path / "old.db", tmp_path / "killed"
    columns = aged(file_of(story), version, old)
    before, schema_before = rows(old, columns), schema(old)
    folder.mkdir()
    program = [sys.executable, killed.__file__, "forward", str(old), str(folder)]
    child = await asyncio.create_subprocess_exec(*program)
    assert await child.wait() == 0
    left = files_like(folder, "*/store.db")
    assert len(left) > 10
    found = [schema(each) for each in left]
    assert [version for version, _ in found] == sorted(version for version, _ in found)
    assert set(map(str, found)) == {str(schema_before), str(fresh)}, "old or new, never half"
    for each in left[:: len(left) // 5]:
        if schema(each) == schema_before:
            assert rows(each, columns) == before
        copies.upgrade(each, keep=False, now=LATER)
        assert schema(each) == fresh
        assert await whole.verify_file(each) == []
    assert fresh[0] == VERSION
