"""What stands left of the @ at our door: every form of it, and each refusal in its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.addressing import NumberRules
from bridge.core.consent import Optout
from bridge.core.model import (
    Facts,
    ForwardPath,
    ListName,
    Msisdn,
    Options,
    OwnName,
    Refusal,
    Session,
)
from bridge.core.policy import Contact, Policy, SenderRule, SubscriptionList
from bridge.core.recipients import asks, own_name, recipient, refused

SAM, KIM, VIENNA = Msisdn("447700900123"), Msisdn("447700900124"), Msisdn("436641234567")
TOKEN = "7kq2pab3xd"
POLICY = Policy(
    hostname="mx.example.com",
    domains=("sms.example.com", "text.example.org"),
    numbers=NumberRules("GB"),
    profiles={},
    trusted_networks=(ip_network("10.0.0.0/8"),),
    senders=(SenderRule("user:vie", allowed_regions=("AT",)),),
    users={"jo": ("jo@example.com",), "vie": ("vie@example.com",)},
    contacts={"sam": Contact(SAM, "Sam Jones"), "kim.lee": Contact(KIM, "Kim Lee")},
    groups={"ops": (SAM, KIM), "far": (VIENNA, SAM), "none": (), "abroad": (VIENNA,)},
    gateway_groups={"customers": ListName("Customers 2026")},
    subscription_lists={"news": SubscriptionList("News")},
    postmaster="root@example.com",
)
JO = Session("192.0.2.1", "jo", tls=True)
STRANGER = Session("192.0.2.1")
KNOWN: Mapping[str, frozenset[str]] = {TOKEN: frozenset({"447700900123"})}
NOBODY = Facts()
STOPPED = Facts(optouts={"447700900123": Optout(1777680000.0, "with STOP")})


def at_rcpt(local: str, facts: Facts = NOBODY) -> ForwardPath | Refusal:
    return recipient(POLICY, facts, JO, "jo@example.com", address=f"{local}@sms.example.com")


# ---------------------------------------------------------------- what an address stands for


@pytest.mark.parametrize(
    ("address", "destinations"),
    [
        ("447700900123@sms.example.com", (SAM,)),
        ("+447700900123@sms.example.com", (SAM,)),
        ("00447700900123@sms.example.com", (SAM,)),
        ("p447700900123@sms.example.com", (SAM,)),
        ("P447700900123@sms.example.com", (SAM,)),
        ("07700900123@text.example.org", (SAM,)),
        ("07700900123@SMS.Example.COM", (SAM,)),
        ("sms:+447700900123@sms.example.com", (SAM,)),
        ("SMS:07700900123@sms.example.com", (SAM,)),
        ("+44.7700.900123@sms.example.com", (SAM,)),
        ("+44-7700-900123@sms.example.com", (SAM,)),
        ('"+44 (0)7700 900123"@sms.example.com', (SAM,)),
        (r'"+44\ 7700\ 900123"@sms.example.com', (SAM,)),
        ('"sam"@sms.example.com', (SAM,)),
        ("sam@sms.example.com", (SAM,)),
        ("SAM@sms.example.com", (SAM,)),
        ("Kim.Lee@sms.example.com", (KIM,)),
        ("ops@sms.example.com", (SAM, KIM)),
        ("far@sms.example.com", (SAM,)),  # of a group, those who may be texted
        ("customers@sms.example.com", (ListName("Customers 2026"),)),
    ],
)
def test_an_address_stands_for_destinations(address: str, destinations: tuple[Msisdn]) -> None:
    found = recipient(POLICY, NOBODY, JO, "jo@example.com", address=address)
    assert isinstance(found, ForwardPath)
    assert (found.address, found.destinations) == (address, destinations)
    assert found.options == Options()


@pytest.mark.parametrize(
    ("local", "options"),
    [
        ("447700900123.voice", Options("voice")),
        ("447700900123.mms", Options("mms")),
        ("447700900123.sms", Options("sms")),
        ("447700900123.unicode", Options("unicode")),
        ("447700900123.urgent", Options(urgent=True)),
        ("447700900123.max3", Options(max_segments=3)),
        ("447700900123.max10", Options(max_segments=10)),
        ("447700900123.voice.urgent", Options("voice", urgent=True)),
        ("447700900123.Max2.URGENT.Unicode", Options("unicode", 2, urgent=True)),
        ("447700900123.urgent.urgent", Options(urgent=True)),
        ("07700900123.urgent", Options(urgent=True)),
        ("+44.7700.900123.urgent", Options(urgent=True)),
        ('"+44 (0)7700 900123.voice"', Options("voice")),
        ("sms:+447700900123.mms", Options("mms")),
        ("sam.voice", Options("voice")),
        ("kim.lee.max1", Options(max_segments=1)),
        ("ops.urgent", Options(urgent=True)),
        ("customers.unicode", Options("unicode")),
        ("+44.7700.900123", Options()),
        ("0.7.7.0.0.9.0.0.1.2.3", Options()),  # a number, dots and all
    ],
)
def test_options_follow_a_dot(local: str, options: Options) -> None:
    found = at_rcpt(local)
    assert isinstance(found, ForwardPath), found
    assert found.options == options


@pytest.mark.parametrize(
    "local",
    [
        f"447700900123.{TOKEN}.urgent",
        f"447700900123.urgent.{TOKEN}",
        f"447700900123.URGENT.{TOKEN.upper()}.urgent",
    ],
)
def test_in_a_conversation_they_stand_on_either_side_of_the_token(local: str) -> None:
    found = at_rcpt(local, Facts(partners=KNOWN))
    assert isinstance(found, ForwardPath), found
    assert (found.destinations, found.token) == ((SAM,), TOKEN)
    assert found.options == Options(urgent=True)


# ---------------------------------------------------------------- what is refused, and how

OPTIONS = "is no option; there are .voice, .mms, .sms, .unicode, .urgent, .max1 to .max10"
NEITHER = "is neither a number nor a name known here"
OFF = "are switched off for this sender"
DEAR = "is a premium-rate or shared-cost number; those are switched off"
WORLDWIDE = "is no country's number; satellite and worldwide services are off"
SHORT = "is too short for a phone number; short codes are not texted"


@pytest.mark.parametrize(
    ("local", "answer"),
    [
        # options
        ("447700900123.max0", f"550 5.1.3 .max0 {OPTIONS}"),
        ("447700900123.max11", f"550 5.1.3 .max11 {OPTIONS}"),
        ("447700900123.max99", f"550 5.1.3 .max99 {OPTIONS}"),
        ("447700900123.max03", f"550 5.1.3 .max03 {OPTIONS}"),
        ("447700900123.max", f"550 5.1.3 .max {OPTIONS}"),
        ("447700900123.loud", f"550 5.1.3 .loud {OPTIONS}"),
        ("447700900123.loud.urgent", f"550 5.1.3 .loud {OPTIONS}"),
        ("447700900123.urgent.loud", f"550 5.1.3 .loud {OPTIONS}"),
        ("sam.fax", f"550 5.1.3 .fax {OPTIONS}"),
        ("ops.urgnet", f"550 5.1.3 .urgnet {OPTIONS}"),
        ("447700900123.binary", f"550 5.1.3 .binary {OPTIONS}"),  # a header's kind
        (
            "sam.voice.sms",
            "550 5.1.3 .voice, .sms do not go together; use one of them",
        ),
        (
            "sam.max1.max2",
            "550 5.1.3 .max1, .max2 do not go together; use one of them",
        ),
        (".urgent", f"550 5.1.1 .urgent {NEITHER}"),
        ("urgent", f"550 5.1.1 urgent {NEITHER}"),
        # names
        ("jo", f"550 5.1.1 jo {NEITHER}"),
        ("sma", f"550 5.1.1 sma {NEITHER}; did you mean sam?"),
        ("costumers", f"550 5.1.1 costumers {NEITHER}; did you mean customers?"),
        ("kim.leee.urgent", f"550 5.1.1 kim.leee {NEITHER}; did you mean kim.lee?"),
        ("none", "550 5.1.1 nobody is in this group"),
        ("abroad", f"550 5.7.1 numbers outside GB {OFF}"),
        ("", f"550 5.1.1 an empty name {NEITHER}"),
        ('""', f"550 5.1.1 an empty name {NEITHER}"),
        ("sendsms", f"550 5.1.1 sendsms {NEITHER}"),  # taken before, where it is alone
        ("postmaster", "550 5.1.1 mail to postmaster is no text; write to root@example.com"),
        ("Abuse", "550 5.1.1 mail to Abuse is no text; write to root@example.com"),
        ("bounces", "550 5.1.1 mail to bounces is no text; write to root@example.com"),
        ("unknown", "550 5.1.1 it cannot be answered: the phone network gave no number"),
        ("Unknown", "550 5.1.1 it cannot be answered: the phone network gave no number"),
        (f"60777.{TOKEN}", f"550 5.1.3 60777 {SHORT}"),  # the author of a short code's text
        (
            "news-delete",
            "550 5.1.1 news-delete changes a list and is nobody to text; mail to it alone",
        ),
        # numbers that are none
        ("447700900123.", "550 5.1.3 447700900123. ends in a dot; write 447700900123"),
        ("447700900123..urgent", "550 5.1.3 447700900123. ends in a dot; write 447700900123"),
        (f"447700900123..{TOKEN}", "550 5.1.3 447700900123. ends in a dot; write 447700900123"),
        ("sam.", f"550 5.1.1 sam. {NEITHER}; did you mean sam?"),
        ("0770090012", "550 5.1.3 0770090012 is one digit short for a GB mobile number"),
        ("+44770090012", "550 5.1.3 +44770090012 is one digit short for a GB mobile number"),
        (
            "077009001234.urgent",
            "550 5.1.3 077009001234 is one digit too long for a GB mobile number",
        ),
        ("+999123456789", "550 5.1.3 +999123456789 begins with the code of no country"),
        ("999", f"550 5.1.3 999 {SHORT}"),
        ("85258", f"550 5.1.3 85258 {SHORT}"),
        ("118118", f"550 5.1.3 118118 {SHORT}"),
        ("٤٤٧٧٠٠٩٠٠١٢٣", f"550 5.1.1 ٤٤٧٧٠٠٩٠٠١٢٣ {NEITHER}"),
        ("４４７７００９００１２３", f"550 5.1.1 ４４７７００９００１２３ {NEITHER}"),
        # numbers that get nothing
        ("09012345678", f"550 5.7.1 449012345678 {DEAR}"),
        ("08451234567", f"550 5.7.1 448451234567 {DEAR}"),
        ("08712345678", f"550 5.7.1 448712345678 {DEAR}"),
        ("07012345678", f"550 5.7.1 447012345678 {DEAR}"),  # personal numbers
        ("+870773111632", f"550 5.7.1 870773111632 {WORLDWIDE}"),
        ("+881612345678", f"550 5.7.1 881612345678 {WORLDWIDE}"),
        ("+979123456789", f"550 5.7.1 979123456789 {WORLDWIDE}"),
        ("436641234567", f"550 5.7.1 numbers outside GB {OFF}"),
        ("+447797712345", f"550 5.7.1 numbers outside GB {OFF}"),  # Jersey
        (
            "07640123456",
            "550 5.7.1 447640123456 is a pager's number, which takes no texts",
        ),
        (
            "+41860791234567",
            "550 5.7.1 41860791234567 is a mailbox for calls, which takes no texts",
        ),
        (
            "+447785016005",
            "550 5.7.1 447785016005 is a network's message centre, which takes no texts",
        ),
        # junk
        ("mailto:447700900123", f"550 5.1.1 mailto:447700900123 {NEITHER}"),
        ("447700900123%evil.org", f"550 5.1.1 447700900123%evil.org {NEITHER}"),
        ('"447700900123@evil.org"', f"550 5.1.1 447700900123@evil.org {NEITHER}"),
        ("@evil.org:447700900123", f"550 5.1.1 @evil.org:447700900123 {NEITHER}"),
        ("evil.org!447700900123", f"550 5.1.1 evil.org!447700900123 {NEITHER}"),
        ("call 07700900123", f"550 5.1.1 call 07700900123 {NEITHER}"),
        ("7" * 60, f"550 5.1.3 {'7' * 40}... is no phone number"),
        ("x" * 60, f"550 5.1.1 {'x' * 40}... {NEITHER}"),
        ("4" * 400, f"550 5.1.3 {'4' * 40}... is too long for an address"),
    ],
)
def test_all_that_can_be_refused_is_refused_at_rcpt(local: str, answer: str) -> None:
    assert str(at_rcpt(local)) == answer


@pytest.mark.parametrize(
    "address",
    [
        "user@gmail.com",
        "447700900123%sms.example.com@evil.org",
        '"447700900123@sms.example.com"@evil.org',
        "447700900123@[192.0.2.1]",
        "447700900123@[IPv6:2001:db8::1]",
        "447700900123@sub.sms.example.com",
        "447700900123@sms.example.com.",
        "447700900123",
        "sendsms",
    ],
)
def test_nothing_is_relayed(address: str) -> None:
    found = recipient(POLICY, NOBODY, JO, "jo@example.com", address=address)
    assert str(found) == f"550 5.7.1 <{address}> is not at sms.example.com; nothing is relayed"


@pytest.mark.parametrize(
    "address",
    ["447700900123@sms.example.com", "user@gmail.com", "sma@sms.example.com", "sam", ""],
)
def test_a_stranger_hears_one_sentence_whatever_it_asks(address: str) -> None:
    found = recipient(POLICY, NOBODY, STRANGER, "jo@example.com", address=address)
    assert str(found) == "550 5.7.1 this server takes mail to phones from its own users only"


def test_a_user_cannot_text_in_the_name_of_another() -> None:
    found = recipient(POLICY, NOBODY, JO, "boss@example.com", address="sam@sms.example.com")
    assert isinstance(found, Refusal)
    assert found == refused(POLICY, JO, "boss@example.com")


def test_a_sender_may_have_regions_of_its_own() -> None:
    vie = Session("192.0.2.1", "vie")
    found = recipient(
        POLICY, NOBODY, vie, "vie@example.com", address="436641234567@sms.example.com"
    )
    assert found == ForwardPath("436641234567@sms.example.com", (VIENNA,))
    home = recipient(POLICY, NOBODY, vie, "vie@example.com", address="07700900123@sms.example.com")
    assert str(home) == "550 5.7.1 numbers outside AT are switched off for this sender"


def test_who_said_stop_is_texted_no_more() -> None:
    refusal = "447700900123 opted out with STOP on 2 May 2026"
    for local in ("sam", "447700900123", "07700900123.urgent"):
        assert str(at_rcpt(local, STOPPED)) == f"550 5.7.1 {refusal}"
    to_all = at_rcpt("ops.voice", STOPPED)
    assert isinstance(to_all, ForwardPath)
    assert to_all.destinations == (KIM,)
    ((left_out, no),) = to_all.left_out
    assert str(left_out) == "447700900123"
    assert no.text == refusal


@given(st.text(max_size=40))
def test_any_local_part_is_a_recipient_or_a_sentence(local: str) -> None:
    found = at_rcpt(local)
    assert isinstance(found, ForwardPath) or (found.code == 550 and found.text)


# ---------------------------------------------------------------- conversations and own names


@pytest.mark.parametrize(
    ("local", "partners", "passes"),
    [
        (f"447700900123.{TOKEN}", KNOWN, True),
        (f"447700900123.{TOKEN.upper()}", KNOWN, True),
        (f"+447700900123.{TOKEN}", KNOWN, True),
        (f"00447700900123.{TOKEN}", KNOWN, True),
        (f"P447700900123.{TOKEN.title()}", KNOWN, True),
        (f'"447700900123.{TOKEN}"', KNOWN, True),
        (f"447700900124.{TOKEN}", KNOWN, False),  # somebody else's conversation
        (f"447700900123.{TOKEN}", {}, False),
    ],
)
def test_a_token_counts_only_for_the_number_it_was_sent_to(
    local: str, partners: Mapping[str, frozenset[str]], passes: bool
) -> None:
    found = at_rcpt(local, Facts(partners=partners))
    if passes:
        assert found == ForwardPath(f"{local}@sms.example.com", (SAM,), TOKEN)
    else:
        begin = f"550 5.1.1 no mail of this bridge was sent with {local}@sms.example.com; write to "
        assert str(found).startswith(begin)


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("07700900123@sms.example.com", (("447700900123",), ())),
        ("07700900123.voice@sms.example.com", (("447700900123",), ())),
        (f"447700900123.{TOKEN}@sms.example.com", (("447700900123",), (TOKEN,))),
        (f"447700900123.urgent.{TOKEN}@sms.example.com", (("447700900123",), (TOKEN,))),
        ("ops.urgent@sms.example.com", (("447700900123", "447700900124"), ())),
        ("customers@sms.example.com", ((), ())),
        ("ops.loud@sms.example.com", ((), ())),
        ("user@gmail.com", ((), ())),
    ],
)
def test_only_facts_that_matter_are_asked_for(
    address: str, asked: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    assert asks(POLICY, address) == asked


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("sendsms@sms.example.com", OwnName.SENDSMS),
        ("SendSMS@TEXT.example.org", OwnName.SENDSMS),
        ('"sendsms"@sms.example.com', OwnName.SENDSMS),
        ("explain@sms.example.com", OwnName.EXPLAIN),
        ("sendsms@example.com", None),
        ("sendsms.urgent@sms.example.com", None),
        ("sam@sms.example.com", None),
    ],
)
def test_two_names_are_the_bridges_own(address: str, found: OwnName | None) -> None:
    assert own_name(POLICY, address) is found


def test_without_a_postmaster_the_inbox_is_named() -> None:
    inbox = replace(POLICY, postmaster="", inbox="team@example.com")
    found = recipient(inbox, NOBODY, JO, "", address="postmaster@sms.example.com")
    assert str(found) == "550 5.1.1 mail to postmaster is no text; write to team@example.com"


def test_what_a_name_stands_for_is_remembered_of_one_policy() -> None:
    moved = replace(POLICY, contacts={"sam": Contact(KIM, "Sam Jones")})
    for _ in range(2):
        for policy, number in ((POLICY, SAM), (moved, KIM)):
            assert asks(policy, "sam@sms.example.com") == ((number.digits,), ())
