"""Who may send, as whom, and by which profile."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.choosing import chosen
from bridge.core.model import Session
from bridge.core.policy import (
    Policy,
    Profile,
    SenderRule,
    admitted,
    sender,
    trusted,
    within,
)

PERSON = Profile("person", "body", True, 4, "truncate", True, "tell", "failures", 86400.0)
MACHINE = Profile("machine", "subject+body", False, 2, "truncate", False, "resend", "all", 3600.0)

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
)
JO = Session("192.0.2.1", "jo", tls=True)
ANY = Session("192.0.2.1", "any", tls=True)
HOST = Session("10.0.0.7")
STRANGER = Session("192.0.2.1")


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


def test_what_is_remembered_of_an_address_is_of_one_policy() -> None:
    """Two of the same house differ in their rules; one that came by another way is the same."""
    closed = replace(POLICY, trusted_networks=())
    relayed = replace(POLICY, relays=(ip_network("10.0.0.0/24"),))
    same = replace(POLICY)
    assert (hash(closed), hash(same)) == (hash(POLICY), hash(POLICY))
    for _ in range(2):
        found = [trusted(each, "10.0.0.7") for each in (POLICY, closed, relayed, same)]
        assert found == [True, False, False, True]


def test_by_default_nobody_may_send() -> None:
    bare = Policy("h", ("d",), NumberRules(), {})
    assert not admitted(bare, Session("127.0.0.1"))


def test_an_address_family_is_never_within_the_other() -> None:
    assert not within("::1", (ip_network("0.0.0.0/0"),))


OF_JO = "its addresses are jo@example.com, j@example.com"


def not_as(address: str) -> str:
    return f"550 5.7.1 user jo may not send as {address}; {OF_JO}"


@pytest.mark.parametrize(
    ("session", "reverse_path", "found"),
    [
        (JO, "jo@example.com", "jo@example.com"),
        pytest.param(JO, "J@EXAMPLE.com", "J@EXAMPLE.com", id="in any case"),
        pytest.param(JO, "", "jo@example.com", id="a null path is answered to the first"),
        (JO, "boss@example.com", not_as("boss@example.com")),
        pytest.param(
            JO, "jo+x@example.com", not_as("jo+x@example.com"), id="a tag is another address"
        ),
        pytest.param(JO, "jo@sub.example.com", not_as("jo@sub.example.com"), id="a domain below"),
        pytest.param(JO, '"jo"@example.com', not_as('"jo"@example.com'), id="in quotes"),
        pytest.param(ANY, "boss@example.com", "boss@example.com", id="a user without addresses"),
        pytest.param(ANY, "", "", id="who hears nothing, if it says none"),
        (HOST, "root@nas", "root@nas"),
        (HOST, "", ""),
    ],
)
def test_t29_a_user_sends_as_its_own_addresses(
    session: Session, reverse_path: str, found: str
) -> None:
    assert str(sender(POLICY, session, reverse_path)) == found


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
