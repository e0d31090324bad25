"""What a gateway says may be of any size: no value is too large for any store (T48, T63)."""

from __future__ import annotations

import random
from urllib.parse import urlencode

import pytest

from bridge.gateways.contract import RawCallback, Response
from bridge.gateways.registry import Account, gateway
from tests.spool.conftest import NOW, SAM, Story

CODEC = gateway("intellisms", Account("https://gateway.example", "user", "password"))
LARGE = random.Random(1).randbytes(50_000).hex()
"""Of no pattern, or PostgreSQL would compress it."""


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"from": LARGE, "text": LARGE, "usercontext": LARGE}, id="text"),
        pytest.param({"from": SAM.digits, "text": "Hi", "msgid": LARGE}, id="text with an id"),
        pytest.param(
            {"from": LARGE, "text": "", "msgid": LARGE, "filelist": f"{LARGE}," * 3}, id="picture"
        ),
        pytest.param({"msgid": LARGE, "status": "4", "toaddr": LARGE}, id="report"),
        pytest.param(
            {"sublistname": LARGE, "action": LARGE, "msisdn": LARGE, "timestamp": LARGE}, id="list"
        ),
    ],
)
async def test_a_callback_of_large_values_is_stored(story: Story, form: dict[str, str]) -> None:
    raw = RawCallback(b"", urlencode(form).encode(), "", NOW)
    event, new = await story.spool.receive(CODEC.callback(raw))
    assert new
    assert await story.spool.receive(CODEC.callback(raw)) == (event, False)


async def test_an_id_of_sixty_thousand_characters_is_stored(story: Story) -> None:
    await story.spool.accept(story.mail())
    answer = Response(200, f"ID:{LARGE[:60_000]}\r\n".encode())
    await story.sent(CODEC.submit_outcomes([SAM], answer))
    assert await story.state() == "submitted"
