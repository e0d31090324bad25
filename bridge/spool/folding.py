"""What machines lately texted to a number, and the summary that counts what was folded of it.

Each number has one row of `storm`, each shape of text that was let go one of `lately`: however it
storms, a text costs some steps into two small tables.  The rules are `core.storms`'.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from bridge.core import storms
from bridge.core.leases import SubmissionLease
from bridge.core.model import Destination, ForwardPath, Submission
from bridge.core.outcomes import State
from bridge.core.promises import Folding
from bridge.core.states import Evidence
from bridge.core.storms import Earlier, Lately, Likeness, Ruling, Summary
from bridge.spool import line, queueing
from bridge.spool.db import Db
from bridge.spool.inserting import insert
from bridge.spool.limits import Meter
from bridge.spool.rows import Row, content_row, lots, values

# A summary grows until it is leased, or an operator lays a hand on it; also while a limit holds it.
_GROWS = "(c.state = 'queued' OR (c.state = 'held' AND c.token = 'LIMIT')) AND c.epoch = 0"

# What a limit holds goes by itself: it is on its way, as what is queued.
_STANDS = "CASE WHEN {0}.state = 'held' AND {0}.token = 'LIMIT' THEN 'queued' ELSE {0}.state END"

# All that is known of numbers and two likenesses, in one row for each of which anything is.
_KNOWN = (
    "SELECT n.column1, s.latest, s.raging, a.id, s.mail, s.at,"
    f" {_STANDS.format('a')}, a.expires_at,"
    " CAST(0 AS DOUBLE PRECISION),"
    f" b.id, l.mail, l.at, {_STANDS.format('b')}, b.expires_at, l.until,"
    " c.id, c.submission, y.folded, y.name, y.since"
    " FROM (VALUES {numbers}) AS n LEFT JOIN storm s ON s.number = n.column1"
    " LEFT JOIN delivery a ON a.id = s.delivery AND s.same = ?"
    " LEFT JOIN lately l ON l.number = n.column1 AND l.likeness = ?"
    " LEFT JOIN delivery b ON b.id = l.delivery"
    " LEFT JOIN summary y ON y.number = n.column1 AND y.spoken = ?"
    f" LEFT JOIN delivery c ON c.id = y.delivery AND {_GROWS}"
    " WHERE s.number IS NOT NULL OR l.number IS NOT NULL OR y.number IS NOT NULL"
)

_LATEST = (
    "ON CONFLICT (number) DO UPDATE SET"
    " latest = excluded.latest, raging = excluded.raging, until = excluded.until, "
) + ", ".join(
    f"{each} = coalesce(excluded.{each}, storm.{each})"
    for each in ("same", "delivery", "mail", "at")
)


@dataclass(frozen=True, slots=True)
class _Open:
    """A summary that may still grow: its delivery, and the id of its submission."""

    delivery: int
    submission: str
    summary: Summary


@dataclass(slots=True)
class Lookout:
    """Looks out for storms on behalf of one text of a mail, number by number.

    What was lately texted to a number has the text itself in it.
    """

    db: Db
    parts: Sequence[Submission]
    folding: Folding
    likeness: Likeness
    now: float
    meter: Meter | None = None
    _lately: dict[str, Lately] = field(default_factory=dict)
    _grows: dict[str, _Open] = field(default_factory=dict)
    _begun: count[int] = field(default_factory=lambda: count(1))

    def ruling(self, destination: Destination, path: ForwardPath | None) -> Ruling:
        """Whether the text goes to a destination; if it is folded, it is counted now."""
        number = str(destination)
        first = self.parts[0]
        lasts = first.expires_at - first.accepted_at
        found = storms.ruling(
            self.likeness, self._lately[number], self.folding, self.now, lasts=lasts
        )
        if found.token != storms.SIMILAR:
            return found
        counts = self._counted(destination, path, self._grows.get(number))
        reason = f"{found.reason}; counted in {counts.submission}"
        return replace(found, reason=reason, counted_in=counts.delivery)

    def look(self) -> None:
        """Read what is known of the text's numbers, and the summaries that may grow."""
        like = self.likeness
        numbers = [str(each) for each in self.parts[0].destinations]
        self._lately = dict.fromkeys(numbers, storms.arrived(Lately(), self.now))
        for lot in lots(numbers):
            found = self.db.execute(
                _KNOWN.format(numbers=values(lot)), (*lot, like.same, like.similar, like.spoken)
            )
            for number, latest, raging, *known in found:
                lately = Lately(
                    tuple(array("d", latest or b"")),
                    bool(raging),
                    _earlier(known[:6]),
                    _earlier(known[6:12]),
                )
                self._lately[number] = storms.arrived(lately, self.now)
                delivery, submission, *counted = known[12:]
                if delivery is not None and (summary := Summary(*counted)).grows(self.now):
                    self._grows[number] = _Open(delivery, submission, summary)

    def remember(self, gone: Mapping[Destination, int]) -> None:
        """Remember the weather at the numbers, and where the text goes.

        That is by the delivery of its last part: it went once that did.
        """
        went = {str(destination): delivery for destination, delivery in gone.items()}
        self._remember_latest(went)
        like, mail = self.likeness, self.parts[0].mail
        if like.tells_of_recovery:
            self.db.executemany(
                "DELETE FROM lately WHERE number = ?", [(number,) for number in went]
            )
            return
        until = self.now + storms.QUIET
        insert(
            self.db,
            "INSERT INTO lately",
            [(number, like.similar, id_, mail, self.now, until) for number, id_ in went.items()],
            "ON CONFLICT (number, likeness) DO UPDATE SET delivery = excluded.delivery,"
            " mail = excluded.mail, at = excluded.at, until = excluded.until",
        )

    def _counted(
        self, destination: Destination, path: ForwardPath | None, grows: _Open | None
    ) -> _Open:
        """The summary with this text in it, as written."""
        summary = storms.summed(grows.summary if grows else None, self.folding.name, self.now)
        if grows:
            found = replace(grows, summary=summary)
            _write(self.db, found, now=self.now, spoken=self.likeness.spoken)
        else:
            found = self._begin(destination, path, summary)
        self.db.execute(
            "UPDATE lately SET until = ? WHERE number = ? AND likeness = ?",
            (self.now + storms.QUIET, str(destination), self.likeness.similar),
        )
        self.db.execute(
            "INSERT INTO summary VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number, spoken)"
            " DO UPDATE SET delivery = excluded.delivery, folded = excluded.folded,"
            " name = excluded.name, since = excluded.since, until = excluded.until",
            (
                str(destination),
                self.likeness.spoken,
                found.delivery,
                summary.count,
                summary.name,
                summary.since,
                summary.due_at + storms.QUIET,
            ),
        )
        return found

    def _begin(self, destination: Destination, path: ForwardPath | None, summary: Summary) -> _Open:
        """A new summary, which belongs to this mail."""
        first = self.parts[0]
        found = replace(
            first,
            id=f"{first.id}.similar{next(self._begun)}",
            content=summary.content(self.now, spoken=self.likeness.spoken),
            accepted_at=summary.due_at,
            expires_at=summary.due_at + self.folding.expires,
            segments=1,
            parts=1,
        )
        queueing.submission(self.db, found)
        ruling = self.meter.summary(destination) if self.meter else line.COUNTS
        asked = queueing.Asked(destination, path, ruling)
        (delivery,) = queueing.deliveries(self.db, (found,), (asked,))
        return _Open(delivery, found.id, summary)

    def _remember_latest(self, went: Mapping[str, int]) -> None:
        """The weather at each number, and the text if it went there; else what did last stays."""
        until = self.now + max(storms.QUIET, self.folding.same_text)
        insert(
            self.db,
            "INSERT INTO storm (number, latest, raging, until, same, delivery, mail, at)",
            [
                (
                    number,
                    array("d", lately.latest).tobytes(),
                    lately.raging,
                    until,
                    *self._text(went.get(number)),
                )
                for number, lately in self._lately.items()
            ],
            _LATEST,
        )

    def _text(self, delivery: int | None) -> tuple[bytes, int, str, float] | tuple[None, ...]:
        """What is remembered of the text itself, where it went by a delivery."""
        if delivery is None:
            return (None,) * 4
        return self.likeness.same, delivery, self.parts[0].mail, self.now


def _earlier(row: Row) -> Earlier | None:
    """A text that was let go, unless there was none, or all of it was erased since."""
    delivery, mail, at, state, expires_at, until = row
    if delivery is None:
        return None
    return Earlier(delivery, mail, at, State(state), expires_at, until)


def _write(db: Db, found: _Open, *, now: float, spoken: bool) -> None:
    content = found.summary.content(now, spoken=spoken)
    db.execute(
        "UPDATE submission SET content = ? WHERE id = ?",
        (content_row(content)[1], found.submission),
    )


def uncount(db: Db, summary: int | None, now: float) -> None:
    """Take a text that goes itself after all out of the summary, if that may still change.

    One that counts nothing any more is not sent.
    """
    row = db.execute(
        "SELECT y.number, y.spoken, c.id, c.submission, y.folded, y.name, y.since FROM delivery c"
        " JOIN summary y ON y.number = c.destination AND y.delivery = c.id"
        f" WHERE c.id = ? AND {_GROWS}",
        (summary,),
    ).fetchone()
    if row is None:
        return
    number, spoken, delivery, submission, *counted = row
    left = storms.reduced(Summary(*counted))
    if left:
        _write(db, _Open(delivery, submission, left), now=now, spoken=bool(spoken))
        db.execute(
            "UPDATE summary SET folded = ? WHERE delivery = ? AND number = ?",
            (left.count, delivery, number),
        )
        return
    db.execute(
        "UPDATE delivery SET state = ?, due_at = NULL, changed_at = ?,"
        " reason = 'nothing is left to count' WHERE id = ?",
        (Evidence.UNCOUNTED.after, now, delivery),
    )
    line.left(db, (delivery,), now)


def goes(db: Db, leases: Iterable[SubmissionLease]) -> None:
    """Texts go to their numbers: what went before from another mail is not the last any more.

    Texts need not go in the order in which they came (a retry, a doubt), and not all of them are
    looked out for.  What still waits goes after this one, so that it will be the last.
    """
    db.executemany(
        "UPDATE storm SET same = NULL WHERE number = ? AND mail <> ? AND same IS NOT NULL"
        f" AND (SELECT {_STANDS.format('d')} FROM delivery d WHERE d.id = storm.delivery)"
        " NOT IN ('queued', 'claimed')",
        [(str(to.destination), held.item.mail) for held in leases for to in held.pending],
    )


def lookout(
    db: Db,
    parts: Sequence[Submission],
    folding: Folding | None,
    now: float,
    *,
    meter: Meter | None = None,
) -> Lookout | None:
    """Who looks out for a text; None for one that is never folded: a person's, or without words.

    `meter` counts the summaries.
    """
    if folding is None:
        return None
    like = storms.likeness([each.content for each in parts], urgent=parts[0].urgent)
    if not like:
        return None
    found = Lookout(db, parts, folding, like, now, meter)
    found.look()
    return found
