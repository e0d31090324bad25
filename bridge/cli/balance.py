"""`smsbridge balance`: the credits that are left."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.settings.model import Settings


@click.command(epilog=frame.example("smsbridge balance --json"))
@frame.config_option
@frame.json_option
def command(config: Path, *, as_json: bool) -> None:
    """Show the credits that are left at the gateway.

    Exits with 1 if the gateway refuses the account, 75 if no host answers.
    """
    raise SystemExit(asyncio.run(_balance(frame.settings_of(config), as_json=as_json)))


async def _balance(settings: Settings, *, as_json: bool) -> int:
    from bridge.cli import account
    from bridge.core.outcomes import Blocked, Refused
    from bridge.parts import gateway_of, uplink_of

    gateway = gateway_of(settings)
    uplink = uplink_of(settings, gateway)
    status = frame.TRY_LATER
    try:
        for host in gateway.hosts:
            found = await account.ask(uplink, host, gateway.balance_request(), gateway.balance)
            if isinstance(found, Decimal):
                frame.emit({"balance": found, "host": host}, f"{found} credits", as_json=as_json)
                return frame.DONE
            click.echo(f"smsbridge: {host}: {account.refusal(found)}", err=True)
            if isinstance(found, Blocked | Refused):
                status = frame.REFUSED
    finally:
        await uplink.close()
    return status
