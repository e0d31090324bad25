"""The state machine as a table: what it promises as a whole, and that the rules keep to it.

That the spool keeps to it, too, is walked in `tests/spool/test_states.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

import pytest

from bridge.core.commands import Command, obeyed
from bridge.core.events import Progress
from bridge.core.judge import judge, overdue, reported, vouched
from bridge.core.leases import Delivery, Told
from bridge.core.model import Destination
from bridge.core.outcomes import LIVE, Outcome, State
from bridge.core.states import Evidence
from bridge.core.told import NoticeEvidence
from tests.core.test_judge import (
    ALL_BAD,
    BAD_NUMBER,
    DOUBT,
    DOWN,
    EXPIRES,
    NO_CREDIT,
    NOW,
    POLICY,
    SAM,
    TAKEN,
    batch,
    lease,
)

README = Path(__file__).parents[2] / "README.md"
LAST = {State.DELIVERED, State.UNDELIVERABLE, State.NET_EXPIRED, State.DROPPED}


# ---------------------------------------------------------------- the rules keep to it


@pytest.mark.parametrize(
    ("outcome", "known"),
    [
        pytest.param(TAKEN, Evidence.TAKEN, id="accepted"),
        pytest.param(BAD_NUMBER, Evidence.REFUSED, id="refused"),
        pytest.param(DOWN, Evidence.DEFERRED, id="deferred"),
        pytest.param(NO_CREDIT, Evidence.BLOCKED, id="blocked"),
        pytest.param(DOUBT, Evidence.UNANSWERED, id="in doubt"),
        pytest.param(None, Evidence.UNANSWERED, id="not mentioned"),
    ],
)
def test_an_answer_is_evidence(outcome: Outcome | None, known: Evidence) -> None:
    answers: dict[Destination, Outcome] = {SAM: outcome} if outcome else {}
    (step,) = judge(POLICY, lease(Delivery(1, SAM, State.QUEUED)), answers, NOW).steps
    assert (step.evidence, step.state) == (known, known.moves(State.SUBMITTING))


def test_one_no_for_several_is_evidence_of_its_own() -> None:
    held = batch(SAM, SAM)
    steps = judge(POLICY, held, {SAM: ALL_BAD}, NOW).steps
    assert [each.evidence for each in steps] == [Evidence.SPLIT] * 2


@pytest.mark.parametrize(("resends", "known"), [(0, Evidence.RESENT), (1, Evidence.LEFT_IN_DOUBT)])
def test_a_doubt_that_is_over_is_evidence(resends: int, known: Evidence) -> None:
    waited = Delivery(1, SAM, State.UNKNOWN, resends=resends)
    (step,) = judge(POLICY, lease(waited, orphaned=True), {SAM: DOUBT}, NOW).steps
    assert (step.evidence, step.state) == (known, known.moves(State.UNKNOWN))


def test_age_is_evidence() -> None:
    verdict = overdue(lease(Delivery(1, SAM, State.QUEUED)), EXPIRES)
    assert verdict is not None
    assert [each.evidence for each in verdict.steps] == [Evidence.OVERDUE]


def _reports(progress: Progress) -> Callable[[State], State | None]:
    return lambda state: reported(state, progress)


def _commands(verb: Command) -> Callable[[State], State | None]:
    return lambda state: obeyed(verb, state)


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        pytest.param(_reports(Progress.DELIVERED), Evidence.DELIVERED, id="delivered"),
        pytest.param(_reports(Progress.UNDELIVERABLE), Evidence.UNDELIVERABLE, id="undeliverable"),
        pytest.param(_reports(Progress.EXPIRED), Evidence.NET_EXPIRED, id="network-expired"),
        pytest.param(vouched, Evidence.VOUCHED, id="vouched"),
        pytest.param(_commands("retry"), Evidence.RETRY, id="retry"),
        pytest.param(_commands("hold"), Evidence.HOLD, id="hold"),
        pytest.param(_commands("release"), Evidence.RELEASE, id="release"),
        pytest.param(_commands("drop"), Evidence.DROP, id="drop"),
    ],
)
@pytest.mark.parametrize("state", State)
def test_a_rule_moves_each_state_as_its_evidence_does(
    rule: Callable[[State], State | None], known: Evidence, state: State
) -> None:
    assert rule(state) is known.moves(state)


@pytest.mark.parametrize("state", State)
def test_that_a_text_is_on_its_way_moves_nothing(state: State) -> None:
    assert reported(state, Progress.PENDING) is None


# ---------------------------------------------------------------- what the table promises


@pytest.mark.parametrize("state", sorted(LAST))
def test_the_last_word_is_the_last(state: State) -> None:
    assert [each for each in Evidence if each.moves(state)] == []


def test_what_the_gateway_took_is_never_sent_again() -> None:
    after = {each.after for each in Evidence if State.SUBMITTED in each.before}
    assert after == {State.DELIVERED, State.UNDELIVERABLE, State.NET_EXPIRED}


def test_only_what_certainly_was_not_sent_is_leased() -> None:
    into = {each for each in Evidence if each.after is State.CLAIMED}
    assert into == {Evidence.LEASED}
    assert Evidence.LEASED.before == {State.QUEUED, State.CLAIMED}


def test_a_request_begins_only_under_a_lease_and_on_disk_first() -> None:
    into = {each for each in Evidence if each.after is State.SUBMITTING}
    together = {Evidence.LEASED_AND_BEGUN, Evidence.STORED_AND_BEGUN}
    assert into == {Evidence.BEGUN, *together}, "or with the lease, or the mail itself"
    assert Evidence.BEGUN.before == {State.CLAIMED, State.SUBMITTING}


def test_what_may_have_been_sent_goes_once_more_by_policy_or_by_an_operator_alone() -> None:
    again = {e for e in Evidence if State.UNKNOWN in e.before and e.after is State.QUEUED}
    assert again == {Evidence.RESENT, Evidence.RETRY}


@pytest.mark.parametrize("state", State)
def test_each_state_is_reached_from_the_beginning(state: State) -> None:
    reached = {each.after for each in Evidence if not each.before}
    while more := {e.after for e in Evidence if e.before & reached} - reached:
        reached |= more
    assert state in reached


@pytest.mark.parametrize("state", sorted(LIVE))
def test_what_is_not_over_can_end_in_each_way(state: State) -> None:
    reached = {state}
    while more := {e.after for e in Evidence if e.before & reached} - reached:
        reached |= more
    assert set(State) - LIVE - {State.FOLDED} <= reached


# ---------------------------------------------------------------- mails


@pytest.mark.parametrize("state", [Told.MAILED, Told.NOBODY, Told.DEAD])
def test_a_mail_that_is_done_with_stays_so(state: Told) -> None:
    assert [each for each in NoticeEvidence if each.moves(state)] == []


def test_a_mail_goes_under_a_lease_alone() -> None:
    assert NoticeEvidence.TAKEN.before == {Told.CLAIMED}
    assert {e for e in NoticeEvidence if e.after is Told.CLAIMED} == {NoticeEvidence.LEASED}


# ---------------------------------------------------------------- README draws it


def _rows(letters: str) -> dict[str, tuple[str, ...]]:
    """README's legend: by letter, the other columns."""
    found = re.findall(rf"^\| ([{letters}]) \| (.*) \|$", README.read_text(), re.MULTILINE)
    return {letter: tuple(rest.split(" | ")) for letter, rest in found}


def _drawn(kind: type[Evidence] | type[NoticeEvidence], letter: str) -> str:
    """Whence and whither the arrows of a letter lead, as the legend has it."""
    arrows = [each for each in kind if each.letter == letter]
    before = {state.name for each in arrows for state in each.before}
    after = dict.fromkeys(each.after.name for each in arrows)
    states = State if kind is Evidence else Told
    return f"{', '.join(s.name for s in states if s.name in before)} → {', '.join(after)}".strip()


@pytest.mark.parametrize(
    ("kind", "letters"), [(Evidence, ascii_lowercase), (NoticeEvidence, ascii_uppercase)]
)
def test_readme_has_each_letter_with_its_states(
    kind: type[Evidence] | type[NoticeEvidence], letters: str
) -> None:
    used = sorted({each.letter for each in kind})
    assert used == list(letters[: len(used)]), "no gaps"
    legend = _rows("a-z" if kind is Evidence else "A-Z")
    assert {letter: row[0] for letter, row in legend.items()} == {
        each: _drawn(kind, each) for each in used
    }


def test_readme_says_what_each_arrow_keeps() -> None:
    kept = {letter: row[-1] for letter, row in _rows("a-z").items()}
    assert kept == {
        each.letter: ", ".join(dict.fromkeys(e.keeps for e in Evidence if e.letter == each.letter))
        for each in Evidence
    }


def test_the_drawing_has_each_letter_once_and_fits_a_terminal() -> None:
    text = README.read_text()
    for kind, title in ((Evidence, "of a text"), (NoticeEvidence, "of a mail")):
        drawing = text.split(f"The life {title}")[1].split("```")[1]
        assert max(map(len, drawing.splitlines())) <= 100
        letters = re.findall(r"(?<![\w'])([A-Za-z])(?![\w'])", drawing)
        assert sorted(letters) == sorted({each.letter for each in kind})
