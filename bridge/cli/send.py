"""`smsbridge send`: a text from the command line, by the rules that mail goes by."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.core.model import ForwardPath, Refusal
    from bridge.core.policy import Policy
    from bridge.core.promises import Mail
    from bridge.spool.contract import Spool

PEER = "127.0.0.1"


@click.command(
    epilog=frame.example(
        "smsbridge send 07700900123 'The boiler is out again'",
        "uptime | smsbridge send ops --sender ops@example.com",
    )
)
@frame.config_option
@frame.json_option
@click.option("--sender", default="", help="The mail address that hears how it went.")
@click.option("--context", default="", help="The user context, given back with an answer.")
@click.option("--subject", default="", help="The subject, as a mail would have one.")
@click.argument("to")
@click.argument("text", required=False)
def command(
    config: Path,
    to: str,
    text: str | None,
    *,
    sender: str,
    context: str,
    subject: str,
    as_json: bool,
) -> None:
    """Send TEXT (or standard input) to a number, a contact or a group; commas between several.

    The text is in the spool when this returns; `smsbridge log ID` tells how it went.
    """
    settings = frame.settings_of(config)
    words = sys.stdin.buffer.read() if text is None else os.fsencode(text)

    from bridge.cli import store
    from bridge.settings.rules import policy_of

    policy = policy_of(settings)
    # Whoever may open the spool may send: the daemon's networks are about other machines.
    policy = replace(
        policy, trusted_networks=(*policy.trusted_networks, ipaddress.ip_network(PEER))
    )
    content = _mail(sender, subject, context, words)
    addresses = _addresses(policy, to, sender)

    async def work(spool: Spool) -> int:
        found = await _accepted(spool, policy, addresses, sender=sender, content=content)
        return _said(found, await _folded(spool, found), as_json=as_json)

    store.with_spool(settings, work)


def _addresses(policy: Policy, to: str, sender: str) -> list[str]:
    """What TO names, as addresses of the bridge; raises `UsageError` for what cannot be sent."""
    from bridge.core.recipients import asks

    names = [each.strip() for each in to.split(",") if each.strip()]
    if not names:
        raise click.UsageError("TO is empty: a number, a contact or a group is needed")
    if sender and not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", sender):
        raise click.UsageError(f"--sender: {sender!r} is no mail address")
    addresses = [f"{name}@{policy.domain}" for name in names]
    tokens = [token for each in addresses for token in asks(policy, each)[1]]
    if tokens and not sender:  # nobody would hear, and it would look like an automatic answer
        raise click.UsageError("an answer in a conversation needs --sender")
    return addresses


def _mail(sender: str, subject: str, context: str, words: bytes) -> bytes:
    """A mail of these words, whatever their octets are: no charset is claimed for them."""
    headers = {"From": sender or "nobody", "Subject": subject, "UserContext": context}
    for name, value in headers.items():
        if not value.isprintable():
            raise click.UsageError(f"{name}: {value!r} is more than one line of plain characters")
    said = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    encoded = base64.encodebytes(words).replace(b"\n", b"\r\n")
    return said.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded


async def _accepted(
    spool: Spool, policy: Policy, addresses: list[str], *, sender: str, content: bytes
) -> Mail | Refusal:
    """The mail as it is in the spool now, or the first reason why it is not."""
    from bridge.compose.compose import compose
    from bridge.core.model import Envelope, Refusal, Session
    from bridge.core.recipients import asks, recipient
    from bridge.core.senders import learner_key
    from bridge.parts import fresh_ids

    session = Session(peer=PEER)
    asked = [asks(policy, each) for each in addresses]
    facts = await spool.facts(
        [number for numbers, _ in asked for number in numbers],
        [token for _, tokens in asked for token in tokens],
        learner_key(session, sender),
    )
    paths: list[ForwardPath] = []
    for address in addresses:
        path = recipient(policy, facts, session, sender, address=address)
        if isinstance(path, Refusal):
            return path
        paths.append(path)
    count = len({each for path in paths for each in path.destinations})
    if count > policy.max_recipients:
        return Refusal(550, "5.5.3", f"{count} recipients ({policy.max_recipients} at most)")
    now = spool.now()
    envelope = Envelope(sender, tuple(paths), content, now, session)
    mail = compose(envelope, policy, facts, now, fresh_ids())
    if isinstance(mail, Refusal):
        return mail
    mail = replace(mail, id=await spool.accept(mail))
    await spool.acknowledged(mails=[mail.id])
    return mail


async def _folded(spool: Spool, found: Mail | Refusal) -> tuple[str, ...]:
    """Who does not get the text, and which other one stands for it."""
    from bridge.core.model import Refusal
    from bridge.core.outcomes import State

    records = () if isinstance(found, Refusal) else await spool.browse(found.id)
    folded = [each.fields for each in records if each.fields.get("state") == State.FOLDED]
    return tuple(dict.fromkeys(f"{each['number']}: {each['reason']}" for each in folded))


def _said(found: Mail | Refusal, folded: tuple[str, ...], *, as_json: bool) -> int:
    """Print how it went; the exit status."""
    from bridge.core.events import Truncated
    from bridge.core.model import Refusal

    if isinstance(found, Refusal):
        frame.emit({"refused": str(found)}, f"refused: {found.text}", as_json=as_json)
        return frame.REFUSED
    cut = [event.left for event in found.events if isinstance(event, Truncated) and event.left]
    frame.emit(
        {
            "id": found.id,
            "texts": len(found.submissions),
            "left_off": "".join(cut),
            "folded": folded,
        },
        f"queued as {found.id}",
        as_json=as_json,
    )
    for line in folded:
        frame.tell(f"not sent to {line}")
    if cut:
        frame.tell(f"the text was too long; {len(cut[0])} characters are cut")
    return frame.DONE
