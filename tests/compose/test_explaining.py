"""What a mail would become is told step by step, and is what it does become."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compose.compose import compose
from bridge.compose.explaining.explaining import addressees, explained
from bridge.compose.explaining.explanation import Character, Explanation, ToldLine
from bridge.compose.explaining.rows import as_text, rows
from bridge.core.addressing import NumberRules
from bridge.core.model import Envelope, Facts, ForwardPath, Ids, Msisdn, Session, Text
from bridge.core.policy import Contact, Policy, Profile
from bridge.core.promises import Mail

PERSON = Profile("person", "body", True, 4, "truncate", True, "tell", "failures", 86_400.0)
MACHINE = Profile(
    "machine", "subject+body", False, 2, "truncate", False, "resend", "failures", 3600.0
)
POLICY = Policy(
    hostname="sms.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules(),
    profiles={"person": PERSON, "machine": MACHINE},
    trusted_networks=(),
    users={"jo": ("jo@example.com",)},
    contacts={"sam": Contact(Msisdn("447700900123"), "Sam Jones")},
    mms_types=("image/jpeg",),
)
FRIDAY = (
    b"From: Jo <jo@example.com>\r\n"
    b"To: Sam <sam@sms.example.com>, explain@sms.example.com, x@example.org\r\n"
    b"Cc: 447700900124.urgent@sms.example.com\r\n"
    b"Subject: Friday\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Hi Sam,\r\n\r\nI\xe2\x80\x99m free till 4\r\n-- \r\nJo Smith\r\n"
)


def told(
    content: bytes = FRIDAY,
    *addresses: str,
    user: str = "jo",
    policy: Policy = POLICY,
    facts: Facts | None = None,
) -> Explanation:
    envelope = Envelope("jo@example.com", (), content, 999.0, Session("192.0.2.1", user))
    named = addresses or ("sam@sms.example.com",)
    return explained(envelope, policy, facts or Facts(), named)


def test_the_recipients_are_those_of_to_and_cc_that_are_texted() -> None:
    assert addressees(FRIDAY, POLICY) == (
        "sam@sms.example.com",
        "447700900124.urgent@sms.example.com",
    )


def test_each_line_says_which_step_took_it() -> None:
    assert told().lines == (
        ToldLine("Hi Sam,"),
        ToldLine(""),
        ToldLine("I’m free till 4"),
        ToldLine("-- ", "signature"),
        ToldLine("Jo Smith", "signature"),
    )


def test_the_profile_says_why() -> None:
    found = told()
    assert (found.profile, found.why, found.form) == ("person", "jo logged in", "body")


def test_the_exact_text_is_told_with_its_cost() -> None:
    (sending,) = told(FRIDAY, "sam@sms.example.com", "447700900124@sms.example.com").sendings
    assert sending.texts == ("Hi Sam,\nI'm free till 4",)
    assert (sending.kind, sending.segments, sending.credits) == ("text", 1, 2)
    assert sending.replaced == (Character("’", "right single quotation mark", "'"),)


def test_a_number_in_two_spellings_is_one_text() -> None:
    (sending,) = told(FRIDAY, "sam@sms.example.com", "07700900123@sms.example.com").sendings
    assert sending.destinations == ("447700900123",)


def test_the_characters_that_force_unicode_are_named() -> None:
    mail = "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nŁódź – 5 °C".encode()
    (sending,) = told(mail).sendings
    assert (sending.kind, sending.replaced) == ("unicode", ())
    assert sending.forcing == (
        Character("Ł", "latin capital letter l with stroke"),
        Character("ó", "latin small letter o with acute"),
        Character("ź", "latin small letter z with acute"),
        Character("°", "degree sign"),
    )


def test_what_is_cut_off_is_told() -> None:
    mail = b"Subject: x\r\n\r\n" + b"one two three " * 100
    (sending,) = told(mail).sendings
    assert sending.texts[0].endswith("...")
    assert sending.left.startswith(("one", "two", "three"))


def test_an_address_that_gets_nothing_says_why() -> None:
    found = told(FRIDAY, "0770090012@sms.example.com")
    (recipient,) = found.recipients
    assert "one digit short" in recipient.refusal
    assert found.sendings[0].destinations == ()
    assert "for each number" in as_text(found)


def test_a_refusal_is_told_with_the_words_that_led_to_it() -> None:
    short = replace(PERSON, over_limit="refuse", max_segments=1)
    policy = replace(POLICY, profiles={"person": short, "machine": MACHINE})
    found = told(b"Subject: x\r\n\r\n" + b"word " * 100, policy=policy)
    assert found.refusal.startswith("550 5.3.4 the text has")
    assert found.lines


def test_a_mail_that_cannot_be_read_is_only_refused() -> None:
    mail = b"Content-Type: multipart/encrypted; boundary=x\r\n\r\n--x\r\n\r\nabc\r\n--x--\r\n"
    assert told(mail).refusal.startswith("554 5.7.0")


def test_each_way_is_told_by_itself() -> None:
    found = told(FRIDAY, "sam@sms.example.com", "447700900124.voice@sms.example.com")
    assert [each.kind for each in found.sendings] == ["text", "voice"]
    assert found.sendings[1].credits is None


@pytest.mark.parametrize("user", ["jo", ""])
def test_what_is_explained_is_what_is_sent(user: str) -> None:
    path = ForwardPath("sam@sms.example.com", (Msisdn("447700900123"),))
    session = Session("127.0.0.1", user)
    envelope = Envelope("jo@example.com", (path,), FRIDAY, 999.0, session)
    sent = compose(envelope, POLICY, Facts(), 1000.0, Ids("m1", "2newtokenx"))
    assert isinstance(sent, Mail)
    (content,) = (each.content for each in sent.submissions)
    assert isinstance(content, Text)
    assert told(user=user).sendings[0].texts == (content.text,)


def test_a_person_reads_it_in_the_order_of_its_steps() -> None:
    assert as_text(told()) == (
        "To        sam@sms.example.com: 447700900123\n"
        "From      jo@example.com\n"
        "Profile   person: jo logged in\n"
        "Subject   Friday\n"
        "Words       Hi Sam,\n"
        "\n"
        "            I’m free till 4\n"
        "          - --  [signature]\n"
        "          - Jo Smith  [signature]\n"
        "Form      body\n"
        "Sent as   text, 1 segment\n"
        "          | Hi Sam,\n"
        "          | I'm free till 4\n"
        'Replaced  ’ (right single quotation mark) as "\'"\n'
        "Cost      1 segment x 1 number = 1 credit"
    )


@given(st.binary(max_size=2000))
def test_any_octets_are_explained(content: bytes) -> None:
    assert list(rows(told(content)))
    addressees(content, POLICY)
