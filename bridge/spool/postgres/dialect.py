"""A statement of the spool in PostgreSQL's words: see `spool.db` for what the two share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bridge.spool.db import Parameters

_WORDS = re.compile(
    r"""(?P<quoted>'(?:[^']|'')*')
      | (?P<cast>::)
      | INDEXED\ BY\ \w+
      | \?(?P<number>\d*)
      | :(?P<name>[a-z_]\w*)""",
    re.VERBOSE,
)
_ROWS = re.compile(r"^\s*(?:SELECT|WITH|VALUES)\b|\bRETURNING\b", re.IGNORECASE)
_WRITES = re.compile(r"(?:UPDATE|INSERT INTO(?= \w+ (?:\([^()]*\) )?VALUES )) (\w+)")
_PLAIN = re.compile(
    r"INSERT INTO \w+ (?:\([^()]*\) )?VALUES \((?!.*\b(?:SELECT|CONFLICT)\b)", re.DOTALL
)
_NAMES = re.compile(r"'(?:[^']|'')*'|(?<![.\w$])([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with `$n` parameters; `order` says which of the verb's each of them is.

    `writes` is the table in which it updates rows or inserts values ("" where it does something
    else); `plain`: whatever is there.  `names` are those without a dot before them, so all of its
    tables are among them.
    """

    sql: str
    order: tuple[int | str, ...] = field(compare=False)
    finds: bool = field(compare=False)
    writes: str = field(compare=False)
    plain: bool = field(compare=False)
    names: frozenset[str] = field(compare=False)

    def bound(self, parameters: Parameters) -> list[Any]:
        """The values, in the statement's order."""
        values: Any = parameters  # by name or by place, as the statement has it
        return [_value(values[each]) for each in self.order]


def _value(value: Any) -> Any:
    """PostgreSQL keeps no NUL in a text; what stands for it elsewhere stands for it here."""
    if isinstance(value, str) and "\0" in value:
        return value.replace("\0", "\ufffd")
    return value


@lru_cache(maxsize=2048)
def translated(sql: str) -> Statement:
    """The statement for PostgreSQL; each parameter is numbered where it first stands."""
    order: dict[int | str, int] = {}
    unnumbered = 0

    def word(match: re.Match[str]) -> str:
        nonlocal unnumbered
        if match["quoted"] or match["cast"]:
            return match[0]
        key: int | str
        if match["name"]:
            key = match["name"]
        elif match["number"] is None:
            return ""  # INDEXED BY
        elif match["number"]:
            key = int(match["number"]) - 1
        else:
            key, unnumbered = unnumbered, unnumbered + 1
        return f"${order.setdefault(key, len(order) + 1)}"

    text = _WORDS.sub(word, sql)
    writes = _WRITES.match(text)
    return Statement(
        text,
        tuple(order),
        finds=_ROWS.search(sql) is not None,
        writes=writes[1] if writes else "",
        plain=_PLAIN.match(text) is not None,
        names=frozenset(match[1] for match in _NAMES.finditer(text) if match[1]),
    )
