"""What a restored backup holds: it may all have been sent since, so an operator has to let it go.

The bridge that went on after the backup was made may have sent each text that waited then, and
mailed each notice.  So none of them is sent again blindly.  A status report that still comes
settles what it can; whose text is not settled, released or dropped within a while is told so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bridge.core.commands import Command
from bridge.core.events import Undelivered
from bridge.core.reminding import DELAYED_AFTER
from bridge.core.states import Evidence
from bridge.core.told import NoticeEvidence
from bridge.spool import queueing
from bridge.spool.db import Db
from bridge.spool.rows import one_of

RESTORED: Final = "RESTORED"
"""Why it is held, in the column `token`."""

# What waited for us; what is held in doubt (without a term) was told of, and stays.  What a backup
# before this one held is held again: whether its sender was told, that one cannot know either.
_WAITED = (
    f"state IN {one_of(Evidence.RESTORED.before)}"
    f" AND (state <> 'held' OR due_at IS NOT NULL OR token = '{RESTORED}')"
)
_UNTOLD = f"{Undelivered.__name__}:%:{RESTORED}:%"
"""The keys of what is told of texts that are held so."""


@dataclass(frozen=True, slots=True)
class Held:
    """How many texts (destinations, part by part) and notices a restored backup holds."""

    texts: int
    notices: int


def hold(db: Db, made_at: float, now: float) -> Held:
    """Hold all that waited when the backup was made (UNIX seconds); how much that is.

    A text is held as one in doubt, whose request may have begun at any time from then on: it does
    not expire, and released counts as sent once more.
    """
    made = datetime.fromtimestamp(made_at, UTC)
    since = f"restored from a backup of {made:%Y-%m-%d %H:%M:%S} UTC: it may have been"
    db.execute(
        "UPDATE event SET state = ?, due_at = NULL, owner = '', reason = ?, changed_at = ?"
        f" WHERE state IN {one_of(NoticeEvidence.RESTORED.before)}",
        (NoticeEvidence.RESTORED.after, f"{since} mailed since", now),
    )
    db.execute(
        "UPDATE event SET state = ?, reason = 'told by a later one', changed_at = ?"
        f" WHERE state IN {one_of(NoticeEvidence.DROPPED.before)} AND key LIKE ?",
        (NoticeEvidence.DROPPED.after, now, _UNTOLD),
    )
    (notices,) = db.execute(
        "SELECT count(*) FROM event WHERE state = ?", (NoticeEvidence.RESTORED.after,)
    ).fetchone()
    _untold(db, f"{RESTORED}:{made_at}", now)
    texts = db.execute(
        "UPDATE delivery SET state = ?, due_at = NULL, owner = '', epoch = epoch + 1, token = ?,"
        " behind = 0, reason = ?, enhanced = '4.4.1', changed_at = ?,"
        " begun_at = CASE WHEN begun_at > 0 THEN begun_at ELSE ? END"
        f" WHERE {_WAITED}",
        (Evidence.RESTORED.after, RESTORED, f"{since} sent since", now, made_at),
    ).rowcount
    db.execute(  # they were given to the bridge that went on
        "UPDATE command SET obeyed_at = ?, changed = 0, reason = ? WHERE obeyed_at IS NULL",
        (now, f"{since} obeyed since"),
    )
    return Held(texts, notices)


def _untold(db: Db, why: str, now: float) -> None:
    """Have the senders told what became of their texts, unless an operator decides meanwhile."""
    mails = db.execute(
        "SELECT message, min(id) FROM submission WHERE id IN"
        f" (SELECT submission FROM delivery WHERE {_WAITED}) GROUP BY message"
    ).fetchall()
    for mail, submission in mails:
        queueing.insert_event(
            db,
            Undelivered(mail, submission, (), now),
            key=f"{Undelivered.__name__}:{mail}:{why}",
            weak=False,
            acked=True,
            at=now,
            after=DELAYED_AFTER,
        )


_ASKED: Final[Mapping[Command, NoticeEvidence]] = {
    "release": NoticeEvidence.RELEASED,
    "retry": NoticeEvidence.RELEASED,
    "drop": NoticeEvidence.DROPPED,
}


def obey(db: Db, verb: Command, event: int | None, *, by: str, now: float) -> int:
    """Let go, or give up, a notice that is held (None: all that are); return how many."""
    asked = _ASKED.get(verb)
    if asked is None:
        return 0
    due_at = now if asked is NoticeEvidence.RELEASED else None
    return db.execute(
        "UPDATE event SET state = ?, due_at = ?, reason = ?, changed_at = ?"
        f" WHERE state IN {one_of(asked.before)}" + ("" if event is None else " AND id = ?"),
        (asked.after, due_at, f"{verb} by {by}", now, *(() if event is None else (event,))),
    ).rowcount
