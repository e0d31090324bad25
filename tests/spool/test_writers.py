"""Nothing but the tables says how a delivery or a mail stands: the house's own SQL, read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

BRIDGE = Path(__file__).parents[2] / "bridge"
MODULES = sorted(BRIDGE.rglob("*.py"))

_BOUND = re.compile(r"\(*(?:SELECT )?(?:CAST\()?(?:\?\d*|:\w+)(?![\w'])")
_SET = re.compile(r"\bUPDATE\s+(\S+)(.*?)(?:\bWHERE\b|\bFROM\b|$)", re.DOTALL)
_INSERT = re.compile(
    r"\bINSERT\s+INTO\s+(\S+)\s*\(([^)]*)\)\s*(VALUES\s*\(|SELECT\s)(.*)", re.DOTALL
)
_TABLES = ("delivery", "event", "{}")


def statements(module: ast.AST) -> Iterator[str]:
    """Each string of a module, whole; what is put into it stands as `{}`."""
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def states_written(statement: str) -> Iterator[str]:
    """What a statement writes as a state of a delivery or of an event."""
    for table, assigned in _SET.findall(statement):
        if table in _TABLES:
            found = re.search(r"(?<![\w.])state\b[^=]*=\s*(.*)", assigned, re.DOTALL)
            if found:
                yield found[1]
    for table, names, _, values in _INSERT.findall(statement):
        columns = [each.strip() for each in names.split(",")]
        if table in _TABLES and "state" in columns:
            yield split(values)[columns.index("state")]


def split(values: str) -> list[str]:
    """The values of a list, at the commas that no parenthesis holds."""
    found, depth = [""], 0
    for each in values:
        depth += (each == "(") - (each == ")")
        if each == "," and depth == 0:
            found.append("")
        else:
            found[-1] += each
    return [each.strip() for each in found]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(BRIDGE)))
def test_a_state_is_written_as_a_parameter_alone(path: Path) -> None:
    found = [
        each
        for statement in statements(ast.parse(path.read_text()))
        for each in states_written(statement)
        if not _BOUND.match(each)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("statement", "free"),
    [
        ("UPDATE delivery SET state = ?, due_at = 1 WHERE state = 'queued'", []),
        ("UPDATE delivery SET due_at = 1 WHERE state = 'queued'", []),
        ("UPDATE delivery AS d SET epoch = 1, state = :state WHERE id = 1", []),
        ("UPDATE delivery SET (state, token) = (SELECT ?, b.token FROM delivery b)", []),
        ("UPDATE delivery SET (state, token) = (SELECT CAST(? AS TEXT), token)", []),
        ("UPDATE delivery SET state = 'held' WHERE id = 1", ["'held'"]),
        ("UPDATE event SET epoch = 1, state = CASE WHEN 1 THEN ? END", ["CASE"]),
        ("UPDATE {} SET state = 'held'", ["'held'"]),
        ("UPDATE delivery SET state = {}", ["{}"]),
        ("INSERT INTO delivery (id, state) VALUES (?, ?)", []),
        ("INSERT INTO delivery (id, state, at) SELECT max(1, 2), ?, at FROM event", []),
        ("INSERT INTO delivery (id, state) VALUES (?, 'queued')", ["'queued')"]),
        ("UPDATE lane SET state = 'rests'", []),
    ],
)
def test_what_this_test_would_find(statement: str, free: list[str]) -> None:
    found = [each for each in states_written(statement) if not _BOUND.match(each)]
    assert [each.split(" ")[0] for each in found] == free


def test_it_reads_what_there_is() -> None:
    read = [
        each
        for path in MODULES
        for statement in statements(ast.parse(path.read_text()))
        for each in states_written(statement)
    ]
    assert len(read) > 15
