"""What is looked for while traffic flows is found by an index, however much the store keeps."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest

from bridge.core.events import Undelivered
from bridge.core.judge import judge
from bridge.core.outcomes import Accepted
from bridge.spool import accepting, leasing, owing, settling, sweeping, telling
from bridge.spool.browse import browse
from bridge.spool.db import Parameters
from bridge.spool.postgres.connection import Found, PostgresDb
from bridge.spool.postgres.dialect import translated
from tests.bench.filling import at_bench
from tests.postgres import Server
from tests.spool.conftest import ALEX, HOST, NOW, POLICY, SAM, Story, on_sqlite

Statements = tuple[sqlite3.Connection, set[str]]


def plans(statements: Statements, table: str) -> list[str]:
    """The steps into a table of all that was asked."""
    db, seen = statements
    asked = [each for each in seen if re.match("SELECT|UPDATE|DELETE|WITH", each)]
    steps = [row[3] for each in asked for row in db.execute(f"EXPLAIN QUERY PLAN {each}")]
    return [each for each in steps if re.search(rf"\b{table}\b", each)]


@pytest.mark.parametrize(
    "work",
    [
        lambda db: browse(db, "77", waiting=False, content=False, limit=1000),
        lambda db: telling.lease(db, "us", 10, now=NOW, until=NOW + 60),
        lambda db: owing.settled(db, 1, Undelivered("m", "m.1", (), NOW), NOW),
    ],
    ids=["a gateway's id", "what is to be told", "failures"],
)
def test_no_event_is_looked_for_row_by_row(
    statements: Statements, work: Callable[[sqlite3.Connection], object]
) -> None:
    work(statements[0])
    found = plans(statements, "event")
    assert found
    assert not [each for each in found if each.startswith("SCAN")]


def test_reports_that_found_no_text_are_swept_by_an_index_of_them_alone(
    statements: Statements,
) -> None:
    for chore in sweeping.CHORES:
        chore(statements[0], sweeping.Terms(NOW, NOW, NOW), ())
    assert any("event_orphan" in each for each in plans(statements, "event"))


@on_sqlite
def test_what_is_due_is_read_in_its_order_and_all_else_of_a_turn_by_whose_it_is(
    story: Story, statements: Statements
) -> None:
    db, seen = statements
    accepting.accept(db, story.mail(SAM, ALEX), NOW)
    seen.clear()
    (lease,) = leasing.lease(db, "us", 10, now=NOW, until=NOW + 60).found
    assert leasing.begin(db, lease, HOST, NOW)
    verdict = judge(POLICY, lease, {SAM: Accepted("1"), ALEX: Accepted("1")}, NOW)
    settling.settle(db, lease, verdict, NOW)
    first = {each for each in seen if each.startswith("SELECT t.submission FROM delivery")}
    assert {step for step in plans((db, first), "t") if "delivery_due" not in step} == set()
    others = plans((db, seen - first), "(delivery|b|d|e)")
    assert others
    assert not [each for each in others if "delivery_due" in each or each.startswith("SCAN d")]


async def test_postgresql_reads_no_table_through_however_old_its_statistics(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that was ever accepted has gone when they are gathered, and then much is due."""
    url = postgres.database()
    async with at_bench(url) as bench:
        await bench.fill("f", 2000, recipients=1, numbers=2000)
        await bench.desk.write(lambda db: db.execute("UPDATE delivery SET state = 'submitted'"))
        await bench.desk.write(lambda db: db.execute("ANALYZE"))
        await bench.desk.write(lambda db: db.execute("UPDATE delivery SET state = 'queued'"))
        seen: set[str] = set()
        execute = PostgresDb.execute

        def noted(db: PostgresDb, sql: str, parameters: Parameters = ()) -> Found:
            seen.add(translated(sql).sql)
            return execute(db, sql, parameters)

        monkeypatch.setattr(PostgresDb, "execute", noted)
        story = Story(url, bench.spool)
        await bench.spool.accept(story.mail(SAM, ALEX))
        lease, *_ = await story.lease(bench.spool.now() + 1)
        await story.sent(Accepted("1"), bench.spool.now() + 1, lease=lease)
    for sql in seen:
        plan = postgres.execute(f"EXPLAIN (GENERIC_PLAN) {sql}", url.rpartition("/")[2])
        assert not re.search("Seq Scan on (delivery|submission|message)", plan), sql
        if "ORDER BY due_at" not in sql:
            assert "delivery_due" not in plan, sql
