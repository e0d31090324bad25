"""The settings as the core's rules get them."""

from __future__ import annotations

import pickle
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.core.model import ListName, Msisdn
from bridge.core.policy import Contact, Profile, Route, SenderRule, SubscriptionList
from bridge.settings.loading import from_tables
from bridge.settings.places import Listen, Smarthost, listen, smarthost
from bridge.settings.rules import policy_of
from bridge.settings.zones import zone

HASH = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0$" + "A" * 43
TABLES: dict[str, Any] = {
    "smtp": {"domains": ["SMS.example.com", "sms.example.org"], "hostname": "mx.example.com"},
    "numbers": {"default_region": "IE", "allowed_regions": ["IE", "GB"]},
    "gateway": {"username": "u", "password": "p", "originator": "ACME", "max_recipients": 50},
    "http": {"callback_token": "0123456789abcdefghijklmnopqrstuv"},
    "mail": {"inbox": "sms@example.com"},
    "profiles": {
        "machine": {"max_segments": 3},
        "night": {
            "text": "{subject}",
            "clean": False,
            "max_segments": 1,
            "media": False,
            "in_doubt": "tell",
            "expires": "15 min",
        },
    },
    "senders": [{"match": "*@example.com", "profile": "night", "originators": ["ACME"]}],
    "users": {"jo": {"password": HASH, "addresses": ["jo@example.com"]}},
    "contacts": {
        "Sam": {"number": "+447700900123", "name": "Sam Jones"},
        "ann": {"number": "087 123 4567"},
    },
    "groups": {"Ops": ["sam", "ann", "+44 7700 900123"]},
    "gateway_groups": {"customers": "Customers 2026"},
    "subscription_lists": {"alerts": {"name": "MyList", "managers": ["jo"]}},
    "routes": [
        {"keyword": "HELP", "to": ["support@example.com"]},
        {"number": "+447700900123", "to": ["jo@example.com"]},
    ],
}


def test_every_rule_reaches_the_policy() -> None:
    policy = policy_of(from_tables(TABLES))
    sam, ann = Msisdn("447700900123"), Msisdn("353871234567")
    assert policy.domains == ("sms.example.com", "sms.example.org")
    assert policy.hostname == "mx.example.com"
    assert policy.numbers.default_region == "IE"
    assert policy.numbers.allowed_regions == ("IE", "GB")
    assert policy.contacts == {"sam": Contact(sam, "Sam Jones"), "ann": Contact(ann, "ann")}
    assert policy.groups == {"ops": (sam, ann)}
    assert policy.gateway_groups == {"customers": ListName("Customers 2026")}
    assert policy.subscription_lists == {"alerts": SubscriptionList("MyList", ("jo",), ())}
    assert policy.routes == (
        Route(("support@example.com",), "HELP"),
        Route(("jo@example.com",), number="447700900123"),
    )
    assert policy.users == {"jo": ("jo@example.com",)}
    assert policy.senders == (SenderRule("*@example.com", "night", originators=("ACME",)),)
    assert (policy.originator, policy.gateway_max_recipients) == ("ACME", 50)


def test_profiles_are_the_two_and_the_operators_own() -> None:
    profiles = policy_of(from_tables(TABLES)).profiles
    assert set(profiles) == {"person", "machine", "night"}
    assert (profiles["machine"].max_segments, profiles["machine"].expires) == (3, 3600.0)
    assert profiles["night"] == Profile(
        name="night",
        text="{subject}",
        clean=False,
        max_segments=1,
        over_limit="truncate",
        media=False,
        in_doubt="tell",
        reports="failures",
        expires=900.0,
    )


@pytest.mark.parametrize(
    ("charset", "latin1"), [("vendor-utf-8", False), ("utf-8", False), ("iso-8859-1", True)]
)
def test_the_charset_of_the_gateway_s_forms_says_whether_they_hold_latin_1_alone(
    charset: str, latin1: bool
) -> None:
    tables = TABLES | {"gateway": TABLES["gateway"] | {"charset": charset}}
    assert policy_of(from_tables(tables)).latin1 is latin1


def test_the_inbox_hears_what_an_operator_must_know_where_there_is_no_postmaster() -> None:
    assert policy_of(from_tables(TABLES)).postmaster == "sms@example.com"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("127.0.0.1:2525", Listen("127.0.0.1", 2525)),
        ("[::1]:25", Listen("::1", 25)),
        ("localhost:0", Listen("localhost", 0)),
    ],
)
def test_an_address_to_listen_on(written: str, expected: Listen) -> None:
    assert listen(written) == expected
    assert str(expected) == written


@pytest.mark.parametrize(
    ("written", "expected", "password"),
    [
        ("smtp://127.0.0.1", Smarthost("plain", "127.0.0.1", 25), ""),
        ("smtp://[::1]:2525", Smarthost("plain", "::1", 2525), ""),
        ("smtps://mail.example.com", Smarthost("tls", "mail.example.com", 465), ""),
        (
            "smtp+starttls://jo%40example.com:p%2Fw@mail.example.com",
            Smarthost("starttls", "mail.example.com", 587, "jo@example.com"),
            "p/w",
        ),
    ],
)
def test_a_smarthost_is_a_way_a_place_and_perhaps_a_login(
    written: str, expected: Smarthost, password: str
) -> None:
    found = smarthost(written)
    assert (found.security, found.host, found.port, found.username) == (
        expected.security,
        expected.host,
        expected.port,
        expected.username,
    )
    assert found.password.get_secret_value() == password


# ---------------------------------------------------------------- the readers of mails


@pytest.mark.parametrize(
    ("said", "tz", "link", "written", "expected"),
    [
        ("Europe/Berlin", "Asia/Tokyo", "Asia/Tokyo", "Asia/Tokyo", ZoneInfo("Europe/Berlin")),
        ("UTC", "", "", "", ZoneInfo("UTC")),
        ("", "Asia/Tokyo", "Europe/Paris", "Europe/Rome", ZoneInfo("Asia/Tokyo")),
        ("", ":Asia/Tokyo", "", "", ZoneInfo("Asia/Tokyo")),
        ("", "CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Paris", "", ZoneInfo("Europe/Paris")),
        ("", "", "Europe/Paris", "Europe/Rome", ZoneInfo("Europe/Paris")),
        ("", "", "", "Europe/Rome", ZoneInfo("Europe/Rome")),
        ("", "", "", "Nowhere/At-all", UTC),
        ("", "", "Etc/UTC", "Etc/UTC", UTC),
        ("", "", "", "", UTC),
    ],
)
def test_the_zone_is_the_one_that_is_set_or_this_machines(
    said: str,
    tz: str,
    link: str,
    written: str,
    expected: tzinfo,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("TZ", tz)
    localtime, timezone = tmp_path / "localtime", tmp_path / "timezone"
    if link:
        localtime.symlink_to(f"/usr/share/zoneinfo/{link}")
    if written:
        timezone.write_text(written + "\n", encoding="ascii")

    assert zone(said, localtime=localtime, timezone=timezone) == expected


def test_the_policy_has_the_readers_zone_and_language_and_can_be_sent_to_a_process() -> None:
    mail = {"inbox": "sms@example.com", "time_zone": "Europe/London", "language": "de"}

    policy = policy_of(from_tables({**TABLES, "mail": mail}))

    assert (policy.zone, policy.language) == (ZoneInfo("Europe/London"), "de")
    assert pickle.loads(pickle.dumps(policy)) == policy
