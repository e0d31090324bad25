"""A PostgreSQL store as a whole: who works on it, what a copy of it needs, that it was moved."""

from __future__ import annotations

from typing import Final

from bridge.spool import copying
from bridge.spool.copying import Unfit
from bridge.spool.db import Db

_NUMBERED: Final = ("delivery", "attempt", "event", "command")
"""Tables whose ids the database gives."""

_REFUSE: Final = """
CREATE FUNCTION refuse_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this store was moved to %', (SELECT place FROM moved)
        USING ERRCODE = 'operator_intervention';
END $$
"""

LOOKS: Final = 20
"""How often, ten times a second, it is looked whether others have gone."""


def alone(db: Db) -> None:
    """Return if nobody else is connected to the store; raises `Unfit`."""
    for _ in range(LOOKS):  # what was closed just now is still seen for a moment
        (others,) = db.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'smsbridge'"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
        if not others:
            return
        db.execute("SELECT pg_sleep(0.1), pg_stat_clear_snapshot()")
    raise Unfit(f"others work on this store ({others} connections): stop every node first")


def number_on(db: Db) -> None:
    """Give ids from the highest on: a copy brought its own."""
    for table in _NUMBERED:
        db.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
            f" (SELECT coalesce(max(id), 0) + 1 FROM {table}), false)"
        )


def left(db: Db, place: str, now: float) -> None:
    """Note that a store was moved, so that nobody starts on it again.

    Nor does a node go on that was cut off meanwhile: whatever it writes fails, as if an operator
    had ended its connection, and on the next one it finds the note.
    """
    db.execute('CREATE TABLE moved (at DOUBLE PRECISION NOT NULL, place TEXT COLLATE "C" NOT NULL)')
    db.execute("INSERT INTO moved VALUES (?, ?)", (now, place))
    db.execute(_REFUSE)
    for table in copying.KEYS:
        db.execute(
            f"CREATE TRIGGER moved BEFORE INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_moved()"
        )
