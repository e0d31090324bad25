"""What all verbs share: exit statuses, `--config` and `--json`, and how a line is printed.

A verb is a module of this package with a click command or group named `command`; its help ends in
an example: `@click.command(epilog=example("smsbridge spool list"))`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from bridge.settings.mistakes import SettingsError

if TYPE_CHECKING:
    from bridge.settings.model import Settings

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
TRY_LATER: Final = 75
SETTINGS: Final = 78
"""Exit statuses; the last two are sysexits.h's EX_TEMPFAIL and EX_CONFIG."""

DEFAULT_CONFIG: Final = Path("/etc/smsbridge/bridge.toml")

Command = TypeVar("Command", bound=Callable[..., Any])


def config_option(command: Command) -> Command:
    """`--config PATH`, as the parameter `config: Path`."""
    return click.option(
        "--config",
        envvar="BRIDGE_CONFIG",
        type=click.Path(path_type=Path, readable=False),  # why not is said as for any mistake
        default=DEFAULT_CONFIG,
        show_default=True,
        show_envvar=True,
        help="The settings file.",
    )(command)


def json_option(command: Command) -> Command:
    """`--json`, as the parameter `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")(
        command
    )


def example(*lines: str) -> str:
    """The end of a verb's help, for click's `epilog`."""
    title = "Example:" if len(lines) == 1 else "Examples:"
    return "\n".join(["\b", title, *(f"  {line}" for line in lines)])


def settings_of(config: Path) -> Settings:
    """The settings from all sources; raises `SettingsError`, which ends the command with 78.

    The file may be missing where nobody asked for one: all may come from the environment.
    """
    from bridge import loglines  # these are slow to import: --help does without
    from bridge.settings.loading import load

    loglines.on_console("error")  # a verb's answer is what it prints, not what it logs
    return load(file_of(config), os.environ)


def file_of(config: Path) -> Path | None:
    """The settings file to read; None for the default one where there is none.

    One in a folder that is closed to us may be there: whoever reads it says why it cannot.
    """
    try:
        missing = config == DEFAULT_CONFIG and not config.exists()
    except OSError:
        missing = False
    return None if missing else config


def emit(record: Mapping[str, object], line: str, *, as_json: bool) -> None:
    """Print a record as one JSON object, or as a line for people."""
    click.echo(json.dumps(dict(record), default=str) if as_json else printable(line))


def printable(text: str) -> str:
    """A text without anything that a terminal would obey: controls and bidi marks are escaped.

    The joiner inside an emoji is a part of it.
    """
    return "".join(
        c if c.isprintable() or c == "\u200d" else c.encode("unicode_escape").decode() for c in text
    )


def tell(line: str) -> None:
    """Print a line for people beside the answer: on standard error, with our name before it."""
    click.echo(f"smsbridge: {printable(line)}", err=True)


def complain(error: SettingsError) -> None:
    """Tell everything that is wrong with the settings."""
    count = len(error.mistakes)
    tell(f"{count} mistake{'s' if count > 1 else ''} in the settings")
    for each in error.mistakes:
        click.echo(f"  {printable(str(each))}", err=True)
    if all(each.source == "default" for each in error.mistakes):
        click.echo(
            "No settings were found; `smsbridge config example` prints a file to begin with.",
            err=True,
        )
