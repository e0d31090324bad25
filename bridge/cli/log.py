"""`smsbridge log`: the life of a message, and what messages cost."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from bridge.cli import frame

if TYPE_CHECKING:
    from datetime import tzinfo

    from bridge.core.policy import Policy
    from bridge.spool.contract import Spool
    from bridge.spool.views import Record

DAY = click.DateTime(["%Y-%m-%d"])
_OF_LIVES = {"every": "--all", "content": "--content", "limit": "--limit"}
_OF_COSTS = {"since": "--since", "until": "--until"}


@click.command(
    epilog=frame.example(
        "smsbridge log 07700900123",
        "smsbridge log sam",
        "smsbridge log jo@example.com --json",
        "smsbridge log --cost --since 2026-11-01",
        "smsbridge log --cost user:jo",
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
@click.argument("target", metavar="[NUMBER|NAME|ADDRESS|ID]", default="")
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

    By phone number (in any spelling), by the name of a contact or of a list at the gateway, by the
    sender's mail address, by spool id, or by the gateway's id; without any, everything.

    With --cost: the segments that texts cost, by the day on which their mail came and by sender:
    user:NAME who logged in, dmarc:MAILBOX for whom a relay vouched, else the mailbox, else the
    machine by its IP address.  Give a number, a NAME as above, a mailbox, a user or a machine to
    count its texts alone; user:NAME is a user even where a contact has that name.

    A text costs its segments each time the gateway took it; what may have been taken is counted
    apart.  An MMS, a call and a text to a list at the gateway count as one each: what they cost is
    for the gateway to say.
    """
    _refuse(_OF_LIVES if cost else _OF_COSTS, "does not go" if cost else "goes")
    settings = frame.settings_of(config)

    from bridge.cli import bill, store
    from bridge.settings.rules import policy_of

    policy = policy_of(settings)
    target = target.encode("utf-8", "replace").decode()  # a terminal may type any octets
    wanted = _wanted(target, policy)
    if cost:
        span = bill.days(since, until, policy.zone, time.time())
        bill.tell(settings, span, wanted, target=target, as_json=as_json)

    async def work(spool: Spool) -> int:
        records = await _lives(spool, wanted, content=content, limit=limit)
        _show(records, policy.zone, every=every, as_json=as_json)
        if records:
            return frame.DONE
        frame.tell(f"nothing is known of {target or 'any message'}")
        return frame.REFUSED

    store.with_spool(settings, work)


def _refuse(options: Mapping[str, str], why: str) -> None:
    """Raise `click.UsageError` where one of these options was given."""
    source = click.get_current_context().get_parameter_source
    for name, option in options.items():
        if source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{option} {why} with --cost")


async def _lives(spool: Spool, wanted: str, *, content: bool, limit: int) -> Sequence[Record]:
    """What the spool knows, with why the lane rests where a text waits for that."""
    from bridge.cli import life

    now = spool.now()
    lanes = await spool.lanes(now)
    found = await spool.browse(wanted, content=content, limit=limit)
    return [life.at_rest(each, lanes, now) for each in found]


def _show(records: Sequence[Record], zone: tzinfo, *, every: bool, as_json: bool) -> None:
    from bridge.cli import life, store

    heard = set[object]()
    for record in records:
        if every or as_json or not life.says_nothing_new(record, heard):
            store.show(record, as_json=as_json, zone=zone)


def _wanted(target: str, policy: Policy) -> str:
    """What the spool has it under: a number's digits, a list's name; anything else as it is.

    The settings' names come first, as in mail; raises `UsageError` for a group.
    """
    from bridge.core import addressing
    from bridge.core.model import Msisdn

    name = target.strip().lower()
    if name in policy.contacts:
        return policy.contacts[name].number.digits
    if name in policy.gateway_groups:
        return policy.gateway_groups[name].name
    if name in policy.groups:
        names = {each.number: key for key, each in policy.contacts.items()}
        members = ", ".join(names.get(each, each.digits) for each in policy.groups[name])
        raise click.UsageError(f"{name} is a group; ask for one of its members: {members}")
    found = addressing.number(target, policy.numbers)
    return found.digits if isinstance(found, Msisdn) else target
