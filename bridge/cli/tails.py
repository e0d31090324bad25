"""`smsbridge tails`: see and forget the closing blocks that were learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.spool.contract import Spool
    from bridge.spool.views import Tail


@click.group(
    epilog=frame.example("smsbridge tails list jo@example.com", "smsbridge tails reset user:jo")
)
def command() -> None:
    """See and forget the closing blocks that were learned.

    A profile with learn_tails = true leaves off blocks that three mails of one sender ended in.
    SENDER is "user:" and the name that logs in; else a machine's address, a space and a mail
    address, or the mail address alone, from whatever machine.
    """


@command.command(name="list", epilog=frame.example("smsbridge tails list jo@example.com"))
@frame.config_option
@frame.json_option
@click.option("--all", "all_", is_flag=True, help="Also those not seen often enough yet.")
@click.argument("sender", default="")
def list_(config: Path, sender: str, *, as_json: bool, all_: bool) -> None:
    """List the blocks that are left off a sender's mails, or all senders', and how often seen."""
    settings = frame.settings_of(config)

    from bridge.cli import store
    from bridge.core.senders import LEARNED

    async def work(spool: Spool) -> int:
        found = [t for t in await spool.tails(_key(sender)) if all_ or t.seen >= LEARNED]
        for tail in found:
            _show(tail, as_json=as_json)
        if not found:
            frame.tell(f"no closing block of {sender or 'anybody'} is learned")
        return frame.DONE if found else frame.REFUSED

    store.with_spool(settings, work)


@command.command(
    epilog=frame.example("smsbridge tails reset jo@example.com", "smsbridge tails reset --all")
)
@frame.config_option
@frame.json_option
@click.option("--all", "everybody", is_flag=True, help="Forget those of all senders.")
@click.argument("sender", default="")
def reset(config: Path, sender: str, *, as_json: bool, everybody: bool) -> None:
    """Forget the blocks of a sender: they are texted again, until three more mails end in them."""
    if bool(sender) is everybody:
        raise click.UsageError("whose blocks to forget: SENDER, or --all")
    settings = frame.settings_of(config)

    from bridge.cli import store

    async def work(spool: Spool) -> int:
        count = await spool.forget_tails(_key(sender))
        whose = sender or "all senders"
        frame.emit(
            {"sender": sender, "forgotten": count},
            f"forgotten: {count} of {whose}",
            as_json=as_json,
        )
        return frame.DONE if count or everybody else frame.REFUSED

    store.with_spool(settings, work)


def _key(sender: str) -> str:
    """A sender as the spool has it: mailboxes in lower case, users as they log in."""
    return sender if sender.startswith("user:") else sender.lower()


def _show(tail: Tail, *, as_json: bool) -> None:
    from bridge.core.senders import LEARNED

    is_learned = tail.seen >= LEARNED
    mails = "1 mail" if tail.seen == 1 else f"{tail.seen} mails"
    frame.emit(
        {
            "sender": tail.sender,
            "seen": tail.seen,
            "left_off": is_learned,
            "last_at": tail.last_at,
            "block": tail.block,
        },
        f'{tail.sender}  {mails}{", left off" if is_learned else ""}  "{tail.block}"',
        as_json=as_json,
    )
