"""What limits hold goes as their windows free: of each sender the oldest first, in bounded steps.

Where the window of one number is full, texts to others go before it.  Where that of all senders
is, the oldest of all goes first.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

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

PAGE: Final = 100
"""Texts of one sender that are looked at together."""

# A text is found by its first part.
_NEXT = (
    "SELECT d.id, d.spender, d.destination, s.segments * s.parts, s.parts, m.reverse_path, m.peer,"
    ' m."user" FROM delivery d INDEXED BY delivery_limited'
    " JOIN submission s ON s.id = d.submission JOIN message m ON m.id = s.message"
    " WHERE d.state = 'held' AND d.token = 'LIMIT' AND d.spender = ? AND d.id > ?"
    " AND d.after IS NULL AND d.expires_at > ? AND d.destination NOT IN {full}"
    f" ORDER BY d.id LIMIT {PAGE}"
)
_ANY = "SELECT 1 FROM delivery WHERE state = 'held' AND token = 'LIMIT' AND spender = ? LIMIT 1"
_RELEASE = (
    "UPDATE delivery SET state = :state, changed_at = :now,"
    " token = CASE WHEN spender = '' THEN :token ELSE '' END,"
    " reason = CASE WHEN spender = '' THEN :reason ELSE '' END,"
    " due_at = CASE WHEN after IS NOT NULL THEN expires_at ELSE (SELECT CASE"
    "  WHEN s.accepted_at > :now THEN s.accepted_at ELSE :now END"
    "  FROM submission s WHERE s.id = delivery.submission) END"
    f" WHERE id = :id AND token = 'LIMIT' AND state IN {one_of(Evidence.WINDOW_FREED.before)}"
)


class _Text(NamedTuple):
    """A text that is held: its first part, what it costs, and who mailed it."""

    id: int
    spender: str
    number: str
    segments: int
    parts: int
    reverse_path: str
    peer: str
    user: str


async def free_all(desk: Desk, work: Work[int]) -> int:
    """Let go what fits, in steps, so that traffic flows between them; how many texts."""
    freed, found = 0, STEP if await desk.glance(_waits) else 0
    while found == STEP:
        found = await desk.write(work)
        freed += found
    if freed:
        desk.wake(("submit",))
    return freed


def _waits(db: Db) -> bool:
    """Whether a limit may hold something."""
    return db.execute("SELECT 1 FROM spent WHERE waits = 1 LIMIT 1").fetchone() is not None


def step(db: Db, limits_of: LimitsOf, now: float) -> int:
    """Let go what fits, some hundred texts at most; return how many: STEP if there may be more."""
    books = Books(db, now - leaping.latest(db).moved)
    books.read(EVERYBODY)
    waiting = db.execute("SELECT sender_key FROM spent WHERE waits = 1").fetchall()
    return free(db, books, [sender for (sender,) in waiting], limits_of, now=now)


def free(db: Db, books: Books, senders: Sequence[str], limits_of: LimitsOf, *, now: float) -> int:
    """The same for some senders, with the books in which stands what went for all."""
    turn = _Turn(db, books, now)
    freed: list[_Text] = []
    for text in heapq.merge(*map(turn.line, senders)):
        session = Session(text.peer, text.user, vouched=vouched_in(text.spender))
        limits = limits_of(session, text.reverse_path)
        found = books.counted(limits, text.spender, text.number, text.segments)
        if found.full == "everybody" or len(freed) == STEP:
            break
        if found.full == "number":
            turn.full.add((text.spender, text.number))
        elif found.full:
            turn.full.add((text.spender, ALL))
            books.ahead[text.spender] = text.segments
        else:
            books.keep(text.spender, text.number, found.account)
            freed.append(text)
    _release(db, freed, now)
    for sender in senders:
        books.wait(sender, waits=db.execute(_ANY, (sender,)).fetchone() is not None)
    books.write()
    return len(freed)


@dataclass(slots=True)
class _Turn:
    """A look at what is held, and what was found to be full, by sender and number."""

    db: Db
    books: Books
    now: float
    full: set[tuple[str, str]] = field(default_factory=set)

    def line(self, sender: str) -> Iterator[_Text]:
        """What is held of a sender, the oldest first, as far as it is not known to be full."""
        last = 0
        while page := self._page(sender, last):
            self.books.read(sender, [ALL, *(each.number for each in page)])
            for each in page:
                if (sender, ALL) in self.full:
                    return
                if (sender, each.number) not in self.full:
                    yield each
            last = page[-1].id

    def _page(self, sender: str, last: int) -> list[_Text]:
        full = [number for of, number in self.full if of == sender][-LOT:] or [ALL]
        query = _NEXT.format(full=among(filled(full)))
        return [_Text(*r) for r in self.db.execute(query, (sender, last, self.now, *filled(full)))]


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
