"""What a verb costs on the way to the database does not grow with the numbers of a mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from bridge.core.judge import judge
from bridge.core.model import Msisdn, Text
from bridge.core.outcomes import Accepted
from bridge.core.promises import Folding, Limits
from bridge.spool.db import Parameters
from bridge.spool.postgres.connection import Found, PostgresDb
from tests.spool.conftest import HOST, NOW, POLICY, Story

MANY = 50
FOLDING = Folding("web1", same_text=600.0, expires=3600.0)

LIMITS = Limits(per_hour=9999, per_day=9999, per_number=9, per_day_all=9999)

Trips = Callable[[], int]


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Trips:
    """How many statements went to the database since this was last asked."""
    count = 0
    execute, executemany = PostgresDb.execute, PostgresDb.executemany

    def one(db: PostgresDb, sql: str, parameters: Parameters = ()) -> Found:
        nonlocal count
        count += 1
        return execute(db, sql, parameters)

    def many(db: PostgresDb, sql: str, parameters: Iterable[Parameters]) -> Found:
        nonlocal count
        count += 1
        return executemany(db, sql, parameters)

    def since() -> int:
        nonlocal count
        found, count = count, 0
        return found

    monkeypatch.setattr(PostgresDb, "execute", one)
    monkeypatch.setattr(PostgresDb, "executemany", many)
    return since


async def cost(story: Story, trips: Trips, numbers: int, folding: Folding | None) -> list[int]:
    """What it costs to accept, lease, begin and settle a text of two parts to some numbers."""
    to = [Msisdn(f"44770090{numbers:02}{n:02}") for n in range(numbers)]
    mail = story.mail(*to, texts=(Text("the disk is"), Text("full")), folding=folding)
    found = [trips()]
    await story.spool.accept(replace(mail, limits=LIMITS))
    found.append(trips())
    lease = await story.one()
    found.append(trips())
    assert await story.spool.begin(lease, HOST, NOW)
    found.append(trips())
    verdict = judge(POLICY, lease, {each: Accepted(f"{each}") for each in to}, NOW)
    assert await story.spool.settle(lease, verdict, NOW)
    found.append(trips())
    await story.sent(Accepted("1"), lease=await story.one())
    trips()
    return found[1:]


@pytest.mark.parametrize("folding", [None, FOLDING], ids=["a person's", "a machine's"])
async def test_a_mail_to_many_numbers_costs_no_more_than_one(
    story: Story, trips: Trips, folding: Folding | None
) -> None:
    one = await cost(story, trips, 1, folding)
    assert await cost(story, trips, MANY, folding) == one


async def test_limits_cost_three_trips_and_as_many_where_they_hold(
    story: Story, trips: Trips
) -> None:
    many = [Msisdn(f"4477009005{n:02}") for n in range(MANY)]
    trips()
    await story.spool.accept(story.mail(*many))
    free = trips()
    for n in range(2):
        limits = replace(LIMITS, per_hour=MANY + MANY // 2)
        await story.spool.accept(replace(story.mail(*many, at=NOW + n), limits=limits))
        told = n * 1  # the event of what is held
        assert trips() == free + 3 + told


async def test_many_mails_are_leased_for_little_more_than_one(story: Story, trips: Trips) -> None:
    await story.spool.accept(story.mail(Msisdn("447700900100")))
    trips()
    await story.lease()
    one = trips()
    for n in range(MANY):
        await story.spool.accept(story.mail(Msisdn(f"4477009002{n:02}")))
    trips()
    assert len(await story.lease()) == MANY
    assert trips() == one
