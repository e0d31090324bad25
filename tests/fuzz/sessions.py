"""Whole SMTP sessions, over a wire without a network."""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import Any, cast

import structlog

from bridge.compose import ordering, vendor
from bridge.compose.compose import compose
from bridge.compose.explaining import reply
from bridge.core.events import Event, Explained, ListOrder, Returned
from bridge.core.managing import ListAddress
from bridge.core.model import Envelope, Facts, Ids, ListName, Msisdn, Refusal
from bridge.core.policy import Contact, Policy, SenderRule, SubscriptionList
from bridge.core.promises import Mail
from bridge.listeners.credentials import Credentials
from bridge.listeners.smtp_connection import SmtpConnection
from bridge.listeners.smtp_door import Door, SmtpOptions
from bridge.listeners.smtp_intake import Intake
from bridge.spool.contract import Spool
from tests.fuzz import words
from tests.fuzz.endings import CHUNKS, MAIL, pieces
from tests.fuzz.target import Target
from tests.mails.table import FRIDAY, POLICY, SAM, TOKEN

OURS, RELAY, STRANGER = "127.0.0.1", "192.0.2.7", "203.0.113.9"
DOOR: Policy = replace(
    POLICY,
    trusted_networks=(ip_network("127.0.0.0/8"),),
    relays=(ip_network(f"{RELAY}/32"),),
    authserv_id="mx.example.com",
    senders=(SenderRule("*@example.com"),),
    contacts={"sam": Contact(SAM, "Sam")},
    groups={"ops": (SAM, Msisdn("447700900124"))},
    gateway_groups={"customers": ListName("Customers")},
    subscription_lists={"alerts": SubscriptionList("MyAlerts", managers=("jo",))},
    max_recipients=3,
)
KNOWN = Facts(
    conversations={TOKEN: FRIDAY}, partners={TOKEN: frozenset({SAM.digits, "447700900124"})}
)
FAULT = b"451 4.3.0"


@dataclass
class Memory:
    """The part of the spool's contract that the door uses."""

    mails: list[Mail] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)

    async def facts(self, numbers: Iterable[str], tokens: Iterable[str], sender: str = "") -> Facts:
        return KNOWN

    async def room(self) -> None:
        return

    async def accept(self, mail: Mail) -> str:
        self.mails.append(mail)
        return mail.id

    async def tell(self, event: Event, now: float) -> int:
        self.told.append(event)
        return len(self.told)

    async def acknowledged(self, mails: Iterable[str] = (), events: Iterable[int] = ()) -> None:
        return


class Inline:
    """Composes on the loop."""

    async def __call__(
        self, envelope: Envelope, facts: Facts, now: float, ids: Ids
    ) -> Mail | Refusal:
        return compose(envelope, DOOR, facts, now, ids, pictures="left out")

    async def form(self, content: bytes, *, explained: bool = False) -> vendor.Form | Refusal:
        return vendor.form(content)

    async def order(
        self, content: bytes, of: ListAddress, *, to: str, now: float
    ) -> ListOrder | Refusal:
        return ordering.ordered(content, DOOR, of, to=to, now=now)

    async def explain(
        self, envelope: Envelope, facts: Facts, addresses: Sequence[str]
    ) -> Explained | Refusal:
        return reply.told(envelope, DOOR, facts, addresses)


class Wire(asyncio.Transport):
    """A connection that keeps what the server says."""

    def __init__(self, peer: str, ours: socket.socket) -> None:
        super().__init__({"peername": (peer, 25), "socket": ours})
        self.said = bytearray()
        self.gone = asyncio.Event()
        self.protocol: asyncio.Protocol | None = None

    def write(self, data: Any) -> None:
        assert not self.is_closing(), "it speaks after it hung up"
        self.said += data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.protocol is None

    def close(self) -> None:
        if self.protocol is not None:
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)
            self.protocol = None
            self.gone.set()

    abort = close

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        return

    pause_reading = resume_reading = write_eof


def session(octets: bytes) -> None:
    """T3, T5, T8, T14, T16: whatever is said, replies are replies, and what is kept had its 250.

    The first octet says how it is cut, who says it, and whether that is an old device.
    """
    how, octets = octets[0] if octets else 0, octets[1:]
    peer, legacy = (OURS, RELAY, STRANGER, STRANGER)[how >> 5 & 3], how >= 128
    with structlog.testing.capture_logs() as logs:
        said, spool = asyncio.run(
            _talked(octets, CHUNKS[how % len(CHUNKS)], peer=peer, legacy=legacy)
        )
    faults = [each for each in logs if each["log_level"] in ("error", "critical")]
    assert not faults, faults
    replies = said.split(b"\r\n")
    assert replies.pop() == b"", "a reply without its end"
    for each in replies:
        assert re.fullmatch(rb"[2-5][0-9]{2}[ -][\x20-\x7e]{0,506}", each), each
        assert not each.startswith(FAULT), each
    asked = sum(each.startswith(b"354 ") for each in replies)
    kept = sum(each.startswith(b"250 2.0.0 queued") for each in replies)
    assert kept == len(spool.mails) + len(spool.told), "a mail without its 250, or without itself"
    assert kept <= asked, "a mail that nobody asked for"
    for mail in spool.mails:
        _check_kept(mail)
    if peer is STRANGER:  # who may bring back our own mail, and nothing else
        assert not spool.mails, "a stranger's mail"
        assert all(isinstance(each, Returned) and each.about for each in spool.told), spool.told


def _check_kept(mail: Mail) -> None:
    content, session = mail.envelope.content, mail.envelope.session
    if session.peer == RELAY and not session.user:
        assert session.vouched.lower().endswith("@example.com"), "nobody is vouched for"
        assert re.search(rb"authentication-results\s*:.*pass", content, re.IGNORECASE | re.DOTALL)
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", content), "a bare CR, LF or NUL is kept"
    for path in mail.envelope.forward_paths:
        assert path.destinations
        for each in path.destinations:
            assert isinstance(each, ListName) or re.fullmatch("44[0-9]{7,10}", each.digits), each


async def _talked(octets: bytes, size: int, *, peer: str, legacy: bool) -> tuple[bytes, Memory]:
    """What the server said to a client that says this and ends its input, and what is kept."""
    spool, numbers = Memory(), itertools.count(1)
    networks = (ip_network("0.0.0.0/0"),) if legacy else ()
    intake = Intake(
        DOOR,
        cast(Spool, spool),
        Inline(),
        clock=lambda: 1777680000.0,
        ids=lambda: Ids(f"m{next(numbers)}", "2newtokenx"),
    )
    theirs, ours = socket.socketpair()
    password = "" if peer is STRANGER else "correct horse"
    credentials = Credentials({"jo": password}, lambda hash_, said: bool(hash_) and hash_ == said)
    with closing(theirs), closing(ours), closing(credentials):
        door = Door(
            policy=DOOR,
            options=SmtpOptions(legacy_networks=networks, max_size=2048, small_talk=10_000),
            intake=intake,
            credentials=credentials,
        )
        empty = asyncio.Event()
        door.on_empty = empty.set
        wire = Wire(peer, ours)
        wire.protocol = connection = SmtpConnection(door)
        connection.connection_made(wire)
        for piece in pieces(octets, size):
            if wire.is_closing():
                break
            connection.data_received(piece)
            await asyncio.sleep(0)
        if not wire.is_closing():
            connection.eof_received()
        async with asyncio.timeout(5):
            await wire.gone.wait()
            await empty.wait()
        await intake.finish(5)
    return bytes(wire.said), spool


# ---------------------------------------------------------------- seeds

HELLO = b"EHLO nas\r\nMAIL FROM:<jo@example.com>\r\n"
TO = b"RCPT TO:<447700900123@sms.example.com>\r\n"
LOG_IN = b"EHLO c\r\nAUTH PLAIN AGpvAGNvcnJlY3QgaG9yc2U=\r\nAUTH LOGIN\r\nam8=\r\neA==\r\n"


def _sessions() -> Sequence[bytes]:
    whole = HELLO + TO + b"DATA\r\n" + MAIL
    said = [
        whole + b"QUIT\r\n",
        whole + b"RSET\r\nMAIL FROM:<>\r\nRCPT TO:<sam@sms.example.com>\r\nDATA\r\n" + MAIL,
        LOG_IN + HELLO[10:] + TO * 5 + b"DATA\r\n" + MAIL,
        HELLO + b"RCPT TO:<explain@sms.example.com>\r\nDATA\r\nTo: sam@sms.example.com\r\n" + MAIL,
        HELLO + b"RCPT TO:<sendsms@sms.example.com>\r\nDATA\r\n\r\nTo:447700900123\r\nHi\r\n.\r\n",
        HELLO + b"RCPT TO:<bounces@sms.example.com>\r\nDATA\r\n" + MAIL,
        HELLO + b"RCPT TO:<alerts-subscribe@sms.example.com>\r\nDATA\r\n07700900124\r\n.\r\n",
        HELLO + b"RCPT TO:<447700900123.7kq2pab3xd@sms.example.com>\r\nDATA\r\n" + MAIL,
        b"HELO\r\nNOOP\r\nVRFY root\r\nEXPN x\r\nHELP\r\nSTARTTLS\r\nauth plain\r\n*\r\nXYZ\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        whole.replace(b"\r\n", b"\n"),
        HELLO + TO + b"DATA\r\nAuthentication-Results: mx.example.com; dmarc=pass"
        b" header.from=example.com\r\nFrom: jo@example.com\r\n" + MAIL,
        b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<bounces@sms.example.com>\r\nDATA\r\nIn-Reply-To:"
        b" <in.0123456789abcdef0123456789abcdef@sms.example.com>\r\n" + MAIL,
    ]
    return [bytes([how]) + each for how in (0, 1, 32, 64, 131, 198) for each in said]


TARGETS = (Target("session", session, _sessions, words.SESSION),)
