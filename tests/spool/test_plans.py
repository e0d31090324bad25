"""What is looked for while traffic flows is found by an index, however much the store keeps."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from bridge.core.events import Undelivered
from bridge.core.judge import judge
from bridge.core.outcomes import Accepted
from bridge.spool import accepting, beginning, leaping, leasing, owing, settling, sweeping, telling
from bridge.spool.browse import browse
from bridge.spool.postgres.connecting import SESSION
from bridge.spool.queueing import Holder
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
    accepting.accept(db, story.mail(SAM, ALEX), NOW, leaping.latest(db))
    seen.clear()
    (lease,) = leasing.lease(db, Holder("us", NOW, NOW + 60), 10).found
    assert beginning.begin(db, lease, HOST, NOW)
    verdict = judge(POLICY, lease, {SAM: Accepted("1"), ALEX: Accepted("1")}, NOW)
    settling.settle(db, lease, verdict, NOW)
    first = {each for each in seen if each.startswith("SELECT t.submission FROM delivery")}
    assert {step for step in plans((db, first), "t") if "delivery_due" not in step} == set()
    others = plans((db, seen - first), "(delivery|b|d|e)")
    assert others
    assert not [each for each in others if "delivery_due" in each or each.startswith("SCAN d")]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What a PostgreSQL server is asked from here on, as it goes there."""
    seen: set[str] = set()
    for way in ("fetch", "execute", "fetchmany"):
        monkeypatch.setattr(asyncpg.Connection, way, noted(getattr(asyncpg.Connection, way), seen))
    return seen


def noted(way: Callable[..., Awaitable[object]], seen: set[str]) -> Callable[..., object]:
    """A way to the server on which each statement is noted."""

    async def asked_so(raw: object, sql: str, *values: object, **how: object) -> object:
        if re.match(r"(SELECT|INSERT|UPDATE|DELETE|WITH)\b", sql):
            seen.add(sql)
        return await way(raw, sql, *values, **how)

    return asked_so


async def test_postgresql_reads_no_table_through_however_old_its_statistics(
    postgres: Server, asked: set[str]
) -> None:
    """All that was ever accepted has gone when they are gathered, and then much is due."""
    url = postgres.database()
    async with at_bench(url) as bench:
        await bench.fill("f", 2000, recipients=1, numbers=2000)
        await bench.desk.write(lambda db: db.execute("UPDATE delivery SET state = 'submitted'"))
        await bench.desk.write(lambda db: db.execute("ANALYZE"))
        await bench.desk.write(lambda db: db.execute("UPDATE delivery SET state = 'queued'"))
        asked.clear()
        story = Story(url, bench.spool)
        await bench.spool.accept(story.mail(SAM, ALEX))
        lease, *_ = await story.lease(bench.spool.now() + 1)
        await story.sent(Accepted("1"), bench.spool.now() + 1, lease=lease)
    for sql in asked:
        plan = postgres.execute(f"EXPLAIN (GENERIC_PLAN) {sql}", url.rpartition("/")[2])
        assert not re.search("Seq Scan on (delivery|submission|message)", plan), sql
        if "ORDER BY state, due_at" not in sql:
            assert "delivery_due" not in plan, sql


async def test_postgresql_sorts_nothing_that_is_due_whatever_it_knows_of_it(
    postgres: Server, asked: set[str]
) -> None:
    """A plan is kept while much comes to be due, of a store in which nothing was."""
    url = postgres.database()
    name = url.rpartition("/")[2]
    async with at_bench(url) as bench:

        async def sorted_by() -> list[str]:
            """How the statements that look for what is due find its order, but by an index."""
            asked.clear()
            await bench.spool.lease_submissions("us", 10, NOW, NOW + 60)
            due = [sql for sql in asked if re.search(r"ORDER BY (state, due_at|t.expires_at)", sql)]
            assert due
            plan = f"SET enable_seqscan = {SESSION['enable_seqscan']}; EXPLAIN (GENERIC_PLAN)"
            plans = [postgres.execute(f"{plan} {sql}", name) for sql in due]
            return [each for each in plans if re.search("Sort|Bitmap|_pkey|delivery_line", each)]

        await bench.fill("f", 2000, recipients=1, numbers=2000)
        postgres.execute("UPDATE delivery SET due_at = 1", name)
        assert not await sorted_by()
        postgres.execute("UPDATE delivery SET state = 'submitted', due_at = NULL", name)
        postgres.execute("ANALYZE", name)
        assert not await sorted_by()
        postgres.execute("DELETE FROM message", name)
        postgres.execute("VACUUM ANALYZE", name)
        assert not await sorted_by()
