"""Which host is asked first, as stories of requests on a clock that starts anywhere."""

from __future__ import annotations

import pytest

from bridge.clients.breaker import TRY_EVERY, Breaker

ONE, TWO = "https://one.example", "https://two.example"
STAY = 300.0


def story(*reports: tuple[float, str, str]) -> Breaker:
    """A breaker that heard `(when, host, ok | failed | dead)`."""
    breaker = Breaker((ONE, TWO), stay=STAY)
    for at, host, how in reports:
        breaker.report(host, at, ok=how == "ok", dead=how == "dead")
    return breaker


@pytest.mark.parametrize(
    ("reports", "first"),
    [
        pytest.param([], ONE, id="the primary, before anything is known"),
        pytest.param([(0, ONE, "dead")], TWO, id="no connection, or no answer in time"),
        pytest.param([(0, ONE, "failed"), (1, ONE, "failed")], ONE, id="two failures"),
        pytest.param(
            [(0, ONE, "failed"), (1, ONE, "failed"), (2, ONE, "failed")], TWO, id="three failures"
        ),
        pytest.param(
            [(0, ONE, "failed"), (900, ONE, "failed"), (4000, ONE, "failed")],
            TWO,
            id="three failures in a row, however far apart",
        ),
        pytest.param(
            [(0, ONE, "failed"), (1, ONE, "ok"), (2, ONE, "failed"), (3, ONE, "failed")],
            ONE,
            id="a success between",
        ),
        pytest.param(
            [(0, ONE, "dead"), (10, TWO, "ok"), (20, ONE, "ok")],
            TWO,
            id="a success too early: stay on the backup",
        ),
        pytest.param(
            [(0, ONE, "dead"), (10, TWO, "ok"), (STAY, ONE, "ok")],
            ONE,
            id="a success after the stay: back",
        ),
        pytest.param([(0, ONE, "dead"), (1, TWO, "dead")], ONE, id="both down: the primary"),
        pytest.param(
            [(0, ONE, "dead"), (1, TWO, "dead"), (5, ONE, "ok")],
            ONE,
            id="both down: the first that works again",
        ),
        pytest.param(
            [(0, ONE, "dead"), (1, TWO, "dead"), (5, TWO, "ok")],
            TWO,
            id="both down, and the backup works again",
        ),
        pytest.param([(0, "https://other.example", "dead")], ONE, id="a host of nobody's"),
        pytest.param([(-5000, ONE, "dead")], TWO, id="the clock may start anywhere"),
    ],
)
def test_the_host_asked_first_follows_from_how_the_last_requests_went(
    reports: list[tuple[float, str, str]], first: str
) -> None:
    order = story(*reports).order()
    assert order[0] == first
    assert set(order) == {ONE, TWO}


def test_a_host_to_avoid_is_asked_last_even_if_the_other_one_is_down() -> None:
    assert story().order(avoid=ONE) == (TWO, ONE)
    assert story().order(avoid=TWO) == (ONE, TWO)
    assert story((0, TWO, "dead")).order(avoid=ONE) == (TWO, ONE)


def test_a_gateway_with_one_host_is_always_asked_there() -> None:
    breaker = Breaker((ONE,), stay=STAY)
    breaker.report(ONE, 0, ok=False, dead=True)
    assert breaker.order(avoid=ONE) == (ONE,)
    assert breaker.report(ONE, 1, ok=True)


def test_it_says_when_a_host_goes_down_and_when_it_comes_back_and_only_then() -> None:
    breaker = Breaker((ONE, TWO), stay=STAY)
    said = [
        breaker.report(ONE, at, ok=ok)
        for at, ok in [(0, False), (1, False), (2, False), (3, False), (9, True), (400, True)]
    ]
    assert said == [False, False, True, False, False, True]


def test_the_way_back_is_probed_after_the_stay_and_then_each_half_minute() -> None:
    breaker = story((0, ONE, "dead"))
    assert breaker.probes_due(STAY - 1) == ()
    assert breaker.probes_due(STAY) == (ONE,)
    breaker.report(ONE, STAY, ok=False, dead=True)
    assert breaker.probes_due(STAY + 29) == ()
    assert breaker.probes_due(STAY + 30) == (ONE,)
    assert breaker.report(ONE, STAY + 30, ok=True)
    assert breaker.probes_due(STAY + 999) == ()
    assert breaker.order() == (ONE, TWO)


def test_while_no_host_works_a_text_is_tried_now_and_then_and_all_are_probed_soon() -> None:
    breaker = story((0, ONE, "dead"))
    assert breaker.at_once(8, 1) == 8, "the other one works"
    breaker.report(TWO, 1, ok=False, dead=True)
    assert breaker.all_down
    assert breaker.at_once(8, 2) == 0
    assert breaker.probes_due(5) == ()
    assert breaker.probes_due(6) == (ONE, TWO)
    breaker.report(ONE, 6, ok=False, dead=True)
    assert breaker.probes_due(6) == (TWO,)
    assert breaker.order() == (ONE, TWO)
    assert breaker.at_once(8, 1 + TRY_EVERY) == 1, "who looks at the order tries nothing"
    breaker.tried(1 + TRY_EVERY)
    assert breaker.at_once(8, 2 + TRY_EVERY) == 0, "it was tried"


def test_the_first_host_that_is_back_has_to_prove_it_before_all_goes_to_it() -> None:
    breaker = story((0, ONE, "dead"), (1, TWO, "dead"))
    assert breaker.report(TWO, 30, ok=True)
    assert (breaker.order()[0], breaker.at_once(8, 30)) == (TWO, 1)
    breaker.report(TWO, 31, ok=True)
    assert breaker.at_once(8, 31) == 1, "a probe proves no text"
    breaker.report(TWO, 32, ok=True, text=True)
    assert breaker.at_once(8, 32) == 8


def test_a_text_that_is_answered_late_proves_a_slow_host_and_a_probe_does_not() -> None:
    breaker = Breaker((ONE,), stay=STAY)
    for at in (0, 20, 40):
        breaker.tried(at)
        assert breaker.report(ONE, at + 10, ok=False, dead=True), "it said nothing so far"
        assert breaker.at_once(8, at + 11) == 0
        assert breaker.report(ONE, at + 12, ok=True, text=True)
        assert breaker.at_once(8, at + 12) == 8


def test_a_probe_that_is_good_too_early_is_repeated_when_the_stay_is_over() -> None:
    breaker = story((0, ONE, "dead"), (1, TWO, "dead"), (6, TWO, "ok"))
    assert breaker.probes_due(6) == (ONE,)
    breaker.report(ONE, 6, ok=True)
    assert breaker.probes_due(STAY - 1) == ()
    assert breaker.probes_due(STAY) == (ONE,)
    assert breaker.report(ONE, STAY, ok=True)


def test_what_fails_beside_the_probe_does_not_put_it_off() -> None:
    breaker = story((0, ONE, "dead"), (0, TWO, "dead"), (0, TWO, "dead"), (4, ONE, "dead"))
    assert breaker.probes_due(5) == (ONE, TWO)


def test_it_counts_how_often_a_host_came_back_where_none_had_worked() -> None:
    breaker = story((0, ONE, "dead"), (STAY, ONE, "ok"))
    assert breaker.returns == 0, "the other one worked meanwhile"
    for at in (400, 500):
        breaker.report(ONE, at, ok=False, dead=True)
        breaker.report(TWO, at, ok=False, dead=True)
        breaker.report(TWO, at + 1, ok=True)
        breaker.report(ONE, at + 2, ok=True)
    assert breaker.returns == 2


def test_one_that_fails_its_first_text_is_down_again_and_probed_later() -> None:
    breaker = Breaker((ONE,), stay=STAY)
    breaker.report(ONE, 0, ok=False, dead=True)
    breaker.report(ONE, 5, ok=True)
    assert breaker.report(ONE, 6, ok=False)
    assert breaker.at_once(8, 6) == 0
    assert breaker.probes_due(35) == ()
    assert breaker.probes_due(36) == (ONE,)


def test_no_more_are_sent_than_there_are_hands() -> None:
    assert story().at_once(3, 0) == 3
