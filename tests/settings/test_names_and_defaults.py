"""The names and defaults that documents and scripts rely on, written down by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel

from bridge.settings.example import example
from bridge.settings.kinds import Section
from bridge.settings.loading import from_tables, load
from bridge.settings.model import Settings
from bridge.settings.profiles import Machine, Person, Profile
from bridge.settings.tables import Contact, Route, SenderRule, SubscriptionList, User

FIXED: Mapping[str, Mapping[str, object]] = {
    "smtp": {
        "hostname": "sms.example.com",
        "domains": ["sms.example.com"],
        "listen": ["127.0.0.1:2525"],
        "listen_tls": [],
        "tls_cert": "",
        "tls_key": "",
        "trusted_networks": ["127.0.0.0/8", "::1/128"],
        "relays": [],
        "authserv_id": "",
        "legacy_networks": [],
        "max_message_size": "10 MiB",
        "max_recipients": 100,
    },
    "numbers": {"default_region": "GB", "allowed_regions": [], "allow_premium": False},
    "gateway": {
        "kind": "intellisms",
        "url": "https://www.intellisoftware.co.uk/smsgateway",
        "backup_url": "https://www.intellisoftware2.co.uk/smsgateway",
        "username": "",
        "password": "",
        "originator": "",
        "charset": "vendor-utf-8",
        "delivery_reports": True,
        "concatenate_unicode": False,
        "max_recipients": 100,
        "connections": 16,
        "timeout": "30 s",
        "allow_insecure": False,
        "stay_on_backup": "5 min",
        "low_balance": 100,
    },
    "http": {
        "listen": ["127.0.0.1:8080"],
        "admin_listen": ["127.0.0.1:8081"],
        "public_url": "",
        "callback_token": "",
        "callback_token_previous": "",
        "callback_networks": [],
        "trusted_proxies": [],
    },
    "mail": {
        "smarthost": "smtp://127.0.0.1:25",
        "inbox": "",
        "postmaster": "",
        "connections": 4,
        "subject_style": "thread",
        "language": "en",
        "time_zone": "",
    },
    "store": {
        "url": "sqlite:////var/lib/smsbridge/bridge.db",
        "keep_bodies": "30 d",
        "keep_history": "365 d",
    },
    "limits": {
        "texts_per_hour": 60,
        "texts_per_day": 300,
        "texts_per_number": 10,
        "texts_per_day_all": 0,
        "urgent_per_hour": 10,
        "same_text": "2 min",
    },
    "mms": {
        "max_size": "300 kB",
        "types": [
            "image/jpeg",
            "image/gif",
            "image/png",
            "audio/amr",
            "audio/mpeg",
            "video/3gpp",
            "video/mp4",
            "text/plain",
            "text/vcard",
        ],
    },
}

PERSON = {
    "text": "body",
    "clean": True,
    "clean_except": [],
    "learn_tails": False,
    "max_segments": 4,
    "over_limit": "truncate",
    "media": True,
    "in_doubt": "tell",
    "fold": False,
    "reports": "failures",
    "expires": "24 h",
}
MACHINE = {
    "text": "subject+body",
    "clean": False,
    "clean_except": [],
    "learn_tails": False,
    "max_segments": 2,
    "over_limit": "truncate",
    "media": False,
    "in_doubt": "resend",
    "fold": True,
    "reports": "failures",
    "expires": "60 min",
}

OPERATORS_OWN: Mapping[str, tuple[type[BaseModel], list[str]]] = {
    "senders": (
        SenderRule,
        [
            "match",
            "profile",
            "texts_per_hour",
            "texts_per_day",
            "texts_per_number",
            "allowed_regions",
            "originators",
            "report_to",
            "text",
        ],
    ),
    "users": (User, ["password", "addresses"]),
    "contacts": (Contact, ["number", "name"]),
    "subscription_lists": (SubscriptionList, ["name", "managers", "to"]),
    "routes": (Route, ["keyword", "number", "to"]),
}


def defaults(model: type[BaseModel]) -> dict[str, object]:
    return {name: field.default for name, field in model.model_fields.items()}


def test_the_tables_are_these() -> None:
    named = {"profiles", "groups", "gateway_groups", *OPERATORS_OWN}
    assert set(Settings.model_fields) == {*FIXED, *named}


def test_every_name_and_default_is_the_fixed_one() -> None:
    found = {}
    for table in FIXED:
        model = Settings.model_fields[table].annotation
        assert isinstance(model, type)
        assert issubclass(model, Section)
        found[table] = defaults(model)
    assert found == FIXED


def test_the_two_profiles_have_the_fixed_defaults() -> None:
    assert defaults(Person) == PERSON
    assert defaults(Machine) == MACHINE
    assert list(Profile.model_fields) == list(PERSON)


def test_the_names_in_an_operators_own_tables_are_fixed() -> None:
    found = {name: list(model.model_fields) for name, (model, _) in OPERATORS_OWN.items()}
    assert found == {name: names for name, (_, names) in OPERATORS_OWN.items()}


# ---------------------------------------------------------------- the example

REQUIRED = {
    "BRIDGE_GATEWAY__USERNAME": "acme",
    "BRIDGE_GATEWAY__PASSWORD": "correct horse",
    "BRIDGE_HTTP__CALLBACK_TOKEN": "0123456789abcdefghijklmnopqrstuv",
    "BRIDGE_MAIL__POSTMASTER": "postmaster@example.com",
}
EXAMPLE = Path(__file__).parents[2] / "config" / "bridge.example.toml"


def test_the_example_in_the_project_is_the_one_that_the_model_makes() -> None:
    assert EXAMPLE.read_text("utf-8") == example()


def test_the_example_says_the_defaults_and_nothing_else() -> None:
    said = load(EXAMPLE, REQUIRED)
    assert said == load(None, REQUIRED)


def test_the_example_has_every_name() -> None:
    text = EXAMPLE.read_text("utf-8")
    missing = [
        name
        for names in [*FIXED.values(), PERSON, *(n for _, n in OPERATORS_OWN.values())]
        for name in names
        if f"\n{name} = " not in text and f"\n#{name} = " not in text
    ]
    assert missing == []


def test_what_is_commented_out_in_the_example_can_be_used(write: Callable[..., Path]) -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    uncommented = [x[1:] if x.startswith("#") and not x.startswith("# ") else x for x in lines]
    settings = load(write("\n".join(uncommented)), REQUIRED)
    assert settings.contacts["sam"].name == "Sam Jones"
    assert settings.groups["ops"] == ("sam", "+447700900124")
    assert settings.senders[0].texts_per_hour == 600
    assert settings.subscription_lists["alerts"].managers == ("jo",)
    assert settings.routes[0].keyword == "HELP"


def test_settings_can_be_said_in_a_program() -> None:
    settings = from_tables(
        {
            "gateway": {"username": "u", "password": "p", "url": "http://127.0.0.1:8090/g"},
            "http": {"callback_token": "0123456789abcdefghijklmnopqrstuv"},
            "mail": {"inbox": "you@example.com"},
        }
    )
    assert settings.gateway.timeout == 30.0
    assert settings.store.keep_bodies == 30 * 86400.0
    assert settings.mms.max_size == 300_000
    assert settings.smtp.max_message_size == 10 * 1024 * 1024
