"""The whole house on loopback: the daemon between real SMTP clients, the sandbox and an inbox.

`house` runs in the test's own process, with a clock that can be moved; `Process` is the daemon as
a process of its own, to be killed.
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from bridge.cli.playground import (
    DOMAIN,
    OWNER,
    Playground,
    Ports,
    callback_url,
    merged,
    playground,
    tables,
)
from bridge.sandbox.account import Account
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.inbox import Inbox, Mailed
from bridge.sandbox.taken import Taken
from bridge.settings.loading import from_tables
from bridge.spool.contract import LaneName
from bridge.spool.views import Record
from bridge.workers.loop import Loop

MACHINE = "nagios@example.com"
POSTMASTER = "postmaster@example.com"
UNLIMITED = {"texts_per_hour": 0, "texts_per_day": 0, "texts_per_number": 0}
"""The limits, where a test asks for no others: its senders and numbers are few."""
CANARY = "canary-0123456789abcdef"
"""The callbacks' token and the gateway's password: no log may hold it (see tests/conftest.py)."""
LANES: tuple[LaneName, ...] = ("submit", "notify")
PATIENCE = 30.0
"""Seconds: far more than anything takes, for a machine that is busy with something else."""


def at(*names: str) -> list[str]:
    """Numbers and names as addresses of the bridge."""
    return [f"{name}@{DOMAIN}" for name in names]


def letter(text: str, subject: str = "", **headers: str) -> EmailMessage:
    """A mail in plain words; `_` in a header's name stands for `-`."""
    mail = EmailMessage()
    if subject:
        mail["Subject"] = subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def sent(port: int, mail: EmailMessage | bytes, sender: str, recipients: Sequence[str]) -> str:
    """Hand a mail over with the standard library's client; the spool id of its 250."""
    content = mail if isinstance(mail, bytes) else mail.as_bytes(policy=SMTP)
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail(sender)
        for each in recipients:
            code, words = client.rcpt(each)
            assert code == 250, words
        code, words = client.data(content)
    if code != 250:
        raise smtplib.SMTPDataError(code, words)
    return words.decode().rpartition(" ")[2]


async def until(true: Callable[[], Awaitable[object]], patience: float = PATIENCE) -> None:
    """Ask again and again until the answer is yes."""
    end = time.monotonic() + patience
    while not await true():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {patience} s")
        await asyncio.sleep(0.02)


@dataclass
class Clock:
    """The time of day, and how far a test has moved it ahead."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class House:
    """The playground, as stories use it."""

    ground: Playground
    clock: Clock

    @property
    def sandbox(self) -> Sandbox:
        return self.ground.sandbox

    @property
    def inbox(self) -> Inbox:
        return self.ground.inbox

    async def mail(
        self,
        text: str,
        *to: str,
        subject: str = "",
        sender: str = OWNER,
        **headers: str,
    ) -> str:
        """Mail a text to numbers or names; the spool id."""
        mail = letter(text, subject, **headers)
        return await self.post(mail, *to, sender=sender)

    async def post(self, mail: EmailMessage | bytes, *to: str, sender: str = OWNER) -> str:
        """Hand over a mail as it is; the spool id."""
        return await asyncio.to_thread(sent, self.ground.smtp, mail, sender, at(*to))

    async def texted(self, text: str, count: int = 1) -> list[Taken]:
        """Wait until the gateway took a text so often; what it took of it."""

        async def there() -> bool:
            return len(self.took(text)) >= count

        await until(there)
        return self.took(text)

    def took(self, text: str) -> list[Taken]:
        """What the gateway took of a text so far."""
        return [each for each in self.sandbox.taken if each.text == text]

    async def told(self, recipient: str, words: str) -> Mailed:
        """The mail to somebody whose subject holds these words."""
        return await self.inbox.wait_for(
            lambda mail: recipient in mail.forward_paths and words in mail.subject, PATIENCE
        )

    def tellings(self, recipient: str, words: str = "") -> list[Mailed]:
        """The mails to somebody so far."""
        return [
            mail
            for mail in self.inbox.mails
            if recipient in mail.forward_paths and words in mail.subject
        ]

    async def deliveries(self, spool_id: str) -> list[Mapping[str, Any]]:
        """How a mail's texts stand in the spool, one for each number."""
        records = await self.ground.daemon.spool.browse(spool_id)
        return [each.fields for each in records if each.what == "delivery"]

    async def events(self, kind: str) -> list[Record]:
        """The events of a kind in the spool."""
        records = await self.ground.daemon.spool.browse()
        return [
            each for each in records if each.fields.get("kind") == kind and each.what == "event"
        ]

    async def stands(self, spool_id: str, state: str, **fields: object) -> None:
        """Wait until all texts of a mail stand so."""

        async def there() -> bool:
            found = await self.deliveries(spool_id)
            wanted = {"state": state, **fields}
            return bool(found) and all(wanted.items() <= each.items() for each in found)

        await until(there)

    async def rest(self) -> None:
        """Wait until all that is due is done: what has not happened then does not happen."""
        await until(self._rests)

    async def _rests(self) -> bool:
        """Whether nothing is due, nothing in hand, and nothing to be posted by the gateway."""
        daemon = self.ground.daemon
        loops: tuple[Loop[Any], ...] = (daemon._submitter.loop, daemon._notifier.loop)
        looks = [each._taking for each in loops]
        looking = not all(look is not None and look.done() for look in looks)
        if looking or any(each._busy for each in loops) or self.sandbox.forwarder.waiting:
            return False
        # while no host works, texts are not tried
        lanes = [lane for lane in LANES if lane != "submit" or daemon.uplink.at_once(1)]
        dues = [await daemon.spool.next_due(lane) for lane in lanes]
        quiet = all(due is None or due > self.clock() for due in dues)
        return quiet and looks == [each._taking for each in loops]  # and nobody looked meanwhile

    async def later(self, seconds: float) -> None:
        """Let time pass, from one rest to the next.

        What is under way must end before: it is due again so long after the moment at which its
        end is written, and that moment is to be the one that the test means.
        """
        await self.rest()
        self.clock.ahead += seconds
        # whatever is written wakes the lanes, to see what is due
        await self.ground.daemon.spool.order("retry", "nothing", "clock", self.clock())
        await self.rest()


def written(said: Mapping[str, object], folder: Path) -> Path:
    """Settings as a file."""
    config = folder / "bridge.toml"
    config.write_text(tomlkit.dumps(said))
    config.chmod(0o600)
    return config


OpenHouse = Callable[..., Awaitable[House]]


@pytest.fixture
async def open_house() -> AsyncIterator[OpenHouse]:
    """Opens a house: `backup=True` for a second address of the gateway, else settings' tables."""
    async with AsyncExitStack() as stack:

        async def opened(*, backup: bool = False, **changes: object) -> House:
            changes.setdefault("limits", UNLIMITED)
            clock = Clock()
            changes = merged({"http": {"callback_token": CANARY}}, changes)
            ground = await stack.enter_async_context(
                playground(Ports(), backup=backup, changes=changes, clock=clock)
            )
            return House(ground, clock)

        yield opened


@pytest.fixture
async def house(open_house: OpenHouse) -> House:
    return await open_house()


# ---------------------------------------------------------------- the daemon as a process


@dataclass
class Process:
    """`python -m bridge run` on a settings file, between a sandbox and an inbox of the test's."""

    config: Path
    sandbox: Sandbox
    inbox: Inbox
    command: Sequence[str] = ("-m", "bridge")
    smtp: int = 0
    http: int = 0
    running: asyncio.subprocess.Process | None = None
    said: list[str] = field(default_factory=list)
    reading: asyncio.Task[None] | None = None

    @property
    def store(self) -> str:
        """The URL of its store."""
        return f"sqlite:///{self.config.parent / 'bridge.db'}"

    async def start(self) -> None:
        """Start it, and wait until it says where it listens."""
        self.running = await asyncio.create_subprocess_exec(
            sys.executable,
            *self.command,
            *("run", "--config", str(self.config)),
            stderr=asyncio.subprocess.PIPE,
            cwd=self.config.parent,
        )
        assert self.running.stderr
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.reading = asyncio.create_task(self._read(self.running.stderr, started))
        await started
        settings = from_tables(tomlkit.parse(self.config.read_text()).unwrap())
        self.sandbox.callback = callback_url(settings, self.http)

    async def _read(self, log: asyncio.StreamReader, started: asyncio.Future[None]) -> None:
        async for octets in log:
            line = octets.decode()
            self.said.append(line)
            if not started.done() and '"started"' in line:
                ports = json.loads(line)
                self.smtp, self.http = int(ports["smtp"][0]), int(ports["http"][0])
                started.set_result(None)
        if not started.done():
            started.set_exception(RuntimeError("".join(self.said[-20:])))

    async def signal(self, number: int) -> int:
        """Send a signal, and wait for the end; the exit status."""
        assert self.running
        assert self.reading
        self.running.send_signal(number)
        status = await self.running.wait()
        await self.reading
        self.running = None
        return status


StartProcess = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start_process(tmp_path: Path) -> AsyncIterator[StartProcess]:
    """Starts the daemon as a process; `command` is what Python runs, the rest settings' tables."""
    async with AsyncExitStack() as stack:

        async def started(
            *, backup: bool = False, command: Sequence[str] = ("-m", "bridge"), **changes: object
        ) -> Process:
            inbox = await stack.enter_async_context(Inbox())
            changes.setdefault("limits", UNLIMITED)
            listen = ["127.0.0.1:0"] * (1 + backup)
            account = Account(password=CANARY)
            sandbox = await stack.enter_async_context(
                Sandbox(listen=listen, account=account, retry_interval=0.1)
            )
            changes = merged({"http": {"callback_token": CANARY}}, changes)
            said = merged(tables(sandbox, inbox, Ports(), tmp_path), changes)
            process = Process(written(said, tmp_path), sandbox, inbox, command)
            stack.push_async_callback(_ended, process)
            await process.start()
            return process

        yield started


async def _ended(process: Process) -> None:
    if process.running is not None:
        await process.signal(9)
    assert CANARY not in "".join(process.said)
