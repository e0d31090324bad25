"""What the senders of mails are owed: each end of a text is noted, and told in good company.

Which end is told, and when, is `core.reporting`'s to say.  Until it is told for the first time a
report holds nothing: what it tells is read from the deliveries then, and from then on is fixed, so
that another try is the same mail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bridge.core import reporting
from bridge.core.events import Summary, Undelivered
from bridge.core.leases import Told
from bridge.core.outcomes import State
from bridge.core.reporting import TOGETHER, Account, Owed, Standing
from bridge.core.told import NoticeEvidence
from bridge.spool import queueing, rows, turns
from bridge.spool.db import Db
from bridge.spool.rows import Row

_FAILED = rows.one_of(reporting.FAILED)
_MAY_CHANGE = rows.one_of(reporting.MAY_CHANGE)

_STANDING = (
    "d.id, d.submission, d.destination, d.is_list, d.state, d.changed_at, d.told, d.token,"
    " d.reason, d.enhanced, s.part, s.parts,"
    " CASE WHEN d.notify = '' THEN m.reports = 'all' ELSE d.notify LIKE '%SUCCESS%' END,"
    " d.state = 'held' AND d.due_at IS NOT NULL,"
    " EXISTS (SELECT 1 FROM delivery c WHERE c.counted_in = d.id), d.member_of IS NOT NULL"
    " FROM message m JOIN submission s ON s.message = m.id JOIN delivery d ON d.submission = s.id"
)


def standings(db: Db, mail: str) -> tuple[Standing, ...]:
    """Where the deliveries of a mail stand, in their order."""
    found = db.execute(f"SELECT {_STANDING} WHERE m.id = ? ORDER BY d.id", (mail,))
    return tuple(_standing(row) for row in found)


def _failing(db: Db, mail: str) -> tuple[Standing, ...]:
    """Where those deliveries stand that failed and may be news, with all else of their numbers.

    Of a gateway's list thousands of members may be heard of, a few at a time.
    """
    found = db.execute(
        f"SELECT {_STANDING} WHERE m.id = ?1 AND d.destination IN (SELECT x.destination"
        " FROM submission t JOIN delivery x ON x.submission = t.id WHERE t.message = ?1"
        f" AND x.state IN {_FAILED} AND x.told IN {_MAY_CHANGE}) ORDER BY d.id",
        (mail,),
    )
    return tuple(_standing(row) for row in found)


def _standing(row: Row) -> Standing:
    id_, submission, value, is_list, state, *known, wanted, waits, counts, is_member = row
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
        is_member=bool(is_member),
    )


# ---------------------------------------------------------------- what ends


def ended(db: Db, delivery: int, now: float, *, ours: bool = False) -> bool:
    """Note that a delivery came to its end; whether its sender is to hear of it, or of others now.

    `ours`: the bridge is to blame, and the operator hears too.
    """
    mail, *row = db.execute(
        "SELECT s.message, " + _STANDING + " WHERE d.id = ?", (delivery,)
    ).fetchone()
    stands = _standing(tuple(row))
    owed = reporting.owed(stands)
    if owed is Owed.FAILURE:
        item = Undelivered(mail, stands.submission, (), now, ours)
        queueing.event(db, item, now)
    elif owed is Owed.SUCCESS and _is_whole(db, stands):
        summarise(db, mail, now)
    # of a list nobody knows how many of its members will be heard of
    last = not stands.is_member and reporting.hears_success(stands) and _hasten(db, mail, now)
    return last or owed is not Owed.NOTHING


def _is_whole(db: Db, stands: Standing) -> bool:
    """Whether all parts of a text ended alike."""
    if stands.parts == 1:
        return True
    found = (
        db.execute("SELECT state FROM delivery WHERE id = ?", (part,)).fetchone()
        for part in turns.parts(db, stands.id)
    )
    return all(state == stands.state for (state,) in found)


def summarise(db: Db, mail: str, now: float) -> int:
    """Have a mail summed up in a while; the id of the event."""
    return queueing.event(db, Summary(mail, (), (), 0, now), now)


def _hasten(db: Db, mail: str, now: float) -> bool:
    """Tell a summary now if nothing of its mail is outstanding; whether it is told.

    Looked for from the end, since reports mostly come in the order of the texts.
    """
    found = queueing.open_event(db, mail, Summary)
    if found is None or any(reporting.is_open(each) for each in _backwards(db, mail)):
        return False
    tell_now(db, found[0], now)
    return True


def _backwards(db: Db, mail: str) -> Iterator[Standing]:
    submissions = db.execute(
        "SELECT id FROM submission WHERE message = ? ORDER BY id DESC", (mail,)
    )
    for (submission,) in submissions.fetchall():
        found = db.execute(f"SELECT {_STANDING} WHERE s.id = ? ORDER BY d.id DESC", (submission,))
        yield from (_standing(row) for row in found)


def tried_again(db: Db, delivery: int) -> None:
    """Note that an operator has a text tried again: what was told of it is not the last word.

    While another part of it stands failed, it is: the whole text failed with that.
    """
    found = [
        (part, *db.execute("SELECT state, told FROM delivery WHERE id = ?", (part,)).fetchone())
        for part in turns.parts(db, delivery)
    ]
    if any(reporting.is_lost(State(state)) for _, state, _ in found):
        return
    for part, _, told in found:
        db.execute("UPDATE delivery SET told = ? WHERE id = ?", (reporting.again(told), part))


def tell_now(db: Db, event: int, now: float) -> None:
    """Let an event that waits for company wait no longer."""
    db.execute(
        "UPDATE event SET due_at = ? WHERE id = ? AND epoch = 0 AND due_at > ?", (now, event, now)
    )


# ---------------------------------------------------------------- what is told


def settled(
    db: Db, event: int, item: Undelivered | Summary, now: float
) -> Undelivered | Summary | None:
    """A report whose first turn to be told has come, with all that it tells; None: nothing yet."""
    if isinstance(item, Undelivered):
        return _keep(db, event, reporting.undelivered(item, _failing(db, item.mail), now), now)
    return _summed(db, event, item.mail, now)


def _summed(db: Db, event: int, mail: str, now: float) -> Undelivered | Summary | None:
    """A summary, which tells the failures that were to be told by themselves as well, if it may.

    Else it goes behind them: no failure of before is to follow good news of the same text.
    """
    known = standings(db, mail)
    id_, absorbed = _absorbed(db, mail, known)
    account = reporting.summary(mail, known, absorbed, now)
    after = _failures_due(db, mail, account, now, besides=id_)
    if after is not None:
        db.execute("UPDATE event SET due_at = ? WHERE id = ?", (after + TOGETHER, event))
        return None
    if absorbed:
        _untold(db, id_, f"told in e{event}", now)
    return _keep(db, event, account, now)


def _absorbed(db: Db, mail: str, known: Sequence[Standing]) -> tuple[int, Undelivered | None]:
    """Failures that wait to be told by themselves and that a summary may tell; else (0, None)."""
    id_, found = queueing.open_event(db, mail, Undelivered) or (0, None)
    if isinstance(found, Undelivered) and reporting.absorbs(found, known):
        return id_, found
    return 0, None


def _failures_due(db: Db, mail: str, account: Account, now: float, *, besides: int) -> float | None:
    """When the failures are mailed that a summary goes behind, `besides` some; None for none.

    Those that somebody has are told; of those that were tried in vain only the same numbers' hold
    it up, since a mailbox that takes none, be it another reader's, may do so for days.  Those that
    are being mailed are asked after again soon.
    """
    found = db.execute(
        "SELECT state, due_at, attempts, kind, item FROM event"
        " WHERE mail = ? AND mail <> '' AND kind = ? AND due_at IS NOT NULL AND done = '[]'"
        " AND id <> ?",
        (mail, Undelivered.__name__, besides),
    )
    instants = [
        now if state == Told.CLAIMED else max(float(due_at), now)
        for state, due_at, tries, kind, item in found
        if tries == 0 or _precedes(kind, item, account)
    ]
    return max(instants, default=None)


def _precedes(kind: str, item: str, account: Account) -> bool:
    try:
        failures = rows.event(kind, item)
    except rows.Unrevivable:  # it is dead, once its turn comes
        return False
    return isinstance(failures, Undelivered) and reporting.precedes(failures, account)


def _keep(db: Db, event: int, account: Account, now: float) -> Undelivered | Summary | None:
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


def _untold(db: Db, event: int, reason: str, now: float) -> None:
    db.execute(
        "UPDATE event SET state = ?, due_at = NULL, reason = ?, changed_at = ? WHERE id = ?",
        (NoticeEvidence.SAID.after, reason, now, event),
    )
