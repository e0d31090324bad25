"""The account's balance as it was seen: samples for the forecast, and whether it was told low."""

from __future__ import annotations

from typing import NamedTuple

from bridge.core import credit
from bridge.core.credit import Sample
from bridge.core.events import LowBalance
from bridge.spool import queueing
from bridge.spool.db import Db

KEPT_EVERY = 3600.0
KEPT_FOR = 30 * credit.DAY


def weigh(db: Db, balance: float, low: float, now: float) -> LowBalance | None:
    """Keep a balance that was seen now, and store that it is low, unless that was told.

    While texts wait for want of credit, the postmaster knows.
    """
    last = _last(db)
    tells = balance < low and not last.told and not _used_up(db)
    told = tells or (last.told and not credit.risen(balance, low))
    _keep(db, Sample(now, balance), told=told, last=last)
    if not tells:
        return None
    event = LowBalance(balance, low, days_left(db, balance, now), now)
    queueing.event(db, event, now)
    return event


def days_left(db: Db, balance: float, now: float) -> float | None:
    """How many days this balance lasts at the present rate; None if none is known."""
    found = db.execute(
        "SELECT at, credits FROM balance WHERE at BETWEEN ? AND ? ORDER BY at",
        (now - credit.RATE_OVER, now),
    )
    return credit.days_left([*(Sample(*row) for row in found), Sample(now, balance)], now)


class _Last(NamedTuple):
    """When the balance was kept last, and whether by then it was told to be low."""

    at: float
    told: bool


def _last(db: Db) -> _Last:
    row = db.execute("SELECT at, told FROM balance ORDER BY at DESC LIMIT 1").fetchone()
    return _Last(row[0], bool(row[1])) if row else _Last(0.0, told=False)


def _keep(db: Db, found: Sample, *, told: bool, last: _Last) -> None:
    """One sample an hour, and each that changes what is told.

    Those that were kept before the clock was set back lie ahead, and tell nothing any more.
    """
    if 0 <= found.at - last.at < KEPT_EVERY and told == last.told:
        return
    db.execute("DELETE FROM balance WHERE at < ? OR at >= ?", (found.at - KEPT_FOR, found.at))
    db.execute("INSERT INTO balance VALUES (?, ?, ?)", (found.at, found.credits, told))


def _used_up(db: Db) -> bool:
    (since, token) = db.execute(
        "SELECT paused_since, token FROM lane WHERE name = 'submit'"
    ).fetchone()
    return since is not None and token == credit.USED_UP
