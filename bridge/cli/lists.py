"""`smsbridge list`: change a subscription list at the gateway."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bridge.clients.uplink import Uplink
    from bridge.core.outcomes import Outcome
    from bridge.gateways.contract import Gateway, Request
    from bridge.settings.model import Settings

Action = Literal["subscribe", "unsubscribe", "delete"]


@click.group(name="list", epilog=frame.example("smsbridge list subscribe alerts 07700900123"))
def command() -> None:
    """Change a subscription list that the gateway keeps.

    LIST is a name of [subscription_lists], or the gateway's own.  Who is unsubscribed is not texted
    any more, as the gateway's callback tells the bridge.
    """


def _changing(action: Action, words: str) -> click.Command:
    @click.command(
        name=action,
        help=f"{words}\n\nNUMBER - reads them from standard input, one a line.",
        epilog=frame.example(
            f"smsbridge list {action} alerts 07700900123 07700900124",
            f"smsbridge list {action} alerts - < numbers.txt",
        ),
    )
    @frame.config_option
    @frame.json_option
    @click.argument("list_name", metavar="LIST")
    @click.argument("numbers", metavar="NUMBER", nargs=-1, required=True)
    def change(config: Path, list_name: str, numbers: tuple[str, ...], *, as_json: bool) -> None:
        settings = frame.settings_of(config)
        given = sys.stdin.read().splitlines() if numbers == ("-",) else numbers
        found, no = _read(settings, given)
        for sentence in no:
            click.echo(f"smsbridge: {frame.printable(sentence)}", err=True)
        status = asyncio.run(_change(settings, action, list_name, found, as_json=as_json))
        raise SystemExit(status or (frame.REFUSED if no or not found else frame.DONE))

    return change


_ACTIONS: tuple[tuple[Action, str], ...] = (
    ("subscribe", "Put numbers on a list (opt-in)."),
    ("unsubscribe", "Take numbers off a list (opt-out): they stay known as those that left."),
    ("delete", "Delete numbers from a list, as if they had never been there."),
)
for _action, _words in _ACTIONS:
    command.add_command(_changing(_action, _words))


def _read(settings: Settings, given: Iterable[str]) -> tuple[list[str], list[str]]:
    """The numbers as digits, each once, and what is wrong with those that are none."""
    from bridge.core import addressing
    from bridge.core.model import Msisdn, Refusal
    from bridge.settings.rules import policy_of

    rules = policy_of(settings).numbers
    said = [addressing.number(each.strip(), rules) for each in given if each.strip()]
    digits = dict.fromkeys(each.digits for each in said if isinstance(each, Msisdn))
    return list(digits), [each.text for each in said if isinstance(each, Refusal)]


async def _change(
    settings: Settings, action: Action, list_name: str, numbers: Sequence[str], *, as_json: bool
) -> int:
    """Ask for one number after the other; the gravest status.  What stops one stops the rest."""
    from bridge.core.outcomes import Accepted, Refused
    from bridge.parts import gateway_of, uplink_of

    known = {key.lower(): each.name for key, each in settings.subscription_lists.items()}
    name = known.get(list_name.lower(), list_name)
    gateway = gateway_of(settings)
    uplink = uplink_of(settings, gateway)
    status = frame.DONE
    try:
        for count, number in enumerate(numbers, 1):
            request = gateway.list_request(name, number, action)
            found, why = await _asked(gateway, uplink, request)
            if isinstance(found, Accepted):
                record = {"list": name, "number": number, "action": action}
                frame.emit(record, f"{action}: {number} in {name}", as_json=as_json)
                continue
            click.echo(f"smsbridge: {number}: {why}", err=True)
            status = _status(found)
            if not isinstance(found, Refused):
                if count < len(numbers):
                    click.echo(f"smsbridge: not asked for: {len(numbers) - count} more", err=True)
                break
    finally:
        await uplink.close()
    return status


async def _asked(gateway: Gateway, uplink: Uplink, request: Request) -> tuple[Outcome, str]:
    """What the first host says that has a word on it, and for a person why it was not done."""
    from bridge.cli import account
    from bridge.core.outcomes import Deferred, InDoubt

    whys: list[str] = []
    for host in gateway.hosts:
        found = await account.ask(uplink, host, request, gateway.list_outcome)
        whys.append(f"{host}: {account.refusal(found)}")
        if not isinstance(found, Deferred | InDoubt):
            break
    return found, "; ".join(whys)


def _status(found: Outcome) -> int:
    from bridge.core.outcomes import Blocked, Refused

    return frame.REFUSED if isinstance(found, Refused | Blocked) else frame.TRY_LATER
