"""`smsbridge explain`: what a mail would become, and why, without sending it."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.compose.explaining import Explanation
    from bridge.compose.explanation import Row
    from bridge.core.model import Envelope, Facts, Session
    from bridge.core.policy import Policy
    from bridge.settings.model import Settings

PEER: Final = "127.0.0.1"
INDENT: Final = 10


@click.command(
    epilog=frame.example(
        "smsbridge explain mail.eml",
        "smsbridge explain - --to ops --user jo --json < mail.eml",
    )
)
@frame.config_option
@frame.json_option
@click.option("--to", multiple=True, help="A recipient; else those of To and Cc that are texted.")
@click.option("--from", "sender", default="", help="The reverse path; else that of the mail.")
@click.option("--user", default="", help="Who logged in; else the user whose address it is from.")
@click.option("--peer", default="", help="The client's IP address; else this machine's.")
@click.argument("file", type=click.File("rb"), metavar="FILE.eml")
def command(
    config: Path,
    file: BinaryIO,
    to: tuple[str, ...],
    sender: str,
    user: str,
    peer: str,
    *,
    as_json: bool,
) -> None:
    """Tell what would become of the mail in FILE (- is standard input), and send nothing.

    Who wrote it counts: mail of people is cleaned, mail of machines is not.
    """
    settings = _settings(config)

    from bridge.core.model import Session
    from bridge.settings.rules import policy_of

    policy = policy_of(settings or _defaults())
    content = file.read()
    sender = sender or _reverse_path(content)
    user = user or ("" if peer else _owner(policy, sender))
    policy = replace(
        policy, trusted_networks=(*policy.trusted_networks, ipaddress.ip_network(PEER))
    )
    session = Session(peer or PEER, user)
    found = asyncio.run(
        _explained(settings, policy, session, sender=sender, content=content, to=to)
    )
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        _show(found)
    unsendable = bool(found.recipients) and all(each.refusal for each in found.recipients)
    raise SystemExit(frame.REFUSED if found.refusal or unsendable else frame.DONE)


def _settings(config: Path) -> Settings | None:
    """The settings; None where there are none at all: then a mail is looked at by the defaults."""
    if frame.file_of(config) or any(name.startswith("BRIDGE_") for name in os.environ):
        return frame.settings_of(config)
    click.echo(f"smsbridge: there is no {config}: explained by the defaults", err=True)
    return None


def _defaults() -> Settings:
    """What counts where nothing is said, with an account that nobody has."""
    from bridge.settings.loading import from_tables

    account = {"username": "nobody", "password": "none"}
    http = {"callback_token": secrets.token_urlsafe(24)}
    return from_tables({"gateway": account, "http": http, "mail": {"inbox": "nobody@example.com"}})


def _reverse_path(content: bytes) -> str:
    """Who a stored mail is from: its Return-Path, else its From; "" if neither has an address."""
    headers = content.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")
    for name in ("Return-Path", "From"):
        found = re.search(
            rf"^{name}:[^\n]*?([^\s<>\"]{{1,64}}@[\w.-]{{1,253}})", headers, re.I | re.M
        )
        if found:
            return found[1]
    return ""


def _owner(policy: Policy, sender: str) -> str:
    """The user who sends as an address; "" if nobody or several do."""
    owners = [
        user
        for user, addresses in policy.users.items()
        if sender.lower() in (address.lower() for address in addresses)
    ]
    return owners[0] if len(owners) == 1 else ""


async def _explained(
    settings: Settings | None,
    policy: Policy,
    session: Session,
    *,
    sender: str,
    content: bytes,
    to: tuple[str, ...],
) -> Explanation:
    from bridge.compose import explaining
    from bridge.core.model import Envelope, Facts

    named = tuple(each if "@" in each else f"{each}@{policy.domain}" for each in to)
    addresses = named or explaining.addressees(content, policy)
    envelope = Envelope(sender, (), content, time.time(), session)
    facts = await _facts(settings, policy, envelope, addresses) if settings else Facts()
    return explaining.explained(envelope, policy, facts, addresses)


async def _facts(
    settings: Settings, policy: Policy, envelope: Envelope, addresses: tuple[str, ...]
) -> Facts:
    """What the spool knows of the recipients and the sender; nothing where there is no spool."""
    from bridge.core.model import Facts
    from bridge.core.recipients import asks
    from bridge.core.senders import sender_key
    from bridge.spool.contract import Unavailable, Unusable
    from bridge.spool.opening import open_spool

    asked = [asks(policy, each) for each in addresses]
    numbers = [number for found, _ in asked for number in found]
    tokens = [token for _, found in asked for token in found]
    try:
        spool = await open_spool(settings.store.url.get_secret_value(), daemon=False)
    except (Unusable, Unavailable) as error:
        click.echo(f"smsbridge: explained without opt-outs and conversations: {error}", err=True)
        return Facts()
    try:
        return await spool.facts(
            numbers, tokens, sender_key(envelope.session, envelope.reverse_path)
        )
    finally:
        await spool.close()


# ---------------------------------------------------------------- on a terminal

_STYLES: Final[Mapping[str, Mapping[str, object]]] = {
    "cut": {"strikethrough": True, "dim": True},
    "text": {"fg": "green"},
    "lost": {"fg": "yellow"},
    "refused": {"fg": "red"},
}
_MARKS: Final[Mapping[str, str]] = {"cut": "- ", "kept": "  ", "text": "| ", "lost": "- "}


def _show(found: Explanation) -> None:
    from bridge.compose.explanation import rows

    for row in rows(found):
        click.echo(_line(row))


def _line(row: Row) -> str:
    """A row, coloured where the output is a terminal; what was cut is struck through."""
    heading = click.style(f"{row.heading:<{INDENT}}", bold=True)
    style: Any = _STYLES.get(row.style, {})
    text = _MARKS.get(row.style, "") + click.style(frame.printable(row.text), **style)
    return heading + text + (click.style(f"  {row.note}", fg="cyan") if row.note else "")
