"""What went lately, as rows: one for each sender, one for it and each number, and one for all.

Their instants are of a clock that nobody can set: the store's, less what that was moved by.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, TypeAlias

from bridge.core.limits import (
    DAY,
    MINUTE,
    MOMENT,
    NOTHING,
    Account,
    Counted,
    Spent,
    Went,
    counted,
    recalled,
)
from bridge.core.promises import Limits
from bridge.spool.db import Db
from bridge.spool.inserting import insert
from bridge.spool.rows import among, lots

EVERYBODY: Final = ""
"""Instead of a sender: all of them."""

ALL: Final = ""
"""Instead of a number: all of them."""

_Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class Books:
    """What went lately, as far as a transaction asks; `now` is by the clock that nobody sets."""

    db: Db
    now: float
    _spent: dict[_Key, Spent] = field(default_factory=dict)
    _changed: set[_Key] = field(default_factory=set)

    def read(self, sender: str, numbers: Sequence[str] = (ALL,)) -> None:
        """Read what went for a sender, to these numbers, unless that is known."""
        wanted = [each for each in dict.fromkeys(numbers) if (sender, each) not in self._spent]
        self._spent |= dict.fromkeys(((sender, each) for each in wanted), NOTHING)
        for lot in lots(wanted):
            found = self.db.execute(
                "SELECT number, went, above, told_until, told_for, waits, look_at FROM spent"
                f" WHERE sender_key = ? AND number IN {among(lot)}",
                (sender, *lot),
            )
            for number, went, above, told_until, told_for, waits, look_at in found:
                self._spent[sender, number] = Spent(
                    recalled(_went(went), self.now, MOMENT if number else DAY),
                    recalled(_went(above), self.now),
                    told_until,
                    told_for,
                    bool(waits),
                    look_at,
                )

    def of(self, sender: str, number: str = ALL) -> Spent:
        """What went, of what was read."""
        return self._spent.get((sender, number), NOTHING)

    def counted(
        self,
        limits: Limits,
        sender: str,
        number: str,
        segments: int,
        *,
        urgent: bool = False,
        in_turn: bool = False,
    ) -> Counted:
        """What becomes of a text."""
        account = Account(self.of(EVERYBODY), self.of(sender), self.of(sender, number))
        return counted(limits, account, segments, self.now, urgent=urgent, in_turn=in_turn)

    def keep(self, sender: str, number: str, account: Account) -> None:
        """Remember an account."""
        self._keep(EVERYBODY, ALL, account.everybody)
        self._keep(sender, ALL, account.sender)
        self._keep(sender, number, account.number)

    def wait(self, sender: str, number: str = ALL, *, waits: bool = True) -> None:
        """Remember whether a sender's texts wait, to a number or to any."""
        self._keep(sender, number, self.of(sender, number)._replace(waits=waits))

    def look(self, sender: str, at: float | None) -> None:
        """Remember when the next that waits of a sender may go; None where nothing waits."""
        self._keep(sender, ALL, self.of(sender)._replace(look_at=at))

    def _keep(self, sender: str, number: str, spent: Spent) -> None:
        key = (sender, number)
        if spent != self._spent.get(key, NOTHING):
            self._spent[key] = spent
            self._changed.add(key)

    def write(self) -> None:
        """Write what changed; a row is forgotten once it is in no window."""
        insert(
            self.db,
            "INSERT INTO spent",
            [self._row(*key) for key in sorted(self._changed)],
            "ON CONFLICT (sender_key, number) DO UPDATE SET went = excluded.went,"
            " above = excluded.above, told_until = excluded.told_until,"
            " told_for = excluded.told_for, waits = excluded.waits, look_at = excluded.look_at,"
            " until = excluded.until",
        )
        self._changed.clear()

    def _row(self, sender: str, number: str) -> tuple[object, ...]:
        spent = self._spent[sender, number]
        until = self.now + MINUTE + (MOMENT if number else DAY)
        went, above = _octets(spent.went), _octets(spent.above)
        told = spent.told_until, spent.told_for
        return sender, number, went, above, *told, spent.waits, spent.look_at, until


def _went(octets: bytes) -> Went:
    if not octets:
        return ()
    flat = array("d", octets)
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def _octets(went: Went) -> bytes:
    return array("d", chain.from_iterable(went)).tobytes() if went else b""
