"""Who may call: tokens, networks behind proxies, and the patience with strangers."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from bridge.listeners.admission import (
    MOST_STRANGERS,
    Allowance,
    Guesses,
    Strangers,
    Tokens,
    client_address,
)

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


HERE = "192.0.2.1"
QUICKLY = [float(n) for n in range(10)]


@pytest.mark.parametrize(
    ("wrong", "peer", "now", "barred"),
    [
        pytest.param(QUICKLY[:9], HERE, 9.0, False, id="nine"),
        pytest.param(QUICKLY, HERE, 9.0, True, id="ten"),
        pytest.param(QUICKLY, "192.0.2.2", 9.0, False, id="a neighbour"),
        pytest.param(QUICKLY, HERE, 908.0, True, id="almost a quarter of an hour later"),
        pytest.param(QUICKLY, HERE, 909.0, False, id="a quarter of an hour later"),
        pytest.param([*QUICKLY, 1000.0], HERE, 1000.0, False, id="and one more"),
        pytest.param([n * 67.0 for n in range(20)], HERE, 1273.0, False, id="ten in 603 s, always"),
        pytest.param([n * 66.0 for n in range(20)], HERE, 1254.0, True, id="ten in 594 s"),
    ],
)
def test_ten_wrong_passwords_in_ten_minutes_bar_an_address(
    wrong: list[float], peer: str, now: float, barred: bool
) -> None:
    guesses = Guesses()
    for at in wrong:
        guesses.failed(HERE, at)
    assert guesses.barred(peer, now) is barred


def test_a_right_password_makes_up_for_the_wrong_ones() -> None:
    guesses = Guesses()
    for at in QUICKLY:
        guesses.failed(HERE, at)
    guesses.succeeded(HERE)
    assert not guesses.barred(HERE, 10.0)
    guesses.failed(HERE, 10.0)
    assert not guesses.barred(HERE, 10.0)


def test_who_has_a_whole_network_of_ipv6_is_one() -> None:
    guesses = Guesses()
    for at in QUICKLY:
        guesses.failed(f"2001:db8::{int(at)}", at)
    assert guesses.barred("2001:db8::ffff", 10.0)
    assert not guesses.barred("2001:db8:0:1::1", 10.0)


def test_a_crowd_that_guesses_takes_no_memory_and_the_longest_quiet_is_forgotten() -> None:
    guesses = Guesses()
    for at in QUICKLY:
        guesses.failed(HERE, at)
    for number in range(MOST_STRANGERS - 1):
        guesses.failed(str(number), 10.0)
    assert guesses.barred(HERE, 10.0)
    guesses.failed("one more", 10.0)
    assert not guesses.barred(HERE, 10.0)
    assert len(guesses._wrong) == MOST_STRANGERS


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        pytest.param(102.0, False, id="two a minute"),
        pytest.param(159.9, False, id="almost a minute later"),
        pytest.param(160.0, True, id="a minute after the first"),
        pytest.param(10.0, True, id="by a clock that was set back"),
    ],
)
def test_an_allowance_is_of_the_last_minute(now: float, allowed: bool) -> None:
    allowance = Allowance(2, 60.0)
    assert allowance.spent(HERE, 100.0)
    assert allowance.spent(HERE, 101.0)
    assert allowance.spent(HERE, now) is allowed
    assert allowance.spent("192.0.2.2", now)
