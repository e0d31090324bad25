"""A connection to a host: its name looked up, one of its addresses reached, its certificate proven.

Names are looked up for each connection, so that a new address counts from the next one on.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import quote, urlsplit

from aiohappyeyeballs import AddrInfoType, start_connection

HEAD_START = 0.25
"""Seconds that an address has before the next one is tried beside it (RFC 8305, section 5)."""

_PORTS = {"http": 80, "https": 443}

P = TypeVar("P", bound=asyncio.Protocol)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a base URL leads; `authority` is how a request says it, `path` has no slash at its end.

    `at` is whether the host is an address, and has no name to look up.
    """

    host: str
    port: int
    secure: bool
    at: bool
    authority: str
    path: str


@lru_cache(maxsize=16)
def place(url: str) -> Place:
    """Where an http or https URL leads; raises `ValueError` if nowhere."""
    parts = urlsplit(url)
    default = _PORTS.get(parts.scheme)
    if default is None or not parts.hostname:
        raise ValueError("its address is no http or https URL")
    host = parts.hostname.encode("idna").decode("ascii")
    port = default if parts.port is None else parts.port
    named = f"[{host}]" if ":" in host else host
    authority = named if port == default else f"{named}:{port}"
    path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~")
    return Place(host, port, parts.scheme == "https", _is_address(host), authority, path)


async def connected(make: Callable[[], P], to: Place, tls: ssl.SSLContext) -> P:
    """A protocol with a connection of its own, by which nothing was sent but TLS's handshake.

    Raises `OSError`, `ValueError`, or what uvloop has instead, `RuntimeError`.
    """
    loop = asyncio.get_running_loop()
    context, name = (tls, to.host.rstrip(".")) if to.secure else (None, None)
    found = () if to.at else await _looked_up(to)
    if len(found) > 1:
        sock = await start_connection(found, happy_eyeballs_delay=HEAD_START)
        made = await loop.create_connection(make, sock=sock, ssl=context, server_hostname=name)
    else:
        address = str(found[0][4][0]) if found else to.host
        made = await loop.create_connection(
            make, address, to.port, ssl=context, server_hostname=name
        )
    return made[1]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def _looked_up(to: Place) -> Sequence[AddrInfoType]:
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(
        to.host, to.port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
