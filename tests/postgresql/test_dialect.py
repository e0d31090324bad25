"""A statement of the spool as PostgreSQL has it: the numbers of its parameters, and no index."""

from __future__ import annotations

import pytest

from bridge.spool.db import Parameters
from bridge.spool.postgres.dialect import translated


@pytest.mark.parametrize(
    ("sql", "parameters", "becomes", "values"),
    [
        ("a = ? AND b = ?", (1, 2), "a = $1 AND b = $2", [1, 2]),
        ("a = ?2 OR b = ?1 OR c = ?2", (1, 2), "a = $1 OR b = $2 OR c = $1", [2, 1]),
        (
            "a = :of AND b = :at AND c = :of",
            {"at": 1.5, "of": "x", "more": 0},
            "a = $1 AND b = $2 AND c = $1",
            ["x", 1.5],
        ),
        (
            "a = '?' AND b = ':it''s' AND c = ?",
            ("x",),
            "a = '?' AND b = ':it''s' AND c = $1",
            ["x"],
        ),
        ('"user" = ? AND b::text = ?', ("x", "y"), '"user" = $1 AND b::text = $2', ["x", "y"]),
        ("event e INDEXED BY event_due WHERE a = ?", (1,), "event e  WHERE a = $1", [1]),
        ("a = ?", ("no\0text",), "a = $1", ["no\ufffdtext"]),
        ("a = ?", (b"\0",), "a = $1", [b"\0"]),
    ],
    ids=[
        "by place",
        "by number",
        "by name",
        "not in quotes",
        "not a cast",
        "SQLite's index",
        "NUL in a text",
        "NUL in octets",
    ],
)
def test_a_statement_keeps_its_meaning(
    sql: str, parameters: Parameters, becomes: str, values: list[object]
) -> None:
    statement = translated(f"SELECT {sql}")
    assert statement.sql == f"SELECT {becomes}"
    assert statement.bound(parameters) == values


@pytest.mark.parametrize(
    ("sql", "finds"),
    [
        ("SELECT 1", True),
        ("WITH mine AS (SELECT 1) SELECT 1 FROM mine", True),
        ("INSERT INTO t VALUES (1) RETURNING id", True),
        ("INSERT INTO t SELECT 1", False),
        ("UPDATE t SET a = (SELECT 1)", False),
        ("DELETE FROM t", False),
    ],
)
def test_a_statement_finds_rows_or_counts_those_that_it_changed(sql: str, finds: bool) -> None:
    assert translated(sql).finds is finds
