"""Who may send what to whom: admission, the sender, recipients, profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.choosing import chosen
from bridge.core.model import Facts, ForwardPath, ListName, Msisdn, Refusal, Session
from bridge.core.policy import (
    Contact,
    Policy,
    Profile,
    SenderRule,
    admitted,
    asks,
    recipient,
    sender,
    within,
)

PERSON = Profile("person", "body", True, 4, "truncate", True, "tell", "failures", 86400.0)
MACHINE = Profile("machine", "subject+body", False, 2, "truncate", False, "resend", "all", 3600.0)
SAM, KIM, VIENNA = Msisdn("447700900123"), Msisdn("447700900124"), Msisdn("436641234567")

POLICY = Policy(
    hostname="mx.example.com",
    domains=("sms.example.com", "text.example.org"),
    numbers=NumberRules("GB"),
    profiles={"person": PERSON, "machine": MACHINE},
    trusted_networks=(ip_network("10.0.0.0/8"), ip_network("::1/128")),
    senders=(
        SenderRule("user:vie", allowed_regions=("AT",)),
        SenderRule("*@alerts.example.com", profile="machine", text="{subject}"),
        SenderRule("10.9.0.0/16", profile="person"),
    ),
    users={"jo": ("jo@example.com", "j@example.com"), "vie": ("vie@example.com",), "any": ()},
    contacts={"sam": Contact(SAM, "Sam Jones")},
    groups={"ops": (SAM, KIM), "far": (VIENNA, SAM), "none": ()},
    gateway_groups={"customers": ListName("Customers 2026")},
)
JO = Session("192.0.2.1", "jo", tls=True)
HOST = Session("10.0.0.7")
STRANGER = Session("192.0.2.1")
NOBODY = Facts()


# ---------------------------------------------------------------- admission


@pytest.mark.parametrize(
    ("session", "may"),
    [
        (JO, True),
        (HOST, True),
        (Session("::ffff:10.0.0.7"), True),
        (Session("::1"), True),
        (STRANGER, False),
        (Session("11.0.0.1"), False),
        (Session("2001:db8::1"), False),
        (Session(""), False),
        (Session("10.0.0.7.example.com"), False),
    ],
)
def test_only_users_and_trusted_networks_may_send(session: Session, may: bool) -> None:
    assert admitted(POLICY, session) is may


def test_by_default_nobody_may_send() -> None:
    bare = Policy("h", ("d",), NumberRules(), {})
    assert not admitted(bare, Session("127.0.0.1"))


def test_an_address_family_is_never_within_the_other() -> None:
    assert not within("::1", (ip_network("0.0.0.0/0"),))


OF_JO = "its addresses are jo@example.com, j@example.com"


@pytest.mark.parametrize(
    ("session", "reverse_path", "found"),
    [
        (JO, "jo@example.com", "jo@example.com"),
        (JO, "J@EXAMPLE.com", "J@EXAMPLE.com"),
        (JO, "", "jo@example.com"),
        (JO, "boss@example.com", f"550 5.7.1 user jo may not send as boss@example.com; {OF_JO}"),
        (HOST, "root@nas", "root@nas"),
        (HOST, "", ""),
    ],
)
def test_a_user_sends_as_its_own_addresses(session: Session, reverse_path: str, found: str) -> None:
    assert str(sender(POLICY, session, reverse_path)) == found


# ---------------------------------------------------------------- recipients

TOKEN = "7kq2pab3xd"


@pytest.mark.parametrize(
    ("address", "destinations"),
    [
        ("447700900123@sms.example.com", (SAM,)),
        ("07700900123@text.example.org", (SAM,)),
        ("07700900123@SMS.Example.COM", (SAM,)),
        ('"+44 (0)7700 900123"@sms.example.com', (SAM,)),
        ("sms:+447700900123@sms.example.com", (SAM,)),
        ("sam@sms.example.com", (SAM,)),
        ("SAM@sms.example.com", (SAM,)),
        ("ops@sms.example.com", (SAM, KIM)),
        ("far@sms.example.com", (SAM,)),  # of a group, those who may be texted
        ("customers@sms.example.com", (ListName("Customers 2026"),)),
    ],
)
def test_an_address_stands_for_destinations(address: str, destinations: tuple[Msisdn]) -> None:
    found = recipient(POLICY, NOBODY, JO, "jo@example.com", address=address)
    assert isinstance(found, ForwardPath)
    assert (found.address, found.destinations) == (address, destinations)


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("user@gmail.com", "550 5.7.1 <user@gmail.com> is not at sms.example.com"),
        ("447700900123%sms.example.com@evil.org", "550 5.7.1 <447700900123%sms"),
        ('"447700900123@sms.example.com"@evil.org', "550 5.7.1 <"),
        ('"447700900123@evil.org"@sms.example.com', "550 5.1.1 447700900123@evil.org is neither"),
        ("@evil.org:447700900123@sms.example.com", "550 5.1.1 @evil.org:447700900123 is neither"),
        ("447700900123", "550 5.7.1 <447700900123> is not at"),
        ("447700900123@sub.sms.example.com", "550 5.7.1 <"),
        ("postmaster@sms.example.com", "550 5.1.1 postmaster is neither"),
        ("abuse@sms.example.com", "550 5.1.1 abuse is neither"),
        ("@sms.example.com", "550 5.1.1 an empty name is neither"),
        ("0770090012@sms.example.com", "550 5.1.3 0770090012 is one digit short"),
        ("436641234567@sms.example.com", "550 5.7.1 numbers outside GB are switched off"),
        ("09012345678@sms.example.com", "550 5.7.1 449012345678 is a premium-rate"),
        ("none@sms.example.com", "550 5.1.1 nobody is in this group"),
    ],
)
def test_all_that_can_be_refused_is_refused_at_rcpt(address: str, answer: str) -> None:
    assert str(recipient(POLICY, NOBODY, JO, "jo@example.com", address=address)).startswith(answer)


@pytest.mark.parametrize(
    "address",
    ["447700900123@sms.example.com", "user@gmail.com", "postmaster@sms.example.com", "sam", ""],
)
def test_a_stranger_hears_one_sentence_whatever_it_asks(address: str) -> None:
    found = recipient(POLICY, NOBODY, STRANGER, "jo@example.com", address=address)
    assert str(found) == "550 5.7.1 this server takes mail to phones from its own users only"


def test_a_user_cannot_text_in_the_name_of_another() -> None:
    found = recipient(POLICY, NOBODY, JO, "boss@example.com", address="sam@sms.example.com")
    assert isinstance(found, Refusal)


def test_a_sender_may_have_regions_of_its_own() -> None:
    vie = Session("192.0.2.1", "vie")
    found = recipient(
        POLICY, NOBODY, vie, "vie@example.com", address="436641234567@sms.example.com"
    )
    assert found == ForwardPath("436641234567@sms.example.com", (VIENNA,))
    home = recipient(POLICY, NOBODY, vie, "vie@example.com", address="07700900123@sms.example.com")
    assert str(home) == "550 5.7.1 numbers outside AT are switched off for this sender"


def test_who_said_stop_is_texted_no_more() -> None:
    stopped = Facts(optouts={"447700900123": 1777680000.0})
    to_sam = recipient(POLICY, stopped, JO, "", address="sam@sms.example.com")
    assert str(to_sam) == "550 5.7.1 447700900123 opted out with STOP on 2 May 2026"
    to_all = recipient(POLICY, stopped, JO, "", address="ops@sms.example.com")
    assert isinstance(to_all, ForwardPath)
    assert to_all.destinations == (KIM,)
    ((left_out, no),) = to_all.left_out
    assert str(left_out) == "447700900123"
    assert no.text == "447700900123 opted out with STOP on 2 May 2026"


KNOWN: Mapping[str, frozenset[str]] = {TOKEN: frozenset({"447700900123"})}


@pytest.mark.parametrize(
    ("local", "partners", "passes"),
    [
        (f"447700900123.{TOKEN}", KNOWN, True),
        (f"447700900123.{TOKEN.upper()}", KNOWN, True),
        (f"447700900124.{TOKEN}", KNOWN, False),  # somebody else's conversation
        (f"447700900123.{TOKEN}", {}, False),
    ],
)
def test_a_token_counts_only_for_the_number_it_was_sent_to(
    local: str, partners: Mapping[str, frozenset[str]], passes: bool
) -> None:
    address = f"{local}@sms.example.com"
    found = recipient(POLICY, Facts(partners=partners), JO, "", address=address)
    if passes:
        assert found == ForwardPath(address, (SAM,), TOKEN)
    else:
        assert str(found).startswith(f"550 5.1.1 no mail of this bridge was sent with {address}")


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("07700900123@sms.example.com", (("447700900123",), ())),
        (f"447700900123.{TOKEN}@sms.example.com", (("447700900123",), (TOKEN,))),
        ("ops@sms.example.com", (("447700900123", "447700900124"), ())),
        ("customers@sms.example.com", ((), ())),
        ("user@gmail.com", ((), ())),
    ],
)
def test_only_facts_that_matter_are_asked_for(
    address: str, asked: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    assert asks(POLICY, address) == asked


# ---------------------------------------------------------------- profiles


@pytest.mark.parametrize(
    ("session", "reverse_path", "answer", "auto", "found"),
    [
        (JO, "jo@example.com", False, False, PERSON),
        (HOST, "root@nas", False, False, MACHINE),
        (HOST, "sam@example.com", True, False, PERSON),  # an answer in a conversation
        (JO, "jo@example.com", False, True, MACHINE),  # it says so itself
        (HOST, "sam@example.com", True, True, PERSON),
        (JO, "cron@alerts.example.com", False, False, replace(MACHINE, text="{subject}")),
        (Session("10.9.1.1"), "root@nas", False, True, PERSON),
    ],
)
def test_the_profile_follows_from_how_a_mail_came(
    session: Session, reverse_path: str, answer: bool, auto: bool, found: Profile
) -> None:
    choice = chosen(POLICY, session, reverse_path, answer=answer, auto_generated=auto)
    assert choice.profile == found
    assert choice.why
