"""The settings, from a file and the environment: taken, or told what is wrong, and no secret."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from bridge.cli.frame import printable
from bridge.settings.example import example
from bridge.settings.loading import load
from bridge.settings.mistakes import Mistake, SettingsError
from bridge.settings.model import Settings
from bridge.settings.rules import policy_of
from tests.fuzz import words
from tests.fuzz.target import Target, check_line

CANARY = "c4n4ry-in-a-coal-mine"
MARK = b"\n%%\n"

ENOUGH = """\
[gateway]
username = "acme"
[http]
callback_token = "0123456789abcdefghijklmnopqrstuv"
[mail]
inbox = "sms@example.com"
"""
MORE = """
[smtp]
domains = ["sms.example.com"]
trusted_networks = ["10.0.8.0/24"]
[profiles.person]
text = "body"
expires = "1d"
[users.jo]
password = "$argon2id$v=19$m=19456,t=2,p=1\
$aiXrY8ZPLfKj7Aje0LzVDQ$nlM/bdMAKsoJ/+Dr5Qdlr8ULlAm6L3ursMdD59tdC+M"
addresses = ["jo@example.com"]
[contacts]
sam = { number = "+447700900123", name = "Sam" }
[groups]
ops = ["sam", "+447700900124"]
[[senders]]
match = "*@example.com"
profile = "machine"
[[routes]]
keyword = "HELP"
to = ["jo@example.com"]
[subscription_lists.alerts]
name = "Alerts"
managers = ["jo"]
"""


def settings(octets: bytes) -> None:
    """T60, T81: any file and variables give settings or mistakes, and none shows the password.

    Below a line of `%%` stand variables, NAME=value.
    """
    toml, _, variables = octets.partition(MARK)
    environ = dict(
        line.split("=", 1)
        for line in variables.decode("utf-8", "surrogateescape").split("\n")
        if "=" in line
    )
    environ["BRIDGE_GATEWAY__PASSWORD"] = CANARY
    environ.pop("CREDENTIALS_DIRECTORY", None)
    path = _file()
    path.write_bytes(toml)
    found = _loaded(path, environ)
    if isinstance(found, Settings):
        assert CANARY not in repr(found)
        policy_of(found)
        return
    assert found, "wrong, and nobody knows why"
    for mistake in found:
        check_line(printable(str(mistake)))
        assert CANARY not in str(mistake), mistake


def _loaded(path: Path, environ: Mapping[str, str]) -> Settings | tuple[Mistake, ...]:
    try:
        return load(path, environ)
    except SettingsError as error:
        return error.mistakes


@cache
def _file() -> Path:
    """A file that is in memory alone, and nobody else's."""
    handle = os.memfd_create("bridge.toml")
    os.fchmod(handle, 0o600)
    return Path(f"/proc/self/fd/{handle}")


def _seeds() -> Sequence[bytes]:
    variables = 'BRIDGE_SMTP__LISTEN=["[::1]:25"]\nBRIDGE_CONTACTS__SAM__NUMBER=447700900123'
    said = (ENOUGH, ENOUGH + MORE, example()[:8192], f"{ENOUGH}\n%%\n{variables}")
    return [each.encode() for each in said]


TARGETS = (
    # patient, since nobody but the operator writes it, and once
    Target("settings", settings, _seeds, words.SETTINGS, longest=8192, patience=0.5),
)
