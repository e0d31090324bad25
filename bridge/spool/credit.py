"""The account's balance as it was seen: samples for the forecast, and whether it was told low."""

from __future__ import annotations

import sqlite3

from bridge.core import credit
from bridge.core.credit import Sample
from bridge.core.events import LowBalance
from bridge.spool import queueing

KEPT_EVERY = 3600.0
KEPT_FOR = 30 * credit.DAY


def weigh(db: sqlite3.Connection, balance: float, low: float, now: float) -> LowBalance | None:
    """Keep a balance that was seen now, and store that it is low, unless that was told.

    While texts wait for want of credit, the postmaster knows.
    """
    _keep(db, Sample(now, balance), low)
    if balance >= low or _used_up(db) or _told(db, low):
        return None
    event = LowBalance(balance, low, days_left(db, balance, now), now)
    queueing.event(db, event, now)
    return event


def days_left(db: sqlite3.Connection, balance: float, now: float) -> float | None:
    """How many days this balance lasts at the present rate; None if none is known."""
    found = db.execute(
        "SELECT at, credits FROM balance WHERE at BETWEEN ? AND ? ORDER BY at",
        (now - credit.RATE_OVER, now),
    )
    return credit.days_left([*(Sample(*row) for row in found), Sample(now, balance)], now)


def _keep(db: sqlite3.Connection, found: Sample, low: float) -> None:
    """One sample an hour, and each that shows the balance on the other side of `low`."""
    last = db.execute("SELECT at, credits FROM balance ORDER BY at DESC LIMIT 1").fetchone()
    if last and found.at - last[0] < KEPT_EVERY and (last[1] < low) == (found.credits < low):
        return
    db.execute("INSERT OR REPLACE INTO balance VALUES (?, ?)", (found.at, found.credits))
    db.execute("DELETE FROM balance WHERE at < ?", (found.at - KEPT_FOR,))


def _used_up(db: sqlite3.Connection) -> bool:
    (since, token) = db.execute(
        "SELECT paused_since, token FROM lane WHERE name = 'submit'"
    ).fetchone()
    return since is not None and token == credit.USED_UP


def _told(db: sqlite3.Connection, low: float) -> bool:
    """Whether a low balance was told since the balance last was at `low` or above it."""
    (told,) = db.execute(
        "SELECT max(at) FROM event WHERE weak = 0 AND key >= 'LowBalance:' AND key < 'LowBalance;'"
    ).fetchone()
    (well,) = db.execute("SELECT max(at) FROM balance WHERE credits >= ?", (low,)).fetchone()
    return told is not None and (well is None or told > well)
