"""Who is not to be texted: the wish that was uttered last counts, whichever came first.

What waits for a number when it opts out is not sent, and its sender told, in one transaction with
the wish; what slips past it (a mail that was in DATA, a text that was tried just then) is
turned away when it is to be sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bridge import maillog
from bridge.core import optouts as rules
from bridge.core.consent import Optout, OptoutChange, OptoutEffect
from bridge.core.events import Ending
from bridge.core.leases import Delivery
from bridge.core.model import Msisdn
from bridge.core.outcomes import State
from bridge.core.states import Evidence
from bridge.spool import commands, line, owing, relieving, rows, turns
from bridge.spool.db import Db
from bridge.spool.rows import one_of


def known(db: Db, numbers: Iterable[str]) -> dict[str, Optout]:
    """Those of these numbers that are not to be texted."""
    found: dict[str, Optout] = {}
    for lot in rows.lots(list(dict.fromkeys(numbers))):
        asked = db.execute(
            "SELECT number, since, source FROM optout"
            f" WHERE number IN {rows.among(lot)} AND since IS NOT NULL",
            lot,
        )
        found |= {number: Optout(since, source) for number, since, source in asked}
    return found


def numbers(db: Db, limit: int) -> Sequence[str]:
    """The numbers that are not to be texted, or so many of them."""
    found = db.execute("SELECT number FROM optout WHERE since IS NOT NULL LIMIT ?", (limit,))
    return [number for (number,) in found]


def listed(db: Db) -> Sequence[tuple[str, Optout]]:
    """All numbers that are not to be texted, the latest first."""
    found = db.execute(
        "SELECT number, since, source FROM optout WHERE since IS NOT NULL"
        " ORDER BY since DESC, number"
    )
    return [(number, Optout(since, source)) for number, since, source in found]


# ---------------------------------------------------------------- a wish


def note(db: Db, change: OptoutChange, now: float) -> OptoutEffect:
    """Write down a wish, and withdraw what waits for who opted out; what the wish came to."""
    effect = _noted(db, change)
    if effect is not OptoutEffect.NONE:
        maillog.optout(change.number, effect=effect, way=rules.way(change.source))
    if effect is OptoutEffect.STOPPED:
        _withdraw(db, change.number, Optout(change.at, change.source), now)
    return effect


def ordered(db: Db, change: OptoutChange, by: str) -> OptoutEffect:
    """Write down a wish, and which operator's it is, if one's; what it came to."""
    effect = note(db, change, change.at)
    if by:
        changed = effect in (OptoutEffect.STOPPED, OptoutEffect.BACK)
        verb = "optout add" if change.out else "optout remove"
        commands.record(db, verb, change.number, by=by, changed=int(changed), now=change.at)
    return effect


def _noted(db: Db, change: OptoutChange) -> OptoutEffect:
    if change.spared and change.out:
        return OptoutEffect.SPARED
    row = db.execute(
        "SELECT since, source, at FROM optout WHERE number = ?", (change.number,)
    ).fetchone()
    since, last, at = row or (None, "", 0.0)
    out = since is not None
    if out and change.out and rules.as_before(change, last):
        db.execute("UPDATE optout SET at = ? WHERE number = ?", (max(at, change.at), change.number))
        return OptoutEffect.STILL
    if row and not rules.counts(change, last=last, at=at, out=out):
        return OptoutEffect.NONE
    db.execute(
        "INSERT INTO optout (number, since, source, at) VALUES (?, ?, ?, ?) ON CONFLICT (number)"
        " DO UPDATE SET since = excluded.since, source = excluded.source, at = excluded.at",
        (change.number, change.at if change.out else None, change.source, change.at),
    )
    if change.out:
        return OptoutEffect.STOPPED
    return OptoutEffect.BACK if out else OptoutEffect.NONE


# ---------------------------------------------------------------- what waits


def _withdraw(db: Db, number: str, out: Optout, now: float) -> None:
    """End what waits for a number and is not under way; its senders are told."""
    found = db.execute(
        "SELECT id, submission, resends > 0 FROM delivery WHERE destination = ? AND is_list = 0"
        " AND state IN ('queued', 'held') AND due_at IS NOT NULL ORDER BY id",
        (number,),
    ).fetchall()
    for delivery, submission, resent in found:
        ending = rules.withdrawn(number, out, resent=bool(resent))
        _end(db, delivery, submission, ending, now=now)


def among(db: Db, pending: Sequence[Delivery]) -> dict[str, Optout]:
    """Those numbers of some deliveries that are not to be texted."""
    found = (each.destination for each in pending)
    return known(db, (each.digits for each in found if isinstance(each, Msisdn)))


def turned_away(
    db: Db,
    submission: str,
    pending: Sequence[Delivery],
    outs: Mapping[str, Optout],
    *,
    now: float,
) -> list[Delivery]:
    """Of deliveries that are to be sent, those whose number has not opted out; the others end."""
    kept: list[Delivery] = []
    for each in pending:
        number = str(each.destination)
        if number in outs and each.state is State.QUEUED:
            ending = rules.withdrawn(number, outs[number], resent=each.resends > 0)
            _end(db, each.id, submission, ending, now=now)
        else:
            kept.append(each)
    return kept


def _end(db: Db, delivery: int, submission: str, ending: Ending, *, now: float) -> None:
    """End one delivery and the parts after it; one that ended with the part before is left."""
    state, token = ending.state, ending.token
    ended = db.execute(
        "UPDATE delivery SET state = ?, due_at = NULL, token = ?, reason = ?, enhanced = ?,"
        " epoch = epoch + 1, owner = '', changed_at = ?"
        f" WHERE id = ? AND state IN {one_of(Evidence.STOPPED.before)} AND due_at IS NOT NULL",
        (state, token, ending.reason, ending.enhanced, now, delivery),
    ).rowcount
    if not ended:
        return
    maillog.settled(submission, ending.destination, state=state, token=token)
    turns.follow(db, (delivery,), state, now)
    line.left(db, (delivery,), now)
    owing.ended(db, delivery, now)
    relieving.follow(db, delivery, state, now)
