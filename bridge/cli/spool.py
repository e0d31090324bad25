"""`smsbridge spool`: see and steer what waits."""

from __future__ import annotations

import asyncio
import getpass
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.core.commands import Command
    from bridge.spool.contract import Spool
    from bridge.spool.views import Commanded

OBEYED_WITHIN = 3.0
POLL = 0.1


@click.group(
    epilog=frame.example("smsbridge spool list", "smsbridge spool retry 019fa2c4d7e13b7c2d")
)
def command() -> None:
    """See and steer what waits in the spool.

    ID is a spool id (of a mail, or of one of its texts), or "all": all that waits and certainly was
    not sent.  What may have been sent is sent again by its own id alone.  A text that counts folded
    ones ("+37 similar ...") has an id of its own, which ends in .similar1, and only that means it.

    What a restored backup holds may have been sent as well, but "all" lets it go, or drops it, with
    the notices that it holds; each of them has an id such as e12.
    """


@command.command(name="list", epilog=frame.example("smsbridge spool list --json"))
@frame.config_option
@frame.json_option
def list_(config: Path, *, as_json: bool) -> None:
    """List what is still to be sent or told, and how the lanes stand."""
    settings = frame.settings_of(config)

    from bridge.cli import life, store

    async def work(spool: Spool) -> int:
        now = spool.now()
        lanes = await spool.lanes(now)
        for lane in lanes:
            resting = f", rests: {lane.token} {lane.reason}" if lane.paused_since else ""
            frame.emit(
                {
                    "lane": lane.name,
                    "waiting": lane.waiting,
                    "head_age": round(lane.head_age, 1),
                    "resting": lane.token,
                    "reason": lane.reason,
                },
                f"lane {lane.name}: {lane.waiting} waiting, oldest {lane.head_age:.0f} s{resting}",
                as_json=as_json,
            )
        for record in await spool.browse(waiting=True):
            store.show(life.at_rest(record, lanes, now), as_json=as_json)
        return frame.DONE

    store.with_spool(settings, work)


@command.command(epilog=frame.example("smsbridge spool show 019fa2c4d7e13b7c2d"))
@frame.config_option
@frame.json_option
@click.argument("target", metavar="ID")
def show(config: Path, target: str, *, as_json: bool) -> None:
    """Show one mail or text with its words, by its spool id."""
    settings = frame.settings_of(config)

    from bridge.cli import store

    async def work(spool: Spool) -> int:
        records = await spool.browse(target, content=True)
        for record in records:
            store.show(record, as_json=as_json)
        if all(record.what == "command" for record in records):
            frame.tell(f"nothing in the spool is called {target}")
            return frame.REFUSED
        return frame.DONE

    store.with_spool(settings, work)


def _steering(verb: Command, words: str) -> click.Command:
    """One of the commands that are rows in the store, for the daemon to obey."""

    @click.command(
        name=verb, help=words, epilog=frame.example(f"smsbridge spool {verb} 019fa2c4d7e13b7c2d")
    )
    @frame.config_option
    @frame.json_option
    @click.argument("target", metavar="ID")
    def steer(config: Path, target: str, *, as_json: bool) -> None:
        settings = frame.settings_of(config)

        from bridge.cli import store

        async def work(spool: Spool) -> int:
            row = await spool.order(verb, target, getpass.getuser(), spool.now())
            return _answer(verb, target, await _obeyed(spool, row), as_json=as_json)

        store.with_spool(settings, work)

    return steer


_VERBS: tuple[tuple[Command, str], ...] = (
    ("retry", "Send again what is held, in doubt, refused or expired, what was folded, or now what "
     "waits.  A text in doubt may then arrive twice."),
    ("hold", "Hold what waits, until it is released or expires."),
    ("release", "Let go what is held."),
    ("drop", "Give up what waits or is held; it is never sent, and nobody is told."),
)  # fmt: skip
for _verb, _words in _VERBS:
    command.add_command(_steering(_verb, _words))


async def _obeyed(spool: Spool, row: int) -> Commanded:
    """How the command stands once the daemon obeyed, or did not within some seconds."""
    until = time.monotonic() + OBEYED_WITHIN
    while True:
        found = await spool.commanded(row)
        if found.changed is not None or time.monotonic() > until:
            return found
        await asyncio.sleep(POLL)


def _answer(verb: Command, target: str, found: Commanded, *, as_json: bool) -> int:
    if found.changed is None:
        line = f"written down; the daemon obeys when it runs: {verb} {target}"
        status = frame.TRY_LATER
    elif found.changed == 0:
        line = f"nothing to {verb}: {found.reason}"
        status = frame.REFUSED
    else:
        line = f"{verb}: {found.changed} of {target}"
        status = frame.DONE
    frame.emit(
        {"command": verb, "target": target, "changed": found.changed, "reason": found.reason},
        line,
        as_json=as_json,
    )
    return status
