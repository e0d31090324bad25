"""When a text of a machine goes, is folded, or was sent already; and what is told of the folded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.core import gsm, storms
from bridge.core.addressing import NumberRules
from bridge.core.model import Binary, Content, Mms, Session, Text, Unicode, Voice, WapPush
from bridge.core.outcomes import ON_ITS_WAY, State
from bridge.core.policy import Policy, Profile
from bridge.core.promises import Folding
from bridge.core.storms import (
    BURST,
    GOES,
    RECOVERY,
    SAME_TEXT,
    SIMILAR,
    Earlier,
    Lately,
    Likeness,
    Ruling,
    Summary,
    arrived,
    likeness,
    ruling,
    summed,
)

NOW = 1_790_000_000.0
FOLDING = Folding("nagios1", 120.0, 3600.0)


def like(text: str, *, urgent: bool = False) -> Likeness:
    """What a text is like."""
    found = likeness([Text(text)], urgent=urgent)
    assert found
    return found


# ---------------------------------------------------------------- what is similar


@pytest.mark.parametrize(
    ("one", "other", "similar"),
    [
        pytest.param("Disk 91% full", "Disk 92% full", True, id="another digit"),
        pytest.param("load 9.5", "load 10.25", True, id="more digits"),
        pytest.param("web1 down 13:50:01", "web2 down 13:50:02", True, id="times and hosts"),
        pytest.param("disk full", "Disk  FULL", True, id="case and spaces"),
        pytest.param("load \u0661", "load \u0662", True, id="digits of other scripts"),
        pytest.param("Disk full", "Disk full!", False, id="another sign"),
        pytest.param("web is down", "mail is down", False, id="another word"),
        pytest.param("id 3fa9", "id 3fb9", False, id="letters in an id"),
        pytest.param("load 1", "load", False, id="no digit at all"),
    ],
)
def test_what_is_equal_but_for_its_digits_is_similar(one: str, other: str, similar: bool) -> None:
    assert (like(one).similar == like(other).similar) is similar
    assert like(one).same != like(other).same


def test_a_long_text_is_judged_as_a_whole() -> None:
    whole = likeness([Unicode("(1/2) Zażółć "), Unicode("(2/2) 5")])
    other = likeness([Unicode("(1/2) Zażółć "), Unicode("(2/2) gęślą")])
    assert whole
    assert other
    assert whole.similar != other.similar


def test_a_call_is_not_like_a_text() -> None:
    call = likeness([Voice("Disk full")])
    assert call
    assert call.same != like("Disk full").same
    assert call.similar != like("Disk full").similar


@pytest.mark.parametrize(
    ("content", "has_words"),
    [
        (Text("hello"), True),
        (WapPush("", "https://example.com/1"), True),
        (Text(""), False),
        (Binary(b"\x06"), False),
        (Mms("hello", ()), False),
    ],
    ids=lambda each: type(each).__name__ if not isinstance(each, bool) else "",
)
def test_only_words_can_be_alike(content: Content, has_words: bool) -> None:
    assert (likeness([content]) is not None) is has_words


@pytest.mark.parametrize(
    "text",
    [
        "** RECOVERY Service Alert: web1/HTTP is OK **",
        "RECOVERY web1/HTTP OK: 200",
        "OK: load on web1",
        "[OK] CPU",
        "[RESOLVED] InstanceDown",
        "Resolved in 5m 3s: High load",
        "Problem has been resolved at 10:15",
        "Host db1 is UP",
        "Monitor is up: example.com",
        "myups: communication restored",
        "UPS 3: power has returned",
        "Alarm cleared: door 3",
        "AP kitchen is back online",
        "web1: Störung behoben",
        "web1: Wiederhergestellt",
        "Status: Ok",
        "web1 is now Up",
        "[web] [\u2705 Up]",
        "Sensor Ping Down ended (now: Up)",
        "State changed to Normal",
        "DOWN -> UP web1",
        "web1 is Online.\nSince 12:00",
        "AP-1 Connected",
        "CLEAR: cpu",
        "[Closed] CPU",
        "Alert closed: CPU",
        "Alarm ended",
        "monit alert -- Connection succeeded apache",
        "link reestablished",
        "link re-established",
    ],
)
def test_a_recovery_is_known(text: str) -> None:
    assert like(text).tells_of_recovery


@pytest.mark.parametrize("word", [each for each in RECOVERY if "?" not in each])
@pytest.mark.parametrize("written", [str.lower, str.upper, str.title])
def test_a_word_of_recovery_is_known_however_it_is_written(
    word: str, written: Callable[[str], str]
) -> None:
    assert like(f"web1 {written(word)}: since 12").tells_of_recovery


@pytest.mark.parametrize(
    "text",
    [
        "PROBLEM web1/HTTP CRITICAL: Connection refused",
        "UPS on battery",
        "Backup failed: 3 files backed up",
        "3 hosts are not OK",
        "token expired",
        "uptime 5 days, update pending",
        "Okinawa link down",
        "OK -> CRIT web1",
        "UP -> DOWN",
        "UP \u2192 DOWN",
        "from UP to DOWN",
        "Ok => Critical",
        "AP-1 Not Connected",
        "AP-1 Disconnected",
        "Up to 5 disks failed",
        "Normal operation failed",
        "Connection closed",
        "Socket closed by peer",
        "Backup ended with errors",
        "Service suspended",
        "disk full " * 12 + "OK",
    ],
)
def test_what_tells_of_no_recovery_may_be_folded(text: str) -> None:
    assert not like(text).tells_of_recovery


# ---------------------------------------------------------------- when it storms


def after(*instants: float) -> Lately:
    """What is remembered after texts at these seconds."""
    found = Lately()
    for each in instants:
        found = arrived(found, NOW + each)
    return found


@pytest.mark.parametrize(
    ("seconds", "rages"),
    [
        pytest.param([0], False, id="one"),
        pytest.param([0, 1, 2, 3, 4], False, id="five"),
        pytest.param([0, 1, 2, 3, 4, 5], True, id="the sixth"),
        pytest.param([0, 70, 140, 210, 280, 299], True, id="five in five minutes before it"),
        pytest.param([0, 75, 150, 225, 300, 375], False, id="four in five minutes before it"),
        pytest.param([0, 1, 2, 3, 4, 5, 604], True, id="it goes on until ten minutes are quiet"),
        pytest.param([0, 1, 2, 3, 4, 5, 605], False, id="after ten quiet minutes it is over"),
        pytest.param([0, 1, 2, 3, 4, 5, 500, 1000, 1500, 2000], True, id="not quiet for hours"),
        pytest.param([0, 1, 2, 3, 4, 5, -90_000], False, id="a clock set back by a day"),
        pytest.param([1, 2, 0, 4, 3, 2], True, id="in any order, as they are committed"),
    ],
)
def test_it_storms_after_five_texts_in_five_minutes_until_ten_are_quiet(
    seconds: list[float], rages: bool
) -> None:
    found = after(*seconds)
    assert found.raging is rages
    assert len(found.latest) <= BURST


# ---------------------------------------------------------------- what becomes of a text


def earlier(seconds: float, state: State = State.SUBMITTED) -> Earlier:
    """A text that came so long ago, may wait for an hour, and is remembered for ten minutes."""
    at = NOW - seconds
    return Earlier(7, "019f", at, state, expires_at=at + 3600, until=at + 600)


def ruled(
    lately: Lately, text: str = "Disk 91% full", *, urgent: bool = False, lasts: float = 3600.0
) -> Ruling:
    return ruling(like(text, urgent=urgent), lately, FOLDING, NOW, lasts=lasts)


@pytest.mark.parametrize(
    ("lately", "token"),
    [
        pytest.param(Lately(), "", id="nothing came before"),
        pytest.param(Lately(raging=True), "", id="the first of its shape in a storm"),
        pytest.param(Lately(similar=earlier(30)), "", id="similar, in no storm"),
        pytest.param(Lately(raging=True, similar=earlier(30)), SIMILAR, id="similar, in a storm"),
        pytest.param(
            Lately(raging=True, similar=earlier(600)), "", id="none similar for ten minutes"
        ),
        pytest.param(
            Lately(raging=True, similar=replace(earlier(3000), until=NOW + 1)),
            SIMILAR,
            id="a similar one was folded within ten minutes",
        ),
        pytest.param(Lately(same=earlier(119)), SAME_TEXT, id="the same within two minutes"),
        pytest.param(Lately(same=earlier(120)), "", id="the same after two minutes"),
        pytest.param(Lately(same=earlier(-90_000)), "", id="the same, by a clock since set back"),
        pytest.param(
            Lately(raging=True, same=earlier(1), similar=earlier(1)),
            SAME_TEXT,
            id="the same, in a storm",
        ),
    ],
)
def test_a_text_goes_unless_another_one_stands_for_it(lately: Lately, token: str) -> None:
    found = ruled(lately)
    assert found.token == token
    assert found.state is (State.FOLDED if token else State.QUEUED)


@pytest.mark.parametrize("state", State)
def test_only_what_went_or_is_on_its_way_stands_for_another(state: State) -> None:
    same = ruled(Lately(same=earlier(1, state)))
    similar = ruled(Lately(raging=True, similar=earlier(1, state)))
    if state in ON_ITS_WAY:
        assert (same.token, similar.token) == (SAME_TEXT, SIMILAR)
    else:
        assert (same, similar) == (GOES, GOES)


def test_a_lost_text_is_a_fire() -> None:
    lost = {State.REJECTED, State.EXPIRED, State.UNDELIVERABLE, State.NET_EXPIRED}
    assert not ON_ITS_WAY & (lost | {State.HELD, State.DROPPED, State.FOLDED})


STORM = Lately(raging=True, similar=earlier(1))


def test_a_recovery_goes_at_once_in_any_storm() -> None:
    assert ruled(STORM, "RECOVERY disk 91%") is GOES


@pytest.mark.parametrize("lately", [STORM, Lately(same=earlier(1))], ids=["similar", "the same"])
def test_an_urgent_text_always_goes_at_once(lately: Lately) -> None:
    assert ruled(lately, urgent=True) is GOES


def test_the_same_recovery_is_not_told_twice() -> None:
    assert ruled(Lately(same=earlier(1)), "RECOVERY disk").token == SAME_TEXT


def test_the_same_text_goes_as_often_as_it_comes_where_same_text_is_off() -> None:
    folding = replace(FOLDING, same_text=0.0)
    lately = Lately(same=earlier(0))
    assert ruling(like("Disk full"), lately, folding, NOW, lasts=3600.0) is GOES


@pytest.mark.parametrize(
    ("state", "lasts", "token"),
    [
        pytest.param(State.QUEUED, 3600.0, SAME_TEXT, id="it waits as long"),
        pytest.param(State.QUEUED, 60.0, SAME_TEXT, id="it waits longer"),
        pytest.param(State.QUEUED, 7200.0, "", id="it is given up before"),
        pytest.param(State.SUBMITTING, 7200.0, "", id="it is not taken yet"),
        pytest.param(State.SUBMITTED, 7200.0, SAME_TEXT, id="it was taken"),
        pytest.param(State.DELIVERED, 7200.0, SAME_TEXT, id="it is there"),
    ],
)
def test_what_may_not_wait_as_long_stands_for_another_only_once_it_was_taken(
    state: State, lasts: float, token: str
) -> None:
    assert ruled(Lately(same=earlier(1, state)), lasts=lasts).token == token


@pytest.mark.parametrize("lately", [STORM, Lately(same=earlier(1))], ids=["similar", "the same"])
def test_the_text_that_stands_for_it_is_remembered(lately: Lately) -> None:
    assert ruled(lately).stand_in == 7


@pytest.mark.parametrize(
    ("lately", "reason"),
    [
        (Lately(same=earlier(34)), "the same text came 34 s before, in 019f"),
        (STORM, "like the text that came 1 s before, in 019f"),
        (
            Lately(raging=True, similar=replace(earlier(400), until=NOW + 1)),
            "like the text that came 7 min before, in 019f",
        ),
    ],
)
def test_the_reason_names_the_text_that_stands_for_it(lately: Lately, reason: str) -> None:
    assert ruled(lately).reason == reason


# ---------------------------------------------------------------- what is told


def told(*names: str, now: float = NOW + 600) -> str:
    """The summary of what these senders sent."""
    found: Summary | None = None
    for name in names:
        found = summed(found, name, NOW)
    assert found
    content = found.content(now, spoken=False)
    assert isinstance(content, Text)
    assert gsm.segments(content.text) == 1
    return content.text


def test_a_summary_counts_what_was_folded_and_goes_after_ten_minutes() -> None:
    assert told(*["nagios1"] * 37) == "+37 similar from nagios1 in 10 min"
    assert summed(None, "nagios1", NOW).due_at == NOW + 600


def test_a_summary_that_had_to_wait_says_how_long_it_counted() -> None:
    assert told("nagios1", now=NOW + 3000) == "+1 similar from nagios1 in 50 min"


def test_a_summary_of_several_senders_says_so() -> None:
    assert told("a", "a", "b", "a", "c") == "+5 similar from a and others in 10 min"


def test_a_summary_of_calls_is_a_call() -> None:
    assert isinstance(summed(None, "nagios1", NOW).content(NOW, spoken=True), Voice)


@pytest.mark.parametrize(
    ("seconds", "grows"),
    [(0, True), (-2, True), (599, True), (5000, True), (-600, False), (-86_400, False)],
    ids=["now", "a mail before it", "nearly due", "overdue", "ten minutes back", "a day back"],
)
def test_a_summary_grows_unless_the_clock_was_set_back(seconds: float, grows: bool) -> None:
    assert summed(None, "nagios1", NOW).grows(NOW + seconds) is grows


def test_a_text_that_goes_itself_after_all_is_not_counted() -> None:
    one = summed(None, "nagios1", NOW)
    assert storms.reduced(summed(one, "nagios1", NOW + 9)) == one
    assert storms.reduced(one) is None


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("nagios1@example.com", "nagios1"),
        ('"disk watch"@example.com', "disk watch"),
        ("", "192.0.2.7"),
        ("łódź’s@example.com", "ds"),
        ("監視@example.com", "192.0.2.7"),
        ("a\nb@example.com", "ab"),
        ("x" * 300 + "@example.com", "x" * 40),
        ("root@nagios1", "nagios1"),  # every machine has one
        ("NoReply@ups-3.example.com", "ups-3"),
    ],
)
def test_a_summary_names_the_sender_in_a_few_gsm_characters(sender: str, name: str) -> None:
    found = storms.folding(policy(), profile(), sender, Session("192.0.2.7"))
    assert found == Folding(name, 120.0, 3600.0)
    assert told(name, name + "2")


def test_a_profile_that_folds_nothing_costs_nothing() -> None:
    never = replace(profile(), fold=False)
    assert storms.folding(policy(), never, "nagios1@example.com", Session("192.0.2.7")) is None


def profile() -> Profile:
    return Profile(
        name="machine",
        text="body",
        clean=False,
        max_segments=2,
        over_limit="truncate",
        media=False,
        in_doubt="resend",
        reports="failures",
        expires=3600.0,
        fold=True,
    )


def policy() -> Policy:
    return Policy(
        hostname="sms.example.com",
        domains=("sms.example.com",),
        numbers=NumberRules(),
        profiles={"machine": profile()},
        same_text=120.0,
    )
