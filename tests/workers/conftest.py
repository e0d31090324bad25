"""A gateway that answers with the octets it was told to, and the way from a callback to a mail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qsl

import pytest

from bridge.clients.uplink import Uplink
from bridge.core.addressing import NumberRules
from bridge.core.events import MmsReceived
from bridge.core.leases import EventLease
from bridge.core.outcomes import Accepted, Outcome
from bridge.core.policy import Policy
from bridge.core.promises import Callback
from bridge.gateways.intellisms import IntelliSms
from bridge.notices.render import Notice
from bridge.spool.contract import Spool
from bridge.spool.opening import open_spool
from bridge.workers.notifier import Notifier

NOW = 1_790_000_000.0
TAKEN = Accepted("")
POLICY = Policy(
    hostname="sms.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules(),
    profiles={},
    inbox="team@example.com",
)


@dataclass(frozen=True)
class Endless:
    """An answer that begins so and goes on for ever, with this piece again and again."""

    head: bytes
    piece: bytes


Said: TypeAlias = bytes | Endless | None
"""What is written to the wire (None: nothing, ever)."""


def ok(body: bytes, media_type: str = "text/html") -> bytes:
    """An answer with status 200."""
    return answer("200 OK", body, f"Content-Type: {media_type}")


def answer(status: str, body: bytes, *headers: str) -> bytes:
    """An answer."""
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers))
    return head.encode() + b"\r\n\r\n" + body


@dataclass
class Scripted:
    """A gateway: what it says for each `msgpart` in turn, the last again and again."""

    said: dict[str, list[Said]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    hears: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request as the script says; what it does not name is no file."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        form = dict(parse_qsl((await reader.readexactly(length)).decode(), keep_blank_values=True))
        part = form["msgpart"]
        self.heads.append(head)
        self.asked.append(part)
        self.hears.put_nowait(part)
        script = self.said.get(part, [ok(b"ERR:MSGID_INVALID")])
        said = script.pop(0) if len(script) > 1 else script[0]
        match said:
            case None:
                await asyncio.Event().wait()
            case bytes():
                writer.write(said)
                await writer.drain()
            case Endless(begins, piece):
                writer.write(begins)
                while True:
                    writer.write(piece)
                    await writer.drain()


@dataclass
class Phone:
    """Who sends pictures: the callback, the rounds of the notifier, and what was mailed."""

    spool: Spool
    gateway: Scripted
    notifier: Notifier
    now: float = NOW
    mails: list[EmailMessage] = field(default_factory=list)
    smarthost: Outcome = TAKEN

    async def deliver(self, notice: Notice) -> Mapping[str, Outcome]:
        """The smarthost sees every mail, and says the same to each."""
        mail = message_from_bytes(notice.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return dict.fromkeys(notice.recipients, self.smarthost)

    async def sends(self, *files: str, message_id: str = "m1") -> None:
        """A multimedia message is announced."""
        event = MmsReceived("447700900123", "Look", message_id, files, "", "", "", self.now)
        callback = Callback(event, message_id, False, b"", "", self.now)
        await self.spool.receive(callback)

    async def due(self) -> Sequence[EventLease]:
        """What is due now."""
        return await self.spool.lease_events("us", 10, self.now, self.now + 900)

    async def round(self, after: float = 0.0) -> None:
        """All that is due after so many seconds is looked at once."""
        self.now += after
        for lease in await self.due():
            await self.notifier.tell(lease)

    async def waits(self) -> float:
        """How long until the next round."""
        due = await self.spool.next_due("notify")
        assert due is not None
        return due - self.now

    @property
    def files(self) -> dict[str, bytes]:
        """The files of the one mail that was sent."""
        (mail,) = self.mails
        parts = [part for part in mail.walk() if part.get_filename()]
        return {str(part.get_filename()): bytes(part.get_content()) for part in parts}

    @property
    def words(self) -> str:
        """The words of the one mail that was sent."""
        (mail,) = self.mails
        body = mail.get_body(("plain",))
        assert isinstance(body, EmailMessage)
        return str(body.get_content())


@pytest.fixture
async def phone(tmp_path: Path) -> AsyncIterator[Phone]:
    """A phone, whose gateway has no files yet."""
    async with AsyncExitStack() as stack:
        gateway = Scripted()
        talks: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                with suppress(OSError, asyncio.IncompleteReadError):
                    await gateway.talk(reader, writer)
            finally:
                writer.close()

        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talks.add(asyncio.create_task(connected(reader, writer)))

        server = await asyncio.start_server(accepted, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        spool = await open_spool(f"sqlite:///{tmp_path}/spool.db", daemon=True)
        stack.push_async_callback(spool.close)
        uplink = Uplink((url,), timeout=30.0, stay_on_backup=300.0)
        stack.push_async_callback(uplink.close)
        found = Phone(spool, gateway, None)  # type: ignore[arg-type]
        found.notifier = Notifier(
            POLICY,
            spool,
            IntelliSms((url,), "u", "canary"),
            uplink,
            smarthost=found,
            owner="us",
            hands=2,
            lease_time=900.0,
            clock=lambda: found.now,
        )
        yield found
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
