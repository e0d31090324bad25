"""Two peers that do nothing with what they hear: the least that their libraries cost.

`python -m tests.bench.idlers smtp PORT` is aiosmtpd as pip gives it, `http` an aiohttp server.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session


class Handler:
    """Takes a mail."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return "250 OK"


async def take(request: web.Request) -> web.Response:
    """Takes a form."""
    await request.read()
    return web.Response(text="OK")


async def main(kind: str, port: int) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    if kind == "smtp":
        server = await loop.create_server(lambda: SMTP(Handler()), "127.0.0.1", port)
        await server.serve_forever()
    application = web.Application()
    application.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
