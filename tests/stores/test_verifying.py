"""A store is read all over: what cannot be true in it is said in plain words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bridge.spool import whole
from bridge.spool.contract import Unusable
from bridge.spool.sqlite import copies
from tests.spool.conftest import Story
from tests.stores.reading import file_of


async def test_traffic_leaves_a_sound_store_also_while_it_flows(story: Story) -> None:
    assert await whole.verify(story.url) == []


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("UPDATE delivery SET state = 'lost' WHERE id = 1", "texts in a state that is none: 1"),
        (
            "UPDATE delivery SET due_at = NULL WHERE state = 'claimed'",
            "texts that wait for nothing: 1",
        ),
        (
            "UPDATE delivery SET due_at = 5 WHERE state = 'rejected'",
            "texts that ended and are due: 1",
        ),
        (
            "UPDATE delivery SET message_id = '' WHERE state = 'delivered'",
            "texts that the gateway took and gave no id: 1",
        ),
        (
            "UPDATE delivery SET begun_at = 0 WHERE state = 'submitting'",
            "texts in a request that never began: 1",
        ),
        (
            "UPDATE submission SET content = NULL WHERE id IN"
            " (SELECT submission FROM delivery WHERE state = 'claimed')",
            "texts that wait and have lost their words: 1",
        ),
        ("DELETE FROM submission WHERE id = '000008.1'", "destinations of no text: 1"),
        ("DELETE FROM message WHERE id = '000008'", "texts of no mail: 1"),
        ("DELETE FROM body WHERE message = '000008'", "mails without their octets: 1"),
        ("UPDATE message SET kept = 0 WHERE id = '000008'", "mails that were erased and are there"),
        ("UPDATE event SET state = 'x' WHERE id = 1", "notices in a state that is none: 1"),
        ("UPDATE event SET item = NULL WHERE state = 'queued'", "have lost their words"),
        ("UPDATE event SET due_at = 5 WHERE state = 'mailed'", "notices that ended and are due: 1"),
        ("DELETE FROM lane WHERE name = 'submit'", "lanes that are missing: 1"),
        ("UPDATE lane SET waiting = waiting + 3 WHERE name = 'submit'", "lane submit says that"),
        ("DROP INDEX delivery_due", "index delivery_due is missing"),
        ("DROP TRIGGER event_waits", "trigger event_waits is missing"),
        ("ALTER TABLE clock DROP COLUMN leaps", "column clock.leaps is missing"),
        ("UPDATE submission SET content = '{' WHERE id = '000008.1'", "texts that nobody can read"),
        ("UPDATE event SET item = '{}' WHERE id = 1", "notices that nobody can read: 1"),
        (
            "UPDATE delivery SET after = 999 WHERE state = 'claimed'",
            "texts that go after one that is not there: 1",
        ),
        ("INSERT INTO callback VALUES (999, x'00', '')", "rows of callback that belong to nothing"),
        ("PRAGMA user_version = 99", "it is of version 99, this program knows"),
        ("PRAGMA user_version = 0", "it is of version 0"),
    ],
    ids=lambda each: each if len(each) < 30 else "",
)
async def test_what_cannot_be_true_is_named(story: Story, harm: str, said: str) -> None:
    with closing(sqlite3.connect(file_of(story))) as db, db:
        db.execute(harm)
    found = await whole.verify(story.url)
    assert any(said in each for each in found), found


async def test_damage_is_named(story: Story) -> None:
    await story.spool.close()
    file = file_of(story)
    octets = bytearray(file.read_bytes())
    for page in range(4, len(octets) // 4096, 3):
        octets[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(octets)
    found = await whole.verify(story.url)
    assert found
    assert all(each.startswith("it is damaged: ") for each in found)


async def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    (file := tmp_path / "x.db").write_bytes(b"no database, and long enough to be one" * 100)
    (found,) = await whole.verify_file(file)
    assert found == "it is damaged: file is not a database"


async def test_a_file_of_another_program_is_named(tmp_path: Path) -> None:
    with closing(sqlite3.connect(file := tmp_path / "x.db")) as db, db:
        db.execute("CREATE TABLE theirs (id INTEGER)")
        db.execute("PRAGMA user_version = 5")
    found = await whole.verify_file(file)
    assert "index delivery_due is missing" in found or found[0].endswith(" is missing")


async def test_a_store_that_was_moved_is_neither_copied_nor_looked_over(story: Story) -> None:
    await story.spool.close()
    with closing(sqlite3.connect(file_of(story))) as db:
        copies.left(db, "postgresql://h/b", 0.0)
        db.commit()
    for work in (
        whole.verify(story.url),
        whole.back_up(story.url, file_of(story).with_name("copy.db"), 0.0),
        whole.upgrade(story.url, keep=True, now=0.0),
    ):
        with pytest.raises(Unusable, match="was moved to postgresql://h/b"):
            await work
