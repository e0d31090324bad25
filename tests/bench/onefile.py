"""What an admin would write in an afternoon: aiosmtpd, and a POST inside DATA.  Nothing durable.

The yardstick for `python -m tests.bench`; run as `python -m tests.bench.onefile SMTP_PORT URL`.
"""

from __future__ import annotations

import asyncio
import sys
from email import message_from_bytes, policy

import aiohttp
from aiosmtpd.smtp import SMTP, Envelope, Session


class Handler:
    """Posts each mail to the gateway while its client waits."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        body = mail.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        to = ",".join(address.partition("@")[0] for address in envelope.rcpt_tos)
        form = {"username": "u", "password": "p", "to": to, "text": text, "maxconcat": "4"}
        async with self._http.post(self._url + "/sendmsg.aspx", data=form) as response:
            answer = await response.text()
        return "250 OK" if "ID:" in answer else "451 " + answer.strip()


async def main(port: int, url: str) -> None:
    """Serve until killed."""
    async with aiohttp.ClientSession() as http:
        handler = Handler(http, url)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(handler), "127.0.0.1", port)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
