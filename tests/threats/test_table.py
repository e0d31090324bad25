"""Each threat is kept out by tests that exist, or stands here with the reason why it has none."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.threats.table import THREATS, Threat

ROOT = Path(__file__).parents[2]
NUMBERS = [
    *range(1, 17),
    *range(20, 37),
    *range(40, 51),
    *range(55, 58),
    *range(60, 65),
    *range(70, 75),
    *range(80, 86),
]
"""The catalogue's entries."""


@cache
def functions(file: str) -> frozenset[str]:
    """The names of a file's test functions."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, kinds))


def test_no_entry_of_the_catalogue_is_missing() -> None:
    assert [each.entry for each in THREATS] == [f"T{number}" for number in NUMBERS]


@pytest.mark.parametrize("threat", THREATS, ids=lambda threat: threat.entry)
def test_what_keeps_it_out_is_tested(threat: Threat) -> None:
    assert bool(threat.tests) != bool(threat.why_none)
    for each in threat.tests:
        file, _, name = each.partition("::")
        assert (ROOT / file).exists(), f"{file} is not there"
        assert not name or name in functions(file), f"{each} is not there"
