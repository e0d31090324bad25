"""Statements that go to the server as one come to the same as one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.core.model import Text
from bridge.core.outcomes import Accepted, Deferred
from bridge.core.promises import Folding
from bridge.spool.db import Db
from bridge.spool.opening import open_desk, open_spool
from bridge.spool.postgres import joining
from bridge.spool.postgres.dialect import translated
from bridge.spool.views import Record
from tests.postgres import Server
from tests.spool.conftest import ALEX, NOW, SAM, Story

FOLDING = Folding("web1", same_text=600.0, expires=3600.0)

A_BODY = "INSERT INTO body VALUES (?, ?)"
A_MAIL = "INSERT INTO message (id, fingerprint) VALUES (?, ?)"
A_TALK = "INSERT INTO conversation (token) VALUES (?) ON CONFLICT (token) DO NOTHING"
AN_END = "UPDATE attempt SET outcome = ? WHERE submission = ?"


@pytest.mark.parametrize(
    ("sql", "before", "goes"),
    [
        (A_BODY, [A_MAIL, A_TALK, AN_END], True),
        (A_MAIL, [A_BODY, "UPDATE body SET raw = ?"], True),
        (A_MAIL, [A_MAIL], False),
        (A_MAIL, ["UPDATE message SET acked = 1 WHERE id = ?"], False),
        (A_TALK, [A_MAIL], True),
        (A_TALK, [A_TALK], False),
        (AN_END, ["INSERT INTO attempt (submission) VALUES (?)"], False),
        ("SELECT id FROM message WHERE id = ?", [A_BODY, A_TALK], True),
        ("SELECT id FROM message WHERE id = ?", [A_BODY, A_MAIL], False),
        ("SELECT s.message FROM submission s", [A_MAIL], True),
        ("SELECT 1 FROM t WHERE kind = 'message'", [A_MAIL], True),
        ("WITH mine AS (SELECT * FROM attempt) SELECT 1 FROM mine", [AN_END], False),
        ("WITH RECURSIVE n (n) AS (SELECT 1) SELECT n FROM n", [A_MAIL], False),
        ("SELECT number FROM waiting", ["UPDATE delivery SET state = ?"], False),
        ("SELECT number FROM waiting", ["UPDATE lane SET token = ''"], True),
        ("INSERT INTO body SELECT id, raw FROM elsewhere", [AN_END], False),
        ("DELETE FROM message WHERE id = ?", [AN_END], False),
        ("SAVEPOINT job", [AN_END], False),
    ],
)
def test_what_might_see_a_write_waits_until_that_was_done(
    sql: str, before: Sequence[str], goes: bool
) -> None:
    assert joining.goes_with(translated(sql), [translated(each) for each in before]) is goes


@pytest.mark.parametrize(
    ("before", "last", "becomes"),
    [
        ([], A_BODY, "INSERT INTO body VALUES ($1, $2)"),
        (
            [A_BODY, "UPDATE t SET a = ?1, b = ?1, c = '$1' WHERE d = ?2"],
            "SELECT 1 FROM u WHERE e = :e AND f = '$9'",
            "WITH part0 AS (INSERT INTO body VALUES ($1, $2)),"
            " part1 AS (UPDATE t SET a = $3, b = $3, c = '$1' WHERE d = $4)"
            " SELECT 1 FROM u WHERE e = $5 AND f = '$9'",
        ),
        (
            [A_BODY],
            "WITH mine AS (SELECT ?) SELECT 1 FROM mine",
            "WITH part0 AS (INSERT INTO body VALUES ($1, $2)), mine AS (SELECT $3)"
            " SELECT 1 FROM mine",
        ),
    ],
    ids=["alone", "numbers", "with a WITH of its own"],
)
def test_each_part_has_parameters_of_its_own(
    before: Sequence[str], last: str, becomes: str
) -> None:
    parts = tuple(translated(each) for each in before)
    assert joining.joined(parts, translated(last)) == becomes


async def test_texts_of_one_mail_keep_their_order(postgres: Server) -> None:
    story = Story(url := postgres.emptied("stories"), await open_spool(url, daemon=True))
    mail = story.mail(SAM, texts=tuple(Text(f"{n}") for n in range(5)))
    apart = tuple(replace(each, after="", part=1, parts=1) for each in mail.submissions)
    await story.spool.accept(replace(mail, submissions=apart))
    kept = await story.sql("SELECT submission FROM delivery ORDER BY id")
    await story.spool.close()
    assert [id_ for (id_,) in kept] == [each.id for each in apart]


async def test_what_was_read_is_read_again_once_it_was_written(postgres: Server) -> None:
    desk = await open_desk(postgres.emptied("stories"), daemon=True)
    asked = "SELECT token FROM lane WHERE name = 'submit'"

    def work(db: Db) -> str:
        db.execute(asked).fetchone()
        db.execute("UPDATE lane SET token = ? WHERE name = 'submit'", ("LOGIN",))
        return str(db.execute(asked).fetchone()[0])

    assert await desk.write(work) == "LOGIN"
    await desk.close()


async def test_a_day_comes_to_the_same_as_statement_by_statement(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = await day(postgres)
    monkeypatch.setattr(joining, "MOST", 0)
    assert await day(postgres) == together


async def day(postgres: Server) -> Sequence[Record]:
    """All that a new store keeps of a day on which much happened at once."""
    url = postgres.emptied("stories")
    story = Story(url, await open_spool(url, daemon=True))
    spool = story.spool
    mails = [
        story.mail(SAM, folding=FOLDING),
        story.mail(SAM, folding=FOLDING),
        story.mail(ALEX, texts=(Text("the disk is"), Text("full"))),
        story.mail(SAM, ALEX, at=NOW + 1),
    ]
    await asyncio.gather(*(spool.accept(each) for each in (*mails, mails[0])))
    await spool.acknowledged([each.id for each in mails])
    for n in range(4):
        at = NOW + 2 + 100 * n
        await asyncio.gather(
            *(
                story.sent(
                    Accepted(f"{n}{lease.item.id}") if n else Deferred("BUSY", "later", 15.0),
                    at,
                    lease=lease,
                )
                for lease in await story.lease(at)
            )
        )
    reports = [story.report(f"1{each.id}.1", at=NOW + 500) for each in mails]
    await asyncio.gather(*(spool.receive(story.callback(each, at=NOW + 500)) for each in reports))
    kept = await spool.browse(content=True)
    await spool.close()
    return kept
