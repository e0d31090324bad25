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
from bridge.spool.rows import among, lots

EVERYBODY: Final = ""
"""Instead of a sender: all of them.  The summaries that the bridge writes are nobody else's."""

ALL: Final = ""
"""Instead of a number: all of them."""

_Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class Books:
    """What went lately, as far as a transaction asks; `now` is by the clock that nobody sets.

    `ahead` is what the oldest text takes that is held of a sender, and found no room.
    """

    db: Db
    now: float
    ahead: dict[str, int] = field(default_factory=dict)
    _spent: dict[_Key, Spent] = field(default_factory=dict)
    _changed: set[_Key] = field(default_factory=set)

    def read(self, sender: str, numbers: Sequence[str] = (ALL,)) -> None:
        """Read what went for a sender, to these numbers, unless that is known."""
        wanted = [each for each in dict.fromkeys(numbers) if (sender, each) not in self._spent]
        self._spent |= dict.fromkeys(((sender, each) for each in wanted), NOTHING)
        for lot in lots(wanted):
            found = self.db.execute(
                "SELECT number, went, above, told_until, waits FROM spent"
                f" WHERE sender_key = ? AND number IN {among(lot)}",
                (sender, *lot),
            )
            for number, went, above, told_until, waits in found:
                self._spent[sender, number] = Spent(
                    recalled(_went(went), self.now, MOMENT if number else DAY),
                    recalled(_went(above), self.now),
                    told_until,
                    bool(waits),
                )

    def of(self, sender: str, number: str = ALL) -> Spent:
        """What went, of what was read."""
        return self._spent.get((sender, number), NOTHING)

    def counted(
        self, limits: Limits, sender: str, number: str, segments: int, *, urgent: bool = False
    ) -> Counted:
        """What becomes of a text; EVERYBODY's is the bridge's own: no sender's limit holds it."""
        everybody = self.of(EVERYBODY)
        if sender == EVERYBODY:
            return counted(limits.of_all, Account(everybody), segments, self.now)
        account = Account(everybody, self.of(sender), self.of(sender, number))
        ahead = self.ahead.get(sender, 0)
        return counted(limits, account, segments, self.now, urgent=urgent, ahead=ahead)

    def has_room(self, limits: Limits, sender: str) -> bool:
        """Whether a text of a sender goes, to a number to which none went."""
        account = Account(self.of(EVERYBODY), self.of(sender))
        return not counted(limits, account, 1, self.now).full

    def keep(self, sender: str, number: str, account: Account) -> None:
        """Remember an account."""
        self._keep(EVERYBODY, ALL, account.everybody)
        if sender != EVERYBODY:
            self._keep(sender, ALL, account.sender)
            self._keep(sender, number, account.number)

    def wait(self, sender: str, *, waits: bool) -> None:
        """Remember whether something of a sender may be held."""
        if self.of(sender).waits != waits:
            self._keep(sender, ALL, self.of(sender)._replace(waits=waits))

    def _keep(self, sender: str, number: str, spent: Spent) -> None:
        key = (sender, number)
        if spent is not self._spent.get(key, NOTHING):
            self._spent[key] = spent
            self._changed.add(key)

    def write(self) -> None:
        """Write what changed; a row is forgotten once it is in no window."""
        self.db.executemany(
            "INSERT INTO spent VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sender_key, number)"
            " DO UPDATE SET went = excluded.went, above = excluded.above,"
            " told_until = excluded.told_until, waits = excluded.waits, until = excluded.until",
            [self._row(*key) for key in sorted(self._changed)],
        )
        self._changed.clear()

    def _row(self, sender: str, number: str) -> tuple[object, ...]:
        spent = self._spent[sender, number]
        until = self.now + MINUTE + (MOMENT if number else DAY)
        went, above = _octets(spent.went), _octets(spent.above)
        return sender, number, went, above, spent.told_until, spent.waits, until


def _went(octets: bytes) -> Went:
    if not octets:
        return ()
    flat = array("d", octets)
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def _octets(went: Went) -> bytes:
    return array("d", chain.from_iterable(went)).tobytes() if went else b""
