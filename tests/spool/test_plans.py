"""What is looked for while traffic flows is found by an index, however much the store keeps."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest

from bridge.core.events import Undelivered
from bridge.spool import owing, sweeping, telling
from bridge.spool.browse import browse
from tests.spool.conftest import NOW

Statements = tuple[sqlite3.Connection, set[str]]


def plans(statements: Statements, table: str) -> list[str]:
    """The steps into a table of all that was asked."""
    db, seen = statements
    asked = [each for each in seen if re.match("SELECT|UPDATE|DELETE", each)]
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
    sweeping.step(statements[0], NOW, bodies_before=NOW, history_before=NOW)
    assert any("event_orphan" in each for each in plans(statements, "event"))
