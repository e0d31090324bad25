"""What is remembered of passwords: a proven one for ten minutes, and nothing of any other."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from bridge.listeners.credentials import REMEMBERED, Credentials
from bridge.settings.passwords import hashed, matches
from tests.listeners.conftest import PASSWORDS, SmtpDoor, SmtpHouse


class Clock:
    """Seconds, as a test sets them."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """Credentials whose hashes are the passwords themselves; it counts how often it is worked."""

    def __init__(self, **passwords: str) -> None:
        self.worked: list[str] = []
        self.clock = Clock()
        self.credentials = Credentials(passwords, self._matches, self.clock)

    def _matches(self, against: str, password: str) -> bool:
        self.worked.append(password)
        return against == password

    async def login(self, user: str, password: str) -> bool:
        """As the door does it."""
        known = self.credentials.remembers(user, password)
        return known or await self.credentials.proven(user, password)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(jo="correct horse", kim="correct horse", amy="battery staple")
    yield made
    made.credentials.close()


async def test_a_proven_password_is_not_worked_on_again_for_ten_minutes(desk: Desk) -> None:
    for after in (0.0, 1.0, REMEMBERED - 2):
        desk.clock.now += after
        assert await desk.login("jo", "correct horse")
    assert len(desk.worked) == 1
    desk.clock.now += 1.0  # however often it was used
    assert not desk.credentials.remembers("jo", "correct horse")
    assert await desk.login("jo", "correct horse")
    assert len(desk.worked) == 2
    assert desk.credentials.remembers("jo", "correct horse")


async def test_a_wrong_password_is_worked_on_each_time_whatever_is_remembered(desk: Desk) -> None:
    assert await desk.login("jo", "correct horse")
    wrong = ("correct hors", "correct horse\0", "", "battery staple", "Correct horse", "wrong")
    for each in wrong * 2:
        assert not await desk.login("jo", each)
    assert desk.worked[1:] == [*wrong, *wrong]
    assert desk.credentials.remembers("jo", "correct horse"), "and harms nobody"


async def test_what_one_user_proved_is_nothing_to_another(desk: Desk) -> None:
    assert await desk.login("jo", "correct horse")
    assert not desk.credentials.remembers("kim", "correct horse")
    assert not desk.credentials.remembers("nobody", "correct horse")
    assert not desk.credentials.remembers("", "jo\0correct horse")


async def test_a_name_that_nobody_has_is_never_remembered() -> None:
    credentials = Credentials({"jo": "x"}, lambda _hash, _password: True)
    assert not await credentials.proven("nobody", "x")
    credentials.close()
    assert not credentials.remembers("nobody", "x")


async def test_no_password_is_kept_and_what_is_kept_is_of_one_process(desk: Desk) -> None:
    other = Desk(jo="correct horse")
    for each in (desk, other):
        assert await each.login("jo", "correct horse")
        each.credentials.close()
    (mine, _), (theirs, _) = (each.credentials._remembered["jo"] for each in (desk, other))
    assert mine != theirs
    assert len(mine) == 32


async def test_a_real_hash_is_remembered_too() -> None:
    credentials = Credentials({"jo": hashed("pässword")}, matches)
    assert not credentials.remembers("jo", "pässword")
    assert await credentials.proven("jo", "pässword")
    assert credentials.remembers("jo", "pässword")
    credentials.close()


# ---------------------------------------------------------------- at the door


async def said(house: SmtpHouse, password: str, *, user: str = "jo") -> str:
    """What a login is answered, on a connection of its own."""
    talk = await house.talk()
    await talk.ask("EHLO client")
    plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    answer = await talk.ask(f"AUTH PLAIN {plain}")
    await talk.hang_up()
    return answer[:9]


@asynccontextmanager
async def crowd(house: SmtpHouse) -> AsyncIterator[None]:
    """As many as may wait for their turn do."""
    credentials, may_go = house.listener._door.credentials, asyncio.Event()

    async def guesser() -> None:
        async with credentials.turn():
            await may_go.wait()

    guessers = [asyncio.create_task(guesser()) for _ in range(36)]
    yield
    may_go.set()
    await asyncio.gather(*guessers)


async def test_who_is_remembered_waits_for_no_turn(smtp_door: SmtpDoor) -> None:
    house = await smtp_door()
    assert await said(house, PASSWORDS["jo"]) == "235 2.7.0"
    async with crowd(house):
        assert await said(house, "wrong") == "454 4.7.0"
        assert await said(house, PASSWORDS["jo"]) == "235 2.7.0"


@pytest.mark.parametrize(
    ("user", "then"),
    [
        pytest.param(
            "jo", "454 4.7.0", id="who is remembered, and then the right one says nothing"
        ),
        pytest.param("amy", "235 2.7.0", id="who is not, and nobody can tell what is wrong"),
    ],
)
async def test_t6_in_a_crowd_a_guess_counts_where_the_right_password_would_be_known(
    smtp_door: SmtpDoor, user: str, then: str
) -> None:
    house = await smtp_door()
    assert await said(house, PASSWORDS["jo"]) == "235 2.7.0"
    async with crowd(house):
        for each in range(10):
            assert await said(house, f"wrong {each}", user=user) == "454 4.7.0"
        assert await said(house, PASSWORDS["jo"]) == then


async def test_t6_an_address_that_is_barred_is_so_for_what_is_remembered_too(
    smtp_door: SmtpDoor,
) -> None:
    house = await smtp_door()
    assert await said(house, PASSWORDS["jo"]) == "235 2.7.0"
    for each in range(10):
        assert await said(house, f"wrong {each}") == "535 5.7.8"
    assert await said(house, PASSWORDS["jo"]) == "454 4.7.0"


async def test_t6_who_began_to_log_in_before_its_address_was_barred_is_barred_all_the_same(
    smtp_door: SmtpDoor,
) -> None:
    house = await smtp_door()
    assert await said(house, PASSWORDS["jo"]) == "235 2.7.0"
    talk = await house.talk()
    await talk.ask("EHLO client")
    assert (await talk.ask("AUTH LOGIN am8=")).startswith("334")
    for each in range(10):
        assert await said(house, f"wrong {each}") == "535 5.7.8"
    password = base64.b64encode(PASSWORDS["jo"].encode()).decode()
    assert (await talk.ask(password)).startswith("454 4.7.0")
    assert await said(house, PASSWORDS["jo"]) == "454 4.7.0", "and that cleared no bar"
