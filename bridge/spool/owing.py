"""What the senders of mails are owed: each end of a text is noted, and told in good company.

Which end is told, and when, is `core.reporting`'s to say.  Until it is told for the first time a
report holds nothing: what it tells is read from the deliveries then, and from then on is fixed, so
that another try is the same mail.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from bridge.core import reporting
from bridge.core.events import Summary, Undelivered
from bridge.core.leases import Told
from bridge.core.outcomes import State
from bridge.core.reporting import Account, Owed, Standing
from bridge.spool import queueing, rows, turns
from bridge.spool.rows import Row

_STANDING = (
    "d.id, d.submission, d.destination, d.is_list, d.state, d.changed_at, d.told, d.token,"
    " d.reason, d.enhanced, s.part, s.parts,"
    " iif(d.notify = '', m.reports = 'all', instr(d.notify, 'SUCCESS') > 0),"
    " d.state = 'held' AND d.due_at IS NOT NULL,"
    " EXISTS (SELECT 1 FROM delivery c WHERE c.counted_in = d.id)"
    " FROM message m JOIN submission s ON s.message = m.id JOIN delivery d ON d.submission = s.id"
)


def standings(db: sqlite3.Connection, mail: str) -> tuple[Standing, ...]:
    """Where the deliveries of a mail stand, in their order."""
    found = db.execute(f"SELECT {_STANDING} WHERE m.id = ? ORDER BY d.id", (mail,))
    return tuple(_standing(row) for row in found)


def _standing(row: Row) -> Standing:
    id_, submission, value, is_list, state, *known, wanted, waits, counts = row
    since, told, token, reason, enhanced, part, parts = known
    return Standing(
        id_,
        submission,
        rows.destination(value, is_list),
        State(state),
        since,
        told=told,
        token=token,
        reason=reason,
        enhanced=enhanced,
        part=part,
        parts=parts,
        wanted=bool(wanted),
        waits=bool(waits),
        counts=bool(counts),
    )


# ---------------------------------------------------------------- what ends


def ended(db: sqlite3.Connection, delivery: int, now: float, *, ours: bool = False) -> bool:
    """Note that a delivery came to its end; whether its sender is to hear of it.

    `ours`: the bridge is to blame, and the operator hears too.
    """
    mail, is_member, *row = db.execute(
        "SELECT s.message, d.member_of IS NOT NULL, " + _STANDING + " WHERE d.id = ?", (delivery,)
    ).fetchone()
    stands = _standing(tuple(row))
    owed = reporting.owed(stands)
    if owed is Owed.FAILURE:
        item = Undelivered(mail, stands.submission, (), now, ours)
        queueing.event(db, item, now)
    elif owed is Owed.SUCCESS and _is_whole(db, stands):
        summarise(db, mail, now)
    # of a list nobody knows how many of its members will be heard of
    if not is_member and (stands.wanted or owed is Owed.SUCCESS):
        _hasten(db, mail, now)
    return owed is not Owed.NOTHING


def _is_whole(db: sqlite3.Connection, stands: Standing) -> bool:
    """Whether all parts of a text ended alike."""
    if stands.parts == 1:
        return True
    found = (
        db.execute("SELECT state FROM delivery WHERE id = ?", (part,)).fetchone()
        for part in turns.parts(db, stands.id)
    )
    return all(state == stands.state for (state,) in found)


def summarise(db: sqlite3.Connection, mail: str, now: float) -> int:
    """Have a mail summed up in a while; the id of the event."""
    return queueing.event(db, Summary(mail, (), (), 0, now), now)


def _hasten(db: sqlite3.Connection, mail: str, now: float) -> None:
    """Tell a summary now if nothing of its mail is outstanding.

    Looked for from the end, since reports mostly come in the order of the texts.
    """
    found = queueing.open_event(db, mail, Summary)
    if found and not any(reporting.is_open(each) for each in _backwards(db, mail)):
        tell_now(db, found[0], now)


def _backwards(db: sqlite3.Connection, mail: str) -> Iterator[Standing]:
    submissions = db.execute(
        "SELECT id FROM submission WHERE message = ? ORDER BY id DESC", (mail,)
    )
    for (submission,) in submissions.fetchall():
        found = db.execute(f"SELECT {_STANDING} WHERE s.id = ? ORDER BY d.id DESC", (submission,))
        yield from (_standing(row) for row in found)


def tell_now(db: sqlite3.Connection, event: int, now: float) -> None:
    """Let an event that waits for company wait no longer."""
    db.execute(
        "UPDATE event SET due_at = ? WHERE id = ? AND epoch = 0 AND due_at > ?", (now, event, now)
    )


# ---------------------------------------------------------------- what is told


def settled(
    db: sqlite3.Connection, event: int, item: Undelivered | Summary, now: float
) -> Undelivered | Summary | None:
    """A report whose first turn to be told has come, with all that it tells; None: nothing."""
    if isinstance(item, Undelivered):
        account = reporting.undelivered(item, standings(db, item.mail), now)
    else:
        account = _summed(db, event, item.mail, now)
    return _keep(db, event, account, now)


def _summed(db: sqlite3.Connection, event: int, mail: str, now: float) -> Account:
    """A summary, which tells the failures that were to be told by themselves as well, if it may."""
    found = queueing.open_event(db, mail, Undelivered)
    absorbed: Undelivered | None = None
    known = standings(db, mail)
    if found and isinstance(found[1], Undelivered):
        id_, failures = found[0], found[1]
        if reporting.absorbs(failures, known):
            absorbed = failures
            _untold(db, id_, f"told in e{event}", now)
        else:
            _keep(db, id_, reporting.undelivered(failures, known, now), now)
            known = standings(db, mail)
    return reporting.summary(mail, known, absorbed, now)


def _keep(
    db: sqlite3.Connection, event: int, account: Account, now: float
) -> Undelivered | Summary | None:
    """Write what an event tells, and of which deliveries."""
    if account.event is None:
        _untold(db, event, "there is nothing left to tell", now)
        return None
    db.execute("UPDATE event SET item = ? WHERE id = ?", (rows.event_item(account.event), event))
    db.executemany(
        "UPDATE delivery SET told = ? WHERE id = ?",
        [(state, id_) for id_, state in account.told.items()],
    )
    return account.event


def _untold(db: sqlite3.Connection, event: int, reason: str, now: float) -> None:
    db.execute(
        "UPDATE event SET state = ?, due_at = NULL, reason = ?, changed_at = ? WHERE id = ?",
        (Told.NOBODY, reason, now, event),
    )
