"""`smsbridge optout`: who is not to be texted, by their own word or by the operator's."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.core.consent import Optout
    from bridge.core.model import Msisdn, Refusal
    from bridge.core.policy import Policy
    from bridge.settings.model import Settings
    from bridge.spool.contract import Spool


@click.group(epilog=frame.example("smsbridge optout list", "smsbridge optout add 07700900123"))
def command() -> None:
    """See and change who is not to be texted.

    Who texts STOP, or leaves a list at the gateway, is refused from then on, until START.  Numbers
    of [contacts] are not: a text can be forged, and alerts go to them.  The operator's word counts
    for all: whom you add, no START and no list lets go, until you remove the number.
    """


@command.command(name="list", epilog=frame.example("smsbridge optout list --json"))
@frame.config_option
@frame.json_option
def list_(config: Path, *, as_json: bool) -> None:
    """List the numbers that are not to be texted, the latest first."""
    settings = frame.settings_of(config)

    from bridge.cli import store
    from bridge.settings.rules import policy_of

    policy = policy_of(settings)

    async def work(spool: Spool) -> int:
        for number, out in await spool.optouts():
            _show(policy, number, out, as_json=as_json)
        return frame.DONE

    store.with_spool(settings, work)


@command.command(
    epilog=frame.example('smsbridge optout add "+44 7700 900123"', "smsbridge optout add sam")
)
@frame.config_option
@frame.json_option
@click.argument("number", metavar="NUMBER|NAME")
def add(config: Path, number: str, *, as_json: bool) -> None:
    """Text a number no more, also one of [contacts]; what waits for it is not sent.

    START and subscriptions do not lift this: only `smsbridge optout remove` does.
    """
    _change(frame.settings_of(config), number, out=True, as_json=as_json)


@command.command(epilog=frame.example("smsbridge optout remove 07700900123"))
@frame.config_option
@frame.json_option
@click.argument("number", metavar="NUMBER|NAME")
def remove(config: Path, number: str, *, as_json: bool) -> None:
    """Let a number be texted again, whatever it said before."""
    _change(frame.settings_of(config), number, out=False, as_json=as_json)


def _change(settings: Settings, number: str, *, out: bool, as_json: bool) -> None:
    from bridge.cli import store
    from bridge.core import optouts
    from bridge.core.consent import OptoutEffect
    from bridge.core.model import Refusal
    from bridge.settings.rules import policy_of

    policy = policy_of(settings)
    msisdn = _number(policy, number)
    if isinstance(msisdn, Refusal):
        frame.tell(msisdn.text)
        raise SystemExit(frame.REFUSED)

    async def work(spool: Spool) -> int:
        wish = optouts.by_operator(msisdn, out=out, now=spool.now())
        effect = await spool.optout(wish, getpass.getuser())
        line = _said(policy, msisdn, effect)
        changed = effect in (OptoutEffect.STOPPED, OptoutEffect.BACK)
        frame.emit(
            {"number": msisdn.digits, "opted_out": out, "changed": changed}, line, as_json=as_json
        )
        return frame.DONE if changed else frame.REFUSED

    store.with_spool(settings, work)


def _number(policy: Policy, spelt: str) -> Msisdn | Refusal:
    """A number in any spelling, or that of a contact by its name."""
    from bridge.core import addressing

    contact = policy.contacts.get(spelt.strip().lower())
    return contact.number if contact else addressing.number(spelt, policy.numbers)


def _said(policy: Policy, number: Msisdn, effect: str) -> str:
    """What the operator's word came to."""
    from bridge.core.consent import OptoutEffect
    from bridge.core.optouts import is_contact

    match effect:
        case OptoutEffect.STOPPED if is_contact(policy, number.digits):
            return f"{number} is not texted any more; it is a contact, whose alerts are refused now"
        case OptoutEffect.STOPPED:
            return f"{number} is not texted any more"
        case OptoutEffect.STILL:
            return f"{number} had opted out already"
        case OptoutEffect.BACK:
            return f"{number} may be texted again"
        case _:
            return f"{number} had not opted out"


def _show(policy: Policy, number: str, out: Optout, *, as_json: bool) -> None:
    since = datetime.fromtimestamp(out.since, policy.zone).astimezone(policy.zone)
    name = next((c.name for c in policy.contacts.values() if c.number.digits == number), "")
    record = {"number": number, "since": since.isoformat(timespec="seconds"), "source": out.source}
    whose = f" ({name})" if name else ""
    frame.emit(
        record | {"name": name},
        f"{number:<15}  since {since:%Y-%m-%d %H:%M}  {out.source}{whose}",
        as_json=as_json,
    )
