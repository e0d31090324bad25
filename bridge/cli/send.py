"""`smsbridge send`: a text from the command line, by the rules that mail goes by."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.core.model import ForwardPath, Refusal
    from bridge.core.policy import Policy
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
    names = [each.strip() for each in to.split(",") if each.strip()]
    if not names:
        raise click.UsageError("TO is empty: a number, a contact or a group is needed")
    if sender and not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", sender):
        raise click.UsageError(f"--sender: {sender!r} is no mail address")

    async def work(spool: Spool) -> int:
        return await _send(spool, policy, names, sender, content, as_json=as_json)

    store.with_spool(settings, work)


def _mail(sender: str, subject: str, context: str, words: bytes) -> bytes:
    """A mail of these words, whatever their octets are: no charset is claimed for them."""
    headers = {"From": sender or "nobody", "Subject": subject, "UserContext": context}
    for name, value in headers.items():
        if not value.isprintable():
            raise click.UsageError(f"{name}: {value!r} is more than one line of plain characters")
    said = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    encoded = base64.encodebytes(words).replace(b"\n", b"\r\n")
    return said.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded


async def _send(
    spool: Spool, policy: Policy, names: list[str], sender: str, content: bytes, *, as_json: bool
) -> int:
    from bridge.compose.compose import compose
    from bridge.core.events import Truncated
    from bridge.core.model import Envelope, Refusal, Session
    from bridge.parts import fresh_ids

    session = Session(peer=PEER)
    paths: list[ForwardPath] = []
    for name in names:
        path = await _path(spool, policy, name, sender)
        if isinstance(path, Refusal):
            return _refused(path, as_json=as_json)
        paths.append(path)
    now = time.time()
    envelope = Envelope(sender, tuple(paths), content, now, session)
    facts = await spool.facts((), ())
    mail = compose(envelope, policy, facts, now, fresh_ids())
    if isinstance(mail, Refusal):
        return _refused(mail, as_json=as_json)
    id_ = await spool.accept(mail)
    await spool.acknowledged(mails=[id_])
    cut = [event.left for event in mail.events if isinstance(event, Truncated) and event.left]
    frame.emit(
        {"id": id_, "texts": len(mail.submissions), "left_off": "".join(cut)},
        f"queued as {id_}",
        as_json=as_json,
    )
    if cut:
        click.echo(f"smsbridge: the text was too long; {len(cut[0])} characters are cut", err=True)
    return frame.DONE


async def _path(spool: Spool, policy: Policy, name: str, sender: str) -> ForwardPath | Refusal:
    from bridge.core.model import Session
    from bridge.core.policy import asks, recipient

    address = f"{name}@{policy.domain}"
    numbers, tokens = asks(policy, address)
    facts = await spool.facts(numbers, tokens)
    return recipient(policy, facts, Session(peer=PEER), sender, address)


def _refused(refusal: Refusal, *, as_json: bool) -> int:
    frame.emit({"refused": str(refusal)}, f"refused: {refusal.text}", as_json=as_json)
    return frame.REFUSED
