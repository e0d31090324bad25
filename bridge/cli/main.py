"""`smsbridge`: the table of its verbs, and what happens when the settings are wrong.

A verb's module is imported when it is used, so that `--help` is quick and the daemon's libraries
stay out of the other verbs.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import click

from bridge.cli import frame
from bridge.settings.mistakes import SettingsError

VERBS: Final[Mapping[str, tuple[str, str]]] = {
    "run": ("bridge.cli.run", "Run the bridge."),
    "demo": ("bridge.cli.demo", "Show the bridge at work, on this machine alone."),
    "sandbox": ("bridge.cli.sandbox", "Play the SMS gateway, for tests."),
    "check": ("bridge.cli.check", "Check the settings and reach what they name."),
    "explain": ("bridge.cli.explain", "Tell what a mail would become, and why."),
    "send": ("bridge.cli.send", "Send a text, by the same rules as mail."),
    "spool": ("bridge.cli.spool", "See and steer what waits."),
    "store": ("bridge.cli.stores", "Back up, put back, look over and move the store."),
    "log": ("bridge.cli.log", "Tell what became of a message."),
    "tails": ("bridge.cli.tails", "See and forget the closing blocks that were learned."),
    "optout": ("bridge.cli.optout", "See and change who is not to be texted."),
    "balance": ("bridge.cli.balance", "Show the credits that are left."),
    "list": ("bridge.cli.lists", "Change a subscription list at the gateway."),
    "user": ("bridge.cli.user", "Add, change and remove users."),
    "config": ("bridge.cli.config", "Show the settings."),
}
"""Each verb's module, which has it as `command`, and its line of help."""


class Verbs(click.Group):
    """The group that knows its verbs without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A verb's command, imported now."""
        if cmd_name not in VERBS:
            return None
        found: Any = import_module(VERBS[cmd_name][0]).command
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs' lines of help, from the table."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, line) for name, (_, line) in VERBS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; wrong settings end any of them in the same way."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            frame.complain(error)
            ctx.exit(frame.SETTINGS)


@click.group(
    cls=Verbs,
    subcommand_metavar="VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=frame.example("smsbridge demo", "smsbridge spool list --help"),
)
@click.version_option(package_name="smsbridge", prog_name="smsbridge")
def main() -> None:
    """A bridge between e-mail and SMS, both ways.

    Exit status: 0 done, 1 refused, 2 usage, 75 try later, 78 settings.
    """
