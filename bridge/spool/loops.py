"""What one sender's answers lately texted to one number: a row for each pair, see `core.loops`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bridge.core import loops
from bridge.core.events import Held
from bridge.core.loops import Pair, Went
from bridge.core.model import Destination, Submission
from bridge.core.promises import Mail
from bridge.core.senders import sender_key
from bridge.core.storms import Ruling
from bridge.spool import queueing
from bridge.spool.db import Db


@dataclass(slots=True)
class Answers:
    """The texts of one mail that answers ours, number by number; what is held is told at the end.

    Everything is written in the transaction that accepts the mail.
    """

    db: Db
    mail: Mail
    _told: dict[str, list[Destination]] = field(default_factory=dict)

    def ruling(self, destination: Destination, parts: Sequence[Submission]) -> Ruling:
        """Whether the text that these parts carry goes to a destination, or is held."""
        same = loops.fingerprint([each.content for each in parts])
        now = self.mail.envelope.received_at
        pair = (sender_key(self.mail.envelope.session, self.mail.sender), str(destination))
        found = loops.answered(_read(self.db, pair), same, now)
        _write(self.db, pair, found.pair, now=now)
        if found.told:
            self._told.setdefault(found.ruling.reason, []).append(destination)
        return found.ruling

    def tell(self) -> None:
        """Store the events of what was held and is to be told."""
        at = self.mail.envelope.received_at
        for reason, destinations in self._told.items():
            queueing.event(self.db, Held(self.mail.id, tuple(destinations), reason, at), at)


def of(db: Db, mail: Mail) -> Answers | None:
    """Who counts a mail's texts; None for one that answers none of ours."""
    return Answers(db, mail) if mail.answers_us else None


def _read(db: Db, pair: tuple[str, str]) -> Pair:
    row = db.execute(
        "SELECT went, told_at FROM pair WHERE sender_key = ? AND number = ?", pair
    ).fetchone()
    if row is None:
        return Pair()
    went, told_at = row
    return Pair(tuple(Went(at, bytes.fromhex(same)) for at, same in json.loads(went)), told_at)


def _write(db: Db, pair: tuple[str, str], found: Pair, *, now: float) -> None:
    went = _plain(found.went)
    db.execute(
        "INSERT INTO pair VALUES (?, ?, ?, ?, ?) ON CONFLICT (sender_key, number) DO UPDATE SET"
        " went = excluded.went, told_at = excluded.told_at, until = excluded.until",
        (*pair, json.dumps(went), found.told_at, now + loops.WITHIN),
    )


def _plain(went: Iterable[Went]) -> list[tuple[float, str]]:
    return [(each.at, each.same.hex()) for each in went]
