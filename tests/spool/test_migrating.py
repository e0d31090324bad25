"""A store of an older version is brought forward, whole or not at all, and goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from bridge.core.model import Text
from bridge.core.outcomes import State
from bridge.spool.contract import Unusable
from bridge.spool.opening import open_spool
from tests.spool.conftest import NOW, Story
from tests.spool.storm import Storm

WAITING = f"""
INSERT INTO conversation VALUES ('2tok', 'jo@example.com', 'Friday', '<r@example.com>', '', {NOW});
INSERT INTO message (id, received_at, reverse_path, peer, user, tls, sender, sender_key, profile,
    token, message_id, refs, ret, envid, fingerprint)
    VALUES ('old', {NOW}, 'jo@example.com', '192.0.2.1', 'jo', 1, 'jo@example.com', 'user:jo',
    'person', '2tok', '<r@example.com>', '[]', '', '', x'00');
INSERT INTO body VALUES ('old', x'0d0a');
INSERT INTO submission VALUES ('old.1', 'old', 'old.1', 'Text', '{{"text": "from before"}}', {NOW},
    {NOW + 3600}, 'person', 'jo@example.com', '', '2tok', 1, '', 1, 1);
INSERT INTO delivery (submission, destination, is_list, state, due_at, expires_at, address, notify,
    orcpt, changed_at) VALUES ('old.1', '447700900123', 0, 'queued', {NOW}, {NOW + 3600},
    '447700900123@sms.example.com', '', '', {NOW});
"""


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A store as the first version made it, in which a text waits."""
    path = tmp_path / "spool.db"
    script = files("bridge.spool").joinpath("schema/0001.sql").read_text("utf-8")
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script + WAITING + "PRAGMA user_version = 1;")
    return path


def version_and_tables(path: Path) -> tuple[int, set[str]]:
    with closing(sqlite3.connect(path)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    return version, tables


async def test_a_store_of_the_first_version_keeps_its_texts_and_folds_storms(first: Path) -> None:
    story = Story(f"sqlite:///{first}", await open_spool(f"sqlite:///{first}", daemon=True))
    storm = Storm(story)
    await story.spool.alive()
    await storm.rage(7)
    await storm.goes(700)
    assert storm.heard()[0] == "from before"
    assert storm.heard()[-1] == "+2 similar from nagios1 in 10 min"
    assert await story.state("old") == State.SUBMITTED
    await story.spool.accept(story.mail(texts=(Text("hello"),), closings=("Jo",)))
    assert len(await story.spool.tails()) == 1
    await story.spool.close()
    assert version_and_tables(first)[0] == 3


async def test_only_the_daemon_brings_a_store_forward(first: Path) -> None:
    with pytest.raises(Unusable, match="is of version 1, this program of 3: start the daemon once"):
        await open_spool(f"sqlite:///{first}", daemon=False)
    assert version_and_tables(first)[0] == 1


async def test_a_store_comes_forward_whole_or_not_at_all(first: Path) -> None:
    with closing(sqlite3.connect(first)) as db:
        db.execute("CREATE TABLE summary (in_the_way INTEGER)")
    with pytest.raises(Unusable):
        await open_spool(f"sqlite:///{first}", daemon=True)
    version, tables = version_and_tables(first)
    assert version == 1
    assert "storm" not in tables
