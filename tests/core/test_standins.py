"""What becomes of folded texts once that which stands for them is lost: a row for each case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.model import Msisdn
from bridge.core.outcomes import ON_ITS_WAY, State
from bridge.core.standins import NOTHING, Aftermath, Folded, StandIn, aftermath, matters, told

NOW = 1_790_000_000.0
SAM = Msisdn("447700900123")
FOLDED = (Folded(7, NOW + 60), Folded(8, NOW + 60), Folded(9, NOW))
FIRST = StandIn("m1.1", SAM, State.REJECTED, "not this")
SECOND = replace(FIRST, relieves=True)
SUMMARY = replace(FIRST, is_summary=True)

LOST = (
    State.REJECTED,
    State.EXPIRED,
    State.DROPPED,
    State.UNDELIVERABLE,
    State.NET_EXPIRED,
)


@pytest.mark.parametrize("state", State)
def test_what_is_on_its_way_goes_on_standing_for_others(state: State) -> None:
    assert matters(state) is (state not in ON_ITS_WAY | {State.FOLDED})


@pytest.mark.parametrize("state", LOST)
def test_the_latest_that_has_time_left_goes_instead(state: State) -> None:
    assert aftermath(replace(FIRST, state=state), FOLDED, NOW) == Aftermath(heir=8)


@pytest.mark.parametrize(
    ("stands", "folded", "fails_as"),
    [
        pytest.param(FIRST, FOLDED[2:], State.REJECTED, id="no time is left"),
        pytest.param(SECOND, FOLDED, State.REJECTED, id="the second that was lost"),
        pytest.param(SUMMARY, FOLDED, State.REJECTED, id="a summary"),
        pytest.param(
            replace(SECOND, state=State.UNDELIVERABLE), FOLDED, State.REJECTED, id="undeliverable"
        ),
        pytest.param(replace(SECOND, state=State.EXPIRED), FOLDED, State.EXPIRED, id="expired"),
        pytest.param(
            replace(SUMMARY, state=State.NET_EXPIRED), FOLDED, State.EXPIRED, id="by the network"
        ),
        pytest.param(replace(FIRST, bar="it is over"), FOLDED, State.REJECTED, id="none may go"),
        pytest.param(
            replace(FIRST, state=State.DROPPED, bar="it is over"),
            FOLDED,
            State.EXPIRED,
            id="dropped, and none may go",
        ),
        pytest.param(replace(FIRST, state=State.HELD), FOLDED, State.HELD, id="held in doubt"),
        pytest.param(
            replace(FIRST, state=State.DROPPED), FOLDED[2:], State.EXPIRED, id="dropped, too late"
        ),
    ],
)
def test_else_they_all_fail(stands: StandIn, folded: tuple[Folded, ...], fails_as: State) -> None:
    found = aftermath(stands, folded, NOW)
    assert found.heir is None
    assert found.failure
    assert found.failure.state is fails_as


@pytest.mark.parametrize(
    ("stands", "folded", "after"),
    [
        pytest.param(replace(SECOND, state=State.DROPPED), FOLDED, Aftermath(heir=8), id="a text"),
        pytest.param(replace(SUMMARY, state=State.DROPPED), FOLDED, NOTHING, id="a summary"),
        pytest.param(FIRST, (), NOTHING, id="nothing was folded"),
    ],
)
def test_what_an_operator_drops_says_nothing_about_others(
    stands: StandIn, folded: tuple[Folded, ...], after: Aftermath
) -> None:
    assert aftermath(stands, folded, NOW) == after


@pytest.mark.parametrize(
    ("stands", "count", "reason", "enhanced"),
    [
        (FIRST, 1, "the text that stood for it, m1.1, was not delivered: not this", "5.0.0"),
        (
            SUMMARY,
            34,
            "the text that counted it, m1.1, was not delivered: not this (so it is with 33 more)",
            "5.0.0",
        ),
        (
            replace(FIRST, state=State.HELD),
            1,
            "the text that stood for it, m1.1, may have been sent: not this",
            "4.4.1",
        ),
        (
            replace(FIRST, state=State.EXPIRED),
            1,
            "the text that stood for it, m1.1, was not delivered: not this",
            "4.4.7",
        ),
        (
            replace(FIRST, bar="the number opted out"),
            1,
            "the text that stood for it, m1.1, was not delivered: not this;"
            " none goes instead, since the number opted out",
            "5.0.0",
        ),
    ],
    ids=["a text", "a summary", "held in doubt", "expired", "none may go"],
)
def test_a_sender_hears_once_of_all_its_texts(
    stands: StandIn, count: int, reason: str, enhanced: str
) -> None:
    failure = aftermath(stands, FOLDED[2:], NOW).failure
    assert failure
    event = told(stands, failure, "m9", count, now=NOW)
    assert (event.mail, event.submission, event.at) == ("m9", "m1.1", NOW)
    (only,) = event.failures
    assert (only.destination, only.reason, only.enhanced) == (SAM, reason, enhanced)
