"""`smsbridge list`: change a subscription list at the gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.settings.model import Settings

Action = Literal["subscribe", "unsubscribe", "delete"]


@click.group(name="list", epilog=frame.example("smsbridge list subscribe alerts 07700900123"))
def command() -> None:
    """Change a subscription list that the gateway keeps."""


def _changing(action: Action, words: str) -> click.Command:
    @click.command(
        name=action, help=words, epilog=frame.example(f"smsbridge list {action} alerts 07700900123")
    )
    @frame.config_option
    @frame.json_option
    @click.argument("list_name", metavar="LIST")
    @click.argument("number")
    def change(config: Path, list_name: str, number: str, *, as_json: bool) -> None:
        settings = frame.settings_of(config)
        raise SystemExit(asyncio.run(_change(settings, action, list_name, number, as_json=as_json)))

    return change


_ACTIONS: tuple[tuple[Action, str], ...] = (
    ("subscribe", "Put a number on a list (opt-in)."),
    ("unsubscribe", "Take a number off a list (opt-out): it stays known as one that left."),
    ("delete", "Delete a number from a list, as if it had never been there."),
)
for _action, _words in _ACTIONS:
    command.add_command(_changing(_action, _words))


async def _change(
    settings: Settings, action: Action, list_name: str, number: str, *, as_json: bool
) -> int:
    from bridge.cli import account
    from bridge.core import addressing
    from bridge.core.model import Refusal
    from bridge.core.outcomes import Accepted, Blocked, Refused
    from bridge.parts import gateway_of, uplink_of
    from bridge.settings.rules import policy_of

    policy = policy_of(settings)
    msisdn = addressing.number(number, policy.numbers)
    if isinstance(msisdn, Refusal):
        click.echo(f"smsbridge: {msisdn.text}", err=True)
        return frame.REFUSED
    known = policy.subscription_lists.get(list_name.lower())
    name = known.name if known else list_name
    gateway = gateway_of(settings)
    uplink = uplink_of(settings, gateway)
    status = frame.TRY_LATER
    try:
        request = gateway.list_request(name, msisdn.digits, action)
        for host in gateway.hosts:
            found = await account.ask(uplink, host, request, gateway.list_outcome)
            if isinstance(found, Accepted):
                frame.emit(
                    {"list": name, "number": msisdn.digits, "action": action},
                    f"{action}: {msisdn.digits} in {name}",
                    as_json=as_json,
                )
                return frame.DONE
            click.echo(f"smsbridge: {host}: {account.refusal(found)}", err=True)
            if isinstance(found, Refused | Blocked):
                return frame.REFUSED
    finally:
        await uplink.close()
    return status
