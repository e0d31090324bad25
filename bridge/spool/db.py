"""What the verbs of the spool ask of a database: both kinds of store are seen through this.

A statement is written once, in the SQL that SQLite and PostgreSQL share.  Parameters are `?`, `?1`
or `:name`.  `INDEXED BY …` is for SQLite alone.  Booleans are kept as 0 and 1, instants as doubles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any]


class Rows(Protocol):
    """What a statement found or changed; rows are tuples, or read like them."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> None: ...


class Db(Protocol):
    """A connection in the middle of a transaction."""

    def execute(self, sql: str, parameters: Parameters = ..., /) -> Rows: ...

    def executemany(self, sql: str, parameters: Iterable[Parameters], /) -> Rows:
        """Change something for each set of parameters, at the cost of one statement on its way.

        Of what it found only the `rowcount` is told: how many rows were changed in all.
        """


Work: TypeAlias = Callable[[Db], T]
"""One transaction; it may be run again from the beginning, and only what it wrote last counts.

So does what it told last: the log hears of it once it is committed.
"""
