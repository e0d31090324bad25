"""An inbox to look into: an SMTP server that keeps what it gets, or refuses as it is told."""

from __future__ import annotations

import asyncio
import email
import email.policy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Literal, TypeAlias
from weakref import WeakSet

from aiosmtpd.smtp import SMTP

from bridge.sandbox.record import Record

LARGEST_MAIL = 32 * 1024 * 1024

Stage: TypeAlias = Literal["MAIL", "RCPT", "DATA"]


@dataclass(frozen=True, slots=True)
class Mailed:
    """One mail as it came: its envelope, its octets, and what they mean."""

    reverse_path: str
    forward_paths: tuple[str, ...]
    raw: bytes = field(repr=False)
    message: EmailMessage = field(repr=False)
    at: float

    @property
    def subject(self) -> str:
        """The subject, "" where there is none."""
        return str(self.message.get("Subject", ""))

    @property
    def text(self) -> str:
        """The words of the first readable part, "" where there are none."""
        part = self.message.get_body(("plain", "html"))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


@dataclass
class _Refusal:
    reply: str
    at: Stage
    times: float
    only: str
    kept: bool


class Inbox:
    """`async with Inbox() as inbox:` listens at `inbox.url`; what comes is in `inbox.mails`."""

    def __init__(self, listen: str = "127.0.0.1:0") -> None:
        host, _, port = listen.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self.mails: Record[Mailed] = Record(lambda mail: len(mail.raw))
        self.latency = 0.0
        self._refusals: list[_Refusal] = []
        self._server: asyncio.Server | None = None
        self._sessions: WeakSet[Any] = WeakSet()

    @property
    def address(self) -> str:
        """Where it listens, as `host:port`."""
        return f"{self._host}:{self._port}"

    @property
    def url(self) -> str:
        """Where it listens, as a smarthost's URL."""
        return f"smtp://{self.address}"

    async def __aenter__(self) -> Inbox:
        await self.up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen (again); raises `OSError`."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections, and end those there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for session in tuple(self._sessions):
            if session.transport is not None:
                session.transport.close()

    async def wait_for(
        self,
        predicate: Callable[[Mailed], bool] = lambda _: True,
        timeout: float = 5.0,  # noqa: ASYNC109 - the caller's patience is what this verb is about
    ) -> Mailed:
        """The first mail kept, or still to come, that satisfies; raises `TimeoutError`."""
        return await self.mails.wait_for(predicate, timeout)

    def refuse(
        self,
        reply: str,
        *,
        at: Stage = "DATA",
        times: float = float("inf"),
        only: str = "",
        kept: bool = False,
    ) -> None:
        """Answer `reply` (`451 4.3.0 busy`) at a stage, to addresses that hold `only`.

        `kept`: at DATA the mail is kept all the same, and its sender does not know.
        """
        self._refusals.append(_Refusal(reply, at, times, only, kept))

    def accept(self) -> None:
        """Refuse nothing any more."""
        self._refusals.clear()

    # ---------------------------------------------------------------- aiosmtpd's hooks

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """MAIL FROM."""
        refusal = self._refusal("MAIL", address)
        if refusal:
            return refusal.reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """RCPT TO."""
        refusal = self._refusal("RCPT", address)
        if refusal:
            return refusal.reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """The mail itself."""
        if self.latency:
            await asyncio.sleep(self.latency)
        refusal = self._refusal("DATA", *envelope.rcpt_tos)
        if refusal and not refusal.kept:
            return refusal.reply
        # The generous parser is for looking at mails; on hostile ones it is slow.
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        self.mails.add(
            Mailed(
                reverse_path=envelope.mail_from or "",
                forward_paths=tuple(envelope.rcpt_tos),
                raw=envelope.original_content,
                message=message,
                at=time.time(),
            )
        )
        return refusal.reply if refusal else "250 OK"

    def _refusal(self, at: Stage, *addresses: str) -> _Refusal | None:
        """What was ordered instead of 250, if anything was."""
        for refusal in self._refusals:
            if refusal.at == at and any(refusal.only in address for address in addresses):
                refusal.times -= 1
                if refusal.times <= 0:
                    self._refusals.remove(refusal)
                return refusal
        return None

    def _session(self) -> Any:
        session = SMTP(
            self,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="inbox.example",
            loop=asyncio.get_running_loop(),
        )
        self._sessions.add(session)
        return session
