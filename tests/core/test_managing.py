"""Lists that are managed by mail: whose address it is, who may, and which numbers a mail names."""

from __future__ import annotations

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.managing import (
    MOST_NUMBERS,
    NOBODY,
    TOO_MANY,
    ListAction,
    ListAddress,
    Named,
    Result,
    named,
    undecided,
)
from bridge.core.managing import refused as no
from bridge.core.model import OwnName, Part, Session
from bridge.core.policy import Policy, SubscriptionList
from bridge.core.recipients import own_name

POLICY = Policy(
    hostname="mx.example.com",
    domains=("sms.example.com", "text.example.org"),
    numbers=NumberRules("GB"),
    profiles={},
    users={"jo": ("jo@example.com",), "amy": ("amy@example.com",)},
    subscription_lists={
        "alerts": SubscriptionList("MyAlerts", managers=("jo",)),
        "night-shift": SubscriptionList("Night"),
    },
)
ADD, OFF, GONE = ListAction.SUBSCRIBE, ListAction.UNSUBSCRIBE, ListAction.DELETE
SAM, ALEX = "447700900123", "447700900124"


@pytest.mark.parametrize(
    ("local", "found"),
    [
        ("alerts-subscribe", ListAddress("alerts", ADD)),
        ("Alerts-UNSUBSCRIBE", ListAddress("alerts", OFF)),
        ("alerts-delete", ListAddress("alerts", GONE)),
        ('"alerts-delete"', ListAddress("alerts", GONE)),
        ("night-shift-subscribe", ListAddress("night-shift", ADD)),
        ("alerts", None),
        ("alerts-", None),
        ("alerts-drop", None),
        ("-subscribe", None),
        ("subscribe", None),
        ("others-subscribe", None),
        ("sendsms", OwnName.SENDSMS),
    ],
)
def test_a_list_s_address_names_it_and_what_to_do(
    local: str, found: ListAddress | OwnName | None
) -> None:
    for domain in POLICY.domains:
        assert own_name(POLICY, f"{local}@{domain}") == found
    assert own_name(POLICY, f"{local}@elsewhere.example.com") is None


@pytest.mark.parametrize(
    ("key", "user", "sentence"),
    [
        ("alerts", "jo", None),
        (
            "alerts",
            "amy",
            "user amy is no manager of the list alerts (subscription_lists.alerts.managers)",
        ),
        (
            "alerts",
            "",
            "the list alerts is changed by its managers alone; log in as one of them "
            "(subscription_lists.alerts.managers)",
        ),
        (
            "night-shift",
            "jo",
            "user jo is no manager of the list night-shift "
            "(subscription_lists.night-shift.managers)",
        ),
    ],
)
def test_only_its_managers_may_change_a_list(key: str, user: str, sentence: str | None) -> None:
    found = no(POLICY, Session("127.0.0.1", user), ListAddress(key, ADD))
    assert (str(found) if found else None) == (f"550 5.7.1 {sentence}" if sentence else None)


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        pytest.param("07700 900123", (SAM,), id="one"),
        pytest.param("+447700900123\r\n\r\n  447700900124\r\n", (SAM, ALEX), id="blank lines"),
        pytest.param("+44 (0)7700-900123\n447700900123\n", (SAM,), id="twice in two spellings"),
        pytest.param("07700900123 # Sam, since May\n# 07700900124\n", (SAM,), id="comments"),
        pytest.param("07700900123\n-- \nJo\n07700900124", (SAM,), id="a signature"),
        pytest.param("07700900123\n--\n07700900124", (SAM,), id="a signature, trimmed"),
        pytest.param("07700900123\n> 07700900124", (SAM,), id="what is quoted"),
        pytest.param("sms:+447700900123\u2028p447700900124", (SAM, ALEX), id="other ends of lines"),
    ],
)
def test_a_mail_names_one_number_a_line(body: str, numbers: tuple[str, ...]) -> None:
    assert named(POLICY, ADD, body) == Named(numbers, ())


def test_a_line_that_is_no_number_is_told_of_and_stops_no_other() -> None:
    found = named(POLICY, ADD, "Dear bridge,\n07700900123\n0770090012\n")
    assert found == Named(
        (SAM,),
        (
            "Dear bridge, is neither a number nor a name known here",
            "0770090012 is one digit short for a GB mobile number",
        ),
    )


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("+33612345678", "numbers outside GB are switched off for this sender"),
        ("09061234567", "449061234567 is a premium-rate or shared-cost number"),
    ],
)
def test_who_may_not_be_texted_is_not_subscribed_but_may_leave(number: str, sentence: str) -> None:
    body = f"07700900123\n{number}"
    found = named(POLICY, ADD, body)
    assert isinstance(found, Named)
    assert found.numbers == (SAM,)
    assert found.unread[0].startswith(sentence)
    for action in (OFF, GONE):
        left = named(POLICY, action, body)
        assert isinstance(left, Named)
        assert len(left.numbers) == 2


@pytest.mark.parametrize(
    "body", ["", "\n\n", "Please add Sam", "# 07700900123", "-- \n07700900123"]
)
def test_a_mail_that_names_nobody_is_refused(body: str) -> None:
    assert named(POLICY, OFF, body) == NOBODY


def test_a_mail_names_a_thousand_at_most() -> None:
    lines = [f"077{n:08}" for n in range(MOST_NUMBERS)]
    found = named(POLICY, OFF, "\n".join(lines))
    assert isinstance(found, Named)
    assert len(found.numbers) == MOST_NUMBERS
    assert named(POLICY, OFF, "\n".join([*lines, SAM])) == TOO_MANY


def test_a_result_is_kept_under_its_number() -> None:
    part = Result(SAM, "refused", "INVALID_NUMBER").as_part()
    assert part == Part(SAM, "", b'{"state": "refused", "reason": "INVALID_NUMBER"}')
    assert undecided((SAM, ALEX), [part]) == (ALEX,)
