"""What texts cost: added up in the store, so that a million of them are a few rows."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.core.costs import Cost
from bridge.spool.db import Db

_TOOK = "d.state IN ('submitted', 'delivered', 'undeliverable', 'network-expired')"
# Held without a term is held in doubt.
_MAY_HAVE = "(d.state IN ('submitting', 'in-doubt') OR (d.state = 'held' AND d.due_at IS NULL))"
_BY_KIND = (
    "CASE WHEN d.is_list = 1 THEN 'list' WHEN s.kind IN ('Text', 'Unicode') THEN 'text'"
    " WHEN s.kind = 'WapPush' THEN 'wap-push' ELSE lower(s.kind) END"
)
# Members of a gateway's list have rows of their own once reports of them come: no request's.
_COSTS = (
    f"SELECT m.sender_key, {_BY_KIND} AS kind, sum(CASE WHEN s.part = 1 THEN 1 ELSE 0 END),"
    f" sum(CASE WHEN {_TOOK} THEN s.segments ELSE 0 END),"
    f" sum((CASE WHEN {_MAY_HAVE} THEN 1 ELSE 0 END + d.resends) * s.segments), sum(d.resends)"
    " FROM message m JOIN submission s ON s.message = m.id JOIN delivery d ON d.submission = s.id"
    " WHERE m.kept IN (0, 1) AND m.received_at >= :since AND m.received_at < :until"
    f" AND d.member_of IS NULL AND ({_TOOK} OR {_MAY_HAVE} OR d.resends > 0)"
)
_ABOUT = (
    " AND (d.destination = :about OR lower(m.sender) = :lower OR lower(m.sender_key)"
    " IN (:lower, 'user:' || :lower, 'dmarc:' || :lower, 'peer:' || :lower))"
)


def costs(db: Db, since: float, until: float, about: str) -> Sequence[Cost]:
    """What the texts of the mails that came in a stretch of time cost, by sender and kind."""
    found = db.execute(
        _COSTS + (_ABOUT if about else "") + f" GROUP BY m.sender_key, {_BY_KIND} ORDER BY 1, 2",
        {"since": since, "until": until, "about": about, "lower": _lower(about)},
    )
    return [Cost(sender, kind, *map(int, sums)) for sender, kind, *sums in found]


def _lower(text: str) -> str:
    """In small letters as a store's own `lower` makes them: those of ASCII."""
    return text.encode("utf-8", "replace").lower().decode("utf-8")
