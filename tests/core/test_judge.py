"""What becomes of each delivery and each mail: one row for each arrow of the state machine."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.events import GatewayBlocked, Progress, SmsReceived, Unmailed
from bridge.core.judge import (
    DOUBT_WAIT,
    FOLLOWS,
    NOTICE_BACKOFF,
    NOTICE_LIFETIME,
    PROBE_BACKOFF,
    PROBE_INTERVAL,
    RETRY_AFTER_CAP,
    SUBMIT_BACKOFF,
    backoff,
    contradicts,
    enhanced,
    judge,
    judge_notice,
    overdue,
    reported,
    unwritten,
    vouched,
)
from bridge.core.leases import Delivery, EventLease, NoticeVerdict, Step, SubmissionLease, Told
from bridge.core.model import (
    ListName,
    Mms,
    Msisdn,
    Submission,
    Text,
)
from bridge.core.outcomes import LIVE, Accepted, Blocked, Deferred, InDoubt, Outcome, Refused, State
from bridge.core.policy import Policy, Profile
from bridge.core.states import Evidence

NOW = 1_000_000.0
EXPIRES = NOW + 3600
SAM, ANN, KIM = Msisdn("447700900123"), Msisdn("447700900124"), Msisdn("447700900125")
LIST = ListName("Customers")
JO, OPS = "jo@example.com", "ops@example.com"

_PERSON = Profile("person", "body", True, 4, "truncate", True, "tell", "failures", 86400.0)
POLICY = Policy(
    hostname="sms.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules(),
    profiles={"person": _PERSON, "machine": replace(_PERSON, name="machine", in_doubt="resend")},
    postmaster=OPS,
)
TEXT = Submission("s1", "m1", (SAM,), Text("Hi"), NOW, EXPIRES, "machine", JO)
QUEUED = Delivery(1, SAM, State.CLAIMED)
WAITED = Delivery(1, SAM, State.UNKNOWN, attempts=1)
DOUBT = InDoubt("TIMEOUT", "no answer came")
DOWN = Deferred("CONNECT", "no host answers")
BAD_NUMBER = Refused("INVALID_NUMBER", "the gateway does not take the number")
OUR_BUG = Refused("NO_TEXT", "the gateway misses the text", ours=True, whole=True)
ALL_BAD = Refused("INVALID_NUMBER", "one of these is no number", whole=True)
NO_CREDIT = Blocked("INSUFFICIENT_CREDIT", "no credit left")


def lease(*pending: Delivery, item: Submission = TEXT, orphaned: bool = False) -> SubmissionLease:
    return SubmissionLease(item, pending, epoch=1, until=NOW + 90, orphaned=orphaned)


# ---------------------------------------------------------------- one delivery


@pytest.mark.parametrize(
    ("delivery", "outcome", "step"),
    [
        pytest.param(
            QUEUED,
            Accepted("500"),
            Step(1, Evidence.TAKEN, None, message_id="500"),
            id="accepted",
        ),
        pytest.param(
            WAITED, Accepted("500"), Step(1, Evidence.TAKEN, None, message_id="500"), id="late yes"
        ),
        pytest.param(
            QUEUED,
            BAD_NUMBER,
            Step(1, Evidence.REFUSED, None, BAD_NUMBER.token, BAD_NUMBER.reason),
            id="refused",
        ),
        pytest.param(
            QUEUED,
            OUR_BUG,
            Step(1, Evidence.REFUSED, None, OUR_BUG.token, OUR_BUG.reason),
            id="refused as a whole, but alone",
        ),
        pytest.param(
            QUEUED,
            DOWN,
            Step(1, Evidence.DEFERRED, NOW + 5, DOWN.token, DOWN.reason, failed=True),
            id="deferred the first time",
        ),
        pytest.param(
            replace(QUEUED, failures=3),
            DOWN,
            Step(1, Evidence.DEFERRED, NOW + 60, DOWN.token, DOWN.reason, failed=True),
            id="deferred the fourth time",
        ),
        pytest.param(
            replace(QUEUED, failures=99),
            DOWN,
            Step(1, Evidence.DEFERRED, NOW + 300, DOWN.token, DOWN.reason, failed=True),
            id="deferred for the hundredth time",
        ),
        pytest.param(
            QUEUED,
            replace(DOWN, retry_after=42.0),
            Step(1, Evidence.DEFERRED, NOW + 42, DOWN.token, DOWN.reason, failed=True),
            id="deferred by name",
        ),
        pytest.param(
            QUEUED,
            replace(DOWN, retry_after=0.0),
            Step(1, Evidence.DEFERRED, NOW + 5, DOWN.token, DOWN.reason, failed=True),
            id="asked to hurry",
        ),
        pytest.param(
            QUEUED,
            replace(DOWN, retry_after=1e9),
            Step(1, Evidence.DEFERRED, NOW + RETRY_AFTER_CAP, DOWN.token, DOWN.reason, failed=True),
            id="asked to wait for ever",
        ),
        pytest.param(
            QUEUED,
            NO_CREDIT,
            Step(1, Evidence.BLOCKED, NOW, NO_CREDIT.token, NO_CREDIT.reason),
            id="blocked burns no attempt",
        ),
        pytest.param(
            QUEUED,
            DOUBT,
            Step(1, Evidence.UNANSWERED, NOW + DOUBT_WAIT, DOUBT.token, DOUBT.reason),
            id="in doubt waits for a status report",
        ),
        pytest.param(
            Delivery(1, SAM, State.SUBMITTING, attempts=1),
            DOUBT,
            Step(1, Evidence.UNANSWERED, NOW + DOUBT_WAIT, DOUBT.token, DOUBT.reason),
            id="an orphan waits, too",
        ),
        pytest.param(
            WAITED,
            DOUBT,
            Step(1, Evidence.RESENT, NOW, DOUBT.token, DOUBT.reason, resend=True),
            id="in doubt for a minute: once more",
        ),
        pytest.param(
            replace(WAITED, resends=1),
            DOUBT,
            Step(
                1,
                Evidence.LEFT_IN_DOUBT,
                None,
                DOUBT.token,
                "it may have been sent: " + DOUBT.reason,
            ),
            id="in doubt again: an operator decides",
        ),
        pytest.param(
            replace(WAITED, batch=10),
            DOUBT,
            Step(1, Evidence.RESENT, NOW, DOUBT.token, DOUBT.reason, resend=True),
            id="in doubt with nine others",
        ),
        pytest.param(
            replace(WAITED, batch=11),
            DOUBT,
            Step(
                1,
                Evidence.LEFT_IN_DOUBT,
                None,
                DOUBT.token,
                "it may have been sent: " + DOUBT.reason,
            ),
            id="in doubt with ten others",
        ),
    ],
)
def test_one_delivery(delivery: Delivery, outcome: Outcome, step: Step) -> None:
    found = judge(POLICY, lease(delivery), {SAM: outcome}, NOW)

    assert found.steps == (step,)
    assert not found.split


def test_an_answer_that_does_not_mention_a_number_leaves_it_in_doubt() -> None:
    found = judge(POLICY, lease(QUEUED), {}, NOW)

    assert [(step.state, step.token) for step in found.steps] == [(State.UNKNOWN, "NO_LINE")]


@pytest.mark.parametrize(
    ("item", "destination"),
    [
        pytest.param(replace(TEXT, profile="person"), SAM, id="a person's"),
        pytest.param(replace(TEXT, profile="forgotten"), SAM, id="of a profile that is gone"),
        pytest.param(replace(TEXT, content=Mms("", ())), SAM, id="a picture message"),
        pytest.param(TEXT, LIST, id="to a gateway's list"),
        pytest.param(replace(TEXT, expires_at=NOW), SAM, id="too old"),
    ],
)
def test_what_is_in_doubt_is_held_and_told_where_a_resend_is_not_allowed(
    item: Submission, destination: Msisdn | ListName
) -> None:
    waited = Delivery(1, destination, State.UNKNOWN, attempts=1)

    found = judge(POLICY, lease(waited, item=item, orphaned=True), {destination: DOUBT}, NOW)

    assert [step.state for step in found.steps] == [State.HELD]
    (step,) = found.steps
    assert step.reason == "it may have been sent: no answer came"
    assert enhanced(step.state, step.token) == "4.4.1"


# ---------------------------------------------------------------- several at once


def batch(*destinations: Msisdn) -> SubmissionLease:
    deliveries = (
        Delivery(n, each, State.CLAIMED, batch=len(destinations))
        for n, each in enumerate(destinations, 1)
    )
    return lease(*deliveries, item=replace(TEXT, destinations=destinations))


def test_one_refused_number_keeps_no_other_from_its_text() -> None:
    found = judge(
        POLICY, batch(SAM, ANN, KIM), {SAM: Accepted("1"), ANN: BAD_NUMBER, KIM: DOWN}, NOW
    )

    assert [step.state for step in found.steps] == [State.SUBMITTED, State.REJECTED, State.QUEUED]
    assert (found.steps[1].token, found.steps[1].reason) == ("INVALID_NUMBER", BAD_NUMBER.reason)


@pytest.mark.parametrize("answer", [ALL_BAD, OUR_BUG])
def test_one_no_for_several_splits_them_since_none_was_sent(answer: Refused) -> None:
    found = judge(POLICY, batch(SAM, ANN), {SAM: answer, ANN: answer}, NOW)

    assert found.split
    assert [(step.state, step.due_at) for step in found.steps] == [(State.QUEUED, NOW)] * 2
    assert not any(step.failed for step in found.steps)
    assert found.events == ()


def test_a_refusal_that_is_our_fault_tells_the_operator() -> None:
    found = judge(POLICY, lease(QUEUED), {SAM: OUR_BUG}, NOW)

    assert found.ours


def test_a_blocked_account_rests_the_lane_and_tells_once_for_the_whole_batch() -> None:
    found = judge(POLICY, batch(SAM, ANN), {SAM: NO_CREDIT, ANN: NO_CREDIT}, NOW)

    assert found.events == (GatewayBlocked("INSUFFICIENT_CREDIT", "no credit left", NOW),)
    assert found.pause is not None
    assert found.pause.probe_at == NOW + PROBE_INTERVAL


@pytest.mark.parametrize("outcome", [Accepted("1"), BAD_NUMBER, DOWN, DOUBT])
def test_nothing_else_rests_the_lane(outcome: Outcome) -> None:
    assert judge(POLICY, lease(QUEUED), {SAM: outcome}, NOW).pause is None


@pytest.mark.parametrize("outcome", [Accepted("1"), BAD_NUMBER, DOWN, DOUBT])
def test_the_operator_hears_of_nothing_else(outcome: Outcome) -> None:
    found = judge(POLICY, lease(QUEUED), {SAM: outcome}, NOW)
    assert (found.events, found.ours) == ((), False)


@pytest.mark.parametrize("outcome", [Accepted("1"), DOWN, DOUBT])
def test_what_is_not_over_has_no_enhanced_status(outcome: Outcome) -> None:
    (step,) = judge(POLICY, lease(QUEUED), {SAM: outcome}, NOW).steps
    assert enhanced(step.state, step.token) == ""


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (BAD_NUMBER, "5.1.1"),
        (OUR_BUG, "5.0.0"),
        (Refused("XYZ", "a token nobody knows"), "5.0.0"),
    ],
)
def test_a_refusal_has_its_enhanced_status(outcome: Refused, status: str) -> None:
    (step,) = judge(POLICY, lease(QUEUED), {SAM: outcome}, NOW).steps

    assert enhanced(step.state, step.token) == status


# ---------------------------------------------------------------- too old


@pytest.mark.parametrize(("now", "over"), [(EXPIRES - 1, False), (EXPIRES, True)])
def test_a_text_older_than_its_profile_allows_is_not_sent_and_told(now: float, over: bool) -> None:
    found = overdue(lease(QUEUED), now)

    assert (found is not None) is over
    if found is not None:
        (step,) = found.steps
        assert (step.state, step.due_at) == (State.EXPIRED, None)
        assert (step.reason, enhanced(step.state, step.token)) == (
            "it was not sent in time",
            "4.4.7",
        )


def test_what_may_have_been_sent_never_counts_as_not_sent_however_old() -> None:
    assert overdue(lease(WAITED, orphaned=True), EXPIRES + 1e6) is None


def test_a_resend_that_comes_too_late_is_not_said_to_be_unsent() -> None:
    found = overdue(lease(replace(QUEUED, resends=1)), EXPIRES)
    assert found is not None
    reason = "it may have been sent once, and was not sent again in time"
    assert [each.reason for each in found.steps] == [reason]


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 5.0), (1, 15.0), (2, 30.0), (3, 60.0), (4, 120.0), (5, 300.0)]
)
def test_submissions_back_off_by_the_promised_table(failures: int, seconds: float) -> None:
    assert backoff(SUBMIT_BACKOFF, failures) == seconds


@pytest.mark.parametrize(("failures", "seconds"), [(0, 10.0), (7, 3600.0), (500, 3600.0)])
def test_notices_back_off_from_ten_seconds_to_an_hour(failures: int, seconds: float) -> None:
    assert backoff(NOTICE_BACKOFF, failures) == seconds


@pytest.mark.parametrize(
    ("state", "next_part"),
    [
        (State.QUEUED, None),
        (State.CLAIMED, None),
        (State.SUBMITTING, None),
        (State.UNKNOWN, None),
        (State.HELD, State.HELD),
        (State.SUBMITTED, State.QUEUED),
        (State.REJECTED, State.REJECTED),
        (State.EXPIRED, State.EXPIRED),
        (State.DROPPED, State.DROPPED),
    ],
)
def test_the_next_part_goes_when_this_one_was_accepted_and_ends_with_it(
    state: State, next_part: State | None
) -> None:
    found = FOLLOWS.get(state)
    assert (found and found.after) == next_part


@pytest.mark.parametrize(
    ("progress", "after"),
    [
        (Progress.PENDING, None),
        (Progress.DELIVERED, State.DELIVERED),
        (Progress.UNDELIVERABLE, State.UNDELIVERABLE),
        (Progress.EXPIRED, State.NET_EXPIRED),
    ],
)
def test_a_status_report_moves_what_was_submitted(progress: Progress, after: State | None) -> None:
    assert reported(State.SUBMITTED, progress) is after


@pytest.mark.parametrize("state", [state for state in State if state is not State.SUBMITTED])
@pytest.mark.parametrize("progress", Progress)
def test_a_status_report_moves_nothing_else(state: State, progress: Progress) -> None:
    assert reported(state, progress) is None


@pytest.mark.parametrize(
    ("state", "progress", "conflict"),
    [
        (State.DELIVERED, Progress.UNDELIVERABLE, True),
        (State.UNDELIVERABLE, Progress.DELIVERED, True),
        (State.NET_EXPIRED, Progress.UNDELIVERABLE, True),
        (State.DELIVERED, Progress.DELIVERED, False),
        (State.DELIVERED, Progress.PENDING, False),
        (State.SUBMITTED, Progress.UNDELIVERABLE, False),
        (State.REJECTED, Progress.DELIVERED, False),
    ],
)
def test_two_final_reports_that_differ_contradict_each_other(
    state: State, progress: Progress, conflict: bool
) -> None:
    assert contradicts(state, progress) is conflict


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (State.UNKNOWN, State.SUBMITTED),
        (State.HELD, State.SUBMITTED),
        (State.QUEUED, State.SUBMITTED),
        (State.CLAIMED, State.SUBMITTED),
        (State.SUBMITTING, None),
        (State.SUBMITTED, None),
        (State.DELIVERED, None),
        (State.REJECTED, None),
        (State.EXPIRED, None),
        (State.DROPPED, None),
    ],
)
def test_what_may_have_been_sent_was_sent_once_the_network_speaks_of_it(
    state: State, after: State | None
) -> None:
    assert vouched(state) is after


@pytest.mark.parametrize(
    ("relapses", "seconds"), [(0, PROBE_INTERVAL), (1, 120.0), (5, 1920.0), (6, 3600.0), (99, 3600)]
)
def test_a_gateway_that_goes_on_refusing_is_asked_less_and_less(
    relapses: int, seconds: float
) -> None:
    assert backoff(PROBE_BACKOFF, relapses) == seconds


def test_every_state_that_judge_leaves_without_a_date_is_final_or_an_operators() -> None:
    for outcome in (Accepted("1"), BAD_NUMBER, DOWN, NO_CREDIT, DOUBT):
        for delivery in (QUEUED, WAITED, replace(WAITED, resends=1)):
            (step,) = judge(POLICY, lease(delivery), {SAM: outcome}, NOW).steps
            assert (step.due_at is None) is (step.state not in LIVE or step.state is State.HELD)


# ---------------------------------------------------------------- notices

EVENT = SmsReceived("447700900123", "Hi", "1", "", "", "", NOW)
NOTICE = EventLease(12, EVENT, "k", attempts=0, epoch=1, until=NOW + 90, first_at=NOW)
TAKEN = Accepted("2.0.0 queued")
LATER = Deferred("451", "451 try again")
NO_USER = Refused("550", "550 no such user")


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        pytest.param({JO: TAKEN}, NoticeVerdict(Told.MAILED, None, "", (JO,)), id="taken"),
        pytest.param({}, NoticeVerdict(Told.NOBODY, None), id="nobody was to hear"),
        pytest.param(
            {JO: LATER}, NoticeVerdict(Told.QUEUED, NOW + 10, "451 try again"), id="later"
        ),
        pytest.param(
            {JO: Blocked("535", "login refused")},
            NoticeVerdict(Told.QUEUED, NOW + 10, "login refused"),
            id="login refused",
        ),
        pytest.param(
            {JO: InDoubt("LOST", "no answer came")},
            NoticeVerdict(Told.QUEUED, NOW + 10, "no answer came"),
            id="in doubt: the same mail again",
        ),
        pytest.param(
            {JO: NO_USER},
            NoticeVerdict(
                Told.DEAD,
                None,
                f"{JO}: 550 no such user",
                (JO,),
                (Unmailed((JO,), "SmsReceived (e12)", "550 no such user", NOW),),
            ),
            id="refused: the postmaster hears",
        ),
        pytest.param(
            {JO: TAKEN, OPS: LATER},
            NoticeVerdict(Told.QUEUED, NOW + 10, "451 try again", (JO,)),
            id="one has it, one waits",
        ),
        pytest.param(
            {JO: NO_USER, "kim@example.com": LATER},
            NoticeVerdict(
                Told.QUEUED,
                NOW + 10,
                "451 try again",
                (JO,),
                (Unmailed((JO,), "SmsReceived (e12)", "550 no such user", NOW),),
            ),
            id="one is refused, one waits",
        ),
        pytest.param(
            {OPS: NO_USER},
            NoticeVerdict(Told.DEAD, None, f"{OPS}: 550 no such user", (OPS,)),
            id="the postmaster's own mailbox is told nothing",
        ),
    ],
)
def test_what_becomes_of_a_mail(outcomes: Mapping[str, Outcome], verdict: NoticeVerdict) -> None:
    assert judge_notice(POLICY, NOTICE, outcomes, NOW) == verdict


def test_a_mail_that_everybody_has_is_mailed_though_nobody_is_left() -> None:
    verdict = judge_notice(POLICY, replace(NOTICE, done=(JO,)), {}, NOW)

    assert verdict.state is Told.MAILED


def test_a_mail_waits_longer_each_time() -> None:
    verdict = judge_notice(POLICY, replace(NOTICE, attempts=3), {JO: LATER}, NOW)

    assert verdict.due_at == NOW + 120


def test_a_mail_is_tried_for_five_days_and_then_the_postmaster_hears() -> None:
    last = judge_notice(POLICY, NOTICE, {JO: LATER}, NOW + NOTICE_LIFETIME - 1)
    over = judge_notice(POLICY, NOTICE, {JO: LATER}, NOW + NOTICE_LIFETIME)

    assert last.state is Told.QUEUED
    assert over.state is Told.DEAD
    (event,) = over.events
    assert isinstance(event, Unmailed)
    assert event.reason == "not taken in five days: 451 try again"


def test_a_mail_about_a_refused_mail_is_told_no_further() -> None:
    """Else two mailboxes that refuse would write to each other for ever."""
    about_it = replace(NOTICE, item=Unmailed((JO,), "w", "r", NOW))

    verdict = judge_notice(POLICY, about_it, {"kim@example.com": NO_USER}, NOW)

    assert verdict.state is Told.DEAD
    assert verdict.events == ()


def test_without_a_postmaster_a_refused_mail_is_only_kept() -> None:
    verdict = judge_notice(replace(POLICY, postmaster=""), NOTICE, {JO: NO_USER}, NOW)

    assert verdict.state is Told.DEAD
    assert verdict.events == ()


def test_a_mail_that_cannot_be_written_waits_as_one_that_nobody_takes() -> None:
    verdict = unwritten(POLICY, replace(NOTICE, attempts=3), (), NOW)

    assert (verdict.state, verdict.due_at) == (Told.QUEUED, NOW + 120)
    assert verdict.events == ()


@pytest.mark.parametrize("recipients", [(JO,), ()], ids=["known readers", "readers unknown"])
def test_after_five_days_the_postmaster_hears_of_it_and_of_nobody_who_was_not_meant(
    recipients: tuple[str, ...],
) -> None:
    why = "the bridge could not write this mail; see its log"
    late = NOW + NOTICE_LIFETIME

    verdict = unwritten(POLICY, NOTICE, recipients, late)

    told = Unmailed(recipients, "SmsReceived (e12)", why, late)
    assert verdict == NoticeVerdict(Told.DEAD, None, why, recipients, (told,))
    about_it = replace(NOTICE, item=told)
    assert unwritten(POLICY, about_it, (OPS,), late).events == ()
