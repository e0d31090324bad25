"""What is valid, and may still cost money, give a secret away or be in vain: a row for each."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

import pytest

from bridge.cli.playground import merged
from bridge.settings import weaknesses as rules
from bridge.settings.loading import from_tables
from bridge.settings.places import too_wide
from bridge.settings.weaknesses import WEAKNESSES, weaknesses

TOKEN = "0123456789abcdefghijklmnopqrstuv"
HASH = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0$" + "A" * 43
SOUND: Mapping[str, object] = {
    "gateway": {"username": "acme", "password": "x"},
    "http": {"callback_token": TOKEN},
    "mail": {"postmaster": "ops@example.com"},
}
CERTIFIED = {"tls_cert": "/etc/tls.crt", "tls_key": "/etc/tls.key"}
JO = {"jo": {"password": HASH, "addresses": ["jo@example.com"]}}


def found(said: Mapping[str, object]) -> list[tuple[str, str]]:
    """What is weak in sound settings with these laid over them."""
    return list(weaknesses(from_tables(merged(SOUND, said))))


def test_the_defaults_have_no_weakness() -> None:
    assert found({}) == []


@pytest.mark.parametrize(
    ("said", "name", "words"),
    [
        pytest.param({"users": JO}, "smtp.tls_cert", "passwords go in clear", id="AUTH in clear"),
        pytest.param(
            {"users": {"jo": {"password": HASH}}, "smtp": CERTIFIED},
            "users.jo.addresses",
            "in anybody's name",
            id="T29 a user of any name",
        ),
        pytest.param(
            {"smtp": {"trusted_networks": ["8.0.0.0/8"]}},
            "smtp.trusted_networks",
            "16777216 public addresses may text",
            id="T8 a public network",
        ),
        pytest.param(
            {"smtp": {"trusted_networks": ["10.0.0.0/8"]}},
            "smtp.trusted_networks",
            "16777216 addresses may text",
            id="T8 all of a private network",
        ),
        pytest.param(
            {"smtp": {"trusted_networks": ["2600::/32"]}},
            "smtp.trusted_networks",
            "every public address in it",
            id="T8 a provider's IPv6",
        ),
        pytest.param(
            {
                "smtp": {"relays": ["40.92.0.0/15"], "authserv_id": "mx.example.com"},
                "senders": [{"match": "*@example.com"}],
            },
            "smtp.relays",
            "may vouch",
            id="relays that are anybody's",
        ),
        pytest.param(
            {
                "smtp": {"relays": ["192.0.2.5"], "authserv_id": "mx.example.com"},
                "senders": [{"match": "*@*"}],
            },
            "senders",
            "no address pattern names a domain",
            id="T29 relays that bring nothing",
        ),
        pytest.param(
            {
                "smtp": {"relays": ["127.0.0.1"], "authserv_id": "mx.example.com"},
                "senders": [{"match": "*@example.com"}],
            },
            "smtp.relays",
            "127.0.0.1/32: a relay, though in smtp.trusted_networks",
            id="T29 a relay in a trusted network",
        ),
        pytest.param(
            {"smtp": {"relays": ["192.168.7.1"], "authserv_id": "mx.example.com"}},
            "senders",
            "all that smtp.relays bring is refused",
            id="relays in vain",
        ),
        pytest.param(
            {
                "smtp": {"relays": ["127.0.0.1"], "authserv_id": "mx.example.com"},
                "senders": [{"match": "*@example.com"}],
            },
            "smtp.relays",
            "though in smtp.trusted_networks",
            id="a relay that is trusted, too",
        ),
        pytest.param(
            {"http": {"admin_listen": ["127.0.0.1:8081", "[::]:8081"]}},
            "http.admin_listen",
            "[::]:8081: /metrics has no login",
            id="metrics for everybody",
        ),
        pytest.param(
            {"smtp": {"legacy_networks": ["0.0.0.0/0"]}},
            "smtp.legacy_networks",
            "anybody may smuggle",
            id="T1 legacy everywhere",
        ),
        pytest.param(
            {"smtp": {"legacy_networks": ["192.0.2.1/32", "8.8.8.8/32"]}},
            "smtp.legacy_networks",
            "8.8.8.8/32: 1 public address",
            id="T1 a legacy device on the public net",
        ),
        pytest.param(
            {"senders": [{"match": "user:bob"}]}, "senders", "no such user", id="a user lost"
        ),
        pytest.param(
            {"limits": {"texts_per_hour": 0, "texts_per_day": 0}},
            "limits",
            "nothing bounds",
            id="T71 no limit at all",
        ),
        pytest.param(
            {"limits": {"texts_per_day_all": 1000, "urgent_per_hour": 100_000}},
            "limits.urgent_per_hour",
            "no other limit ends them",
            id="T71 urgent texts without limit",
        ),
        pytest.param(
            {
                "limits": {"texts_per_day": 0},
                "senders": [{"match": "*@example.com", "texts_per_hour": 0}],
            },
            "senders",
            "no limit counts for it",
            id="T71 a sender without limit",
        ),
        pytest.param(
            {"numbers": {"allow_premium": True}}, "numbers.allow_premium", "bill", id="T70 premium"
        ),
        pytest.param(
            {"numbers": {"allowed_regions": ["*"]}},
            "numbers.allowed_regions",
            "any country",
            id="T70 the world",
        ),
        pytest.param(
            {"senders": [{"match": "*@example.com", "allowed_regions": ["*"]}]},
            "senders",
            "may text any country",
            id="T70 the world, for some",
        ),
        pytest.param(
            {"contacts": {"sam": {"number": "+33612345678"}}},
            "contacts.sam",
            "33612345678",
            id="a contact that nobody may text",
        ),
        pytest.param(
            {"gateway": {"url": "http://gw.example.com", "allow_insecure": True}},
            "gateway.url",
            "password and all texts go out in clear",
            id="T60 the gateway in clear",
        ),
        pytest.param(
            {"gateway": {"backup_url": "http://gw.example.com", "allow_insecure": True}},
            "gateway.backup_url",
            "in clear",
            id="T60 its backup in clear",
        ),
        pytest.param(
            {"gateway": {"allow_insecure": True}},
            "gateway.allow_insecure",
            "nothing needs it",
            id="T60 allowed for nothing",
        ),
        pytest.param(
            {"gateway": {"originator": "ACME"}},
            "gateway.originator",
            "nobody can answer a name",
            id="a name as originator",
        ),
        pytest.param(
            {"gateway": {"originator": "447700900123"}},
            "gateway.originator",
            "goes to that number",
            id="a number as originator",
        ),
        pytest.param(
            {"senders": [{"match": "*@example.com", "originators": ["ACME"]}]},
            "senders",
            "nobody can answer a name",
            id="a sender's name as originator",
        ),
        pytest.param(
            {"http": {"public_url": "http://sms.example.com"}},
            "http.public_url",
            "in clear; use https://, by a proxy, or http.callback_networks",
            id="T40 callbacks in clear, from anywhere",
        ),
        pytest.param(
            {"http": {"public_url": "http://a.example", "callback_networks": ["192.0.2.0/24"]}},
            "http.public_url",
            "in clear",
            id="T40 callbacks in clear",
        ),
        pytest.param(
            {"http": {"listen": ["0.0.0.0:80"], "trusted_proxies": ["192.0.2.1"]}},
            "http.listen",
            "without TLS",
            id="T40 a listener for all",
        ),
        pytest.param(
            {"http": {"listen": ["10.0.0.1:80"]}}, "http.listen", "without TLS", id="T40 no proxy"
        ),
        pytest.param(
            {"http": {"public_url": "https://sms.example.com"}},
            "http.trusted_proxies",
            "all callers look like one",
            id="T40 an unknown proxy",
        ),
        pytest.param(
            {"http": {"trusted_proxies": ["0.0.0.0/0"]}},
            "http.trusted_proxies",
            "may say where a call comes from",
            id="T40 anybody a proxy",
        ),
        pytest.param(
            {"http": {"callback_networks": ["::/0"]}},
            "http.callback_networks",
            "anybody may call",
            id="T40 a bound that is none",
        ),
        pytest.param(
            {"http": {"callback_networks": ["192.0.2.0/24", "128.0.0.0/1"]}},
            "http.callback_networks",
            "128.0.0.0/1: 2147483648 public addresses may call",
            id="T40 half of the net",
        ),
        pytest.param(
            {"http": {"callback_token_previous": TOKEN[::-1]}},
            "http.callback_token_previous",
            "still taken",
            id="T40 a former token",
        ),
        pytest.param(
            {"http": {"callback_token_previous": TOKEN}},
            "http.callback_token_previous",
            "the same",
            id="T40 a former token that is the new one",
        ),
        pytest.param(
            {"mail": {"smarthost": "smtp://mail.example.com"}},
            "mail.smarthost",
            "in clear",
            id="mail in clear",
        ),
        pytest.param(
            {"mail": {"postmaster": "", "inbox": "team@example.com"}},
            "mail.postmaster",
            "goes to team@example.com",
            id="no postmaster",
        ),
        pytest.param(
            {"store": {"url": "postgresql://bridge:x@db.example.com/bridge?sslmode=require"}},
            "store.url",
            "verify-full",
            id="T60 an unknown database",
        ),
        *(
            pytest.param(
                {"store": {"url": f"postgresql://jo:x@{where}"}},
                "store.url",
                "verify-full",
                id=f"T60 an unknown database: {where}",
            )
            for where in (
                "localhost:5432,db.example.com:5432/bridge",
                "[::1]:5432,[2001:db8::1]:5432/bridge",
                "/bridge?host=/run,db.example.com",
                "/bridge?host=/run&host=db.example.com",
                "127.0.0.1/bridge?hostaddr=8.8.8.8",
            )
        ),
        pytest.param(
            {"store": {"keep_bodies": "1000 d"}}, "store.keep_bodies", "1000 days", id="T82 bodies"
        ),
        pytest.param(
            {"store": {"keep_history": "4000 d"}},
            "store.keep_history",
            "4000 days",
            id="T82 history",
        ),
    ],
)
def test_what_is_weak_is_named_with_what_to_do(
    said: Mapping[str, object], name: str, words: str
) -> None:
    ((where, what),) = found(said)
    assert where == name
    assert words in what
    assert "\n" not in what


@pytest.mark.parametrize(
    "said",
    [
        {"users": JO, "smtp": CERTIFIED},
        {"smtp": {"trusted_networks": ["192.168.0.0/16", "127.0.0.0/8", "203.0.113.0/24"]}},
        {"smtp": {"legacy_networks": ["192.168.7.0/24"]}},
        {"limits": {"texts_per_hour": 0, "texts_per_day": 0, "texts_per_day_all": 5000}},
        {"gateway": {"url": "http://127.0.0.1:8090/smsgateway"}},
        {"http": {"listen": ["10.0.0.1:80"], "trusted_proxies": ["10.0.0.2"]}},
        {"http": {"public_url": "https://sms.example.com", "trusted_proxies": ["127.0.0.1"]}},
        {"mail": {"smarthost": "smtp+starttls://jo:x@mail.example.com"}},
        {"store": {"url": "postgresql://bridge:x@db.example.com/bridge?sslmode=verify-full"}},
        {"store": {"url": "postgresql:///bridge?host=/run/postgresql"}},
        {"store": {"url": "postgresql://bridge@127.0.0.1/bridge"}},
        {"store": {"url": "postgresql://jo@[::1]:5432,localhost:5433/x?hostaddr=127.0.0.1"}},
    ],
    ids=str,
)
def test_what_is_well_set_up_is_not_warned_of(said: Mapping[str, object]) -> None:
    assert found(said) == []


def test_every_weakness_is_looked_for() -> None:
    looks = {
        each
        for each in vars(rules).values()
        if getattr(each, "__annotations__", {}).get("return") == "Found" and each is not weaknesses
    }
    assert looks == set(WEAKNESSES)


@pytest.mark.parametrize(
    ("network", "wide"),
    [
        ("127.0.0.0/8", False),
        ("::1/128", False),
        ("192.168.0.0/16", False),
        ("172.16.0.0/12", True),
        ("8.8.8.0/24", False),
        ("8.8.8.0/23", True),
        ("fd00:1:2::/48", False),
        ("fc00::/7", True),
        ("2600:1:2:3::/64", False),
        ("2600:1::/32", True),
        ("0.0.0.0/0", True),
        ("::/0", True),
    ],
)
def test_a_network_is_too_wide_where_strangers_may_be_in_it(network: str, *, wide: bool) -> None:
    assert too_wide(ipaddress.ip_network(network)) is wide
