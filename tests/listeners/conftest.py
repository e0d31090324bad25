"""An SMTP door on loopback with a spool that remembers, and a client that speaks octet by octet."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import cast

import pytest
import trustme

from bridge.compose import ordering, vendor
from bridge.compose.explaining import reply
from bridge.core.addressing import NumberRules
from bridge.core.events import Event, Explained, ListOrder
from bridge.core.managing import ListAddress
from bridge.core.model import (
    Conversation,
    Envelope,
    Facts,
    Ids,
    ListName,
    Msisdn,
    Refusal,
    Submission,
    Text,
)
from bridge.core.policy import Contact, Network, Policy, Profile, SubscriptionList
from bridge.core.promises import Mail
from bridge.listeners.credentials import Credentials
from bridge.listeners.smtp import SmtpListener, SmtpOptions
from bridge.listeners.sockets import bound
from bridge.spool.contract import Full, Spool
from tests.listeners.changing import Changing

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"),)
PASSWORDS = {"jo": "correct horse", "amy": "battery staple", "kiosk": "a long one"}


class RecordingSpool(Changing):
    """The part of the spool's contract that the SMTP door uses; it can be told to hang or fail."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Mail] = []
        self.acknowledgements: list[str] = []
        self.asked: list[tuple[str, ...]] = []
        self.known = Facts()
        self.fault: Exception | None = None
        self.begun = asyncio.Event()
        self.may_commit = asyncio.Event()
        self.told: list[Event] = []
        self.may_commit.set()

    async def facts(self, numbers: Iterable[str], tokens: Iterable[str], sender: str = "") -> Facts:
        self.asked.append((*numbers, *tokens, *([sender] if sender else [])))
        if self.fault:
            raise self.fault
        return self.known

    async def room(self) -> None:
        if isinstance(self.fault, Full):
            raise self.fault

    async def accept(self, mail: Mail) -> str:
        self.begun.set()
        await self.may_commit.wait()
        if self.fault:
            raise self.fault
        self.mails.append(mail)
        self.changed.set()
        return mail.id

    async def tell(self, event: Event, now: float) -> int:
        if self.fault:
            raise self.fault
        self.told.append(event)
        return len(self.told)

    async def acknowledged(self, mails: Iterable[str] = (), events: Iterable[int] = ()) -> None:
        self.acknowledgements += [*mails, *(f"e{each}" for each in events)]
        self.changed.set()


class Talk:
    """A raw SMTP client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def hear(self) -> str:
        """One reply, its lines joined; "" when the server hung up."""
        lines: list[str] = []
        async with asyncio.timeout(5):
            while True:
                try:
                    line = (await self.reader.readline()).decode()
                except ConnectionError:
                    line = ""
                lines.append(line.rstrip("\r\n"))
                if line[3:4] != "-":
                    return "\n".join(lines)

    async def ask(self, line: str) -> str:
        await self.say(line.encode() + b"\r\n")
        return await self.hear()

    async def begin(
        self,
        recipient: str = "RCPT TO:<447700900123@sms.example.com>",
        *,
        sender: str = "root@nas.example.com",
    ) -> Talk:
        """A transaction up to the 354."""
        steps = {
            "EHLO client": "250",
            f"MAIL FROM:<{sender}>": "250 2.1.0",
            recipient: "250 2.1.5",
            "DATA": "354 ",
        }
        for line, answer in steps.items():
            assert (await self.ask(line)).startswith(answer)
        return self

    async def hang_up(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


@dataclass
class SmtpHouse:
    """A listener that runs, what it is made of, and how to reach it."""

    listener: SmtpListener
    spool: RecordingSpool
    port: int
    tls_port: int
    trust: ssl.SSLContext
    envelopes: list[Envelope] = field(default_factory=list)
    known: list[Facts] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)

    async def talk(self, *, tls: bool = False, source: str = "127.0.0.1") -> Talk:
        """A connection whose greeting was heard."""
        talk = await self.connect(tls=tls, source=source)
        assert (await talk.hear()).startswith("220 ")
        return talk

    async def connect(self, *, tls: bool = False, source: str = "127.0.0.1") -> Talk:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1",
            self.tls_port if tls else self.port,
            ssl=self.trust if tls else None,
            server_hostname="localhost" if tls else None,
            local_addr=(source, 0),
        )
        talk = Talk(reader, writer)
        self.talks.append(talk)
        return talk


POLICY = Policy(
    hostname="mx.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules("GB"),
    profiles={
        "machine": Profile(
            "machine", "body", False, 2, "truncate", False, "resend", "failures", 3600.0
        )
    },
    trusted_networks=LOOPBACK,
    users={"jo": ("jo@example.com",), "amy": ("amy@example.com",), "kiosk": ()},
    contacts={"sam": Contact(Msisdn("447700900123"), "Sam")},
    groups={"ops": (Msisdn("447700900123"), Msisdn("447700900124"))},
    gateway_groups={"customers": ListName("Customers")},
    subscription_lists={"alerts": SubscriptionList("MyAlerts", managers=("jo", "kiosk"))},
)


def composed(envelope: Envelope, ids: Ids) -> Mail | Refusal:
    """Every mail is a text, but one that asks for a refusal."""
    if b"Subject: refuse me" in envelope.content:
        return Refusal(550, "5.7.1", "automatic answers are not texted")
    if b"Subject: break me" in envelope.content:
        raise ValueError("/var/lib/secret is broken")
    conversation = Conversation(ids.token, envelope.reverse_path, "", "")
    destinations = tuple(d for path in envelope.forward_paths for d in path.destinations)
    submission = Submission(
        id=f"{ids.mail}.1",
        mail=ids.mail,
        destinations=destinations,
        content=Text("hello"),
        accepted_at=envelope.received_at,
        expires_at=envelope.received_at + 60,
        profile="machine",
        sender=envelope.reverse_path,
    )
    return Mail(ids.mail, envelope, "machine", envelope.reverse_path, conversation, (submission,))


@dataclass
class InlineComposer:
    """Composes on the door's loop, and keeps what it was given."""

    policy: Policy
    envelopes: list[Envelope] = field(default_factory=list)
    known: list[Facts] = field(default_factory=list)

    async def __call__(
        self, envelope: Envelope, facts: Facts, now: float, ids: Ids
    ) -> Mail | Refusal:
        self.envelopes.append(envelope)
        self.known.append(facts)
        return composed(envelope, ids)

    async def form(self, content: bytes, *, explained: bool = False) -> vendor.Form | Refusal:
        return vendor.form(content)

    async def order(
        self, content: bytes, of: ListAddress, *, to: str, now: float
    ) -> ListOrder | Refusal:
        return ordering.ordered(content, self.policy, of, to=to, now=now)

    async def explain(
        self, envelope: Envelope, facts: Facts, addresses: Sequence[str]
    ) -> Explained | Refusal:
        return reply.told(envelope, self.policy, facts, addresses)


SmtpDoor = Callable[..., Awaitable[SmtpHouse]]


@pytest.fixture(scope="session")
def smtp_authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def smtp_door(smtp_authority: trustme.CA) -> AsyncIterator[SmtpDoor]:
    """Opens doors.

    They take `trusted=` networks, `max_recipients=`, `learn_tails=`, `postmaster=`, any other of
    the policy's `rules=`, any field of `SmtpOptions`.
    """
    houses: list[SmtpHouse] = []

    async def opened(
        *,
        trusted: tuple[Network, ...] = LOOPBACK,
        max_recipients: int = 100,
        learn_tails: bool = False,
        postmaster: str = "",
        certificate: bool = True,
        rules: Mapping[str, object] | None = None,
        **options: object,
    ) -> SmtpHouse:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # as `Certificate` has it
        smtp_authority.issue_cert("localhost").configure_cert(context)
        trust = ssl.create_default_context()
        smtp_authority.configure_trust(trust)
        spool, numbers = RecordingSpool(), itertools.count(1)
        settings = SmtpOptions(**options)  # type: ignore[arg-type]
        machine = replace(POLICY.profiles["machine"], learn_tails=learn_tails)
        policy = replace(
            POLICY,
            profiles={"machine": machine},
            trusted_networks=trusted,
            max_recipients=max_recipients,
            postmaster=postmaster,
            **(rules or {}),  # type: ignore[arg-type]
        )
        composer = InlineComposer(policy)
        listener = SmtpListener(
            policy,
            cast(Spool, spool),
            composer,
            credentials=Credentials(PASSWORDS, lambda hash_, password: hash_ == password),
            options=replace(settings, tls=context) if certificate else settings,
            clock=lambda: 1777680000.0,
            ids=lambda: Ids(f"m{next(numbers)}", "7kq2pab3xd"),
        )
        plain, tls = bound("127.0.0.1", 0), bound("127.0.0.1", 0)
        ports = plain.getsockname()[1], tls.getsockname()[1]
        if not certificate:
            tls.close()
        await listener.serve([plain], [tls] if certificate else [])
        house = SmtpHouse(listener, spool, *ports, trust, composer.envelopes, composer.known)
        houses.append(house)
        return house

    yield opened
    for house in houses:
        for talk in house.talks:
            await talk.hang_up()
        house.spool.may_commit.set()
        await house.listener.drain(2)
