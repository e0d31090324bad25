"""What a mail's sender is told of its texts: rows of where they stand, and what that comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.events import Ending, Summary, Undelivered
from bridge.core.loops import LOOP
from bridge.core.model import ListName, Msisdn
from bridge.core.outcomes import State
from bridge.core.reminding import delayed, look_again, relayed
from bridge.core.reporting import (
    RELAYED,
    RELAYED_AFTER,
    Owed,
    Standing,
    absorbs,
    again,
    is_open,
    joined,
    owed,
    summary,
    undelivered,
)

NOW = 1_000_000.0
SAM, ANN = Msisdn("447700900123"), Msisdn("447700900124")
LIST = ListName("Customers")
EVENT = Undelivered("m", "m.1", (), NOW)


def stands(state: State, told: str = "", **more: object) -> Standing:
    """Sam's text, which stands so, and of which so much was told."""
    found = Standing(1, "m.1", SAM, state, NOW, told, "T", "said", wanted=True)
    return replace(found, **more)  # type: ignore[arg-type]


# ---------------------------------------------------------------- one delivery


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (stands(State.REJECTED), Owed.FAILURE),
        (stands(State.EXPIRED), Owed.FAILURE),
        (stands(State.UNDELIVERABLE), Owed.FAILURE),
        (stands(State.NET_EXPIRED), Owed.FAILURE),
        (stands(State.HELD), Owed.FAILURE),
        (stands(State.HELD, waits=True), Owed.NOTHING),
        (stands(State.DELIVERED), Owed.SUCCESS),
        (stands(State.FOLDED), Owed.SUCCESS),
        (stands(State.DELIVERED, wanted=False), Owed.NOTHING),
        (stands(State.DELIVERED, counts=True), Owed.NOTHING),
        (stands(State.QUEUED), Owed.NOTHING),
        (stands(State.SUBMITTED), Owed.NOTHING),
        (stands(State.DROPPED), Owed.NOTHING),
        # what was told already
        (stands(State.REJECTED, "rejected"), Owed.NOTHING),
        (stands(State.NET_EXPIRED, "undeliverable"), Owed.NOTHING),
        (stands(State.DELIVERED, "delivered"), Owed.NOTHING),
        (stands(State.HELD, "held"), Owed.NOTHING),
        # what turns out otherwise than it was told
        (stands(State.UNDELIVERABLE, "held"), Owed.FAILURE),
        (stands(State.DELIVERED, "held", wanted=False), Owed.SUCCESS),
        (stands(State.DELIVERED, "submitted"), Owed.SUCCESS),
        (stands(State.DELIVERED, "submitted", wanted=False), Owed.NOTHING),
        (stands(State.REJECTED, "folded"), Owed.FAILURE),
        # what an operator sent again
        (stands(State.REJECTED, again("rejected")), Owed.FAILURE),
        (stands(State.DELIVERED, again("rejected"), wanted=False), Owed.SUCCESS),
        (stands(State.DELIVERED, again(""), wanted=False), Owed.NOTHING),
    ],
)
def test_what_a_state_owes_to_the_sender(found: Standing, what: Owed) -> None:
    assert owed(found) is what


@pytest.mark.parametrize(
    ("found", "open_"),
    [
        (stands(State.QUEUED), True),
        (stands(State.UNKNOWN), True),
        (stands(State.HELD, waits=True), True),
        (stands(State.SUBMITTED), True),
        (stands(State.SUBMITTED, "submitted"), False),
        (stands(State.HELD), False),
        (stands(State.DELIVERED), False),
        (stands(State.DROPPED), False),
        (stands(State.QUEUED, wanted=False), False),
        (stands(State.QUEUED, counts=True), False),
        # who was told bad news is to hear how it went
        (stands(State.SUBMITTED, "held", wanted=False), True),
        (stands(State.QUEUED, again("rejected"), wanted=False), True),
        (stands(State.HELD, "held", wanted=False), False),
    ],
)
def test_what_a_summary_waits_for(found: Standing, open_: bool) -> None:
    assert is_open(found) is open_


# ---------------------------------------------------------------- one destination


def part(n: int, state: State, told: str = "", *, of: int = 2) -> Standing:
    """One part of Sam's text."""
    return stands(state, told, id=n, submission=f"m.{n}", part=n, parts=of, reason=f"r{n}")


REST = "; this was part 1 of 2, the rest is not sent"


@pytest.mark.parametrize(
    ("parts", "ending"),
    [
        ((part(1, State.DELIVERED), part(2, State.DELIVERED)), (State.DELIVERED, "r2")),
        ((part(1, State.DELIVERED), part(2, State.SUBMITTED)), None),
        ((part(1, State.REJECTED), part(2, State.REJECTED)), (State.REJECTED, "r1" + REST)),
        (
            (part(1, State.DELIVERED), part(2, State.REJECTED)),
            (State.REJECTED, "r2; this was part 2 of 2"),
        ),
        (
            (part(1, State.UNDELIVERABLE), part(2, State.SUBMITTED)),
            (State.UNDELIVERABLE, "r1; this was part 1 of 2"),
        ),
        ((part(1, State.DELIVERED), part(2, State.DROPPED)), None),
        ((part(2, State.DELIVERED),), None),
        ((part(1, State.FOLDED), part(2, State.FOLDED)), (State.FOLDED, "r2")),
    ],
)
def test_the_parts_of_a_text_end_as_one(
    parts: tuple[Standing, ...], ending: tuple[State, str] | None
) -> None:
    account = summary("m", parts, None, NOW)
    endings = account.event.endings if isinstance(account.event, Summary) else ()
    assert [(each.state, each.reason) for each in endings] == ([ending] if ending else [])
    assert set(account.told) == ({each.id for each in parts} if ending else set())


def test_a_text_of_which_two_parts_fail_differently_is_told_once() -> None:
    parts = (part(1, State.NET_EXPIRED), part(2, State.UNDELIVERABLE, "undeliverable"))
    assert undelivered(EVENT, parts, NOW).event is None


OWN, COUNTS = stands(State.REJECTED, "rejected"), stands(State.REJECTED, id=2, counts=True)
MEMBER = stands(State.UNDELIVERABLE, "undeliverable", id=2, submission="m.2", is_member=True)


@pytest.mark.parametrize(
    ("found", "reasons", "marks"),
    [
        ((OWN, COUNTS), ["said"], {2}),
        ((replace(OWN, told=""), COUNTS), ["said"], {1, 2}),
        ((replace(COUNTS, reason="first"), replace(OWN, id=3, told="")), ["first"], {2, 3}),
        ((replace(OWN, told=""), MEMBER), ["said"], {1}),
        ((MEMBER, replace(OWN, told="")), ["said"], {1}),
        ((OWN, replace(MEMBER, told="")), ["said"], {2}),
    ],
    ids=["a summary", "both", "both, the summary first", "a text", "a text, later", "a member"],
)
def test_of_two_texts_to_a_number_each_is_told_that_was_not(
    found: tuple[Standing, ...], reasons: list[str], marks: set[int]
) -> None:
    account = undelivered(EVENT, found, NOW)
    assert isinstance(account.event, Undelivered)
    assert [each.reason for each in account.event.failures] == reasons
    assert set(account.told) == marks


def test_a_number_that_got_one_text_of_two_is_named_twice() -> None:
    found = [stands(State.DELIVERED), replace(MEMBER, told="")]
    event = summary("m", found, None, NOW).event
    assert isinstance(event, Summary)
    assert [each.state for each in event.endings] == [State.DELIVERED, State.UNDELIVERABLE]


def test_a_number_that_failed_twice_is_counted_once() -> None:
    event = summary("m", [OWN, replace(MEMBER, told="")], None, NOW).event
    assert isinstance(event, Summary)
    assert [each.state for each in event.endings] == [State.UNDELIVERABLE]
    assert event.before == ()


# ---------------------------------------------------------------- failures


def test_failures_that_were_given_come_first_and_the_first_of_two_counts() -> None:
    given = Ending(ANN, State.REJECTED, "5.7.1", "opted out", "5.7.1")
    event = joined(
        EVENT, Undelivered("m", "m", (given, replace(given, reason="x")), NOW, ours=True)
    )
    account = undelivered(event, [stands(State.REJECTED, enhanced="5.1.1")], NOW)
    assert isinstance(account.event, Undelivered)
    assert account.event.failures == (given, Ending(SAM, State.REJECTED, "T", "said", "5.1.1"))
    assert account.event.ours
    assert account.told == {1: State.REJECTED}


@pytest.mark.parametrize(
    ("event", "others", "submission"),
    [
        (EVENT, (), "m.1"),
        (EVENT, (stands(State.HELD, id=2, destination=ANN),), "m.1"),
        (EVENT, (stands(State.HELD, id=2, destination=ANN, submission="m.2"),), "m"),
    ],
)
def test_a_report_names_what_an_operator_may_send_again(
    event: Undelivered, others: tuple[Standing, ...], submission: str
) -> None:
    account = undelivered(event, [stands(State.HELD), *others], NOW)
    assert isinstance(account.event, Undelivered)
    assert account.event.submission == submission


@pytest.mark.parametrize(
    ("event", "found", "told_together"),
    [
        (EVENT, stands(State.REJECTED), True),
        (replace(EVENT, ours=True), stands(State.REJECTED), False),
        (EVENT, stands(State.HELD), False),
        (
            replace(EVENT, failures=(Ending(SAM, State.HELD, "", "", "4.4.1"),)),
            stands(State.FOLDED),
            False,
        ),
        (EVENT, stands(State.HELD, "held"), True),
        (EVENT, stands(State.HELD, waits=True), True),
    ],
)
def test_what_an_operator_must_hear_of_is_told_by_itself(
    event: Undelivered, found: Standing, told_together: bool
) -> None:
    assert absorbs(event, [found]) is told_together


# ---------------------------------------------------------------- successes


def test_a_summary_names_what_was_asked_for_and_each_failure() -> None:
    unasked = stands(State.DELIVERED, id=2, destination=ANN, wanted=False)
    account = summary("m", [stands(State.DELIVERED), unasked], None, NOW)
    assert account.event is not None
    assert account.told == {1: State.DELIVERED}
    failed = stands(State.UNDELIVERABLE, id=2, destination=ANN, wanted=False)
    assert summary("m", [failed], None, NOW).told == {2: State.UNDELIVERABLE}


@pytest.mark.parametrize("state", [State.REJECTED, State.SUBMITTED])
def test_a_list_is_told_of_by_its_members_once_they_are_heard_of(state: State) -> None:
    old = NOW - RELAYED_AFTER
    a_list = stands(state, destination=LIST, since=old)
    member = stands(State.DELIVERED, id=2)
    assert set(summary("m", [a_list], None, NOW).told) == {1}
    assert set(summary("m", [a_list, member], None, NOW).told) == {2}


# ---------------------------------------------------------------- by the clock


@pytest.mark.parametrize(
    ("found", "after", "is_relayed", "next_look"),
    [
        (stands(State.SUBMITTED), RELAYED_AFTER - 1, False, NOW + RELAYED_AFTER),
        (stands(State.SUBMITTED), RELAYED_AFTER, True, None),
        (stands(State.SUBMITTED, "submitted"), RELAYED_AFTER, False, None),
        (stands(State.SUBMITTED, wanted=False), RELAYED_AFTER, False, None),
        (stands(State.DELIVERED, "delivered"), RELAYED_AFTER, False, None),
        (stands(State.QUEUED), 900.0, False, NOW + 900 + RELAYED_AFTER),
        # who was told bad news hears, unasked, that it was taken after all
        (stands(State.SUBMITTED, "held", wanted=False), RELAYED_AFTER, True, None),
        (
            stands(State.SUBMITTED, again("rejected"), wanted=False),
            RELAYED_AFTER - 1,
            False,
            NOW + RELAYED_AFTER,
        ),
    ],
)
def test_what_was_taken_is_relayed_where_success_was_asked_for(
    found: Standing, after: float, is_relayed: bool, next_look: float | None
) -> None:
    assert relayed("m", [found], NOW + after) is is_relayed
    at = look_again([found], received_at=NOW, now=NOW + after, is_told=False)
    assert at == next_look


@pytest.mark.parametrize(
    ("found", "after", "is_told", "next_look"),
    [
        (stands(State.SUBMITTING, wanted=False), 900.0, False, NOW + 960),
        (stands(State.UNKNOWN, wanted=False), 900.0, False, NOW + 960),
        (stands(State.UNKNOWN), 900.0, False, NOW + 960),
        (stands(State.UNKNOWN, wanted=False), 900.0, True, None),
        (stands(State.UNKNOWN, wanted=False), RELAYED_AFTER, False, None),
        (stands(State.UNKNOWN, counts=True), 900.0, False, None),
        (stands(State.QUEUED, wanted=False), 900.0, False, None),
    ],
)
def test_what_is_being_tried_may_wait_again_and_is_looked_after_soon(
    found: Standing, after: float, is_told: bool, next_look: float | None
) -> None:
    at = look_again([found], received_at=NOW, now=NOW + after, is_told=is_told)
    assert at == next_look


def test_relayed_says_why() -> None:
    event = summary("m", [stands(State.SUBMITTED)], None, NOW + RELAYED_AFTER).event
    assert isinstance(event, Summary)
    (ending,) = event.endings
    assert (ending.reason, ending.enhanced) == (RELAYED, "2.0.0")


@pytest.mark.parametrize(
    ("found", "resting", "reason"),
    [
        (stands(State.QUEUED, reason=""), "", "the gateway has not taken it yet"),
        (stands(State.CLAIMED), "", "the gateway has not taken it yet: said"),
        (stands(State.QUEUED), "no credit", "the gateway has not taken it yet: no credit"),
        (stands(State.HELD, waits=True), "no credit", "it is held: said"),
        (stands(State.HELD, waits=True, token=LOOP), "", None),
        (stands(State.QUEUED, token=LOOP), "", "the gateway has not taken it yet: said"),
        (stands(State.HELD), "", None),
        (stands(State.SUBMITTING), "", None),
        (stands(State.FOLDED), "", None),
        (stands(State.QUEUED, counts=True), "", None),
    ],
)
def test_what_still_waits_is_said_with_the_reason(
    found: Standing, resting: str, reason: str | None
) -> None:
    event = delayed("m", [found], resting, received_at=NOW, now=NOW + 900)
    assert (event.reason if event else None) == reason
