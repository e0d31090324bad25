"""A store that refuses what is no arrow of the tables, whoever writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from bridge.core.states import Evidence
from bridge.core.told import NoticeEvidence


def guard(path: Path) -> None:
    """Have a SQLite store refuse each state that a delivery or a mail cannot come to."""
    with closing(sqlite3.connect(path)) as db, db:
        for table, known in _arrows():
            for on, before in (("INSERT", "''"), ("UPDATE", "OLD.state")):
                db.execute(
                    f"CREATE TRIGGER {table}_{on} BEFORE {on} ON {table}"
                    f" WHEN {before} <> NEW.state AND ({before}, NEW.state) NOT IN ({known})"
                    f" BEGIN SELECT RAISE(ABORT, 'no arrow leads a {table} there'); END"
                )


def postgres_guard() -> str:
    """The same for a store on PostgreSQL, to be executed there once."""
    return "".join(
        f"CREATE FUNCTION {table}_arrow() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE"
        " before text := CASE TG_OP WHEN 'INSERT' THEN '' ELSE OLD.state END; BEGIN"
        f" IF before <> NEW.state AND (before, NEW.state) NOT IN ({known}) THEN RAISE"
        f" 'no arrow leads a {table} from % to %', before, NEW.state; END IF; RETURN NEW; END $$;"
        f" CREATE TRIGGER arrow BEFORE INSERT OR UPDATE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_arrow();"
        for table, known in _arrows()
    )


def _arrows() -> Iterator[tuple[str, str]]:
    """Each table, and whence and whither its arrows lead, as SQL has it."""
    yield "delivery", _values((b, e.after) for e in Evidence for b in e.before or {""})
    yield "event", _values((b, e.after) for e in NoticeEvidence for b in e.before or {""})


def _values(arrows: Iterable[tuple[str, str]]) -> str:
    return "VALUES " + ", ".join(f"('{before}', '{after}')" for before, after in arrows)
