"""What an operator asks for: written down by any process, obeyed by the daemon."""

from __future__ import annotations

from bridge.core.commands import Command, obeyed
from bridge.core.limits import LIMIT
from bridge.core.outcomes import State
from bridge.spool import folding, line, owing, relieving, reminding, restoring, rows, turns
from bridge.spool.db import Db, Work
from bridge.spool.desk import LANES, Desk
from bridge.spool.rows import Row
from bridge.spool.views import Commanded

EVERYTHING = "all"

STEP = 200
"""Deliveries that one transaction moves: all others wait for it."""

_FOUND = (
    "SELECT d.id, d.state, d.after, d.expires_at, s.id,"
    " CASE WHEN s.part = s.parts THEN d.counted_in END, d.token FROM delivery d"
    " JOIN submission s ON s.id = d.submission JOIN submission o ON o.id = s.origin"
    " WHERE o.content IS NOT NULL AND d.member_of IS NULL AND "
)
# "all" is what certainly was not sent and still waits (held in doubt has no term), and what a
# restored backup holds: what is done, or else may have been sent, goes again by its own name alone.
_ALL = (
    "((d.state IN ('queued', 'held') AND d.due_at IS NOT NULL)"
    f" OR (d.state = 'held' AND d.token = '{restoring.RESTORED}'))"
)
_IN_DOUBT = "(state = 'in-doubt' OR (state = 'held' AND due_at IS NULL))"
# A mail's name means its texts: a summary that it began counts others' too, and has its own name.
_NAMED = (
    "(s.id = :target OR s.origin = :target OR (s.message = :target"
    " AND NOT EXISTS (SELECT 1 FROM delivery c WHERE c.counted_in = d.id)))"
)
_STANDS = "it stands as "
_NOTHING = "nothing of that id is here, or its text was erased"


def order(db: Db, command: Command, target: str, *, by: str, now: float) -> int:
    """Write a command down; return its row's id.  It means nothing that is accepted later."""
    (id_,) = db.execute(
        "INSERT INTO command (at, verb, target, by, up_to)"
        " VALUES (?, ?, ?, ?, (SELECT coalesce(max(id), 0) FROM delivery)) RETURNING id",
        (now, command, target, by),
    ).fetchone()
    return int(id_)


def record(db: Db, verb: str, target: str, *, by: str, changed: int, now: float) -> None:
    """Write down what an operator did without the daemon, so that its trace is there too."""
    db.execute(
        "INSERT INTO command (at, verb, target, by, obeyed_at, changed) VALUES (?, ?, ?, ?, ?, ?)",
        (now, verb, target, by, now, changed),
    )


def any_open(db: Db) -> bool:
    """Whether a command waits to be obeyed."""
    row = db.execute("SELECT 1 FROM command WHERE obeyed_at IS NULL LIMIT 1").fetchone()
    return row is not None


async def obey(desk: Desk, work: Work[tuple[bool, int]]) -> int:
    """Carry out what is written down and not yet obeyed, in steps; return how many commands.

    `work` is `step`, at the time as it is by then.
    """
    done, more = 0, await desk.read(any_open)
    while more:
        more, finished = await desk.write(work, LANES)
        done += finished
    return done


def step(db: Db, now: float) -> tuple[bool, int]:
    """Carry out some of the oldest command that is not yet obeyed.

    Whether more is to be done, and how many commands this finished.
    """
    open_ = db.execute(
        "SELECT id, verb, target, by, place, coalesce(changed, 0), reason,"
        " coalesce(up_to, (SELECT max(id) FROM delivery)) FROM command"
        " WHERE obeyed_at IS NULL ORDER BY id LIMIT 1"
    ).fetchone()
    if open_ is None:
        return False, 0
    id_, verb, target, by, place, changed, reason, up_to = open_
    found = db.execute(
        f"{_FOUND} {_of(target)} AND d.id > :place AND d.id <= :up_to ORDER BY d.id LIMIT {STEP}",
        {"target": target, "place": place, "up_to": up_to},
    ).fetchall()
    reason = _standing(reason, found)
    lot = found + _other_parts(db, found, target)
    changed += sum(_carry_out(db, verb, row, by=by, now=now) for row in lot)
    if verb == "drop" and target != EVERYTHING:
        _relieve(db, lot, now)
    if len(found) == STEP:
        db.execute(
            "UPDATE command SET place = ?, changed = ?, reason = ? WHERE id = ?",
            (found[-1][0], changed, reason, id_),
        )
        return True, 0
    changed += _held_notices(db, verb, target, by=by, now=now)
    db.execute(
        "UPDATE command SET obeyed_at = ?, changed = ?, reason = ? WHERE id = ?",
        (now, changed, "" if changed else reason or _NOTHING, id_),
    )
    return True, 1


def _of(target: str) -> str:
    """Which deliveries a command means."""
    return _ALL if target == EVERYTHING else _NAMED


def _held_notices(db: Db, verb: Command, target: str, *, by: str, now: float) -> int:
    """Do the same to the notices that a restored backup holds: to all, or to one; how many."""
    if target == EVERYTHING:
        return restoring.obey(db, verb, None, by=by, now=now)
    event = rows.event_id(target)
    return 0 if event is None else restoring.obey(db, verb, event, by=by, now=now)


def _relieve(db: Db, dropped: list[Row], now: float) -> None:
    """Let go what was folded into a text that was dropped by its name, and not with all others."""
    for delivery, state, *_ in dropped:
        if stands := obeyed("drop", State(state)):
            relieving.follow(db, delivery, stands, now)


def _other_parts(db: Db, found: list[Row], target: str) -> list[Row]:
    """What else is folded, or above a limit, of the texts of which a part is commanded.

    That is done as a whole.
    """
    whole = (
        delivery
        for delivery, state, *_, token in found
        if state == State.FOLDED or (state == State.HELD and token == LIMIT)
    )
    others = dict.fromkeys(part for each in whole for part in turns.parts(db, each))
    alike = "(d.state = 'folded' OR (d.state = 'held' AND d.token = 'LIMIT'))"
    clause = f"{alike} AND d.id = :id AND NOT {_of(target)}"
    return [
        row
        for id_ in others
        for row in db.execute(f"{_FOUND} {clause}", {"id": id_, "target": target})
    ]


def _standing(before: str, found: list[Row]) -> str:
    """How what a command means stands: that is why it changes nothing, if so."""
    states = dict.fromkeys(before.removeprefix(_STANDS).split(", ") if before else ())
    states |= dict.fromkeys(str(state) for _, state, *_ in found)
    return f"{_STANDS}{', '.join(states)}" if states else ""


def _carry_out(db: Db, verb: Command, row: Row, *, by: str, now: float) -> int:
    """Move one delivery, and what follows from it; return how many moved."""
    delivery, state, after, expires_at, submission, counted_in, token = row
    stands = obeyed(verb, State(state))
    if stands is None or (stands == state == State.HELD and token != LIMIT):
        return 0
    if stands is State.QUEUED and expires_at <= now:
        expires_at = _anew(db, submission, now)
    moved = db.execute(
        "UPDATE delivery SET state = ?, due_at = ?, epoch = epoch + 1, owner = '', token = '',"
        " behind = 0,"
        " failures = CASE WHEN ? = 'queued' THEN 0 ELSE failures END,"
        f" resends = resends + CASE WHEN ? = 'queued' AND {_IN_DOUBT} THEN 1 ELSE 0 END,"
        " reason = ?, changed_at = ? WHERE id = ? AND state = ?",
        (
            stands,
            _due(db, stands, after, expires_at=expires_at, now=now),
            stands,
            stands,
            f"{verb} by {by}",
            now,
            delivery,
            state,
        ),
    ).rowcount
    if not moved:
        return 0
    if stands is State.QUEUED and state != State.QUEUED:
        owing.tried_again(db, delivery)
        reminding.anew(db, (delivery,), now)
    if state == State.FOLDED:
        folding.uncount(db, counted_in, now)
    if stands not in line.IN_LINE:
        line.left(db, (delivery,), now)
    return moved + turns.follow(db, (delivery,), stands, now)


def _anew(db: Db, submission: str, now: float) -> float:
    """Give a submission that is past its time that time again; return when it ends.

    The operator who sends it again knows how old it is.
    """
    (expires_at,) = db.execute(
        "UPDATE submission SET accepted_at = :now, expires_at = :now + expires_at - accepted_at"
        " WHERE id = :submission RETURNING expires_at",
        {"now": now, "submission": submission},
    ).fetchone()
    db.execute(
        "UPDATE delivery SET expires_at = :anew,"
        " due_at = CASE WHEN due_at = expires_at THEN :anew ELSE due_at END"
        " WHERE submission = :submission",
        {"anew": expires_at, "submission": submission},
    )
    return float(expires_at)


def _due(
    db: Db, stands: State, after: int | None, *, expires_at: float, now: float
) -> float | None:
    """When a delivery that was commanded is due: at once, in its turn, or at the latest."""
    if stands is State.QUEUED:
        return now if turns.may_go(db, after) else expires_at
    return expires_at if stands is State.HELD else None


def commanded(db: Db, command: int) -> Commanded:
    """How a command stands."""
    row = db.execute(
        "SELECT CASE WHEN obeyed_at IS NOT NULL THEN changed END, reason FROM command WHERE id = ?",
        (command,),
    ).fetchone()
    return Commanded(command, *row) if row else Commanded(command, None, "there is no such command")
