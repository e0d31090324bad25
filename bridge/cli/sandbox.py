"""`smsbridge sandbox`: the gateway in miniature, alone, for any client of the gateway."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import click

from bridge.cli import frame

if TYPE_CHECKING:
    from bridge.sandbox.gateway import Sandbox

EPILOG = """\b
Numbers that end in
  0001  are accepted and delivered, as all others are
  0002  are invalid (INVALID_NUMBER)
  0003  meet a GATEWAY_ERROR once, then are accepted
  0004  are accepted, and the connection closes without an answer
  0005  are accepted, and cannot be delivered
  0006  are delivered, and answer the text
  0007  find no credit (INSUFFICIENT_CREDIT)

\b
The account has the group "Customers 2026" (447700900301 to 447700900303), the empty subscription
list "MySubscriptionListName", and --balance credits; a segment costs one.

\b
Example:
  smsbridge sandbox --listen 127.0.0.1:8090 --callback http://127.0.0.1:8080/callback/TOKEN
  curl -d 'username=sandbox&password=sandbox&to=447700900001&text=Hello' \\
       http://127.0.0.1:8090/smsgateway/sendmsg.aspx
  curl -d 'from=447700900001&text=Hi there' http://127.0.0.1:8090/phone
"""


@click.command(name="sandbox", epilog=EPILOG)
@click.option(
    "--listen",
    multiple=True,
    default=("127.0.0.1:8090",),
    show_default=True,
    metavar="HOST:PORT",
    help="Where to listen; given twice, the second is the backup gateway.",
)
@click.option("--callback", default="", metavar="URL", help="Where to post what phones do.")
@click.option("--username", default="sandbox", show_default=True, help="The account's name.")
@click.option("--password", default="sandbox", show_default=True, help="Its password.")
@click.option("--balance", default=1000, show_default=True, help="Its credits.")
@frame.json_option
def command(
    listen: tuple[str, ...],
    callback: str,
    *,
    username: str,
    password: str,
    balance: int,
    as_json: bool,
) -> None:
    """Play the SMS gateway: its HTTP interface, some phones, and callbacks until they get 200.

    It says where it listens, then what is sent to it, a line each.  Nothing leaves the machine and
    nothing is kept.
    """
    from bridge.sandbox.account import Account  # aiohttp, which --help does without
    from bridge.sandbox.gateway import Sandbox

    account = Account(username=username, password=password, balance=balance)
    try:
        asyncio.run(_serve(Sandbox(listen=listen, callback=callback, account=account), as_json))
    except (OSError, ValueError) as error:
        frame.tell(f"cannot listen on {', '.join(listen)}: {error}")
        raise SystemExit(frame.TRY_LATER) from None


async def _serve(sandbox: Sandbox, as_json: bool) -> None:
    from bridge.sandbox.people import summary, told

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with sandbox:
        for door in sandbox.doors:
            place = {"gateway": door.url, "people": f"{door.root}/"}
            line = f"gateway {door.url}   what was sent: {door.root}/"
            frame.emit(place, line, as_json=as_json)
        posted = sandbox.callback or "nowhere (--callback)"
        frame.emit({"callback": sandbox.callback}, f"callbacks to {posted}", as_json=as_json)

        async def tell() -> None:
            async for taken in sandbox.taken.follow():
                frame.emit(summary(taken), told(taken), as_json=as_json)

        telling = asyncio.create_task(tell())
        await stopped.wait()
        telling.cancel()
