"""What limits hold goes as their windows free: of each sender the oldest first, in bounded steps.

What is urgent goes before the rest.  Where the window of one number is full, texts to others go
before it.  Where that of all senders is, the oldest of all goes first, of so many senders that are
looked at together.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from bridge.core.model import Session
from bridge.core.senders import vouched_in
from bridge.core.states import Evidence
from bridge.spool import leaping, line, reminding, turns
from bridge.spool.contract import LimitsOf
from bridge.spool.db import Db, Work
from bridge.spool.desk import Desk
from bridge.spool.rows import LOT, among, filled, one_of
from bridge.spool.spending import ALL, EVERYBODY, Books

STEP: Final = 200
"""Texts that one transaction lets go: all others wait for it."""

SENDERS: Final = 50
"""Senders that one transaction looks at, of those of whom something may go by now."""

PAGE: Final = 100
"""Texts of one sender that are looked at together."""

# A text is found by its first part.
_NEXT = (
    "SELECT 1 - d.urgent, d.id, d.spender, d.destination, s.segments * s.parts, s.parts,"
    ' m.reverse_path, m.peer, m."user" FROM delivery d INDEXED BY delivery_limited'
    " JOIN submission s ON s.id = d.submission JOIN message m ON m.id = s.message"
    " WHERE d.state = 'held' AND d.token = 'LIMIT' AND d.spender = ? AND d.urgent = ? AND d.id > ?"
    " AND d.after IS NULL AND d.expires_at > ? AND d.destination NOT IN {full}"
    f" ORDER BY d.id LIMIT {PAGE}"
)
_DUE = (
    "SELECT sender_key FROM spent INDEXED BY spent_look_at"
    f" WHERE look_at <= ? AND sender_key <> '{EVERYBODY}' ORDER BY look_at LIMIT ?"
)
_COUNTS = "EXISTS (SELECT 1 FROM delivery c WHERE c.counted_in = delivery.id)"
_RELEASE = (
    "UPDATE delivery SET state = :state, changed_at = :now,"
    " spender = '', goes_at = NULL,"
    f" token = CASE WHEN {_COUNTS} THEN :token ELSE '' END,"
    f" reason = CASE WHEN {_COUNTS} THEN :reason ELSE '' END,"
    " due_at = CASE WHEN after IS NOT NULL THEN expires_at ELSE (SELECT CASE"
    "  WHEN s.accepted_at > :now THEN s.accepted_at ELSE :now END"
    "  FROM submission s WHERE s.id = delivery.submission) END"
    f" WHERE id = :id AND token = 'LIMIT' AND state IN {one_of(Evidence.WINDOW_FREED.before)}"
)


class _Text(NamedTuple):
    """A text that is held: its first part, what it costs, and who mailed it.

    In their order they go: those that are not `calm` first.
    """

    calm: int
    id: int
    spender: str
    number: str
    segments: int
    parts: int
    reverse_path: str
    peer: str
    user: str


Freed: TypeAlias = tuple[int, bool]
"""How many texts, and whether there may be more."""

Along: TypeAlias = Callable[[Callable[[Db, float], Freed]], Work[Freed]]
"""What makes work of what hears by how many seconds the clock was set meanwhile."""


class Freer:
    """Lets go what fits; it remembers by which limits it did so."""

    def __init__(self, desk: Desk, along: Along) -> None:
        self._desk = desk
        self._along = along
        self._limits_of: LimitsOf | None = None

    async def free(self, limits_of: LimitsOf, now: float) -> int:
        """Let go what fits, in steps, so that traffic flows between them; how many texts.

        By limits that may be others than before, all is looked at anew.
        """
        if not await self._desk.glance(_waits):
            return 0
        if limits_of != self._limits_of:
            await self._desk.write(_look_anew)
            self._limits_of = limits_of
        work = self._along(lambda db, by: step(db, limits_of, now + by))
        freed, more = 0, True
        while more:
            found, more = await self._desk.write(work)
            freed += found
        if freed:
            self._desk.wake(("submit",))
        return freed


def _waits(db: Db) -> bool:
    """Whether a limit may hold something."""
    found = db.execute("SELECT 1 FROM spent WHERE look_at IS NOT NULL LIMIT 1").fetchone()
    return found is not None


def _look_anew(db: Db) -> None:
    db.execute("UPDATE spent SET look_at = 0.0 WHERE look_at IS NOT NULL")


def step(db: Db, limits_of: LimitsOf, now: float) -> Freed:
    """Let go what fits, some hundred texts at most; how many, and whether there may be more."""
    books = Books(db, now - leaping.latest(db).moved)
    books.read(EVERYBODY)
    if (books.of(EVERYBODY).look_at or 0.0) > books.now:
        return 0, False
    senders = [sender for (sender,) in db.execute(_DUE, (books.now, SENDERS)).fetchall()]
    db.executemany(
        "UPDATE spent SET waits = 0 WHERE sender_key = ? AND waits = 1",
        [(each,) for each in senders],
    )
    turn = _Turn(db, books, now)
    freed = turn.goes(senders, limits_of)
    _release(db, freed, now)
    is_through = not turn.is_shut and len(freed) < STEP
    for sender in senders if is_through else ():
        books.look(sender, turn.full_until(sender))
    more = len(freed) == STEP or (is_through and len(senders) == SENDERS)
    if not turn.is_shut and not more:
        books.wait(EVERYBODY, waits=False)
        books.look(EVERYBODY, None)
    books.write()
    return len(freed), more


@dataclass(slots=True)
class _Turn:
    """A look at what is held, and until when what is full, by sender and number.

    `is_shut`: the window of all senders is full.
    """

    db: Db
    books: Books
    now: float
    full: dict[str, dict[str, float]] = field(default_factory=dict)
    is_shut: bool = False

    def goes(self, senders: Sequence[str], limits_of: LimitsOf) -> list[_Text]:
        """What fits of what is held of these senders."""
        found: list[_Text] = []
        for text in heapq.merge(*map(self.line, senders)):
            if len(found) == STEP:
                break
            session = Session(text.peer, text.user, vouched=vouched_in(text.spender))
            limits = limits_of(session, text.reverse_path)
            ruled = self.books.counted(
                limits,
                text.spender,
                text.number,
                text.segments,
                urgent=not text.calm,
                in_turn=True,
            )
            if ruled.ruling.goes_at is None:
                self.books.keep(text.spender, text.number, ruled.account)
                found.append(text)
            elif ruled.full == "everybody" and text.calm:
                self.is_shut = True
                self.books.wait(EVERYBODY)
                self.books.look(EVERYBODY, ruled.ruling.goes_at)
                break
            else:
                number = text.number if ruled.full == "number" else ALL
                self.full.setdefault(text.spender, {})[number] = ruled.ruling.goes_at
                self.books.wait(text.spender, number)
        return found

    def full_until(self, sender: str) -> float | None:
        """When the next may go of what is held of a sender; None where nothing is."""
        full = self.full.get(sender, {})
        return full[ALL] if ALL in full else min(full.values(), default=None)

    def line(self, sender: str) -> Iterator[_Text]:
        """What is held of a sender, what is urgent first, as far as it is not known to be full."""
        self.books.read(sender)
        for urgent in (1, 0):
            last = 0
            while page := self._page(sender, urgent, last):
                self.books.read(sender, [each.number for each in page])
                for each in page:
                    full = self.full.get(sender, {})
                    if ALL in full:
                        return
                    if each.number not in full:
                        yield each
                last = page[-1].id

    def _page(self, sender: str, urgent: int, last: int) -> list[_Text]:
        full = list(self.full.get(sender, {}))[-LOT:] or [ALL]
        query = _NEXT.format(full=among(filled(full)))
        found = self.db.execute(query, (sender, urgent, last, self.now, *filled(full)))
        return [_Text(*row) for row in found]


def _release(db: Db, texts: Sequence[_Text], now: float) -> None:
    """Queue texts, each with all its parts, in their old places in line."""
    parts = [
        part
        for each in texts
        for part in ((each.id,) if each.parts == 1 else turns.parts(db, each.id))
    ]
    db.executemany(
        _RELEASE,
        [
            {
                "state": Evidence.WINDOW_FREED.after,
                "token": line.COUNTS.token,
                "reason": line.COUNTS.reason,
                "now": now,
                "id": each,
            }
            for each in parts
        ],
    )
    reminding.anew(db, [each.id for each in texts], now)
