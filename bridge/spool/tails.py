"""Closing blocks that one sender's mails end in, and in how many of them they were seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from bridge.core.senders import LEARNED, MOST_TAILS
from bridge.spool.db import Db
from bridge.spool.views import Tail

# All senders, one key, or a mailbox from whatever machine.
_OF = (
    "(?1 IN ('', sender_key) OR (sender_key NOT LIKE 'user:%'"
    " AND substr(sender_key, length(sender_key) - length(?1)) = ' ' || ?1))"
)


def count(db: Db, sender: str, blocks: Iterable[str], now: float) -> None:
    """Note that a mail of a sender ended in these blocks; what was not seen for longest goes."""
    rows = [
        (sender, sha256(block.encode("utf-8", "replace")).digest(), block, now)
        for block in dict.fromkeys(blocks)
    ]
    if not rows:
        return
    db.executemany(
        "INSERT INTO tail VALUES (?, ?, ?, 1, ?) ON CONFLICT (sender_key, digest) DO UPDATE SET"
        " seen = tail.seen + 1, last_at = excluded.last_at",
        rows,
    )
    kept = db.execute(
        "SELECT digest FROM tail WHERE sender_key = ? ORDER BY last_at DESC, seen DESC", (sender,)
    ).fetchall()
    db.executemany(
        "DELETE FROM tail WHERE sender_key = ? AND digest = ?",
        [(sender, digest) for (digest,) in kept[MOST_TAILS:]],
    )


def learned(db: Db, sender: str) -> tuple[str, ...]:
    """The closing blocks of a sender that were seen often enough."""
    found = db.execute(
        "SELECT block FROM tail WHERE sender_key = ? AND seen >= ?", (sender, LEARNED)
    )
    return tuple(block for (block,) in found)


def tails(db: Db, sender: str) -> Sequence[Tail]:
    """The closing blocks of a sender ("" for all senders), those seen most often first."""
    found = db.execute(
        f"SELECT sender_key, block, seen, last_at FROM tail WHERE {_OF}"
        " ORDER BY sender_key, seen DESC, last_at DESC, length(block)",
        (sender,),
    )
    return tuple(Tail(*row) for row in found)


def forget(db: Db, sender: str) -> int:
    """Forget the closing blocks of a sender ("" for all senders); return how many."""
    return db.execute(f"DELETE FROM tail WHERE {_OF}", (sender,)).rowcount
