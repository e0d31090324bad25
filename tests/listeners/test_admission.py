"""Who may call: tokens, networks behind proxies, and the patience with strangers."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from bridge.core.policy import within
from bridge.listeners.admission import (
    MOST_STRANGERS,
    UNKNOWN,
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
        pytest.param("10.0.0.1", "1.1.1.1, unknown", UNKNOWN, id="no address stays none"),
        pytest.param("10.0.0.1", "x" * 8000, UNKNOWN, id="however long"),
        pytest.param("10.0.0.1", "\x1b]0;x\x07", UNKNOWN, id="or odd"),
        pytest.param("10.0.0.1", "198.51.100.7, ", UNKNOWN, id="or empty"),
        pytest.param("10.0.0.1", "10.0.0.2, , 10.0.0.3", UNKNOWN, id="also between two proxies"),
        pytest.param("10.0.0.1", "198.51.100.7:4711", "198.51.100.7", id="with a port"),
        pytest.param("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7", id="IPv6 with a port"),
        pytest.param("10.0.0.1", "2001:DB8:0::7", "2001:db8::7", id="IPv6 in other letters"),
        pytest.param("10.0.0.1", "[2001:db8::7", "2001:db8::7", id="IPv6 half in brackets"),
        pytest.param("10.0.0.1", "fe80::7%" + "x" * 99, "fe80::7", id="IPv6 with a zone"),
        pytest.param("::1", "198.51.100.7,::ffff:10.0.0.2", "198.51.100.7", id="proxies in IPv6"),
        pytest.param("10.0.0.1", "10.9.9.9,10.0.0.2", "10.9.9.9", id="proxies and nobody else"),
    ],
)
def test_the_client_is_the_nearest_that_is_no_proxy_of_ours(
    peer: str, forwarded: str, client: str
) -> None:
    """T40: whoever writes the header himself is believed nothing."""
    assert client_address(peer, forwarded, PROXIES) == client


def test_a_client_that_is_not_known_belongs_to_no_network() -> None:
    """T40: not even where every address is good."""
    assert not within(UNKNOWN, (ip_network("0.0.0.0/0"), ip_network("::/0")))


def test_a_stranger_is_answered_sixty_times_a_minute() -> None:
    """T40"""
    strangers = Strangers()
    tries = [strangers.tried("192.0.2.1", 0.0) for _ in range(61)]
    assert [due.answer for due in tries] == [True] * 60 + [False]
    assert strangers.tried("192.0.2.2", 0.0).answer
    assert strangers.tried("192.0.2.1", 60.0).answer


def test_a_stranger_is_named_once_a_minute() -> None:
    """T40: a line is for the first try of an address."""
    strangers = Strangers()
    tries = [strangers.tried("192.0.2.1", 0.0) for _ in range(61)]
    assert [due.line for due in tries] == [True] + [False] * 60
    assert strangers.tried("192.0.2.2", 0.0).line
    assert strangers.tried("192.0.2.1", 60.0).line


def test_who_has_a_whole_network_of_ipv6_is_one_stranger() -> None:
    strangers = Strangers()
    answered = [strangers.tried(f"2001:db8::{n:x}", 0.0).answer for n in range(61)]
    assert answered == [True] * 60 + [False]
    assert strangers.tried("2001:db8:0:1::1", 0.0).answer


def test_a_crowd_of_strangers_takes_no_memory_and_the_longest_quiet_is_forgotten() -> None:
    strangers = Strangers()
    for number in range(MOST_STRANGERS + 5):
        strangers.tried(str(number), 0.0)
    assert len(strangers._tries) == MOST_STRANGERS
    assert "4" not in strangers._tries


def test_a_crowd_of_strangers_is_answered_and_logged_six_hundred_times_a_minute() -> None:
    """T40: a flood from everywhere fills no log."""
    strangers = Strangers()
    tries = [strangers.tried(f"192.0.{n % 250}.{n // 250}", 0.0) for n in range(1000)]
    assert sum(due.answer for due in tries) == sum(due.line for due in tries) == 600
    assert strangers.tried("192.0.2.1", 60.0).line


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
def test_t6_ten_wrong_passwords_in_ten_minutes_bar_an_address(
    wrong: list[float], peer: str, now: float, barred: bool
) -> None:
    guesses = Guesses()
    for at in wrong:
        guesses.failed(HERE, "jo", at)
    assert guesses.barred(peer, now) is barred


def test_t6_a_right_password_makes_up_for_the_wrong_ones_of_its_name() -> None:
    guesses = Guesses()
    for at in QUICKLY:
        guesses.failed(HERE, "jo", at)
    guesses.succeeded(HERE, "jo")
    assert not guesses.barred(HERE, 10.0)
    assert not guesses._wrong
    guesses.failed(HERE, "jo", 10.0)
    assert not guesses.barred(HERE, 10.0)


def test_t6_who_has_an_account_cannot_guess_at_another_for_ever() -> None:
    guesses = Guesses()
    for at in QUICKLY:
        guesses.failed(HERE, "jo", at)
        guesses.succeeded(HERE, "amy")
    assert guesses.barred(HERE, 10.0)


def test_t6_who_has_a_whole_network_of_ipv6_is_one() -> None:
    guesses = Guesses()
    for at in QUICKLY:
        guesses.failed(f"2001:db8::{int(at)}", "jo", at)
    assert guesses.barred("2001:db8::ffff", 10.0)
    assert not guesses.barred("2001:db8:0:1::1", 10.0)


def test_a_crowd_that_guesses_takes_no_memory_and_the_longest_quiet_is_forgotten() -> None:
    guesses = Guesses()
    for at in QUICKLY:
        guesses.failed(HERE, "jo", at)
    for number in range(MOST_STRANGERS - 1):
        guesses.failed(str(number), "jo", 10.0)
    assert guesses.barred(HERE, 10.0)
    guesses.failed("one more", "jo", 10.0)
    assert not guesses.barred(HERE, 10.0)
    assert len(guesses._wrong) == MOST_STRANGERS


def test_a_name_of_any_length_takes_no_memory() -> None:
    guesses = Guesses()
    guesses.failed(HERE, "x" * 12_000, 0.0)
    assert len(guesses._wrong[HERE][0].name) == 32


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
