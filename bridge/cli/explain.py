"""`smsbridge explain`: what a mail would become, and why, without sending it."""

from __future__ import annotations

import asyncio
import ipaddress
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
    from bridge.compose.explaining.explanation import Explanation
    from bridge.compose.explaining.rows import Row
    from bridge.core.model import Envelope, Facts, Refusal, Session
    from bridge.core.policy import Policy
    from bridge.settings.model import Settings

PEER: Final = "127.0.0.1"
SOMEBODY: Final = "somebody"


@click.command(
    epilog=frame.example(
        "smsbridge explain mail.eml",
        "smsbridge explain - --to ops --as machine --json < alert.eml",
    )
)
@frame.config_option
@frame.json_option
@click.option("--to", multiple=True, help="Recipients; else those of To and Cc.")
@click.option("--from", "sender", default="", help="The reverse path; else that of the mail.")
@click.option(
    "--as",
    "who",
    type=click.Choice(["person", "machine"]),
    default="person",
    show_default=True,
    help="Whose it is: a person's, who logged in, or a machine's in a trusted network.",
)
@click.option("--user", default="", help="Who logged in; else the user whose address it is from.")
@click.option("--peer", default="", help="The IP address of a client where nobody logged in.")
@click.argument("file", type=click.File("rb"), metavar="FILE.eml")
def command(
    config: Path,
    file: BinaryIO,
    *,
    to: tuple[str, ...],
    sender: str,
    who: str,
    user: str,
    peer: str,
    as_json: bool,
) -> None:
    """Tell what would become of the mail in FILE (- is standard input), and send nothing.

    How it comes in decides its profile: mail of people is cleaned, mail of machines is not.
    """
    settings = _settings(config)

    from bridge.core.model import Envelope, Refusal, Session
    from bridge.settings.rules import policy_of

    policy = policy_of(settings or _defaults())
    content = file.read()
    sender = sender or _reverse_path(content)
    user = "" if peer or who == "machine" else _user(policy, user, sender)
    if user == SOMEBODY:
        frame.tell("explained as a person's; a machine's is --as machine")
    session = Session(_address(peer), user)
    policy = replace(  # a machine whose address nobody said is one of ours
        policy, trusted_networks=(*policy.trusted_networks, *([] if peer else [_network()]))
    )
    session = _vouched(policy, session, sender, content)
    envelope = Envelope(sender, (), content, time.time(), session)
    found = asyncio.run(_explained(settings, policy, envelope, to))
    if isinstance(found, Refusal):
        raise click.ClickException(frame.printable(str(found)))
    if as_json:
        frame.emit(asdict(found), "", as_json=True)
    else:
        _show(found)
    unsendable = bool(found.recipients) and all(each.refusal for each in found.recipients)
    raise SystemExit(frame.REFUSED if found.refusal or unsendable else frame.DONE)


def _vouched(policy: Policy, session: Session, sender: str, content: bytes) -> Session:
    """The session, if it is a relay's with whom DMARC vouches for; raises with what is missing."""
    from bridge.compose.reading import authentication
    from bridge.core.model import Refusal
    from bridge.core.policy import relayed

    if not relayed(policy, session):
        return session
    author = authentication.author(content, policy, sender)
    if isinstance(author, Refusal):
        raise click.ClickException(frame.printable(str(author)))
    return replace(session, vouched=author)


def _network() -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(PEER)


def _address(peer: str) -> str:
    """An IP address as said; raises `UsageError` for what is none."""
    try:
        return str(ipaddress.ip_address(peer or PEER))
    except ValueError:
        raise click.UsageError(f"--peer: {peer!r} is no IP address") from None


def _user(policy: Policy, user: str, sender: str) -> str:
    """Who logged in: as said, else whose address it is, else somebody."""
    if user and policy.users and user not in policy.users:
        raise click.UsageError(f"--user: no {user!r} in [users], only {', '.join(policy.users)}")
    owners = [
        name
        for name, addresses in policy.users.items()
        if sender.lower() in (address.lower() for address in addresses)
    ]
    return user or (owners[0] if owners else SOMEBODY)


def _settings(config: Path) -> Settings | None:
    """The settings; None where there are none at all: then a mail is looked at by the defaults."""
    if frame.file_of(config) or any(name.startswith("BRIDGE_") for name in os.environ):
        return frame.settings_of(config)
    frame.tell(f"there is no {config}: explained by the defaults")
    return None


def _defaults() -> Settings:
    """What counts where nothing is said, with an account that nobody has."""
    from bridge.settings.loading import from_tables

    account = {"username": "nobody", "password": "none"}
    http = {"callback_token": secrets.token_urlsafe(24)}
    return from_tables({"gateway": account, "http": http, "mail": {"inbox": "nobody@example.com"}})


def _reverse_path(content: bytes) -> str:
    """Who a stored mail is from: its Return-Path, else its From; "" if neither has an address."""
    from bridge.compose.reading import mime
    from bridge.core.model import Refusal

    entity = mime.parse(content)
    if isinstance(entity, Refusal):
        return ""
    for name in ("return-path", "from"):
        said = entity.text(name)
        found = re.findall(r"<([^<>\s]{1,320})>", said) or re.findall(r"\S{1,64}@\S{1,255}", said)
        if found:
            return str(found[-1])
    return ""


async def _explained(
    settings: Settings | None, policy: Policy, envelope: Envelope, to: tuple[str, ...]
) -> Explanation | Refusal:
    """The explanation of a mail to those who are named, in the mail if nowhere else."""
    from bridge.compose import vendor
    from bridge.compose.explaining import explaining
    from bridge.core.model import Facts, Refusal

    said = [each.strip() for one in to for each in one.split(",") if each.strip()]
    named = tuple(each if "@" in each else f"{each}@{policy.domain}" for each in said)
    addresses = named or explaining.addressees(envelope.content, policy)
    if explaining.may_be_form(policy, addresses):
        form = vendor.form(envelope.content)
        if isinstance(form, Refusal):
            return form
        is_form = bool(addresses or form.to)
        addresses = explaining.named(form, policy)
        envelope = replace(envelope, content=form.content, vendor_form=is_form)
    facts = await _facts(settings, policy, envelope, addresses) if settings else Facts()
    return explaining.explained(envelope, policy, facts, addresses)


async def _facts(
    settings: Settings, policy: Policy, envelope: Envelope, addresses: tuple[str, ...]
) -> Facts:
    """What the spool knows of the recipients and the sender; nothing where there is no spool."""
    from bridge.core.model import Facts
    from bridge.core.recipients import asks
    from bridge.core.senders import learner_key
    from bridge.spool.contract import Unavailable, Unusable
    from bridge.spool.opening import open_spool

    asked = [asks(policy, each) for each in addresses]
    numbers = [number for found, _ in asked for number in found]
    tokens = [token for _, found in asked for token in found]
    try:
        spool = await open_spool(settings.store.url.get_secret_value(), daemon=False)
    except (Unusable, Unavailable) as error:
        frame.tell(f"explained without opt-outs and conversations: {error}")
        return Facts()
    try:
        return await spool.facts(
            numbers, tokens, learner_key(envelope.session, envelope.reverse_path)
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


def _show(found: Explanation) -> None:
    from bridge.compose.explaining.rows import rows

    for row in rows(found):
        click.echo(_line(row))


def _line(row: Row) -> str:
    """A row, coloured where the output is a terminal; what was cut is struck through."""
    from bridge.compose.explaining.rows import MARKS, WIDTH

    heading = click.style(f"{row.heading:<{WIDTH}}", bold=True)
    style: Any = _STYLES.get(row.style, {})
    text = MARKS.get(row.style, "") + click.style(frame.printable(row.text), **style)
    note = click.style(f"  {row.note}", fg="cyan") if row.note else ""
    return (heading + text + note).rstrip()
