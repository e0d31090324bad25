"""`smsbridge log`: the life of a message."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.settings.model import Settings
    from bridge.spool.contract import Spool


@click.command(
    epilog=frame.example("smsbridge log 07700900123", "smsbridge log jo@example.com --json")
)
@frame.config_option
@frame.json_option
@click.option("--content", is_flag=True, help="Show the words of texts, too.")
@click.option("--limit", default=1000, show_default=True, help="At most so many lines, the latest.")
@click.argument("target", metavar="[NUMBER|ADDRESS|ID]", default="")
def command(config: Path, target: str, limit: int, *, as_json: bool, content: bool) -> None:
    """Tell what became of a message.

    By phone number (in any spelling), by the sender's mail address, by spool id, or by the
    gateway's id; without any, everything.
    """
    settings = frame.settings_of(config)

    from bridge.cli import store

    wanted = _wanted(target, settings)

    async def work(spool: Spool) -> int:
        records = await spool.browse(wanted, content=content, limit=limit)
        for record in records:
            store.show(record, as_json=as_json)
        if not records:
            click.echo(f"smsbridge: nothing is known of {target or 'any message'}", err=True)
        return frame.DONE if records else frame.REFUSED

    store.with_spool(settings, work)


def _wanted(target: str, settings: Settings) -> str:
    """A number as the spool has it; anything else as it is."""
    from bridge.core import addressing
    from bridge.core.model import Msisdn
    from bridge.settings.rules import policy_of

    target = target.encode("utf-8", "replace").decode()  # a terminal may type any octets
    found = addressing.number(target, policy_of(settings).numbers)
    return found.digits if isinstance(found, Msisdn) else target
