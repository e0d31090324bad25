"""T29: whose mail a relay brings, and what is missing where that is not evident."""

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
    relayed,
    rule_for,
    sender,
    trusted,
)
from bridge.core.senders import learner_key, sender_key, vouched_in
from bridge.core.vouching import Claims, Dmarc, patterns, vouched

PERSON = Profile("person", "body", True, 4, "truncate", True, "tell", "failures", 86400.0)
MACHINE = replace(PERSON, name="machine")
RELAY = ip_network("10.0.0.5/32")
ANYBODYS = SenderRule("*@*", profile="machine")
OF_THE_RELAYS_NETWORK = SenderRule("10.0.0.0/8", profile="machine")
STAFF = SenderRule("*@example.com", originators=("ACME",))
POLICY = Policy(
    hostname="mx.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules("GB"),
    profiles={"person": PERSON, "machine": MACHINE},
    trusted_networks=(ip_network("10.0.0.0/8"),),
    relays=(RELAY,),
    authserv_id="mx.example.com",
    senders=(OF_THE_RELAYS_NETWORK, SenderRule("user:jo@example.net"), STAFF),
)
JO = "jo@example.com"
GOOD = Claims(JO, server="mx.example.com", dmarc=(Dmarc("pass", "example.com"),))
FROM_RELAY = Session("10.0.0.5")
VOUCHED = Session("10.0.0.5", vouched=JO)


# ---------------------------------------------------------------- what has to be evident


@pytest.mark.parametrize(
    ("said", "reverse_path"),
    [
        pytest.param(GOOD, JO, id="its own address"),
        pytest.param(GOOD, "JO@Example.COM", id="in any case"),
        pytest.param(GOOD, "boss@example.com", id="another of the domain"),
        pytest.param(GOOD, "bounce-17@mail.example.com", id="a bounce address below it"),
    ],
)
def test_t29_dmarc_vouches_for_the_author(said: Claims, reverse_path: str) -> None:
    assert vouched(POLICY, said, reverse_path) == JO


def because(text: str) -> str:
    return f"550 5.7.1 this mail came by a relay, and {text}"


FORWARDED = (
    " is not at example.com, as its From: is: "
    "it was forwarded, or sent by a service with bounce addresses of its own"
)


@pytest.mark.parametrize(
    ("said", "reverse_path", "no"),
    [
        pytest.param(
            Claims(JO),
            JO,
            "has no Authentication-Results of mx.example.com",
            id="From: alone",
        ),
        pytest.param(
            Claims(JO, unreadable=True),
            JO,
            "its topmost Authentication-Results is not written as RFC 8601 has it",
            id="unreadable",
        ),
        pytest.param(
            replace(GOOD, server="mx.evil.org"),
            JO,
            "its topmost Authentication-Results is of mx.evil.org, not of mx.example.com",
            id="another server's",
        ),
        pytest.param(
            replace(GOOD, dmarc=()), JO, "mx.example.com says nothing of DMARC", id="no DMARC"
        ),
        pytest.param(
            replace(GOOD, dmarc=GOOD.dmarc * 2),
            JO,
            "mx.example.com says more than one result of DMARC",
            id="DMARC twice",
        ),
        *(
            pytest.param(
                replace(GOOD, dmarc=(Dmarc(result, "example.com"),)),
                JO,
                f"mx.example.com says dmarc={result}, not dmarc=pass",
                id=result,
            )
            for result in ("fail", "none", "temperror", "permerror", "bestguesspass")
        ),
        pytest.param(
            replace(GOOD, author=""),
            JO,
            "has not one From: with one plain address",
            id="no From, or several",
        ),
        pytest.param(
            replace(GOOD, dmarc=(Dmarc("pass", "evil.org"),)),
            JO,
            "DMARC passed for header.from=evil.org, and its From: is jo@example.com",
            id="for another domain",
        ),
        pytest.param(
            replace(GOOD, dmarc=(Dmarc("pass", "mail.example.com"),)),
            JO,
            "DMARC passed for header.from=mail.example.com, and its From: is jo@example.com",
            id="for a domain below",
        ),
        pytest.param(
            replace(GOOD, dmarc=(Dmarc("pass", ""),)),
            JO,
            "DMARC passed for no header.from, and its From: is jo@example.com",
            id="for none that is named",
        ),
        pytest.param(
            GOOD,
            "",
            "has no return path (MAIL FROM:<>): nobody would hear how it went",
            id="the null reverse path",
        ),
        pytest.param(
            GOOD,
            "SRS0=x=y=example.com=jo@forwarder.net",
            f"its return path SRS0=x=y=example.com=jo@forwarder.net{FORWARDED}",
            id="SRS",
        ),
        pytest.param(
            GOOD,
            '"x; dmarc=pass header.from=example.com"@example.com',
            'its return path "x; dmarc=pass header.from=example.com"@example.com'
            " is no plain address",
            id="one that may have been copied into the field",
        ),
        pytest.param(
            GOOD,
            "jo@notexample.com",
            f"its return path jo@notexample.com{FORWARDED}",
            id="a domain that ends alike",
        ),
        pytest.param(
            Claims(
                "jo@example.org", server="mx.example.com", dmarc=(Dmarc("pass", "example.org"),)
            ),
            "jo@example.org",
            "jo@example.org matches no address pattern of [[senders]]",
            id="of no sender that is known",
        ),
        pytest.param(
            Claims(
                "jo@example.net", server="mx.example.com", dmarc=(Dmarc("pass", "example.net"),)
            ),
            "jo@example.net",
            "jo@example.net matches no address pattern of [[senders]]",
            id="a user's name is no address",
        ),
    ],
)
def test_t29_what_is_missing_is_said(said: Claims, reverse_path: str, no: str) -> None:
    assert str(vouched(POLICY, said, reverse_path)) == because(no)


@pytest.mark.parametrize(
    ("pattern", "counts"),
    [
        ("*@example.com", True),
        ("jo@example.com", True),
        ("*@*.example.com", True),
        ("*@*", False),
        ("*@*.com", False),
        ("*@*example.com", False),
        ("*@example.[co]om", False),
        ("*@com", False),
        ("user:jo@example.com", False),
        ("10.0.0.0/8", False),
    ],
)
def test_only_a_pattern_that_names_a_domain_lets_anybody_in(pattern: str, counts: bool) -> None:
    policy = replace(POLICY, senders=(SenderRule(pattern),))
    assert patterns(policy) == ((pattern,) if counts else ())


# ---------------------------------------------------------------- what follows from it


@pytest.mark.parametrize(
    ("session", "is_admitted", "is_relayed"),
    [
        pytest.param(FROM_RELAY, False, True, id="a relay, though its network is trusted"),
        pytest.param(Session("::ffff:10.0.0.5"), False, True, id="IPv4 as IPv6"),
        pytest.param(VOUCHED, True, False, id="once it is evident whose mail it is"),
        pytest.param(Session("10.0.0.5", "jo"), True, False, id="a user on the relay's machine"),
        pytest.param(Session("10.0.0.6"), True, False, id="its neighbour is trusted"),
        pytest.param(Session("192.0.2.1"), False, False, id="a stranger"),
    ],
)
def test_a_relay_may_send_nothing_by_itself(
    session: Session, is_admitted: bool, is_relayed: bool
) -> None:
    assert admitted(POLICY, session) is is_admitted
    assert relayed(POLICY, session) is is_relayed


def test_a_relay_in_a_trusted_network_is_not_trusted() -> None:
    assert not trusted(POLICY, "10.0.0.5")
    assert trusted(POLICY, "10.0.0.6")


def test_the_rule_is_that_of_the_vouched_address_and_never_of_the_relays_network() -> None:
    assert rule_for(POLICY, VOUCHED, "bounce-17@mail.example.com") == STAFF
    assert rule_for(POLICY, Session("10.0.0.6"), JO) == OF_THE_RELAYS_NETWORK
    assert rule_for(replace(POLICY, senders=(ANYBODYS, STAFF)), VOUCHED, JO) == ANYBODYS


def test_limits_and_closings_are_those_of_the_vouched_address_and_reports_go_back() -> None:
    path = "bounce-17@mail.example.com"
    assert sender(POLICY, VOUCHED, path) == path
    key = sender_key(replace(VOUCHED, vouched="JO@example.com"), path)
    assert key == "dmarc:jo@example.com"
    assert vouched_in(key) == JO
    assert vouched_in(JO) == ""
    assert learner_key(replace(VOUCHED, peer="10.0.0.9"), path) == JO


@pytest.mark.parametrize(("auto", "profile"), [(False, PERSON), (True, MACHINE)])
def test_its_author_is_a_person_unless_the_mail_says_otherwise(
    auto: bool, profile: Profile
) -> None:
    choice = chosen(POLICY, VOUCHED, JO, answer=False, auto_generated=auto)
    assert choice.profile == profile
    assert auto or choice.why == "a relay brought it, and DMARC vouches for jo@example.com"
