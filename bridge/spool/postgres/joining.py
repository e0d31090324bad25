"""Several statements of a transaction go to the server as one: the way there and back costs most.

A write of which nothing is asked waits, and goes with the next statement, as a part of it (WITH …).
All parts see the database as it was before any of them; so no statement goes with a write that it
might have seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from bridge.spool.postgres.dialect import Statement

MOST: Final = 16
"""Parts of a statement; each combination of them is prepared and kept."""

_SHOWN: Final = {"waiting": ("delivery", "event")}
"""Views, and the tables that they show."""

_LOOKS: Final = re.compile(r"SELECT |WITH (?!RECURSIVE)")

_PARAMETER: Final = re.compile(r"'(?:[^']|'')*'|\$(\d+)")


def waits(statement: Statement) -> bool:
    """Whether a statement can wait: it finds nothing, and says what it writes."""
    return bool(statement.writes) and not statement.finds


def goes_with(statement: Statement, before: Sequence[Statement]) -> bool:
    """Whether a statement comes to the same beside these writes as after them.

    What only inserts values sees nothing, but the ids that the database gives have their order, and
    the parts of a statement have none.
    """
    if len(before) >= MOST or not (statement.writes or looks(statement)):
        return False
    written = {each.writes for each in before}
    if statement.plain:
        return statement.writes not in written
    return not any(sees(statement, table) for table in written)


def looks(statement: Statement) -> bool:
    """Whether a statement changes nothing, and says so by its first word."""
    return _LOOKS.match(statement.sql) is not None


def sees(statement: Statement, table: str) -> bool:
    """Whether a statement may look into a table, be it through a view."""
    return table in statement.names or any(
        view in statement.names and table in tables for view, tables in _SHOWN.items()
    )


@lru_cache(maxsize=1024)
def joined(before: tuple[Statement, ...], last: Statement) -> str:
    """One statement that does what these writes do, and then the last; their parameters in turn."""
    if not before:
        return last.sql
    parts, count = [], 0
    for n, each in enumerate(before):
        parts.append(f"part{n} AS ({_shifted(each.sql, count)})")
        count += len(each.order)
    text = _shifted(last.sql, count)
    separated = ", " if text.startswith("WITH ") else " "
    return f"WITH {', '.join(parts)}{separated}{text.removeprefix('WITH ')}"


def _shifted(sql: str, by: int) -> str:
    """A statement whose parameters are numbered from further on."""
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}" if match[1] else match[0], sql)
