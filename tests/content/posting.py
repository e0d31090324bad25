"""Mails through SMTP to a running daemon: how each is answered and ends, and what it costs."""

from __future__ import annotations

import asyncio
import re
import smtplib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bridge.cli.playground import DOMAIN, OWNER, Ports, merged, tables
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.inbox import Inbox
from tests.flows.conftest import MACHINE, PATIENCE, Process, until, written

SENDERS = {"person": OWNER, "machine": MACHINE}
_BARE_LF = re.compile(rb"(?<!\r)\n")
_LOOK_EVERY = 0.002
_SETTINGS = {
    "limits": dict.fromkeys(("texts_per_hour", "texts_per_day", "texts_per_number"), 0)
    | {"same_text": "0 s"},
    "profiles": {"machine": {"fold": False}},
}


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one mail: its answer and after how long, how it ended, and what it took.

    `stall` is the longest that another client waited meanwhile; seconds, and octets of memory.
    """

    name: str
    sender: str
    octets: int
    answer: str
    seconds: float
    end: str
    stall: float
    daemon: int
    child: int

    @property
    def ended(self) -> bool:
        """Whether somebody knows of it: by a text, a mail, or the sentence of a refusal."""
        if self.answer.startswith("250"):
            return bool(self.end)
        return re.match(r"5\d\d 5\.\d\.\d+ \S", self.answer) is not None


@dataclass
class Post:
    """The daemon with its sandbox and inbox, and a client that mails."""

    process: Process
    number: int = 0

    async def mailed(self, name: str, content: bytes, sender: str) -> Found:
        """Mail it, and wait until it ends."""
        self.number += 1
        to = f"447712{301_000 + self.number}"
        pids = [self._pid, *children(self._pid)]
        for each in pids:
            _forget_peak(each)
        other = await asyncio.open_connection("127.0.0.1", self.process.http)
        watching = asyncio.create_task(_watched(*other))
        await asyncio.sleep(0)
        answer, seconds = await asyncio.to_thread(self._sent, content, SENDERS[sender], to)
        watching.cancel()
        stall = await watching
        end = await self._end(to, seen=len(self.process.inbox.mails)) if answer[:3] == "250" else ""
        kids = [peak(each) for each in children(self._pid)]
        return Found(
            name,
            sender,
            len(content),
            answer,
            seconds,
            end,
            stall,
            daemon=peak(self._pid),
            child=max(kids, default=0),
        )

    @property
    def _pid(self) -> int:
        assert self.process.running
        return self.process.running.pid

    def _sent(self, content: bytes, sender: str, to: str) -> tuple[str, float]:
        """The answer to a mail, and how long it took from the mail's last octet."""
        with smtplib.SMTP("127.0.0.1", self.process.smtp, timeout=2 * PATIENCE) as client:
            client.ehlo()
            client.mail(sender)
            code, words = client.rcpt(f"{to}@{DOMAIN}")
            assert code == 250, words
            client.docmd("DATA")
            began = time.monotonic()
            with suppress(OSError):  # the answer may be there before all is sent
                client.send(dotted(content))
                began = time.monotonic()
            code, words = client.getreply()
            answer = f"{code} {words.decode()}"
            return answer, time.monotonic() - began

    async def _end(self, to: str, seen: int) -> str:
        """What a phone got of a mail, or a mailbox; "" if that takes too long."""
        sandbox, inbox = self.process.sandbox, self.process.inbox

        async def there() -> bool:
            return any(each.to == to for each in sandbox.taken)

        with suppress(TimeoutError):
            await until(there, PATIENCE)
        taken = [each for each in sandbox.taken if each.to == to]
        if taken:
            return f"{taken[0].kind}: {taken[0].text!a}"
        return f"mail: {inbox.mails[-1].subject}" if len(inbox.mails) > seen else ""


async def _watched(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
    """The longest that another client waits for an answer of /healthz, until cancelled."""
    longest = 0.0
    try:
        while True:
            began = time.monotonic()
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try:
                await reader.readuntil(b"\r\n\r\n")
            finally:
                longest = max(longest, time.monotonic() - began)
            await asyncio.sleep(_LOOK_EVERY)
    except asyncio.CancelledError:
        return longest
    finally:
        writer.close()


@asynccontextmanager
async def post(folder: Path) -> AsyncIterator[Post]:
    """A daemon of its own, as a process, with a store in a folder."""
    async with Inbox() as inbox, Sandbox(retry_interval=0.1) as sandbox:
        said = merged(tables(sandbox, inbox, Ports(), folder), _SETTINGS)
        process = Process(written(said, folder), sandbox, inbox)
        await process.start()
        try:
            yield Post(process)
        finally:
            await process.signal(15)


def dotted(content: bytes) -> bytes:
    """A mail as it goes over the wire: its lines end in CRLF, and a dot ends it."""
    lines = _BARE_LF.sub(b"\r\n", content)
    end = b"" if lines.endswith(b"\r\n") else b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines) + end + b".\r\n"


# ---------------------------------------------------------------- memory (proc(5))


def children(pid: int) -> Iterator[int]:
    """The processes that compose for a daemon."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            yield from map(int, (task / "children").read_text().split())


def peak(pid: int) -> int:
    """The most memory in octets that a process had since its peak was forgotten; 0 if it ended."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0


def _forget_peak(pid: int) -> None:
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")
