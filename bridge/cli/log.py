"""`smsbridge log`: the life of a message, and what messages cost."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.settings.model import Settings
    from bridge.spool.contract import Spool

DAY = click.DateTime(["%Y-%m-%d"])


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
    limit: int,
    since: datetime | None,
    until: datetime | None,
    *,
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
    if (since or until) and not cost:
        raise click.UsageError("--since and --until go with --cost")
    settings = frame.settings_of(config)

    from bridge.cli import bill, life, store
    from bridge.settings.rules import policy_of

    zone = policy_of(settings).zone
    wanted = _wanted(target, settings)
    if cost:
        days = bill.days(since, until, zone, time.time())
        store.with_spool(settings, lambda spool: bill.show(spool, days, wanted, as_json=as_json))
        return

    async def work(spool: Spool) -> int:
        heard: set[object] = set()
        records = await spool.browse(wanted, content=content, limit=limit)
        for record in records:
            if every or as_json or not life.says_nothing_new(record, heard):
                store.show(record, as_json=as_json, zone=zone)
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
