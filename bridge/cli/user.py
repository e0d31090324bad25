"""`smsbridge user`: the `[users]` of the settings file, whose comments stay as they are."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bridge.cli.frame import REFUSED, config_option, emit, example, json_option, tell

if TYPE_CHECKING:
    from bridge.settings.editing import SettingsFile

SHORTEST_PASSWORD = 8
RESTART = "The bridge reads its settings when it starts: systemctl restart smsbridge"

password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, one line."
)


@click.group(name="user", epilog=example("smsbridge user add jo --address jo@example.com"))
def command() -> None:
    """Add, change and remove those who may send after SMTP AUTH."""


@command.command(
    epilog=example(
        "smsbridge user add jo --address jo@example.com --address jo@example.org",
        "printf '%s\\n' \"$PASSWORD\" | smsbridge user add printer --password-stdin",
    )
)
@click.argument("name")
@click.option(
    "--address",
    "addresses",
    multiple=True,
    metavar="ADDRESS",
    help="What the user may send as; the first hears how it went. Without one: any.",
)
@password_option
@config_option
@json_option
def add(
    name: str,
    addresses: tuple[str, ...],
    *,
    password_stdin: bool,
    config: Path,
    as_json: bool,
) -> None:
    """Add a user; the password is asked for, and its hash written."""
    file = _open(config)
    if name in file.users:
        _refuse(f"there is a user {name} already; `smsbridge user passwd {name}` changes it")
    file.users[name] = {"password": "", "addresses": list(addresses)}
    file.users[name]["password"] = _hash_of(_password(from_stdin=password_stdin))
    file.check("users", name)
    file.write()
    emit({"user": name, "done": "added"}, f"Added {name}. {RESTART}", as_json=as_json)


@command.command(epilog=example("smsbridge user passwd jo"))
@click.argument("name")
@password_option
@config_option
@json_option
def passwd(name: str, *, password_stdin: bool, config: Path, as_json: bool) -> None:
    """Change a user's password."""
    file = _open(config)
    user = _user(file, name)
    user["password"] = _hash_of(_password(from_stdin=password_stdin))
    file.write()
    emit(
        {"user": name, "done": "changed"},
        f"Changed the password of {name}. {RESTART}",
        as_json=as_json,
    )


@command.command(epilog=example("smsbridge user remove jo"))
@click.argument("name")
@config_option
@json_option
def remove(name: str, *, config: Path, as_json: bool) -> None:
    """Remove a user."""
    file = _open(config)
    _user(file, name)
    del file.users[name]
    file.write()
    emit({"user": name, "done": "removed"}, f"Removed {name}. {RESTART}", as_json=as_json)


@command.command(name="list", epilog=example("smsbridge user list --json"))
@json_option
@config_option
def list_users(config: Path, *, as_json: bool) -> None:
    """List the users of the settings file, and what they may send as."""
    for name, user in _open(config).users.items():
        found = user.get("addresses", []) if isinstance(user, MutableMapping) else []
        addresses = [str(each) for each in found]
        line = f"{name}  {', '.join(addresses) or '(any address)'}"
        emit({"user": name, "addresses": addresses}, line, as_json=as_json)


def _open(config: Path) -> SettingsFile:
    from bridge.settings.editing import SettingsFile  # pydantic: --help does without

    return SettingsFile(config)


def _user(file: SettingsFile, name: str) -> MutableMapping[str, Any]:
    found = file.users.get(name)
    if not isinstance(found, MutableMapping):
        _refuse(f"there is no user {name}")
    return found


def _hash_of(password: str) -> str:
    from bridge.settings.passwords import hashed

    return hashed(password)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        found = sys.stdin.readline().rstrip("\r\n")
    else:
        found = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    if not found.isprintable():
        _refuse("a password has no control characters, and is UTF-8")
    if len(found) < SHORTEST_PASSWORD:
        _refuse(f"a password needs {SHORTEST_PASSWORD} characters or more")
    return found


def _refuse(why: str) -> NoReturn:
    tell(why)
    raise click.exceptions.Exit(REFUSED)
