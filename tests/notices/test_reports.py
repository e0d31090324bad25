"""Reports on many: who is named where, in which words, and with which fields."""

from __future__ import annotations

import email
import re
from dataclasses import replace

import pytest

from bridge.core.about import About, Asked, SentMail
from bridge.core.events import Ending, Gathered, Held, Progress
from bridge.core.model import Destination, ListName, Msisdn, Notify
from bridge.core.outcomes import State
from bridge.core.policy import Policy
from bridge.gateways import intellisms_words
from bridge.notices.fates import fate
from bridge.notices.gathered import LINES, OF_ONE
from bridge.notices.render import Notice
from tests.notices.cases import (
    ANN,
    EXPIRED,
    GONE,
    HELD,
    NO_NUMBER,
    REFUSED,
    SAM,
    TAKEN,
    ending,
    person,
    read,
    reported,
    summed,
    told,
)

SUCCESS = Asked(frozenset({Notify.SUCCESS, Notify.FAILURE}))
CUSTOMERS = ListName("Customers 2026")
NO_LIST = replace(REFUSED, destination=CUSTOMERS)


@pytest.fixture
def mail(mail: SentMail) -> SentMail:
    """A mail whose sender asked to hear of success."""
    everybody: dict[Destination, Asked] = {person(each): SUCCESS for each in range(100)}
    return replace(mail, asked=everybody)


def fields(notice: Notice) -> dict[str, str]:
    """The action for each recipient that the fields name."""
    parts = email.message_from_bytes(notice.content).walk()
    status = next(p for p in parts if p.get_content_type() == "message/delivery-status")
    groups = status.get_payload()
    assert isinstance(groups, list)
    named = [dict(group.items()) for group in groups if not isinstance(group, str)][1:]
    return {
        each["Final-Recipient"]
        .split("; ")[1]
        .partition("@")[0]: f"{each['Action']} {each['Status']}"
        for each in named
    }


def words(notice: Notice) -> str:
    """What a person reads."""
    body = read(notice).get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


# ---------------------------------------------------------------- subjects


@pytest.mark.parametrize(
    ("endings", "before", "outstanding", "subject"),
    [
        ((GONE,), (), 0, "Text delivered to Sam Jones (07700 900123)"),
        ((TAKEN,), (), 0, "Text sent to Sam Jones (07700 900123)"),
        (
            (replace(GONE, state=State.FOLDED),),
            (),
            0,
            "Text to Sam Jones (07700 900123) folded into another",
        ),
        ((EXPIRED,), (), 0, "Text not delivered to Sam Jones (07700 900123)"),
        ((HELD,), (), 0, "Text may have been sent to Sam Jones (07700 900123)"),
        ((GONE,), (NO_NUMBER,), 0, "Text to 2 people: 1 delivered, 1 failed"),
        ((GONE,), (), 3, "Text to 4 people: 1 delivered, 3 outstanding"),
        (
            (GONE, replace(TAKEN, destination=ANN), replace(HELD, destination=person(30))),
            (replace(REFUSED, destination=person(31)),),
            1,
            "Text to 5 people: 1 delivered, 1 sent, 1 failed, 1 in doubt, 1 outstanding",
        ),
    ],
)
def test_a_summarys_subject_counts_how_all_of_a_mail_went(
    endings: tuple[Ending, ...],
    before: tuple[Ending, ...],
    outstanding: int,
    subject: str,
    policy: Policy,
    mail: SentMail,
) -> None:
    notice = summed(*endings, before=before, outstanding=outstanding).told(policy, mail)

    assert read(notice)["Subject"] == f"{subject}: Friday [ORDER-42]"


# ---------------------------------------------------------------- words and fields


def test_a_summarys_words_list_everybody_and_its_fields_what_is_told_now(
    policy: Policy, mail: SentMail
) -> None:
    quiet: dict[Destination, Asked] = {**mail.asked, ANN: Asked(frozenset({Notify.NEVER}))}
    case = summed(
        GONE,
        replace(GONE, destination=ANN),
        before=(replace(NO_NUMBER, destination=person(30)),),
        outstanding=1,
    )

    notice = case.told(policy, replace(mail, asked=quiet))

    assert fields(notice) == {"447700900123": "delivered 2.0.0"}
    assert words(notice).splitlines()[:10] == [
        "Not delivered, says the phone network (1):",
        "- 07700 900130",
        "Unable to deliver.",
        "The phone may be off, out of reach or not in use: call, or write a new mail to this "
        "number alone.",
        "",
        "Delivered (2):",
        "- Sam Jones (07700 900123)",
        "- 07700 900124",
        "",
        "Nothing is known yet of one more.",
    ]


@pytest.mark.parametrize(
    ("state", "enhanced", "action"),
    [
        (State.DELIVERED, "2.1.5", "delivered 2.1.5"),
        (State.DELIVERED, "5.0.0", "delivered 2.0.0"),
        (State.SUBMITTED, "2.0.0", "relayed 2.0.0"),
        (State.SUBMITTED, "", "relayed 2.0.0"),
        (State.FOLDED, "2.0.0", "relayed 2.0.0"),
        (State.UNDELIVERABLE, "5.1.1", "failed 5.1.1"),
        (State.UNDELIVERABLE, "2.0.0", "failed 5.0.0"),
        (State.NET_EXPIRED, "4.4.7", "failed 4.4.7"),
        (State.REJECTED, "5.7.1", "failed 5.7.1"),
        (State.EXPIRED, "4.4.7", "failed 4.4.7"),
        (State.DROPPED, "", "failed 5.0.0"),
        (State.HELD, "4.4.1", "delayed 4.4.1"),
        (State.HELD, "5.0.0", "delayed 4.0.0"),
        (State.UNKNOWN, "", "delayed 4.0.0"),
        (State.QUEUED, "", "delayed 4.0.0"),
        (State.REJECTED, "5.1.1\r\nX: y", "failed 5.0.0"),
        (State.REJECTED, "5.1.1111", "failed 5.0.0"),
    ],
)
def test_the_status_agrees_with_the_action(state: State, enhanced: str, action: str) -> None:
    found = fate(ending(SAM, state, code=enhanced))

    assert f"{found.action} {found.status}" == action


def test_a_hundred_recipients_are_told_by_what_became_of_them(
    policy: Policy, mail: SentMail
) -> None:
    everybody = [person(each) for each in range(100)]
    delivered = [ending(each, State.DELIVERED, "4") for each in everybody[3:]]
    failed = [replace(NO_NUMBER, destination=each) for each in everybody[:3]]

    notice = summed(*delivered, *failed).told(policy, mail)

    said = words(notice)
    assert "Text to 100 people: 97 delivered, 3 failed" in str(read(notice)["Subject"])
    assert said.startswith("Not delivered, says the phone network (3):\n- 07700 900100\n")
    assert " to these numbers alone.\n\nDelivered (97):\n- 07700 900103\n" in said
    assert len(fields(notice)) == 100


def test_five_hundred_members_of_a_list_are_one_readable_mail(
    policy: Policy, mail: SentMail
) -> None:
    members = [Msisdn(f"4477009{each:05}") for each in range(500)]
    endings = [
        ending(each, State.UNDELIVERABLE, "6", "unable to deliver", "5.1.1")
        if n % 5 == 0
        else ending(each, State.DELIVERED, "4", "message delivered", "2.0.0")
        for n, each in enumerate(members)
    ]

    notice = summed(*endings).told(policy, replace(mail, asked={SAM: SUCCESS}))

    assert "Text to 500 people: 400 delivered, 100 failed" in str(read(notice)["Subject"])
    assert words(notice).count("Unable to deliver.") == 1
    assert max(map(len, words(notice).splitlines())) < 120
    assert len(fields(notice)) == 500


def test_failures_that_are_alike_are_told_together(policy: Policy, mail: SentMail) -> None:
    alike = [replace(REFUSED, destination=person(each)) for each in range(10, 14)]

    said = words(reported(*alike, EXPIRED).told(policy, mail))

    assert said.count("has no route to this number") == 1
    assert said.startswith("Your text to these 4 people was not sent:\n- 07700 900110\n")
    assert (
        "\n\nYour text to Sam Jones (07700 900123) was not sent.\nIt was not sent in time" in said
    )


# ---------------------------------------------------------------- what can be done

REFUSED_BY_NETWORK = "The network refused it; sending it again will not help."
NEW_MAIL = "write a new mail to"
AGAIN = "send the mail again"


@pytest.mark.parametrize("code", intellisms_words.STATUSES)
def test_what_the_network_refused_is_not_to_be_sent_again(
    code: str, policy: Policy, mail: SentMail
) -> None:
    progress, reason, enhanced = intellisms_words.status(code)
    if progress not in (Progress.UNDELIVERABLE, Progress.EXPIRED):
        return
    failed = ending(SAM, State.UNDELIVERABLE, code, reason, enhanced)

    said = words(reported(failed).told(policy, replace(mail, asked={SAM: SUCCESS})))

    refused = code in ("12", "13", "15", "16", "17")
    assert (REFUSED_BY_NETWORK in said, AGAIN in said) == (refused, not refused)
    assert f"({code})" not in said


@pytest.mark.parametrize(
    ("failures", "asked", "advice"),
    [
        ((REFUSED,), (SAM,), "Check the number, and send the mail again."),
        (
            (REFUSED,),
            (SAM, ANN),
            "Check the number, and write a new mail to the right number alone.",
        ),
        ((NO_LIST,), (CUSTOMERS,), "Check the list's name, and send the mail again."),
        (
            (NO_LIST,),
            (CUSTOMERS, ANN),
            "Check the list's name, and write a new mail to the right list alone.",
        ),
        ((EXPIRED,), (SAM,), "If it still matters, send the mail again."),
        ((EXPIRED,), (SAM, ANN), "If it still matters, write a new mail to this recipient alone."),
        (
            (EXPIRED, replace(EXPIRED, destination=ANN)),
            (SAM, ANN),
            "If it still matters, send the mail again.",
        ),
        (
            (EXPIRED, replace(EXPIRED, destination=ANN)),
            (SAM, ANN, person(30)),
            "If it still matters, write a new mail to these recipients alone.",
        ),
        (
            (NO_NUMBER,),
            (CUSTOMERS,),
            "The phone may be off, out of reach or not in use: call, or write a new mail to this "
            "number alone.",
        ),
    ],
)
def test_a_mail_that_reached_others_is_not_to_be_sent_again(
    failures: tuple[Ending, ...],
    asked: tuple[Destination, ...],
    advice: str,
    policy: Policy,
    mail: SentMail,
) -> None:
    said = words(
        reported(*failures).told(policy, replace(mail, asked=dict.fromkeys(asked, SUCCESS)))
    )

    assert advice in said.splitlines()
    assert (NEW_MAIL in said) != (AGAIN in said)


def test_what_failed_and_what_is_in_doubt_are_told_apart(policy: Policy, mail: SentMail) -> None:
    notice = reported(HELD, replace(REFUSED, destination=ANN)).told(policy, mail)

    said = words(notice)
    assert read(notice)["Subject"] == (
        "Text to 2 people: 1 not sent, 1 in doubt: Friday [ORDER-42]"
    )
    doubt, refused, *_ = said.split("\n\n")
    assert "may have been sent; nobody knows" in doubt
    assert "(reference s1).\nThe operator runs: smsbridge spool retry s1" in doubt
    assert refused.endswith("Check the number, and write a new mail to the right number alone.")
    assert "held" not in said


# ---------------------------------------------------------------- as the vendor writes them


def test_the_vendors_report_has_the_vendors_lines_alone(policy: Policy, mail: SentMail) -> None:
    vendor = replace(policy, subject_style="vendor", language="de")
    many = [replace(GONE, destination=person(each)) for each in range(4)]

    one, four = (summed(*each).told(vendor, mail) for each in ([GONE], many))

    assert read(one)["From"] == "447700900123@sms.example.com"
    assert read(one)["Subject"] == "Status report for message sent to 447700900123 [ORDER-42]"
    assert words(one) == "To number: 447700900123\nStatus: Message has been delivered\n"
    assert read(four)["Subject"] == (
        "Status report for message sent to 447700900100, 447700900101, 447700900102, 447700900103 "
        "[ORDER-42]"
    )
    assert words(four).count("Status: Message has been delivered") == 4


@pytest.mark.parametrize("state", State)
def test_the_vendors_status_is_never_empty(state: State, policy: Policy, mail: SentMail) -> None:
    vendor = replace(policy, subject_style="vendor")

    assert re.search(r"Status: [A-Z].+\n$", words(summed(ending(SAM, state)).told(vendor, mail)))


# ---------------------------------------------------------------- too many of them


@pytest.mark.parametrize(
    ("mails", "numbers", "listed", "left"),
    [
        (3, 2, 6, 0),
        (LINES, 1, LINES, 0),
        (LINES + 7, 1, LINES, 7),
        (5, 30, 5 * OF_ONE, 0),
        (11, 30, LINES, 1),
        (11, 19, 190, 1),
    ],
)
def test_what_is_told_together_is_bounded_and_counts_what_it_leaves_out(
    mails: int, numbers: int, listed: int, left: int, policy: Policy, mail: SentMail
) -> None:
    """A mail's destinations are cut at some dozens, and mails that have no room are counted."""
    people = tuple(person(each) for each in range(numbers))
    reports = tuple(
        (Held(f"m{n}", people, "a loop?", 0.0), About(replace(mail, id=f"m{n}")))
        for n in range(mails)
    )

    found = read(told(Gathered("jo@example.com", 0.0), policy, None, gathered=reports, more=40))

    text = found.get_content()
    assert text.count(": is held and was not sent. A loop?.") == listed
    shown = mails - left
    cut = numbers - OF_ONE
    assert text.count(f"- and {cut} more, which the operator sees with: smsbridge log m") == (
        shown if cut > 0 else 0
    )
    assert f"And {left + 40} more, which the operator sees with: smsbridge log jo@" in text
    assert found["Subject"] == f"{mails + 40} more reports on your texts"
