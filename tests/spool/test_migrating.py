"""A store of an older version is brought forward, whole or not at all, and goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from bridge.core.events import Progress, StatusReport, Summary, Undelivered
from bridge.core.model import Text
from bridge.core.outcomes import Accepted, State
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

# Of version 2: ends that were told, and some that are still to be mailed, each by itself.
_DELIVERY = """
INSERT INTO delivery (submission, destination, is_list, state, due_at, expires_at, begun_at,
    message_id, token, reason, address, notify, orcpt, changed_at) VALUES ('old.1', '{number}', 0,
    '{state}', {due}, {until}, {until}, '{id_}', '', 'said', '', 'FAILURE,SUCCESS', '', {until});
"""
_EVENT = """
INSERT INTO event (at, kind, item, key, weak, acked, state, due_at, mail, changed_at)
    VALUES ({now}, '{kind}', '{item}', '{kind}', 0, 1, 'queued', {now}, 'old', {now});
"""
ENDED = "".join(
    _DELIVERY.format(number=number, state=state, due="NULL", until=NOW + 3600, id_=id_)
    for number, state, id_ in (
        ("447700900124", "rejected", ""),
        ("447700900125", "undeliverable", "77"),
        ("447700900126", "held", ""),
        ("447700900127", "submitted", "77"),
    )
) + "".join(
    _EVENT.format(now=NOW, kind=kind, item=item)
    for kind, item in (
        (
            "Undelivered",
            '{"mail": "old", "submission": "old.1", "failures": [{"destination": "447700900124",'
            ' "state": "rejected", "token": "INVALID_NUMBER", "reason": "no route", "enhanced":'
            ' "5.1.1"}], "at": 1.0, "ours": false}',
        ),
        (
            "StatusReport",
            '{"message_id": "77", "number": "447700900125", "status": "6", "progress":'
            ' "undeliverable", "words": "unable to deliver", "enhanced": "5.0.0",'
            ' "received_at": 1.0}',
        ),
    )
)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A store as the first version made it, in which a text waits."""
    path = tmp_path / "spool.db"
    script = files("bridge.spool.sqlite").joinpath("schema/0001.sql").read_text("utf-8")
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script + WAITING + "PRAGMA user_version = 1;")
    return path


@pytest.fixture
def second(first: Path) -> Path:
    """The same store, of the second version."""
    script = files("bridge.spool.sqlite").joinpath("schema/0002.sql").read_text("utf-8")
    with closing(sqlite3.connect(first)) as db:
        db.executescript(script + "PRAGMA user_version = 2;")
    return first


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
    assert version_and_tables(first)[0] == 5


async def test_a_store_of_the_second_version_tells_what_it_was_to_tell_and_nothing_twice(
    second: Path,
) -> None:
    with closing(sqlite3.connect(second)) as db:
        db.executescript(ENDED)
    story = Story(f"sqlite:///{second}", await open_spool(f"sqlite:///{second}", daemon=True))
    failed, report = await story.told(NOW)
    assert isinstance(failed, Undelivered)
    assert [each.reason for each in failed.failures] == ["no route"]
    assert isinstance(report, StatusReport)
    assert (await story.spool.about(report)).mail is not None
    await story.sent(Accepted("88"), NOW)
    for number, id_ in (("447700900123", "88"), ("447700900127", "77")):
        heard = story.report(id_, number=number, progress=Progress.UNDELIVERABLE)
        await story.spool.receive(story.callback(heard, at=NOW + 1))
    (event,) = await story.told(NOW + 6)
    assert isinstance(event, Undelivered)
    assert [str(each.destination)[-1] for each in event.failures] == ["3", "7"]
    assert await story.spool.remind(NOW + 9999) == 0, "mails of before are not looked after"
    await story.spool.close()


# One long text, whose first part was delivered, and told by itself.
HALF = f"""
UPDATE submission SET parts = 2;
INSERT INTO submission SELECT 'old.2', message, 'old.2', kind, content, accepted_at, expires_at,
    profile, sender, originator, user_context, segments, 'old.1', 2, 2 FROM submission;
UPDATE delivery SET state = 'delivered', due_at = NULL, begun_at = {NOW}, message_id = '71';
INSERT INTO delivery (submission, destination, is_list, state, expires_at, after, begun_at,
    message_id, address, notify, orcpt, changed_at) SELECT 'old.2', destination, 0, 'submitted',
    expires_at, id, begun_at, '72', '', notify, '', {NOW} FROM delivery;
"""


@pytest.mark.parametrize("progress", [Progress.UNDELIVERABLE, Progress.DELIVERED])
async def test_a_long_text_of_which_a_part_is_delivered_is_still_told_of(
    second: Path, progress: Progress
) -> None:
    with closing(sqlite3.connect(second)) as db:
        db.executescript(HALF)
    story = Story(f"sqlite:///{second}", await open_spool(f"sqlite:///{second}", daemon=True))
    await story.spool.receive(story.callback(story.report("72", progress=progress), at=NOW + 1))
    (event,) = await story.told(NOW + 6)
    if progress is Progress.DELIVERED:
        assert isinstance(event, Summary)
        assert [each.state for each in event.endings] == [State.DELIVERED]
    else:
        assert isinstance(event, Undelivered)
        assert "part 2 of 2" in event.failures[0].reason
    await story.spool.close()


async def test_a_long_text_that_was_delivered_is_not_told_of_again(second: Path) -> None:
    with closing(sqlite3.connect(second)) as db:
        db.executescript(HALF + "UPDATE delivery SET state = 'delivered';")
    story = Story(f"sqlite:///{second}", await open_spool(f"sqlite:///{second}", daemon=True))
    await story.spool.tell(Summary("old", (), (), 0, NOW), NOW)
    assert await story.told(NOW + 9999) == []
    await story.spool.close()


async def test_the_latest_mail_of_a_context_that_went_to_a_list_is_what_is_answered(
    second: Path,
) -> None:
    with closing(sqlite3.connect(second)) as db:
        db.executescript(f"""
            UPDATE submission SET user_context = 'ORDER-42';
            UPDATE delivery SET destination = 'customers', is_list = 1;
            INSERT INTO message SELECT 'new', received_at, reverse_path, peer, user, tls, sender,
                sender_key, profile, '3tok', message_id, refs, ret, envid, fingerprint, 0, 1
                FROM message;
            INSERT INTO submission SELECT 'new.1', 'new', 'new.1', kind, content, accepted_at,
                expires_at, profile, sender, originator, user_context, 1, '', 1, 1 FROM submission;
            INSERT INTO delivery (submission, destination, is_list, state, expires_at, address,
                notify, orcpt, changed_at) VALUES ('new.1', 'customers', 1, 'queued', 0, '', '',
                '', 0);
            INSERT INTO event (at, kind, item, key, state, number, user_context, changed_at)
                VALUES ({NOW}, 'SmsReceived', '{{}}', 'k', 'mailed', '447', 'ORDER-42', {NOW}),
                ({NOW}, 'SmsReceived', '{{}}', 'l', 'mailed', '447', 'ORDER-43', {NOW});
        """)
    await (await open_spool(f"sqlite:///{second}", daemon=True)).close()
    with closing(sqlite3.connect(second)) as db:
        assert db.execute("SELECT token FROM event ORDER BY id").fetchall() == [("3tok",), ("",)]


async def test_only_the_daemon_brings_a_store_forward(first: Path) -> None:
    with pytest.raises(Unusable, match="is of version 1, this program of 5: start the daemon once"):
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
