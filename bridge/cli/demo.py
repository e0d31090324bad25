"""`smsbridge demo`: the bridge at work, on this machine alone."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.cli.playground import Playground

SMTP, CALLBACKS, GATEWAY, INBOX = 2525, 8080, 8090, 2526


@click.command(epilog=frame.example("smsbridge demo", "smsbridge demo --once"))
@click.option("--once", is_flag=True, help="Tell the story and end: 0 if every step happened.")
def command(*, once: bool) -> None:
    """Show the bridge at work: nothing to configure, nothing leaves this machine.

    Starts the daemon, a gateway in miniature and an inbox on loopback, tells a story from mail to
    text and back, then stays up so that you can play.  Its log goes to standard error.
    """
    from bridge import loglines

    loglines.on_console("error" if once else "warning")
    try:
        happened = asyncio.run(_until_told(once=once))
    except KeyboardInterrupt:
        happened = True
    raise SystemExit(frame.DONE if happened else frame.REFUSED)


async def _until_told(*, once: bool) -> bool:
    """The demo; SIGTERM ends it as Ctrl-C does, with nothing left behind."""
    demo = asyncio.create_task(_demo(once=once))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, demo.cancel)
    try:
        return await demo
    except asyncio.CancelledError:
        return True


async def _demo(*, once: bool) -> bool:
    from bridge.cli.playground import Ports, free, playground
    from bridge.cli.story import Story

    wanted = Ports() if once else Ports(*map(free, (SMTP, CALLBACKS, GATEWAY, INBOX)))
    async with playground(wanted) as ground:
        happened = await Story(ground).tell()
        if happened and not once:
            click.echo(invitation(ground))
            await _show_what_comes(ground)
    return happened


def invitation(ground: Playground) -> str:
    """What a person may type now."""
    return f"""
It stays up; Ctrl-C ends it.
   mail in      smtp://127.0.0.1:{ground.smtp}     any number @{ground.settings.smtp.domains[0]}
   gateway      {_root(ground.sandbox.url)}/     what was texted, in a browser
   callbacks    http://127.0.0.1:{ground.daemon.http_ports[0]}/readyz
   inbox        {ground.inbox.url}     what was mailed is shown below

Send a text (…0001 is delivered, …0002 invalid, …0005 undeliverable, …0006 answers):
   printf 'Subject: Hello\\n\\nHello phone\\n' | curl -sS --crlf smtp://127.0.0.1:{ground.smtp} \\
     --mail-from jo@example.com --mail-rcpt 447700900006@{ground.settings.smtp.domains[0]} -T -
To be told by mail what would be texted, and why: the same line, to explain@ in the number's place.
Let a phone text in:
   curl -d from=447700900123 -d 'text=Is anybody there?' {_root(ground.sandbox.url)}/phone
"""


def _credits(count: int) -> str:
    return f"{count} credit{'' if count == 1 else 's'}"


def _root(url: str) -> str:
    """Scheme, host and port."""
    return "/".join(url.split("/")[:3])


async def _show_what_comes(ground: Playground) -> None:
    """Print each text and each mail as it comes, until Ctrl-C."""
    await asyncio.gather(_texts(ground), _mails(ground))


async def _texts(ground: Playground) -> None:
    async for text in ground.sandbox.taken.follow():
        words = frame.printable(text.text.replace("\n", " / "))
        click.echo(f"texted to {text.to}: {words}  [{text.kind}, {_credits(text.credits)}]")


async def _mails(ground: Playground) -> None:
    async for mail in ground.inbox.mails.follow():
        subject = frame.printable(mail.subject)
        click.echo(f"mailed to {', '.join(mail.forward_paths)}: {subject}")
        for line in mail.text.strip().split("\n"):
            click.echo(f"    {frame.printable(line.rstrip())}".rstrip())
