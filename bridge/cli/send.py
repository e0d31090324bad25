"""`smsbridge send`: a text from the command line, by the rules that mail goes by."""

from __future__ import annotations

import ipaddress
import sys
import time
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
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
    words = sys.stdin.read() if text is None else text

    from bridge.cli import store
    from bridge.settings.rules import policy_of

    policy = policy_of(settings)
    # Whoever may open the spool may send: the daemon's networks are about other machines.
    policy = replace(
        policy, trusted_networks=(*policy.trusted_networks, ipaddress.ip_network(PEER))
    )
    content = _mail(sender, subject, context, words)
    names = [each.strip() for each in to.split(",") if each.strip()]

    async def work(spool: Spool) -> int:
        return await _send(spool, policy, names, sender, content, as_json=as_json)

    store.with_spool(settings, work)


def _mail(sender: str, subject: str, context: str, words: str) -> bytes:
    mail = EmailMessage()
    try:
        mail["From"] = sender or "nobody"
        if subject:
            mail["Subject"] = subject
        if context:
            mail["UserContext"] = context
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    mail.set_content(words, charset="utf-8", cte="base64")
    return mail.as_bytes(policy=SMTP)


async def _send(
    spool: Spool, policy: Policy, names: list[str], sender: str, content: bytes, *, as_json: bool
) -> int:
    from bridge.compose.compose import compose
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
    frame.emit({"id": id_, "texts": len(mail.submissions)}, f"queued as {id_}", as_json=as_json)
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
