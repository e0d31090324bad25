"""Lists that are managed by mail: whose address it is, who may, and which numbers a mail names."""

from __future__ import annotations

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.managing import (
    MOST_NUMBERS,
    NOBODY,
    TOO_MANY,
    ListAddress,
    ListResult,
    Named,
    Result,
    mailed,
    named,
    undecided,
)
from bridge.core.managing import refused as no
from bridge.core.model import ListAction, OwnName, Part, Session
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
        pytest.param("07700900123; 07700900124,", (SAM, ALEX), id="in one line"),
        pytest.param("1. 07700900123\n2) 07700900124", (SAM, ALEX), id="counted"),
        pytest.param("(07700) 900123\n+44 7700 - 900124", (SAM, ALEX), id="with separators"),
        pytest.param("- 07700900123\n* 07700900124;", (SAM, ALEX), id="with bullets"),
        pytest.param("07700 900123, and 07700 900124", (SAM, ALEX), id="with and"),
        pytest.param("07700 900123,\nund 07700 900124", (SAM, ALEX), id="with und"),
        pytest.param("Mobile: +447700900123\nAlex: 07700900124", (SAM, ALEX), id="labelled"),
        pytest.param("sms:+447700900123\u2028p447700900124", (SAM, ALEX), id="other ends of lines"),
    ],
)
def test_a_mail_names_one_number_a_line(body: str, numbers: tuple[str, ...]) -> None:
    assert named(POLICY, ADD, body) == mailed(POLICY, ADD, body) == Named(numbers, ())


def test_a_line_that_is_no_number_is_told_of_and_stops_no_other() -> None:
    found = named(POLICY, ADD, "Dear bridge,\n07700900123\n0770090012\n")
    assert found == Named(
        (SAM,),
        (
            "Dear bridge is neither a number nor a name known here",
            "0770090012 is one digit short for a GB mobile number",
        ),
    )


WRONG = "0770090012 is one digit short for a GB mobile number"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param("07700900123\nKind regards\nJo", Named((SAM,), ()), id="a farewell"),
        pytest.param(
            "07700900123\n0770090012\n07700900124",
            Named((SAM, ALEX), (WRONG,)),
            id="a wrong number amid others",
        ),
        pytest.param(
            "07700900123\nKind regards\nJo\n07700900124",
            Named((SAM,), ("nothing was read below 'Kind regards', which ends the numbers",)),
            id="the telephone of its author",
        ),
        pytest.param(
            "07700900123\nMit freundlichen Gruessen, Jo\n07700900124",
            Named(
                (SAM,),
                ("nothing was read below 'Mit freundlichen Gruessen, Jo', which ends the numbers",),
            ),
            id="a farewell in German",
        ),
        pytest.param(
            "07700900123\nJo Smith\nTel: 07700900124",
            Named((SAM,), ("nothing was read below 'Jo Smith', which ends the numbers",)),
            id="a signature without a farewell",
        ),
        pytest.param("07700900123\nThank you for this!", Named((SAM,), ()), id="thanks"),
        pytest.param(
            "Two people, please:\nSam\n07700900123 07700900124\n07700900123",
            Named(
                (SAM,),
                (
                    "Two people is neither a number nor a name known here",
                    "please: is neither a number nor a name known here",
                    "Sam is neither a number nor a name known here",
                    "07700900123 07700900124 is no phone number",
                ),
            ),
            id="words above",
        ),
    ],
)
def test_a_closing_ends_the_numbers_of_a_mail(body: str, found: Named) -> None:
    assert mailed(POLICY, ADD, body) == found


@pytest.mark.parametrize(
    ("body", "headings"),
    [
        pytest.param(
            "Group A:\n07700 900123\nGroup B:\n07700 900124",
            ("Group A:", "Group B:"),
            id="groups",
        ),
        pytest.param(
            "Kim Smith\n+447700900123\n\nSam Jones\n+447700900124",
            ("Kim Smith", "Sam Jones"),
            id="names",
        ),
        pytest.param(
            "Kim\nMobile: +447700900123\nSam\nMobile: +447700900124", ("Kim", "Sam"), id="cards"
        ),
        pytest.param(
            "Numbers\n-------\n07700900123\n-------\n07700900124", ("Numbers",), id="dashes"
        ),
        pytest.param(
            "Thanks for adding:\n07700900123\nThanks to add:\n07700900124",
            ("Thanks for adding:", "Thanks to add:"),
            id="headings that thank",
        ),
    ],
)
def test_headings_amid_the_numbers_lose_none_and_are_told_of(
    body: str, headings: tuple[str, ...]
) -> None:
    told = tuple(f"{each} is neither a number nor a name known here" for each in headings)
    assert mailed(POLICY, ADD, body) == Named((SAM, ALEX), told)


def test_the_telephone_below_a_closing_is_never_the_order() -> None:
    no = mailed(POLICY, ADD, "Please add Sam\nThanks\nJo\n07700900124")
    assert str(no) == "550 5.6.0 nothing was read below 'Thanks', which ends the numbers"


@pytest.mark.parametrize("word", ["Fax", "Not", "Except", "Ohne"])
def test_a_word_that_says_no_is_no_label(word: str) -> None:
    line = f"{word}: 07700900124"
    found = mailed(POLICY, ADD, f"07700900123\n{line}")
    assert found == Named((SAM,), (f"{line} is neither a number nor a name known here",))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Please:\n09061234567\n0770090012", "550 5.7.1 449061234567 is a premium-rate or"),
        ("0770090012", f"550 5.1.3 {WRONG}"),
    ],
)
def test_where_no_number_will_do_the_first_says_why(body: str, reason: str) -> None:
    assert str(mailed(POLICY, ADD, body)).startswith(reason)


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
    assert found.numbers == (SAM,)
    assert found.unread[0].startswith(sentence)
    for action in (OFF, GONE):
        assert len(named(POLICY, action, body).numbers) == 2


@pytest.mark.parametrize(
    "body", ["", "\n\n", "Please add Sam", "# 07700900123", "-- \n07700900123"]
)
def test_a_mail_that_names_nobody_is_refused(body: str) -> None:
    assert mailed(POLICY, OFF, body) == NOBODY


def test_a_mail_names_a_thousand_at_most() -> None:
    lines = [f"077{n:08}" for n in range(MOST_NUMBERS)]
    found = mailed(POLICY, OFF, "\n".join(lines))
    assert isinstance(found, Named)
    assert len(found.numbers) == MOST_NUMBERS
    assert mailed(POLICY, OFF, "\n".join([*lines, SAM])) == TOO_MANY


def test_a_result_is_kept_under_its_number() -> None:
    result = Result(SAM, ListResult.REFUSED, "INVALID_NUMBER")
    part = result.as_part()
    assert part == Part(SAM, "", b'{"state": "refused", "reason": "INVALID_NUMBER"}')
    assert Result.of_part(part) == result
    assert undecided((SAM, ALEX), [part]) == (ALEX,)
