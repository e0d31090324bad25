"""What stood for folded texts may fail them: one goes, or all end and are told, at the same time.

Which of it is `core.standins`' to say.  A text stands for those that were folded as the same or as
similar (`stand_in`), a summary for those that it counts (`counted_in`).
"""

from __future__ import annotations

from bridge.core import standins
from bridge.core.events import Ending
from bridge.core.model import Destination
from bridge.core.outcomes import State
from bridge.core.standins import Folded, StandIn
from bridge.core.states import Evidence
from bridge.spool import folding, queueing, reminding, rows, turns
from bridge.spool.db import Db

# Folded texts, and where what is known of their mails stands.
_FOLDED = (
    " FROM delivery d JOIN submission s ON s.id = d.submission JOIN message m ON m.id = s.message"
    " WHERE d.state = 'folded' AND "
)
_COUNTED = "d.counted_in = :id"
# Those that a summary counts which went, or is under way, are told of by that.
_STOOD_FOR = (
    "d.stand_in = :id AND NOT EXISTS (SELECT 1 FROM delivery c WHERE c.id = d.counted_in"
    " AND c.state IN ('claimed', 'submitting', 'in-doubt', 'submitted', 'delivered'))"
)
# Those that no summary is going to tell of either.
_LEFT_UNTOLD = (
    f"{_STOOD_FOR} AND NOT EXISTS (SELECT 1 FROM delivery c WHERE c.id = d.counted_in"
    " AND (c.state = 'queued' OR (c.state = 'held' AND c.token = 'LIMIT')))"
)
# Of the mail whose text stood for others: that tells of itself.
_OWN_MAIL = (
    "(SELECT message FROM submission WHERE id = d.submission) = (SELECT s.message FROM delivery x"
    " JOIN submission s ON s.id = x.submission WHERE x.id = :id)"
)
# Whom a report would reach: of each such sender, one mail is told of.
_TOLD_ALIKE = 'm.sender, m.peer, m."user", d.notify'


def follow(db: Db, delivery: int, state: State, now: float) -> int:
    """Let the texts that a delivery's text stands for do what its new state asks; return how many.

    A held one is held in doubt: of what an operator holds, nobody asks here.
    """
    if not standins.matters(state):
        return 0
    last = turns.parts(db, delivery)[-1]
    return _follow(db, last, state, _COUNTED, now=now) + _follow(
        db, last, state, _STOOD_FOR, now=now
    )


def _follow(db: Db, last: int, state: State, which: str, *, now: float) -> int:
    found = _folded(db, last, which)
    if not found:
        return 0
    stands = _stand_in(db, last, state, is_summary=which is _COUNTED)
    if stands.bar:
        which = _LEFT_UNTOLD
        found = _folded(db, last, which)
    after = standins.aftermath(stands, found, now)
    if after.heir is not None:
        return _inherit(db, last, after.heir, stands, now=now)
    if after.failure is not None:
        return _fail(db, last, stands, after.failure, which=which, now=now)
    return 0


def _folded(db: Db, last: int, which: str) -> list[Folded]:
    """The folded texts; one whose words were erased, or of which a part went, goes no more."""
    found = db.execute(
        f"SELECT d.id, CASE WHEN s.content IS NULL THEN 0.0 ELSE d.expires_at END,"
        f" s.parts{_FOLDED}{which} AND s.part = s.parts",
        {"id": last},
    ).fetchall()
    return [
        Folded(delivery, expires_at if parts == 1 or _is_whole(db, delivery) else 0.0)
        for delivery, expires_at, parts in found
    ]


def _is_whole(db: Db, delivery: int) -> bool:
    """Whether all parts of a text are folded."""
    states = (
        db.execute("SELECT state FROM delivery WHERE id = ?", (part,)).fetchone()
        for part in turns.parts(db, delivery)
    )
    return all(state == State.FOLDED for (state,) in states)


def _stand_in(db: Db, last: int, state: State, *, is_summary: bool) -> StandIn:
    submission, value, is_list, reason, relieves = db.execute(
        "SELECT submission, destination, is_list, reason, stand_in IS NOT NULL FROM delivery"
        " WHERE id = ?",
        (last,),
    ).fetchone()
    to = rows.destination(value, is_list)
    bar = "" if is_summary else _bar(db, last, to, state)
    return StandIn(submission, to, state, reason, is_summary, bool(relieves), bar)


def _bar(db: Db, last: int, to: Destination, state: State) -> str:
    """Why nothing may go to a number instead of what was lost; "" where something may.

    A recovery makes forget the last text of each shape: what was folded before it is not true now.
    What a limit held until its time was up was never counted: nothing goes for it uncounted.
    """
    spender, opted_out, is_latest = db.execute(
        "SELECT (SELECT spender FROM delivery WHERE id = ?2),"
        " EXISTS (SELECT 1 FROM optout WHERE number = ?1 AND since IS NOT NULL),"
        " EXISTS (SELECT 1 FROM storm WHERE number = ?1 AND delivery = ?2"
        " UNION ALL SELECT 1 FROM lately WHERE number = ?1 AND delivery = ?2)",
        (str(to), last),
    ).fetchone()
    if opted_out:
        return "the number opted out"
    if spender and state is State.EXPIRED:
        return "a limit held it until its time was up"
    return "" if is_latest else "it is not known to be the latest any more"


# ---------------------------------------------------------------- one goes instead


def _inherit(db: Db, lost: int, heir: int, stands: StandIn, *, now: float) -> int:
    """Queue the heir's text; from now on it stands for whatever the lost one stood for."""
    reason = f"goes instead of {stands.submission}, which stands as {stands.state}"
    for part in turns.parts(db, heir):
        (counted_in,) = db.execute(
            "UPDATE delivery SET state = :queued, token = '',"
            " due_at = CASE WHEN after IS NULL THEN :now ELSE expires_at END,"
            " reason = :reason, changed_at = :now"
            " WHERE id = :part AND state = 'folded' RETURNING counted_in",
            {
                "queued": Evidence.INHERITED.after,
                "now": now,
                "reason": reason,
                "part": part,
            },
        ).fetchone()
    folding.uncount(db, counted_in, now)
    reminding.anew(db, (heir,), now)
    db.execute(
        "UPDATE delivery SET stand_in = ? WHERE stand_in = ? AND state = 'folded'", (heir, lost)
    )
    for table in ("storm", "lately"):
        db.execute(
            f"UPDATE {table} SET (delivery, mail) = (SELECT d.id, s.message FROM delivery d"
            " JOIN submission s ON s.id = d.submission WHERE d.id = ?1)"
            " WHERE number = ?2 AND delivery = ?3",
            (heir, str(stands.destination), lost),
        )
    return 1


# ---------------------------------------------------------------- none goes instead


def _fail(
    db: Db,
    last: int,
    stands: StandIn,
    failure: Ending,
    *,
    which: str,
    now: float,
) -> int:
    """Tell each sender of the folded texts, and end them; return how many were told.

    What is held in doubt ends nothing.  The sender of the stand-in itself hears of that one.
    """
    own = (
        f"({_TOLD_ALIKE}) = (SELECT {_TOLD_ALIKE} FROM delivery d JOIN submission s"
        " ON s.id = d.submission JOIN message m ON m.id = s.message WHERE d.id = :id)"
    )
    concerned = db.execute(
        f"SELECT max(m.id), count(*){_FOLDED}{which} AND s.part = s.parts"
        f" AND (:silent = 1 OR NOT {own}) GROUP BY {_TOLD_ALIKE}",
        {"id": last, "silent": int(stands.state is State.DROPPED)},
    ).fetchall()
    for mail, count in concerned:
        queueing.event(db, standins.told(stands, failure, mail, count, now=now), now)
    if failure.state is not State.HELD:
        db.execute(
            "UPDATE delivery AS d SET state = :state, token = :token, reason = :reason,"
            " enhanced = :enhanced, changed_at = :now,"
            f" told = CASE WHEN {_OWN_MAIL} THEN d.told ELSE :state END"
            f" WHERE d.state = 'folded' AND {which}",
            {
                "id": last,
                "state": failure.state,
                "token": failure.token,
                "reason": failure.reason,
                "enhanced": failure.enhanced,
                "now": now,
            },
        )
    return len(concerned)
