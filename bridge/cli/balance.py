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
    """Show the credits that are left at the gateway, and how long they last at the present rate.

    The rate is known once the daemon saw the balance fall for some hours.  Exits with 1 if the
    gateway refuses the account, 75 if no host answers.
    """
    raise SystemExit(asyncio.run(_balance(frame.settings_of(config), as_json=as_json)))


async def _balance(settings: Settings, *, as_json: bool) -> int:
    from bridge.cli import account
    from bridge.clients.asking import ask
    from bridge.core.outcomes import Blocked, Refused
    from bridge.gateways.contract import NoBalance
    from bridge.parts import gateway_of, uplink_of

    gateway = gateway_of(settings)
    uplink = uplink_of(settings, gateway)
    status = frame.TRY_LATER
    try:
        said = await ask(uplink, gateway.balance_request(), gateway.balance, beyond=NoBalance)
        for host, found in said.items():
            if isinstance(found, Decimal):
                _show(found, host, await _days_left(settings, found), as_json=as_json)
                return frame.DONE
            frame.tell(f"{host}: {account.refusal(found)}")
            if isinstance(found, Blocked | Refused):
                status = frame.REFUSED
    finally:
        await uplink.close()
    return status


def _show(balance: Decimal, host: str, days: float | None, *, as_json: bool) -> None:
    from bridge.core.credit import lasting

    rounded = None if days is None else round(days, 1)
    words = ", ".join(filter(None, (f"{balance} credits", lasting(days))))
    frame.emit({"balance": balance, "days_left": rounded, "host": host}, words, as_json=as_json)


async def _days_left(settings: Settings, balance: Decimal) -> float | None:
    """How long a balance lasts; None where the store does not say, which is no fault here."""
    from bridge.spool.contract import Unavailable, Unusable
    from bridge.spool.opening import open_spool

    if not _path(settings).is_file():  # opening would create it, and perhaps for the wrong user
        return None
    try:
        spool = await open_spool(settings.store.url.get_secret_value(), daemon=False)
        try:
            return await spool.days_left(float(balance), spool.now())
        finally:
            await spool.close()
    except (Unavailable, Unusable, OSError):
        return None


def _path(settings: Settings) -> Path:
    return Path(settings.store.url.get_secret_value().removeprefix("sqlite:///"))
