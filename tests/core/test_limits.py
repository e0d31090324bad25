"""T71 to T73: which texts go, which are held, until when, and of which it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.limits import (
    DAY,
    HOUR,
    LIMIT,
    MANY,
    MINUTE,
    NOTHING,
    QUARTER,
    Account,
    Counted,
    Went,
    counted,
    limits_of,
    recalled,
)
from bridge.core.model import Session
from bridge.core.outcomes import State
from bridge.core.policy import Policy, SenderRule
from bridge.core.promises import Limits
from bridge.core.storms import GOES

NOW = 1_790_000_000.0
EMPTY = Account()


def texted(
    limits: Limits, *texts: tuple[float, int], urgent: bool = False, account: Account = EMPTY
) -> list[Counted]:
    """What becomes of texts of one sender to one number: seconds after NOW, and segments.

    Each has its turn.
    """
    found = []
    for at, segments in texts:
        found.append(counted(limits, account, segments, NOW + at, urgent=urgent, in_turn=True))
        account = found[-1].account
    return found


def goes(found: list[Counted]) -> list[int]:
    """Which of them go."""
    return [n for n, each in enumerate(found) if each.ruling is GOES]


ONES = [(float(n), 1) for n in range(9)]


@pytest.mark.parametrize(
    ("limits", "texts", "gone"),
    [
        pytest.param(Limits(), ONES, range(9), id="no limit"),
        pytest.param(Limits(per_hour=5), ONES, range(5), id="T71 an hour"),
        pytest.param(Limits(per_day=5), ONES, range(5), id="T71 a day"),
        pytest.param(Limits(per_number=5), ONES, range(5), id="T71 a number"),
        pytest.param(Limits(per_day_all=5), ONES, range(5), id="T71 all"),
        pytest.param(Limits(per_hour=7, per_number=3), ONES, range(3), id="the least counts"),
        pytest.param(Limits(per_hour=5), [(n, 2) for n in range(4)], [0, 1], id="T72 segments"),
        pytest.param(Limits(per_hour=5), [(0, 3), (1, 3), (2, 2)], [0, 2], id="what fits goes"),
        pytest.param(Limits(per_hour=3), [(0, 4), (1, 1)], [0], id="one that is more than all"),
        pytest.param(Limits(per_hour=1), [(0, 1), (3599, 1), (3660, 1)], [0, 2], id="it rolls"),
        pytest.param(Limits(per_number=1), [(0, 1), (599, 1), (660, 1)], [0, 2], id="10 minutes"),
        pytest.param(
            Limits(per_hour=2), [(0, 1), (3000, 1), (3660, 1), (3661, 1)], [0, 1, 2], id="by each"
        ),
        pytest.param(Limits(per_hour=1), [(0, 1), (-9999, 1)], [0], id="a clock that is set back"),
    ],
)
def test_so_many_go(limits: Limits, texts: list[tuple[float, int]], gone: list[int]) -> None:
    assert goes(texted(limits, *texts)) == list(gone)


@pytest.mark.parametrize("seconds", [HOUR, DAY])
def test_in_no_window_more_goes_than_the_limit(seconds: float) -> None:
    limits = Limits(per_hour=7) if seconds == HOUR else Limits(per_day=7)
    texts = [(n * seconds / 23, 1) for n in range(300)]
    found = texted(limits, *texts)
    gone = [texts[n][0] for n in goes(found)]
    assert len(gone) > 80
    assert all(sum(at - seconds < each <= at for each in gone) <= 7 for at in gone)


def test_what_is_held_says_by_which_limit_and_from_when_on_it_may_go() -> None:
    held = texted(Limits(per_hour=60, per_number=2), *ONES)[2].ruling
    assert (held.state, held.token) == (State.HELD, LIMIT)
    assert held.reason == (
        "its sender's limit of 2 texts to one number in 10 minutes is reached (texts_per_number)"
    )
    assert held.goes_at is not None
    assert 600 <= held.goes_at - NOW <= 660
    assert texted(Limits(per_number=2), *ONES[:2], (held.goes_at - NOW, 1))[2].ruling is GOES


def test_the_limit_that_is_free_last_is_named() -> None:
    held = texted(Limits(per_hour=2, per_day=2, per_number=2, per_day_all=3), *ONES)[2]
    assert (held.full, "a day" in held.ruling.reason) == ("sender", True)


def test_t71_what_is_held_is_told_once_in_the_limits_window() -> None:
    found = texted(Limits(per_hour=1), *[(n * 60.0, 1) for n in range(120)])
    told = [n for n, each in enumerate(found) if each.tells]
    assert told == [1, 62]
    assert [n for n, each in enumerate(found) if each.alarms] == told
    texts = [(n * 60.0, 1) for n in range(100)]
    assert sum(each.tells for each in texted(Limits(per_number=1), *texts)) == 2, "once an hour"


def test_that_a_longer_window_is_full_is_news_though_a_shorter_one_was_told() -> None:
    limits = Limits(per_hour=4, per_day=6, per_number=2)
    texts = [(0, 2), (10, 1), (700, 2), (1400, 1), (3700, 2), (4400, 1), (4500, 1), (7900, 1)]
    told = [each.ruling.reason for each in texted(limits, *texts) if each.tells]
    assert [each.partition("(")[2] for each in told] == [
        "texts_per_number)",
        "texts_per_hour)",
        "texts_per_day)",
    ]


def test_of_the_limit_of_all_each_sender_hears_and_the_operator_once() -> None:
    limits = Limits(per_day_all=1)
    first, second = texted(limits, (0, 1), (1, 1))
    assert (second.tells, second.alarms) == (True, True)
    other = Account(second.account.everybody)
    third, fourth = texted(limits, (2, 1), (3, 1), account=other)
    assert (third.tells, third.alarms) == (True, False)
    assert (fourth.tells, fourth.alarms) == (False, False)
    assert first.account.everybody.went


# ---------------------------------------------------------------- T73, urgent


@pytest.mark.parametrize(
    ("limits", "gone"),
    [
        pytest.param(Limits(per_hour=2, urgent_per_hour=3), 5, id="T73 above its sender's"),
        pytest.param(Limits(per_number=2, urgent_per_hour=3), 5, id="T73 above a number's"),
        pytest.param(Limits(per_day_all=2, urgent_per_hour=3), 5, id="T73 above that of all"),
        pytest.param(Limits(per_day=1, per_day_all=1, urgent_per_hour=3), 4, id="above both"),
        pytest.param(Limits(per_hour=2, urgent_per_hour=0), 2, id="no allowance"),
        pytest.param(Limits(per_hour=8, urgent_per_hour=1), 9, id="below it nothing is used up"),
    ],
)
def test_urgent_texts_go_above_the_limits(limits: Limits, gone: int) -> None:
    found = texted(limits, *ONES, urgent=True)
    assert goes(found) == list(range(gone))
    assert goes(texted(replace(limits, urgent_per_hour=0), *ONES, urgent=True)) == goes(
        texted(limits, *ONES)
    )


def test_t73_of_all_senders_no_more_urgent_texts_go_above_the_limit_of_all() -> None:
    limits = Limits(per_day_all=1, urgent_per_hour=2)
    thief = texted(limits, *ONES, urgent=True)
    assert len(goes(thief)) == 3
    other = texted(limits, (10, 1), urgent=True, account=Account(thief[-1].account.everybody))
    assert goes(other) == [], "the thief has used it up"
    later = Account(thief[-1].account.everybody)
    assert goes(texted(limits, (HOUR + 90, 1), urgent=True, account=later)) == [0]


def test_urgent_texts_count_like_others() -> None:
    urgent = texted(Limits(per_hour=3, urgent_per_hour=9), *ONES[:3], urgent=True)[-1].account
    assert goes(texted(Limits(per_hour=3), (4, 1), account=urgent)) == []


# ---------------------------------------------------------------- what is remembered


def test_much_is_remembered_by_the_quarter_and_never_for_too_short() -> None:
    went: Went = tuple((NOW + n * MINUTE, 1) for n in range(24 * 60))
    now = NOW + DAY - MINUTE
    found = recalled(went, now)
    assert len(found) < 2 * MANY
    assert sum(segments for _, segments in found) == len([at for at, _ in went if at + DAY > now])
    assert [at for at, _ in found] == sorted(at for at, _ in found)
    in_an_hour = sum(segments for at, segments in found if at > now - HOUR)
    assert in_an_hour == sum(segments for at, segments in went if at > now - HOUR)
    later = now + DAY - 2 * HOUR
    known = sum(n for at, n in recalled(found, later) if at > later - DAY)
    assert known >= sum(n for at, n in went if at > later - DAY), "it counts longer, if at all"
    assert not recalled(found, now + DAY + QUARTER)


def test_what_lies_ahead_counts_as_of_now_and_shuts_no_window_for_good() -> None:
    ahead: Went = ((NOW + 9 * DAY, 5),)
    assert recalled(ahead, NOW) == ((NOW + MINUTE, 5),)
    assert recalled(recalled(ahead, NOW), NOW + DAY + MINUTE) == ()


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(Limits(per_hour=5), id="its sender's"),
        pytest.param(Limits(per_number=5), id="its number's"),
        pytest.param(Limits(per_day_all=5), id="that of all"),
    ],
)
def test_nothing_slips_past_what_waits_but_what_is_urgent(limits: Limits) -> None:
    known = texted(limits, (0, 3), (1, 4))[-1].account
    short = counted(limits, known, 1, NOW + 2)
    assert (short.ruling.token, short.tells) == (LIMIT, False)
    assert counted(limits, known, 1, NOW + 2, in_turn=True).full is None
    assert counted(limits, known, 1, NOW + 2, urgent=True).full is None


def test_what_one_number_waits_for_holds_up_no_other() -> None:
    limits = Limits(per_hour=9, per_number=3)
    known = texted(limits, (0, 3), (1, 1))[-1].account
    assert counted(limits, known, 1, NOW + 2).full == "number"
    assert counted(limits, known._replace(number=NOTHING), 1, NOW + 2).full is None


# ---------------------------------------------------------------- whose limits

POLICY = Policy(
    hostname="sms.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules(),
    profiles={},
    limits=Limits(60, 300, 10, 1000, 10),
    users={"jo": (), "kim": ("kim@example.com",), "lee": ()},
    senders=(
        SenderRule("user:jo", texts_per_hour=600, texts_per_number=0),
        SenderRule("*@example.com", texts_per_day=5),
        SenderRule("*@example.org", texts_per_hour=0, texts_per_day=999, texts_per_number=1),
    ),
)


@pytest.mark.parametrize(
    ("user", "path", "limits"),
    [
        ("jo", "jo@example.com", Limits(600, 300, 0, 1000, 10)),
        ("kim", "kim@example.com", Limits(60, 5, 10, 1000, 10)),
        ("", "root@example.net", Limits(60, 300, 10, 1000, 10)),
        ("", "nagios@example.org", Limits(0, 999, 1, 1000, 10)),
        ("kim", "nagios@example.org", Limits(0, 999, 1, 1000, 10)),
        ("lee", "nagios@example.org", Limits(60, 300, 1, 1000, 10)),
    ],
)
def test_a_sender_may_have_its_own_and_none_its_own_of_all(
    user: str, path: str, limits: Limits
) -> None:
    assert limits_of(POLICY, Session("192.0.2.1", user), path) == limits
