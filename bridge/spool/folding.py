"""What machines lately texted to a number, and the summary that counts what was folded of it.

Each number has one row of `storm`, each text that was let go two of `lately`: however it storms, a
text costs some steps into two small tables.  The rules are `core.storms`'.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from bridge.core import storms
from bridge.core.events import Folding
from bridge.core.model import Destination, ForwardPath, Submission
from bridge.core.outcomes import State
from bridge.core.storms import Earlier, Lately, Likeness, Ruling, Summary
from bridge.spool import queueing
from bridge.spool.rows import content_row

# All that is known of a number and two likenesses, always in one row.  A summary grows until it is
# leased, or an operator lays a hand on it.
_KNOWN = (
    "SELECT s.latest, s.raging, s.summary, s.folded, s.name, s.since, EXISTS (SELECT 1"
    " FROM delivery WHERE submission = s.summary AND state = 'queued' AND epoch = 0),"
    " a.mail, a.at, a.until, (SELECT state FROM delivery WHERE id = a.delivery),"
    " b.mail, b.at, b.until, (SELECT state FROM delivery WHERE id = b.delivery)"
    " FROM (SELECT 1) LEFT JOIN storm s ON s.number = ?1"
    " LEFT JOIN lately a ON a.number = ?1 AND a.likeness = ?2"
    " LEFT JOIN lately b ON b.number = ?1 AND b.likeness = ?3"
)


@dataclass(frozen=True, slots=True)
class _Open:
    """A summary that may still grow, and the id of its submission."""

    id: str
    summary: Summary


@dataclass(slots=True)
class Lookout:
    """Looks out for storms on behalf of one text of a mail, number by number."""

    db: sqlite3.Connection
    parts: Sequence[Submission]
    folding: Folding
    likeness: Likeness
    now: float
    _begun: count[int] = field(default_factory=lambda: count(1))

    def ruling(self, destination: Destination, path: ForwardPath | None) -> Ruling:
        """Whether the text goes to a destination; if it is folded, it is counted now."""
        number = str(destination)
        before, grows = self._known(number)
        lately = storms.arrived(before, self.now)
        found = storms.ruling(self.likeness, lately, self.folding, self.now)
        if found.token == storms.SIMILAR:
            grows = self._counted(destination, path, grows)
            found = replace(found, reason=f"{found.reason}; counted in {grows.id}")
        self._remember(number, lately, grows)
        return found

    def let_go(self, destination: Destination, delivery: int) -> None:
        """Remember a text that goes by the delivery of its last part: it went once that did."""
        until = {self.likeness.similar: self.now + storms.QUIET}
        if self.folding.same_text:
            until[self.likeness.same] = self.now + self.folding.same_text
        mail = self.parts[0].mail
        self.db.executemany(
            "INSERT OR REPLACE INTO lately VALUES (?, ?, ?, ?, ?, ?)",
            [
                (str(destination), like, delivery, mail, self.now, end)
                for like, end in until.items()
            ],
        )

    def _known(self, number: str) -> tuple[Lately, _Open | None]:
        """What is known of a number, and its summary if that may grow."""
        like = self.likeness
        row = self.db.execute(_KNOWN, (number, like.same, like.similar)).fetchone()
        latest, raging, summary, folded, name, since, is_open, *earlier = row
        lately = Lately(
            tuple(array("d", latest or b"")),
            bool(raging),
            _earlier(*earlier[:4]),
            _earlier(*earlier[4:]),
        )
        return lately, _Open(summary, Summary(folded, name, since)) if is_open else None

    def _counted(
        self, destination: Destination, path: ForwardPath | None, grows: _Open | None
    ) -> _Open:
        """The summary with this text in it, as written; a new one belongs to this mail."""
        first = self.parts[0]
        summary = storms.summed(grows.summary if grows else None, self.folding.name, self.now)
        content = summary.content(self.now, first.content)
        self.db.execute(
            "UPDATE lately SET until = ? WHERE number = ? AND likeness = ?",
            (self.now + storms.QUIET, str(destination), self.likeness.similar),
        )
        if grows:
            self.db.execute(
                "UPDATE submission SET content = ? WHERE id = ?",
                (content_row(content)[1], grows.id),
            )
            return _Open(grows.id, summary)
        found = replace(
            first,
            id=f"{first.id}.similar{next(self._begun)}",
            content=content,
            accepted_at=summary.due_at,
            expires_at=summary.due_at + self.folding.expires,
            segments=1,
            parts=1,
        )
        queueing.submission(self.db, found)
        queueing.delivery(self.db, found, destination, path=path)
        return _Open(found.id, summary)

    def _remember(self, number: str, lately: Lately, grows: _Open | None) -> None:
        known = grows or _NONE
        self.db.execute(
            "INSERT OR REPLACE INTO storm VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                array("d", lately.latest).tobytes(),
                lately.raging,
                self.now,
                known.id,
                known.summary.count,
                known.summary.name,
                known.summary.since,
            ),
        )


_NONE = _Open("", Summary(0, "", 0.0))


def _earlier(mail: str | None, at: float, until: float, state: str | None) -> Earlier | None:
    """A text that was let go, unless there was none, or all of it was erased since."""
    return Earlier(mail, at, until, State(state)) if mail and state else None


def lookout(
    db: sqlite3.Connection, parts: Sequence[Submission], folding: Folding | None, now: float
) -> Lookout | None:
    """Who looks out for a text; None for one that is never folded: a person's, or without words."""
    if folding is None:
        return None
    like = storms.likeness([each.content for each in parts], urgent=parts[0].urgent)
    return Lookout(db, parts, folding, like, now) if like else None
