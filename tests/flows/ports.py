"""Ports for servers that are stopped and come back, or that cannot be told "any"."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

LOWEST, HIGHEST = 20_000, 32_000
"""Below the ports that Linux gives to outgoing connections: one of those would take a port while
its server is away, above all a client's that tries to reach that very server."""


def lasting_port() -> int:
    """A port that nobody has, and that nobody is given by chance."""
    while True:
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
