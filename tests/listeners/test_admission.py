"""Who may call: tokens, networks behind proxies, and the patience with strangers."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from bridge.listeners.admission import MOST_STRANGERS, Strangers, Tokens, client_address

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("tokens", "token", "known"),
    [
        pytest.param(("now",), "now", True, id="the current one"),
        pytest.param(("now", "before"), "before", True, id="the previous one"),
        pytest.param(("now", ""), "", False, id="no previous one is not an empty one"),
        pytest.param(("now",), "NOW", False, id="in other letters"),
        pytest.param(("now",), "now/", False, id="longer"),
        pytest.param(("now",), "\udcff", False, id="no UTF-8"),
        pytest.param((), "", False, id="none at all"),
    ],
)
def test_a_token_is_known_or_not(tokens: tuple[str, ...], token: str, known: bool) -> None:
    assert Tokens(tokens).know(token) is known


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        pytest.param("192.0.2.1", "", "192.0.2.1", id="itself"),
        pytest.param("192.0.2.1", "198.51.100.7", "192.0.2.1", id="a stranger vouches for nobody"),
        pytest.param("10.0.0.1", "198.51.100.7", "198.51.100.7", id="a proxy does"),
        pytest.param("10.0.0.1", "", "10.0.0.1", id="unless it is silent"),
        pytest.param("10.0.0.1", "1.1.1.1, 198.51.100.7", "198.51.100.7", id="the nearest counts"),
        pytest.param("10.0.0.1", "198.51.100.7,10.0.0.2", "198.51.100.7", id="two proxies"),
        pytest.param("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7", id="IPv4 as IPv6"),
        pytest.param("10.0.0.1", "1.1.1.1, unknown", "unknown", id="no address stays none"),
    ],
)
def test_the_client_is_the_nearest_that_is_no_proxy_of_ours(
    peer: str, forwarded: str, client: str
) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


def test_a_stranger_is_answered_sixty_times_a_minute() -> None:
    strangers = Strangers()
    assert [strangers.tried("192.0.2.1", 0.0) for _ in range(61)] == [True] * 60 + [False]
    assert strangers.tried("192.0.2.2", 0.0)
    assert strangers.tried("192.0.2.1", 60.0)


def test_a_crowd_of_strangers_takes_no_memory() -> None:
    strangers = Strangers()
    for number in range(MOST_STRANGERS + 5):
        strangers.tried(str(number), 0.0)
    assert len(strangers._tries) == 5
