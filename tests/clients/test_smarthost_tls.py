"""Logins and TLS against a real mail server (aiosmtpd), and mails read back as they arrived."""

import asyncio
import email
import email.policy
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bridge.clients.smarthost import Mode, Smarthost, Unreachable
from bridge.core.about import About
from bridge.core.addressing import NumberRules
from bridge.core.events import SmsReceived
from bridge.core.outcomes import Accepted, Blocked, Deferred, Refused
from bridge.core.policy import Policy
from bridge.notices.render import Notice, render

JO = "jo@example.com"
PASSWORD = "pässword"


@dataclass
class Inbox:
    """An aiosmtpd handler that keeps what it gets."""

    envelopes: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.envelopes.append(envelope)
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 2.0.0 kept"


def _login(
    server: object, session: object, envelope: object, mechanism: str, data: object
) -> AuthResult:
    right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=right, handled=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def certified(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


@asynccontextmanager
async def mail_server(
    inbox: Inbox, mode: Mode = "smtp", tls: ssl.SSLContext | None = None, *, auth: bool = False
) -> AsyncIterator[int]:
    def protocol() -> SMTP:
        with warnings.catch_warnings():  # it warns of a login in clear, which a test wants
            warnings.simplefilter("ignore")
            return SMTP(
                inbox,
                hostname="mx.example.com",
                tls_context=tls if mode == "starttls" else None,
                authenticator=_login if auth else None,
                auth_required=auth,
                auth_require_tls=False,
            )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        protocol, "127.0.0.1", 0, ssl=tls if mode == "smtps" else None
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0.01)  # its connections see the QUIT


POLICY = Policy(
    hostname="sms.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules(),
    profiles={},
    inbox=JO,
)


def written(text: str = "Да, в 4\n.\n..") -> Notice:
    event = SmsReceived("447700900123", text, "1", "", "ORDER-42", "", 1795182605.0)
    notice = render(event, POLICY, about=About(), parts=(), key="k", recipients=(JO,))
    assert notice is not None
    return notice


@pytest.mark.parametrize("mode", ["smtp", "smtps", "starttls"])
@pytest.mark.parametrize("auth", [False, True], ids=["open", "login"])
async def test_a_mail_arrives_as_it_was_written(
    mode: Mode, auth: bool, authority: trustme.CA
) -> None:
    inbox = Inbox()
    tls = certified(authority, "localhost")
    async with mail_server(inbox, mode, tls, auth=auth) as port:
        smarthost = Smarthost(
            "localhost",
            port,
            mode=mode,
            username="jo" if auth else "",
            password=PASSWORD if auth else "",
            tls=trusting(authority),
        )
        found = await smarthost.deliver(written())
        await smarthost.close()

    assert found == {JO: Accepted("2.0.0 kept")}
    assert inbox.encrypted == [mode != "smtp"]
    (envelope,) = inbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("bounces@sms.example.com", [JO])
    assert envelope.original_content == written().content


async def test_what_arrives_is_read_alike_by_both_readers() -> None:
    inbox = Inbox()
    async with mail_server(inbox) as port:
        smarthost = Smarthost("127.0.0.1", port)
        await smarthost.deliver(written())
        await smarthost.close()

    raw = inbox.envelopes[0].original_content
    assert isinstance(raw, bytes)
    modern = email.message_from_bytes(raw, policy=email.policy.default)
    classic = email.message_from_bytes(raw, policy=email.policy.compat32)
    for message in (modern, classic):
        body = message.get_payload(decode=True)
        assert isinstance(body, bytes)
        assert body.decode().startswith("Да, в 4\r\n.\r\n..\r\n\r\n-- \r\nText from 07700 900123")
        assert message["Subject"] == "Text from 07700 900123 [ORDER-42]"
        assert message["Auto-Submitted"] == "auto-generated"


async def test_a_wrong_password_is_the_accounts_fault_and_shows_no_password() -> None:
    async with mail_server(Inbox(), auth=True) as port:
        smarthost = Smarthost("127.0.0.1", port, username="jo", password="canary-7")
        found = (await smarthost.deliver(written()))[JO]
        with pytest.raises(Unreachable, match="login refused: 535") as refused:
            await smarthost.probe()

    assert isinstance(found, Blocked)
    assert "canary-7" not in found.reason + str(refused.value)


async def test_a_login_that_was_forgotten_is_the_accounts_fault() -> None:
    async with mail_server(Inbox(), auth=True) as port:
        found = (await Smarthost("127.0.0.1", port).deliver(written()))[JO]

    assert isinstance(found, Blocked)


@pytest.mark.parametrize("mode", ["smtps", "starttls"])
async def test_a_certificate_that_nobody_vouches_for_gets_no_mail(
    mode: Mode, authority: trustme.CA
) -> None:
    """T61"""
    inbox = Inbox()
    async with mail_server(inbox, mode, certified(authority, "localhost")) as port:
        found = (await Smarthost("localhost", port, mode=mode).deliver(written()))[JO]

    assert isinstance(found, Deferred)
    assert "certificate" in found.reason.lower()
    assert inbox.envelopes == []


@pytest.mark.parametrize("mode", ["smtps", "starttls"])
async def test_another_hosts_certificate_gets_no_mail(mode: Mode, authority: trustme.CA) -> None:
    """T61"""
    inbox = Inbox()
    async with mail_server(inbox, mode, certified(authority, "mx.example.org")) as port:
        smarthost = Smarthost("localhost", port, mode=mode, tls=trusting(authority))
        found = (await smarthost.deliver(written()))[JO]

    assert isinstance(found, Deferred)
    assert inbox.envelopes == []


@pytest.mark.parametrize("mode", ["smtps", "starttls"])
async def test_a_certificate_that_has_ended_gets_no_mail(mode: Mode, authority: trustme.CA) -> None:
    """T61"""
    inbox = Inbox()
    ended = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(
        ended
    )
    async with mail_server(inbox, mode, ended) as port:
        smarthost = Smarthost("localhost", port, mode=mode, tls=trusting(authority))
        found = (await smarthost.deliver(written()))[JO]

    assert isinstance(found, Deferred)
    assert "expired" in found.reason
    assert inbox.envelopes == []


@pytest.mark.parametrize("mode", ["smtps", "starttls"])
async def test_tls_of_yesterday_gets_no_mail(mode: Mode, authority: trustme.CA) -> None:
    """T61"""
    inbox = Inbox()
    old = certified(authority, "localhost")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    async with mail_server(inbox, mode, old) as port:
        smarthost = Smarthost("localhost", port, mode=mode, tls=trusting(authority))
        found = (await smarthost.deliver(written()))[JO]

    assert isinstance(found, Deferred)
    assert inbox.envelopes == []


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        pytest.param("", "220 go ahead", id="STARTTLS is not offered"),
        pytest.param("250-STARTTLS\r\n", "454 not today", id="it is refused"),
        pytest.param("250-STARTTLS\r\n", "220 go ahead", id="no handshake follows"),
    ],
)
async def test_without_the_tls_that_was_asked_for_nothing_goes(offer: str, answer: str) -> None:
    """Whoever sits between may take the offer away: neither the mail nor the login is said."""
    said: list[bytes] = []
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers = {b"EHLO": f"250-mx\r\n{offer}250 AUTH PLAIN LOGIN", b"STAR": answer}
        writer.write(b"220 mx\r\n")
        while line := await reader.readline():
            said.append(line)
            writer.write(answers.get(line[:4], "250 ok").encode() + b"\r\n")
        writer.close()
        over.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        smarthost = Smarthost(
            "127.0.0.1",
            server.sockets[0].getsockname()[1],
            mode="starttls",
            username="jo",
            password=PASSWORD,
            step_timeout=2,
        )
        found = (await smarthost.deliver(written()))[JO]
        await asyncio.wait_for(over.wait(), 5)

    assert isinstance(found, Deferred)
    assert not [line for line in said if line[:4] in (b"AUTH", b"MAIL", b"RCPT", b"DATA")]


async def test_a_probe_names_the_tls_and_the_login(authority: trustme.CA) -> None:
    tls = certified(authority, "localhost")
    async with mail_server(Inbox(), "starttls", tls, auth=True) as port:
        smarthost = Smarthost(
            "localhost",
            port,
            mode="starttls",
            username="jo",
            password=PASSWORD,
            tls=trusting(authority),
        )
        said = await smarthost.probe()

    assert said == f"localhost:{port} answers (TLSv1.3, logged in as jo, SIZE)"


async def test_what_was_said_before_the_handshake_is_no_answer_within_it(
    authority: trustme.CA,
) -> None:
    """Whoever sits between may add words to the answer to STARTTLS (CVE-2011-0411's family)."""
    tls = certified(authority, "localhost")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers = {b"EHLO": b"250-mx\r\n250 STARTTLS", b"MAIL": b"550 no"}
        writer.write(b"220 mx\r\n")
        while line := await reader.readline():
            if line.startswith(b"STARTTLS"):
                writer.write(b"220 go ahead\r\n" + b"250 believe me\r\n" * 3)
                await writer.start_tls(tls)
            else:
                writer.write(answers.get(line[:4], b"250 ok") + b"\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        smarthost = Smarthost("localhost", port, mode="starttls", tls=trusting(authority))
        outcomes = await smarthost.deliver(written())
        assert outcomes == {JO: Refused("550", "550 no")}
        await smarthost.close()
