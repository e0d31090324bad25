"""A bridge full of canaries: the daemon as a process, between a gateway and a mail server."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest

from bridge.cli.playground import Ports, merged, tables
from bridge.sandbox.account import Account
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.inbox import Inbox
from bridge.settings.passwords import hashed
from tests.flows.conftest import PATIENCE, until, written
from tests.secrets.canaries import SECRETS
from tests.secrets.servers import Parrot, parrot

Form = Literal["json", "console"]


@dataclass
class Cage:
    """The daemon, what it said, and what is around it."""

    folder: Path
    form: Form
    sandbox: Sandbox
    smarthost: Parrot
    config: Path
    smtp: int = 0
    http: int = 0
    log: bytearray = field(default_factory=bytearray)
    running: asyncio.subprocess.Process | None = None
    _reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The daemon's process."""
        assert self.running
        return self.running.pid

    @property
    def process(self) -> Path:
        """Its folder in /proc."""
        return Path(f"/proc/{self.pid}")

    @property
    def callback(self) -> str:
        """Where the daemon takes callbacks."""
        return f"http://127.0.0.1:{self.http}/callback/{SECRETS['token']}"

    async def start(self) -> None:
        """Start it as talkative as it can be made, with a secret in its environment, too."""
        self.running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-X", "dev", "-X", "faulthandler", "-m", "bridge", "run"),
            *("--log", self.form, "--config", str(self.config)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self.folder,
            env=os.environ
            | {"TMPDIR": str(self.folder), "BRIDGE_GATEWAY__PASSWORD": SECRETS["gateway"]},
        )
        assert self.running.stdout
        self._reading = asyncio.create_task(self._read(self.running.stdout))
        await until(lambda: self.says(b"started"))
        said = self.log.decode()
        self.smtp, self.http = (
            int(re.search(rf"\W{name}\W+(\d+)", said)[1])  # type: ignore[index]
            for name in ("smtp", "http")
        )
        self.sandbox.callback = self.callback

    async def _read(self, output: asyncio.StreamReader) -> None:
        while octets := await output.read(65536):
            self.log += octets

    async def says(self, *words: bytes) -> bool:
        """Whether all these words are in the log by now."""
        return all(each in self.log for each in words)

    async def end(self, signal: int) -> int:
        """Send a signal, and wait for the end; the exit status."""
        assert self.running
        assert self._reading
        self.running.send_signal(signal)
        status = await asyncio.wait_for(self.running.wait(), PATIENCE)
        await self._reading
        self.running = None
        return status


def settings(sandbox: Sandbox, smarthost: Parrot, folder: Path) -> Mapping[str, object]:
    """What a settings file says, with a canary wherever a secret may stand but the gateway's."""
    password = quote(SECRETS["smarthost"], safe="")
    said = merged(
        tables(sandbox, Inbox("127.0.0.1:1"), Ports(), folder),
        {
            "gateway": {"timeout": "1 s"},
            "http": {
                "callback_token": SECRETS["token"],
                "callback_token_previous": SECRETS["former token"],
            },
            "mail": {"smarthost": f"smtp://jo:{password}@127.0.0.1:{smarthost.port}"},
            "users": {"jo": {"password": hashed(SECRETS["user"])}},
        },
    )
    account = dict(said["gateway"])  # type: ignore[call-overload]
    del account["password"]  # it comes from the environment
    return said | {"gateway": account}


@asynccontextmanager
async def caged(folder: Path, form: Form) -> AsyncIterator[Cage]:
    """A daemon that runs."""
    account = Account(password=SECRETS["gateway"])
    async with parrot() as bird, Sandbox(account=account, retry_interval=0.1) as sandbox:
        config = written(settings(sandbox, bird, folder), folder)
        cage = Cage(folder, form, sandbox, bird, config)
        try:
            await cage.start()
            yield cage
        finally:
            if cage.running is not None:
                await cage.end(9)


@pytest.fixture(params=["json", "console"])
async def cage(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Cage]:
    async with caged(tmp_path, request.param) as found:
        yield found
