"""T60: our login at the mail server is told to nobody, though the server repeats it."""

from __future__ import annotations

import pytest

from bridge.clients.smarthost import Smarthost, Unreachable
from tests.secrets.canaries import SECRETS, found
from tests.secrets.servers import parrot


@pytest.mark.parametrize("offers", [b"PLAIN", b"LOGIN"], ids=ascii)
async def test_what_a_server_repeats_is_blanked_and_its_other_words_stay(offers: bytes) -> None:
    async with parrot() as bird:
        bird.refusing, bird.offers = True, offers
        password = SECRETS["smarthost"]
        smarthost = Smarthost("127.0.0.1", bird.port, username="jo", password=password)
        with pytest.raises(Unreachable) as raised:
            await smarthost.probe()
    assert "login refused: 535 5.7.8 who says " in str(raised.value)
    assert "********?" in str(raised.value)
    assert found(str(raised.value).encode()) == []
