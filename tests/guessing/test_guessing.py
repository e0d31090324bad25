"""T6, T7 in small; `python -m tests.guessing` is the whole."""

from __future__ import annotations

from tests.guessing import attack


async def test_t6_who_guesses_is_shut_out_and_nobody_else() -> None:
    async with attack.house() as ground:
        heard = await attack.flood(ground.smtp, 60, at_once=3)
        assert 10 <= heard["535"] + heard["421"] <= 12  # three were on their way at once
        assert heard["421 at connect"] + heard["454"] + heard["hung up"] >= 48
        assert await attack.is_served(ground.smtp, "127.0.0.10")
        assert not await attack.is_served(ground.smtp, "127.0.0.9")


async def test_t7_a_wrong_name_and_a_wrong_password_look_alike() -> None:
    async with attack.house() as ground:
        found = await attack.times(ground.smtp, 5)
    assert found.said == {"535 5.7.8 name or password is wrong"}
    assert 0.5 < found.ratio < 2  # of five; of two hundred it is 0.9 to 1.1
