"""A small crowd of each kind; `python -m tests.strangers` measures large ones, and more sharply."""

from __future__ import annotations

from tests.strangers.crowds import daemon, held_open, met, wrong_tokens

CROWDS = {
    "T49: slow ones": held_open(60, 1, b"X: y\r\n", lines=99, pause=0.1),
    "T11: endless heads": held_open(60, 20, b"X: " + b"y" * 7900 + b"\r\n", lines=126, pause=0.0),
    "T40: wrong tokens": wrong_tokens(20, 10),
}


async def test_every_callback_is_answered_within_three_seconds_whoever_else_comes() -> None:
    """T49: one second is what `python -m tests.strangers` asks for; tests share a machine."""
    async with daemon() as house:
        for name, crowd in CROWDS.items():
            found = await met(house, crowd, 0.7)
            assert found.good == found.posted > 0, name
            assert found.slowest < 3, name
            assert found.memory - found.memory_before < 30, name
