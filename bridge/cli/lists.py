"""`smsbridge list`: change a subscription list at the gateway."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import frame
from bridge.core.model import ListAction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridge.core.outcomes import Outcome
    from bridge.settings.model import Settings


@click.group(name="list", epilog=frame.example("smsbridge list subscribe alerts 07700900123"))
def command() -> None:
    """Change a subscription list that the gateway keeps.

    LIST is a name of [subscription_lists], or the gateway's own.  A number that nobody here may
    text is not subscribed.  Who is unsubscribed is not texted any more, as the gateway's callback
    tells the bridge.
    """


def _changing(action: ListAction, words: str) -> click.Command:
    @click.command(
        name=action.value,
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
        from bridge.core import managing
        from bridge.settings.rules import policy_of

        settings = frame.settings_of(config)
        given = sys.stdin.read() if numbers == ("-",) else "\n".join(numbers)
        found = managing.named(policy_of(settings), action, given)
        for sentence in found.unread:
            frame.tell(sentence)
        status = asyncio.run(_change(settings, action, list_name, found.numbers, as_json=as_json))
        raise SystemExit(
            status or (frame.REFUSED if found.unread or not found.numbers else frame.DONE)
        )

    return change


_ACTIONS: Mapping[ListAction, str] = {
    ListAction.SUBSCRIBE: "Put numbers on a list (opt-in).",
    ListAction.UNSUBSCRIBE: "Take numbers off a list (opt-out); they stay known as having left.",
    ListAction.DELETE: "Delete numbers from a list, as if they had never been there.",
}
for _action, _words in _ACTIONS.items():
    command.add_command(_changing(_action, _words))


async def _change(
    settings: Settings,
    action: ListAction,
    list_name: str,
    numbers: Sequence[str],
    *,
    as_json: bool,
) -> int:
    """Ask for one number after the other; the gravest status.  What stops one stops the rest."""
    from bridge.clients.asking import ask
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
            said = await ask(uplink, request, gateway.list_outcome)
            *_, found = said.values()
            if isinstance(found, Accepted):
                record = {"list": name, "number": number, "action": action}
                frame.emit(record, f"{action}: {number} in {name}", as_json=as_json)
                continue
            frame.tell(f"{number}: {_why(said)}")
            status = _status(found)
            if not isinstance(found, Refused):
                if count < len(numbers):
                    frame.tell(f"not asked for: {len(numbers) - count} more")
                break
    finally:
        await uplink.close()
    return status


def _why(said: Mapping[str, Outcome]) -> str:
    """Why it was not done, for a person: what each host said."""
    from bridge.cli import account

    return "; ".join(f"{host}: {account.refusal(found)}" for host, found in said.items())


def _status(found: Outcome) -> int:
    from bridge.core.outcomes import Blocked, Refused

    return frame.REFUSED if isinstance(found, Refused | Blocked) else frame.TRY_LATER
