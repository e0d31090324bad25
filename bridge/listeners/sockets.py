"""Listening sockets: bound from the settings, or handed over by systemd.

systemd's sockets are told apart by where they listen (getsockname), never by their order: port
465 is implicit TLS, 25 and 587 are SMTP (sd_listen_fds(3)).
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from bridge import maillog

FIRST_FD = 3
IMPLICIT_TLS_PORT = 465
BACKLOG = 1024

FULL_HOUSE = 4096
"""Open files of a full house: 1,200 SMTP sessions, 500 callbacks, those who are turned away, the
store, clients; and as many again."""


def bound(host: str, port: int) -> socket.socket:
    """A listening TCP socket; raises `OSError` where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


async def listening(
    make: Callable[[], asyncio.BaseProtocol], on: socket.socket, at_once: int
) -> asyncio.Server:
    """Accept on a socket, so many in one turn of the loop; others wait in the kernel's queue."""
    server = await asyncio.get_running_loop().create_server(make, sock=on, backlog=at_once)
    on.listen(BACKLOG)  # asyncio has one number for both
    return server


def fitting(connections: int) -> int:
    """How many of so many connections there are files for; raises the soft limit to what is needed.

    So the cap of the door is met before the kernel's, whose EMFILE would stop `accept` for all.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FULL_HOUSE:
        with suppress(OSError, ValueError):  # not allowed: then it is as it is
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(FULL_HOUSE, hard), hard))
            soft = min(FULL_HOUSE, hard)
    fit = min(connections, soft // 3)
    if fit < connections:
        maillog.few_files(soft, connections=fit)
    return fit


def inherited(environ: Mapping[str, str]) -> list[socket.socket]:
    """The sockets that systemd opened for this process; empty if there are none."""
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(environ.get("LISTEN_FDS", "0"))
    sockets = [socket.socket(fileno=fd) for fd in range(FIRST_FD, FIRST_FD + count)]
    for each in sockets:
        each.setblocking(False)
        each.set_inheritable(False)
    return sockets


def told_apart(
    sockets: Sequence[socket.socket],
) -> tuple[list[socket.socket], list[socket.socket]]:
    """Sockets for plain SMTP, and those for implicit TLS."""
    plain = [s for s in sockets if s.getsockname()[1] != IMPLICIT_TLS_PORT]
    return plain, [s for s in sockets if s not in plain]
