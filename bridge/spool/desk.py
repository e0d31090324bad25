"""Where the work on a store is done: what each kind of store must offer to the verbs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from bridge.spool.contract import LaneName
from bridge.spool.db import Db, Work

T = TypeVar("T")

LANES: tuple[LaneName, ...] = ("submit", "notify")


class Desk(Protocol):
    """An open store.  What a `write` returned from is durable; what raises `Unavailable` is not.

    Transactions are serial, or as good as: none sees the half of another.
    """

    def now(self) -> float:
        """The store's time, in UNIX seconds; all instants in it are of this clock."""

    async def astray(self) -> float:
        """By how many seconds the wall's clock was set, away from the store's; 0.0: it was not."""

    def moved(self, by: float) -> None:
        """Let the store's time go on from so many seconds later (or earlier)."""

    def skewed(self, db: Db) -> bool:
        """Whether this process's time was not the store's as a transaction began.

        It stood still, with its machine, and soon knows better: see `astray`.
        """

    async def write(self, work: Work[T], touched: Sequence[LaneName] = ()) -> T:
        """Do one transaction, durable on return, and wake the lanes that it touched."""

    def later(self, work: Work[None], touched: Sequence[LaneName] = ()) -> None:
        """Do this with the next commit, or within a second; a crash may lose it."""

    async def read(self, work: Work[T]) -> T:
        """Look, beside those who write."""

    async def glance(self, work: Work[T]) -> T:
        """Look at very few rows, which may cost less than `read`."""

    def roomy(self, db: Db) -> Db:
        """The connection, if there is room for something new; raises `Full`."""

    def need_room(self) -> None:
        """Return if there is room for something new; raises `Full`."""

    def wake(self, touched: Iterable[LaneName]) -> None:
        """Let these lanes look what is due."""

    async def woken(self, lane: LaneName, at_most: float) -> bool:
        """Wait for `at_most` seconds until a lane is woken; whether it was."""

    def scour(self) -> None:
        """Have what was erased gone from the store's log as well, soon, if that can be."""

    async def close(self) -> None:
        """Finish what is being written and close the store."""
