"""`smsbridge config`: what the settings are, and where they come from."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click

from bridge.cli.frame import config_option, emit, example, file_of, json_option, printable


@click.group(name="config", epilog=example("smsbridge config show"))
def command() -> None:
    """Show the settings, or an example of them."""


@command.command(
    epilog=example("smsbridge config show", "smsbridge config show --json | grep -v default")
)
@config_option
@json_option
def show(config: Path, *, as_json: bool) -> None:
    """Print the settings in effect, each with its source; secrets are hidden."""
    from bridge.settings.effective import as_toml, rows
    from bridge.settings.loading import effective

    found = rows(effective(file_of(config), os.environ))
    if as_json:
        for row in found:
            emit({"setting": row.name, "value": row.value, "source": row.source}, "", as_json=True)
    else:
        click.echo("\n".join(printable(line) for line in as_toml(found).split("\n")), nl=False)


@command.command(
    name="example", epilog=example("smsbridge config example > /etc/smsbridge/bridge.toml")
)
def example_file() -> None:
    """Print a settings file with every name, its default, and why."""
    from bridge.settings.example import example as whole

    click.echo(whole(), nl=False)


@command.command(epilog=example("smsbridge config token"))
def token() -> None:
    """Make a token for http.callback_token: 192 random bits."""
    click.echo(secrets.token_urlsafe(24))
