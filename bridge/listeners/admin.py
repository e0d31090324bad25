"""The operator's own listener: `/metrics`, and whether we are alive.

It has no log-in: whoever reaches it may read what it says, which is counts.  So it listens on
loopback unless told otherwise, and answers no name that somebody may have pointed at it (DNS
rebinding): a browser that is lured to such a name would read it for a stranger.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import cast

from aiohttp import web

from bridge import maillog
from bridge.listeners.connections import Connection, Limits, Phase, Watch

HEADERS = {
    "Content-Type": "text/plain; charset=utf-8",
    "Server": "smsbridge",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\[\]:]*)(:[0-9]*)?")


class AdminListener:
    """Serves `metrics`, which is a page and the type of its content, to who asks for it by GET.

    `names` are those of this machine, beside its addresses.
    """

    def __init__(
        self,
        metrics: Callable[[], Awaitable[bytes]],
        content_type: str,
        *,
        names: Collection[str],
        limits: Limits | None = None,
    ) -> None:
        self._metrics = metrics
        self._content_type = content_type
        self._names = frozenset(name.lower() for name in names)
        self._watch = Watch(limits or Limits(), _broken)

    async def serve(self, sockets: Sequence[socket.socket]) -> None:
        """Listen on sockets that are bound (`listeners.sockets`); they are ours from now on."""
        await self._watch.serve(web.Server(self._handle), sockets)

    async def drain(self, grace: float) -> None:
        """Stop listening; finish the requests there are, for at most `grace` seconds."""
        await self._watch.drain(grace)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = cast(Connection, request.protocol)
        connection.enter(Phase.WORKING)
        try:
            response = await self._answer(request)
            if not request.content.is_eof():
                response.force_close()  # nobody reads bodies here
            return response
        finally:
            connection.enter(Phase.IDLE if request.content.is_eof() else Phase.BODY)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if not self._is_ours(request.headers.get("Host", "")):
            return _said(421, "ask by an address, or by smtp.hostname")
        path = request.rel_url.raw_path
        if path not in ("/metrics", "/healthz"):
            return _said(404, "Not found")
        if request.method not in ("GET", "HEAD"):
            return _said(405, "GET", Allow="GET, HEAD")
        if path == "/healthz":
            return _said(200, "alive")
        page = await self._metrics()
        return web.Response(body=page, headers={**HEADERS, "Content-Type": self._content_type})

    def _is_ours(self, host: str) -> bool:
        """Whether no stranger's DNS can have led here: by an address, or a name of ours.

        One without a dot is of this machine or its neighbours; no Host is no browser's.
        """
        found = _HOST.fullmatch(host)
        name = found["name"].lower() if found else "no.name"
        return "." not in name or name in self._names or _is_address(name.strip("[]"))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _broken(_request: web.BaseRequest, error: BaseException | None) -> web.Response:
    if error is None:
        return _said(400, "no HTTP")
    maillog.fault("admin", error)
    return _said(503, "later, please")


def _said(status: int, words: str, **headers: str) -> web.Response:
    return web.Response(status=status, body=f"{words}\n".encode(), headers={**HEADERS, **headers})
