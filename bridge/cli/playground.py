"""The whole house on loopback: the daemon, the sandbox and an inbox; for the demo and the tests."""

from __future__ import annotations

import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.daemon import Daemon
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.inbox import Inbox
from bridge.settings.loading import from_tables
from bridge.settings.model import Settings

DOMAIN = "sms.example.com"
OWNER = "jo@example.com"
TEAM = "team@example.com"
RETRY_INTERVAL = 2.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen on 127.0.0.1; 0 is any free port."""

    smtp: int = 0
    callbacks: int = 0
    gateway: int = 0
    inbox: int = 0


@dataclass(slots=True)
class Playground:
    """The parts, running; `daemon` is another one after a restart.

    `said` is what a settings file would say.
    """

    daemon: Daemon
    sandbox: Sandbox
    inbox: Inbox
    said: Mapping[str, object]
    settings: Settings
    clock: Callable[[], float] | None

    @property
    def smtp(self) -> int:
        """The port that takes mail."""
        return self.daemon.smtp_ports[0]

    @property
    def callback(self) -> str:
        """Where the daemon takes callbacks."""
        return callback_url(self.settings, self.daemon.http_ports[0])

    async def open(self) -> None:
        """Start the daemon, and tell the gateway where it is."""
        await self.daemon.start()
        self.sandbox.callback = self.callback

    async def restart(self) -> None:
        """Stop the daemon, and start another one on its spool."""
        await self.daemon.stop()
        self.daemon = Daemon(self.settings, clock=self.clock)
        await self.open()


@asynccontextmanager
async def playground(
    ports: Ports,
    *,
    backup: bool = False,
    changes: Mapping[str, object] | None = None,
    clock: Callable[[], float] | None = None,
) -> AsyncIterator[Playground]:
    """Start everything, with a spool in a temporary folder; stop it in order at the end.

    `backup`: the gateway has a second address.  `changes` are laid over the settings.
    """
    addresses = [f"127.0.0.1:{ports.gateway}", *["127.0.0.1:0"] * backup]
    with tempfile.TemporaryDirectory(prefix="smsbridge-") as folder:
        async with (
            Inbox(f"127.0.0.1:{ports.inbox}") as inbox,
            Sandbox(listen=addresses, retry_interval=RETRY_INTERVAL) as sandbox,
        ):
            said = merged(tables(sandbox, inbox, ports, Path(folder)), changes or {})
            settings = from_tables(said, "demo")
            ground = Playground(
                Daemon(settings, clock=clock), sandbox, inbox, said, settings, clock
            )
            await ground.open()
            try:
                yield ground
            finally:
                await ground.daemon.stop()


def tables(sandbox: Sandbox, inbox: Inbox, ports: Ports, folder: Path) -> Mapping[str, object]:
    """The settings that join the parts, as a file would say them; each time with a new token."""
    backup = sandbox.doors[1].url if len(sandbox.doors) > 1 else ""
    return {
        "smtp": {
            "hostname": DOMAIN,
            "domains": [DOMAIN],
            "listen": [f"127.0.0.1:{ports.smtp}"],
        },
        "gateway": {
            "url": sandbox.url,
            "backup_url": backup,
            "username": sandbox.account.username,
            "password": sandbox.account.password,
        },
        "http": {
            "listen": [f"127.0.0.1:{ports.callbacks}"],
            "admin_listen": [],
            "callback_token": secrets.token_urlsafe(24),
        },
        "mail": {"smarthost": inbox.url, "inbox": TEAM, "postmaster": "postmaster@example.com"},
        "store": {"url": f"sqlite:///{folder / 'bridge.db'}"},
        "senders": [{"match": OWNER, "profile": "person"}],
        "contacts": {"sam": {"number": "447700900006", "name": "Sam Jones"}},
    }


def merged(said: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Tables with others laid over them: what both have as tables is merged, the rest replaced."""
    found = dict(said)
    for name, value in changes.items():
        before = found.get(name)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            value = merged(before, value)
        found[name] = value
    return found


def callback_url(settings: Settings, port: int) -> str:
    """Where the gateway is to post, on a port of this machine."""
    return f"http://127.0.0.1:{port}/callback/{settings.http.callback_token.get_secret_value()}"


def free(port: int) -> int:
    """The port if nobody has it, else 0: any other."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port
