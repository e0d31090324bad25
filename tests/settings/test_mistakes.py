"""What an operator reads when the settings are wrong: every line, to the letter."""

from __future__ import annotations

import sys
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.settings.loading import load
from bridge.settings.mistakes import SettingsError

HASH = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0$" + "A" * 43
DURATION = 'a duration with its unit, such as "90 s", "15 min", "24 h" or "30 d"'
LISTEN = 'host:port, such as "127.0.0.1:2525" or "[::1]:25"'
TOKEN = (
    "128 random bits or more (22 letters, digits, - and _, or 32 hex digits); "
    "`smsbridge config token` makes one"
)
SMARTHOST = (
    '"smtp://host:port", or smtps:// or smtp+starttls:// with user:password@ before the host, '
    "special characters written as %40"
)
NETWORK = 'a network, such as "10.0.8.0/24" (no bits set after its length), or an address'
MATCH = 'a pattern of addresses ("*@example.com"), a network ("10.0.8.0/24") or "user:name"'
TEMPLATE = (
    '"body", "subject", "subject+body", or a template with fields in braces, such as '
    '"{subject}: {first_line}"'
)
NO_CREDENTIALS = "a URL without user, password and query: those have their own settings"
INSECURE = "https:// (or gateway.allow_insecure = true, on a network you trust)"
RESERVED = "another name: this one means something to the bridge itself"
NOT_A_NUMBER = "a name that does not look like a number"
ONE_OF_THE_LISTS = "one of this name, in any case (there are news and News)"
ONE_OF_THE_NAME = "one of this name, in any case (there are contacts.ops and groups.Ops)"
TOO_WIDE = "a /8 at most, in IPv6 a /32: whoever is there may send"
AUTHSERV_ID = (
    "the name that stands first in the Authentication-Results of smtp.relays, such as "
    '"mx.example.com": without it nothing that they bring is believed'
)
REGION = 'a country\'s two letters in ISO 3166, such as "GB" or "IE"'

ROWS: list[tuple[str, list[str]]] = [
    # the readers of mails
    ('[mail]\nlanguage = "fr"', ['mail.language: found "fr", expected "en" or "de"']),
    (
        '[mail]\ntime_zone = "Europe/Berln"',
        ['mail.time_zone: found "Europe/Berln", expected the name of a time zone: Europe/Berlin?'],
    ),
    (
        '[mail]\ntime_zone = "london"',
        ['mail.time_zone: found "london", expected the name of a time zone: Europe/London?'],
    ),
    (
        '[mail]\ntime_zone = "../London/.."',
        [
            'mail.time_zone: found "../London/..", expected the name of a time zone, such as '
            '"Europe/London"'
        ],
    ),
    # a value's own form
    ('[smtp]\nlisten = ["2525"]', [f'smtp.listen[0]: found "2525", expected {LISTEN}']),
    (
        '[smtp]\nlisten = ["127.0.0.1:25", "[::1:25", "a:70000"]',
        [
            f'smtp.listen[1]: found "[::1:25", expected {LISTEN}',
            f'smtp.listen[2]: found "a:70000", expected {LISTEN}',
        ],
    ),
    (
        '[smtp]\nlisten = "127.0.0.1:25"',
        ['smtp.listen: found "127.0.0.1:25", expected a list in brackets, as ["127.0.0.1:25"]'],
    ),
    (
        "[smtp]\nlisten = []",
        ["smtp.listen: found a list of 0, expected a list with one entry at least"],
    ),
    (
        "[smtp]\ndomains = []",
        ["smtp.domains: found a list of 0, expected a list with one entry at least"],
    ),
    (
        '[smtp]\ndomains = ["-x.example.com"]',
        [
            'smtp.domains[0]: found "-x.example.com", '
            'expected a domain name, such as "sms.example.com"'
        ],
    ),
    (
        '[smtp]\ntrusted_networks = ["10.0.8.1/24", "lan"]',
        [
            f'smtp.trusted_networks[0]: found "10.0.8.1/24", expected {NETWORK}',
            f'smtp.trusted_networks[1]: found "lan", expected {NETWORK}',
        ],
    ),
    (
        '[smtp]\ntrusted_networks = ["10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "::/0"]',
        [
            f'smtp.trusted_networks[1]: found "0.0.0.0/0", expected {TOO_WIDE}',
            f'smtp.trusted_networks[3]: found "::/0", expected {TOO_WIDE}',
        ],
    ),
    (
        '[smtp]\ntrusted_networks = ["128.0.0.0/7"]\nrelays = ["2000::/31"]\nauthserv_id = "mx"',
        [
            f'smtp.trusted_networks[0]: found "128.0.0.0/7", expected {TOO_WIDE}',
            f'smtp.relays[0]: found "2000::/31", expected {TOO_WIDE}',
        ],
    ),
    (
        '[smtp]\nrelays = ["10.0.0.5"]',
        [f'smtp.authserv_id: found "", expected {AUTHSERV_ID}'],
    ),
    (
        "[smtp]\nmax_message_size = 10485760",
        [
            "smtp.max_message_size: found 10485760, "
            'expected a size with its unit, such as "300 kB" or "10 MiB"'
        ],
    ),
    (
        '[smtp]\nmax_recipients = "100"',
        ['smtp.max_recipients: found "100", expected a whole number of 1 or more, without quotes'],
    ),
    (
        "[smtp]\nmax_recipients = true",
        ["smtp.max_recipients: found true, expected a whole number of 1 or more, without quotes"],
    ),
    ("[gateway]\ntimeout = 30", [f"gateway.timeout: found 30, expected {DURATION}"]),
    ('[gateway]\ntimeout = "30 secs"', [f'gateway.timeout: found "30 secs", expected {DURATION}']),
    (
        '[gateway]\ntimeout = "0 s"',
        ['gateway.timeout: found "0 s", expected a duration of more than 0, such as "30 s"'],
    ),
    (
        '[gateway]\ndelivery_reports = "yes"',
        ['gateway.delivery_reports: found "yes", expected true or false, without quotes'],
    ),
    (
        '[gateway]\ncharset = "utf8"',
        ['gateway.charset: found "utf8", expected "vendor-utf-8", "utf-8" or "iso-8859-1"'],
    ),
    ('[gateway]\nkind = "acme"', ['gateway.kind: found "acme", expected "intellisms"']),
    (
        "[gateway]\nmax_recipients = 101",
        [
            "gateway.max_recipients: found 101, "
            "expected a whole number from 1 to 100, without quotes"
        ],
    ),
    (
        '[gateway]\noriginator = "A very long name"',
        [
            'gateway.originator: found "A very long name", '
            "expected a number of 3 to 15 digits, or 1 to 11 letters and digits"
        ],
    ),
    (
        '[numbers]\ndefault_region = "UK"',
        [f'numbers.default_region: found "UK", expected {REGION}'],
    ),
    (
        '[numbers]\nallowed_regions = ["GB", "gb"]',
        [f'numbers.allowed_regions[1]: found "gb", expected {REGION}'],
    ),
    (
        "[profiles.person]\nmax_segments = 11",
        [
            "profiles.person.max_segments: found 11, "
            "expected a whole number from 1 to 10, without quotes"
        ],
    ),
    (
        '[profiles.person]\nclean_except = ["tails", "quote"]',
        [
            'profiles.person.clean_except[1]: found "quote", expected a step of cleaning: banners, '
            "markers, history, quotes, list-footer, signature, sent-from, signature-block, tails, "
            "unwrap"
        ],
    ),
    (
        '[profiles.machine]\ntext = "all"',
        [f'profiles.machine.text: found "all", expected {TEMPLATE}'],
    ),
    (
        '[profiles.machine]\ntext = "{{subject}}"',
        [f'profiles.machine.text: found "{{{{subject}}}}", expected {TEMPLATE}'],
    ),
    (
        '[profiles.machine]\ntext = "{subject} {"',
        [
            'profiles.machine.text: found "{subject} {", expected {{ or }} for a brace that stands '
            "for itself"
        ],
    ),
    (
        '[profiles.machine]\ntext = "{subject} {}"',
        [
            'profiles.machine.text: found "{subject} {}", expected a field\'s name in each pair of '
            "braces, such as {subject}"
        ],
    ),
    (
        '[profiles.machine]\ntext = "{subject.__class__}"',
        [
            'profiles.machine.text: found "{subject.__class__}", expected one of {subject}, '
            "{body}, {from}, {first_line}, {last_5_lines}, {alert}; there is no "
            "{subject.__class__}"
        ],
    ),
    (
        '[profiles.machine]\ntext = "{subjct}: {frist_line}"',
        [
            'profiles.machine.text: found "{subjct}: {frist_line}", expected one of {subject}; '
            "there is no {subjct}"
        ],
    ),
    (
        '[profiles.machine]\ntext = "{mdadm_disk}"',
        [
            'profiles.machine.text: found "{mdadm_disk}", expected one of '
            "{mdadm}, {mdadm_host}, {mdadm_event}, {mdadm_array}, {mdadm_device}; there is no "
            "{mdadm_disk}"
        ],
    ),
    (
        '[mms]\ntypes = ["image/*"]',
        [
            'mms.types[0]: found "image/*", '
            'expected a media type in lower case, such as "image/jpeg"'
        ],
    ),
    # URLs and secrets
    (
        '[gateway]\nurl = "http://gw.example/x"',
        [f'gateway.url: found "http://gw.example/x", expected {INSECURE}'],
    ),
    (
        '[gateway]\nurl = "gw.example"',
        ['gateway.url: found "gw.example", expected a URL, such as "https://www.example.com/path"'],
    ),
    (
        '[gateway]\nurl = "https://gw.example/x?username=u&password=canary"',
        [f'gateway.url: found "https://gw.example/x********", expected {NO_CREDENTIALS}'],
    ),
    (
        '[gateway]\nbackup_url = "https://u:canary@gw.example"',
        [f'gateway.backup_url: found "https://********@gw.example", expected {NO_CREDENTIALS}'],
    ),
    (
        '[http]\npublic_url = "https://sms.example.com/callback/canary"',
        [
            'http.public_url: found "https://sms.example.com/callback/********", '
            "expected the URL before /callback/<token>: the bridge adds that itself"
        ],
    ),
    (
        '[http]\ncallback_token_previous = "canary"',
        [f'http.callback_token_previous: found "********", expected {TOKEN}'],
    ),
    (
        '[http]\ncallback_token_previous = "0123456789abcdef0123456789"',
        [f'http.callback_token_previous: found "********", expected {TOKEN}'],
    ),
    (
        '[mail]\nsmarthost = "smtp://jo:canary@mail.example.com"',
        [
            'mail.smarthost: found "smtp://********@mail.example.com", '
            "expected smtps:// or smtp+starttls://, since a password would go out in clear"
        ],
    ),
    (
        '[mail]\nsmarthost = "smtps://jo:can/ary@mail.example.com"',
        [f'mail.smarthost: found "smtps://********@mail.example.com", expected {SMARTHOST}'],
    ),
    (
        '[mail]\nsmarthost = "jo:canary"',
        [f'mail.smarthost: found "********", expected {SMARTHOST}'],
    ),
    (
        '[mail]\npostmaster = "sms.example.com"',
        [
            'mail.postmaster: found "sms.example.com", '
            'expected a mail address, such as "ops@example.com"'
        ],
    ),
    (
        '[smtp]\ndomains = ["SMS.example.org"]\n[mail]\npostmaster = "root@sms.example.org"',
        [
            'mail.postmaster: found "root@sms.example.org", '
            "expected a mailbox elsewhere: mail to smtp.domains becomes texts"
        ],
    ),
    (
        '[store]\nurl = "postgresql://bridge:canary@db"',
        [
            'store.url: found "postgresql://********@db", '
            'expected a database by name, "postgresql://user:password@host/database"'
        ],
    ),
    (
        '[store]\nurl = "sqlite:///bridge.db"',
        [
            'store.url: found "sqlite:///bridge.db", expected an absolute path after four slashes, '
            '"sqlite:////var/lib/smsbridge/bridge.db"'
        ],
    ),
    # settings that go together
    (
        '[smtp]\ntls_cert = "/etc/ssl/sms.pem"',
        ['smtp.tls_key: found "", expected smtp.tls_cert and smtp.tls_key together, or neither'],
    ),
    (
        '[smtp]\nlisten_tls = ["0.0.0.0:465"]',
        [
            "smtp.listen_tls: found a list of 1, "
            "expected smtp.tls_cert and smtp.tls_key for these addresses, or none of them"
        ],
    ),
    # an operator's own tables
    (
        '[users.jo]\npassword = "canary"',
        [
            'users.jo.password: found "********", '
            "expected an Argon2id hash; `smsbridge user passwd` writes one"
        ],
    ),
    (
        "[users.jo]",
        ["users.jo.password: found nothing, expected a value, since there is no default"],
    ),
    (
        f'[users."jo smith"]\npassword = "{HASH}"',
        ['users."jo smith": found "jo smith", expected a name of letters, digits and . _ @ + -'],
    ),
    ('users = "canary"', ["users: found a text, expected a table"]),
    (
        '[contacts.sam]\nnumber = "call me"',
        [
            'contacts.sam.number: found "call me", '
            'expected a phone number, such as "+447700900123" '
            "(call me is neither a number nor a name known here)"
        ],
    ),
    (
        '[contacts.447700900123]\nnumber = "+447700900123"',
        [f'contacts.447700900123: found "447700900123", expected {NOT_A_NUMBER}'],
    ),
    (
        '[contacts.p447700900123]\nnumber = "+447700900123"',
        [f'contacts.p447700900123: found "p447700900123", expected {NOT_A_NUMBER}'],
    ),
    (
        '[contacts.Abuse]\nnumber = "+447700900123"',
        [f'contacts.Abuse: found "Abuse", expected {RESERVED}'],
    ),
    (
        '[contacts."sam.urgent"]\nnumber = "+447700900123"',
        [f'contacts."sam.urgent": found "sam.urgent", expected {RESERVED}'],
    ),
    (
        '[gateway_groups]\nnews-subscribe = "News"\n[subscription_lists.news]\nname = "News"',
        [f'gateway_groups.news-subscribe: found "news-subscribe", expected {RESERVED}'],
    ),
    (
        '[subscription_lists.news]\nname = "News"\n[subscription_lists.News]\nname = "Others"',
        [
            f'subscription_lists.news: found "news", expected {ONE_OF_THE_LISTS}',
            f'subscription_lists.News: found "News", expected {ONE_OF_THE_LISTS}',
        ],
    ),
    (
        '[contacts.ops]\nnumber = "+447700900123"\n[groups]\nOps = ["ops"]',
        [
            f'contacts.ops: found "ops", expected {ONE_OF_THE_NAME}',
            f'groups.Ops: found "Ops", expected {ONE_OF_THE_NAME}',
        ],
    ),
    (
        '[groups]\nops = ["sam", "+447700900124"]',
        ['groups.ops[0]: found "sam", expected a name of [contacts] or a phone number'],
    ),
    (
        '[[senders]]\nmatch = "example.com"',
        [f'senders[0].match: found "example.com", expected {MATCH}'],
    ),
    (
        '[[senders]]\nmatch = "*@a.example"\n[[senders]]\nmatch = "user:jo"\nprofile = "robot"',
        ['senders[1].profile: found "robot", expected a profile: person, machine'],
    ),
    (
        '[[routes]]\nto = ["ops@example.com"]',
        [
            "routes[0]: found a table, "
            "expected a keyword or a number: without either it matches no text"
        ],
    ),
    (
        '[profiles.night]\ntext = "body"\nclean = true\nmax_segments = 1\n'
        'in_doubt = "tell"\nexpires = "1 h"',
        ["profiles.night.media: found nothing, expected a value, since there is no default"],
    ),
    # names
    (
        '[gateway]\npasword = "canary"',
        ["gateway.pasword: found an unknown name, expected gateway.password"],
    ),
    ("[smpt]\nmax_recipients = 1", ["smpt: found an unknown name, expected smtp"]),
    (
        '[[senders]]\nmatch = "user:jo"\nprofil = "machine"',
        ["senders[0].profil: found an unknown name, expected senders[0].profile"],
    ),
    (
        '[contacts.sam]\nnumber = "+447700900123"\nnick = "S"',
        ["contacts.sam.nick: found an unknown name, expected contacts.sam.name"],
    ),
    (
        'qqqqqqqq = "canary"',
        [
            "qqqqqqqq: found an unknown name, "
            "expected one of the names in `smsbridge config example`"
        ],
    ),
]


def lines(error: SettingsError) -> list[str]:
    return [str(each) for each in error.mistakes]


def with_tables(enough: str, text: str) -> str:
    """The row's text, then what cannot be left out, without saying a table twice."""
    for block in enough.split("\n\n"):
        header, _, rest = block.partition("\n")
        if header + "\n" in text:
            text = text.replace(header + "\n", f"{header}\n{rest}\n", 1)
        else:
            text += f"\n{block}\n"
    return text


@pytest.mark.parametrize(
    ("text", "expected"), ROWS, ids=[row[0].replace("\n", " ") for row in ROWS]
)
def test_a_mistake_is_told_with_its_name_and_what_is_expected(
    write: Callable[..., Path], enough: str, text: str, expected: list[str]
) -> None:
    path = write(with_tables(enough, text))
    with pytest.raises(SettingsError) as caught:
        load(path, {})
    told = [
        line.replace(f" ({path})", "").replace(" (default)", "") for line in lines(caught.value)
    ]
    assert told == expected
    assert "canary" not in repr(caught.value) + str(caught.value)


def test_what_cannot_be_left_out_is_told_all_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load(None, {})
    assert lines(caught.value) == [
        'gateway.username (default): found "", expected the account\'s user name at the gateway',
        'gateway.password (default): found "", expected the account\'s password at the gateway',
        f'http.callback_token (default): found "", expected {TOKEN}',
        'mail.postmaster (default): found "", expected a mail address, here or in mail.inbox: '
        "somebody must hear of trouble",
    ]


def test_mistakes_from_all_sources_are_told_at_once(
    write: Callable[..., Path], tmp_path: Path, enough: str
) -> None:
    path = write(with_tables(enough, '[smtp]\nlisten = ["25"]\n[contacts.sam]\nnumber = "x"'))
    write("BRIDGE_MAIL__CONNECTIONS=many\n", ".env")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "http.callback_token").write_text("short\n")
    environ = {
        "CREDENTIALS_DIRECTORY": str(credentials),
        "BRIDGE_GATEWAY__TIMEOUT": "soon",
        "BRIDGE_GATEWAY_PASSWORD": "canary",
        "BRIDGE_SMTP__DOMAINS": "sms.example.com",
    }
    with pytest.raises(SettingsError) as caught:
        load(path, environ)
    assert lines(caught.value) == [
        'smtp.domains (environment BRIDGE_SMTP__DOMAINS): found "sms.example.com", '
        'expected a list in brackets, as ["sms.example.com"]',
        f'smtp.listen[0] ({path}): found "25", expected {LISTEN}',
        f'gateway.timeout (environment BRIDGE_GATEWAY__TIMEOUT): found "soon", expected {DURATION}',
        f'http.callback_token (credential http.callback_token): found "********", expected {TOKEN}',
        'mail.connections (.env BRIDGE_MAIL__CONNECTIONS): found "many", '
        "expected a whole number of 1 or more, without quotes",
        f'contacts.sam.number ({path}): found "x", expected a phone number, such as '
        '"+447700900123" (x is neither a number nor a name known here)',
        "gateway_password (environment BRIDGE_GATEWAY_PASSWORD): found an unknown name, "
        "expected gateway.password",
    ]


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("[smtp]\nhostname 5\n", ":2:10", "Expected '=' after a key in a key/value pair"),
        ("[smtp\n", ":1:6", "Expected ']' at the end of a table declaration"),
        ('[smtp]\nhostname = "a"\nhostname = "b"\n', ":3:15", "Cannot overwrite a value"),
        ("[smtp]\nlisten = [", ", at its end", "Invalid value"),
    ],
    ids=["no equals sign", "no bracket", "twice", "cut off"],
)
def test_a_mistake_in_the_syntax_is_told_with_line_and_column(
    write: Callable[..., Path], text: str, place: str, what: str
) -> None:
    path = write(text)
    with pytest.raises(SettingsError) as caught:
        load(path, {})
    assert lines(caught.value) == [
        f"{path}{place}: found a mistake in its syntax ({what}), expected TOML: name = value"
    ]


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path / "none.toml", {})
    assert lines(caught.value) == [
        f"{tmp_path / 'none.toml'}: found no file, expected one; "
        "`smsbridge config example` prints a first one"
    ]


def test_octets_that_are_no_utf8_are_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "bridge.toml"
    path.write_bytes(b'[smtp]\nhostname = "\xff"\n')
    with pytest.raises(SettingsError) as caught:
        load(path, {})
    assert lines(caught.value) == [
        f"{path}: found octets that are no UTF-8, expected a file in UTF-8"
    ]


def test_a_line_of_dotenv_that_sets_nothing_is_a_mistake(write: Callable[..., Path]) -> None:
    write("BRIDGE_GATEWAY__USERNAME=acme\nBRIDGE_GATEWAY__PASSWORD\n", ".env")
    with pytest.raises(SettingsError) as caught:
        load(None, {})
    assert lines(caught.value) == [".env:2: found a line that sets nothing, expected NAME=value"]


def test_what_a_terminal_would_obey_is_escaped(write: Callable[..., Path], enough: str) -> None:
    path = write(with_tables(enough, '[smtp]\nhostname = "a\\u001b]0;x\\u202e"'))
    with pytest.raises(SettingsError) as caught:
        load(path, {})
    assert str(caught.value).isprintable()


def test_where_there_are_no_time_zones_at_all_it_says_what_to_install(
    write: Callable[..., Path], enough: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(with_tables(enough, '[mail]\ntime_zone = "Antarctica/Troll"'))  # in no cache
    monkeypatch.setitem(sys.modules, "tzdata", None)  # PyPI's, which may be there, too
    zoneinfo.reset_tzpath(to=())
    try:
        with pytest.raises(SettingsError) as caught:
            load(path, {})
    finally:
        zoneinfo.reset_tzpath()
    assert lines(caught.value) == [
        f'mail.time_zone ({path}): found "Antarctica/Troll", '
        "expected a machine that knows time zones: install tzdata"
    ]
