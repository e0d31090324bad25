"""A mail to many numbers goes into the store by few statements, as it would number by number."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from bridge.core.model import Msisdn, Text
from bridge.core.promises import Limits
from bridge.spool import accepting, leaping
from bridge.spool.inserting import MOST
from tests.spool.conftest import NOW, Story, on_sqlite
from tests.spool.storm import FOLDING


def people(count: int) -> list[Msisdn]:
    return [Msisdn(f"4477009{n:05}") for n in range(count)]


@pytest.mark.parametrize("count", [1, 3, MOST, MOST + 1, 2 * MOST + 3])
async def test_each_part_follows_the_one_before_it_to_its_own_number(
    story: Story, count: int
) -> None:
    mail = story.mail(*people(count), texts=(Text("one"), Text("two"), Text("three")))
    await story.spool.accept(mail)
    for before, part in zip(mail.submissions, mail.submissions[1:], strict=False):
        found = await story.sql(
            "SELECT b.destination FROM delivery a JOIN delivery b ON b.after = a.id"
            " AND b.destination = a.destination WHERE a.submission = ? AND b.submission = ?"
            " ORDER BY b.id",
            before.id,
            part.id,
        )
        assert [Msisdn(each) for (each,) in found] == people(count)


@on_sqlite
def test_a_mail_to_a_hundred_numbers_takes_few_statements(
    story: Story, statements: tuple[sqlite3.Connection, set[str]]
) -> None:
    db, seen = statements
    mail = story.mail(*people(100), folding=FOLDING)
    seen.clear()
    accepting.accept(
        db, replace(mail, limits=Limits(1000, 1000, 10, 1000)), NOW, leaping.latest(db)
    )
    assert db.execute("SELECT count(*) FROM delivery").fetchone() == (100,)
    assert len([each for each in seen if not each.startswith("--")]) < 30, "-- is a trigger's"


@on_sqlite
def test_what_a_statement_would_undo_is_in_no_file(
    story: Story, statements: tuple[sqlite3.Connection, set[str]]
) -> None:
    in_memory = 2
    assert statements[0].execute("PRAGMA temp_store").fetchone() == (in_memory,)
