"""`smsbridge log`: the life of a message, and what messages cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.settings.model import Settings
    from bridge.spool.contract import Record, Spool

DAY = click.DateTime(["%Y-%m-%d"])
_OF_LIVES = {"every": "--all", "content": "--content", "limit": "--limit"}
_OF_COSTS = {"since": "--since", "until": "--until"}


@click.command(
    epilog=frame.example(
        "smsbridge log 07700900123",
        "smsbridge log jo@example.com --json",
        "smsbridge log --cost --since 2026-11-01",
    )
)
@frame.config_option
@frame.json_option
@click.option("--all", "every", is_flag=True, help="Show status reports that moved nothing, too.")
@click.option("--content", is_flag=True, help="Show the words of texts, too.")
@click.option("--limit", default=1000, show_default=True, help="At most so many lines, the latest.")
@click.option("--cost", is_flag=True, help="Show what texts cost, by day and sender, instead.")
@click.option("--since", type=DAY, help="With --cost: the first day, else 30 days ago.")
@click.option("--until", type=DAY, help="With --cost: the last day, else today.")
@click.argument("target", metavar="[NUMBER|ADDRESS|ID]", default="")
def command(
    config: Path,
    target: str,
    *,
    limit: int,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
    every: bool,
    content: bool,
    cost: bool,
) -> None:
    """Tell what became of a message.

    By phone number (in any spelling), by the sender's mail address, by spool id, or by the
    gateway's id; without any, everything.

    With --cost: the segments that texts cost, by the day on which their mail came.  A text costs
    its segments each time the gateway took it; what may have been taken is counted apart.
    """
    _refuse(_OF_LIVES if cost else _OF_COSTS, "does not go" if cost else "goes")
    settings = frame.settings_of(config)

    from bridge.cli import bill, store

    wanted = _wanted(target, settings)
    if cost:
        bill.tell(settings, wanted, since=since, until=until, as_json=as_json)

    async def work(spool: Spool) -> int:
        records = await spool.browse(wanted, content=content, limit=limit)
        _show(records, settings, every=every, as_json=as_json)
        if not records:
            click.echo(f"smsbridge: nothing is known of {target or 'any message'}", err=True)
        return frame.DONE if records else frame.REFUSED

    store.with_spool(settings, work)


def _refuse(options: Mapping[str, str], why: str) -> None:
    """Raise `click.UsageError` where one of these options was given."""
    source = click.get_current_context().get_parameter_source
    for name, option in options.items():
        if source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{option} {why} with --cost")


def _show(records: Sequence[Record], settings: Settings, *, every: bool, as_json: bool) -> None:
    from bridge.cli import life, store
    from bridge.settings.rules import policy_of

    zone, heard = policy_of(settings).zone, set[object]()
    for record in records:
        if every or as_json or not life.says_nothing_new(record, heard):
            store.show(record, as_json=as_json, zone=zone)


def _wanted(target: str, settings: Settings) -> str:
    """A number as the spool has it; anything else as it is."""
    from bridge.core import addressing
    from bridge.core.model import Msisdn
    from bridge.settings.rules import policy_of

    target = target.encode("utf-8", "replace").decode()  # a terminal may type any octets
    found = addressing.number(target, policy_of(settings).numbers)
    return found.digits if isinstance(found, Msisdn) else target
