"""A certificate that is renewed while the daemon runs: old sessions go on, new ones see it."""

from __future__ import annotations

import asyncio
import json
import signal
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from bridge.cli.playground import DOMAIN
from bridge.workers import housekeeper
from tests.flows.conftest import (
    MACHINE,
    PATIENCE,
    House,
    OpenHouse,
    Process,
    StartProcess,
    at,
    until,
)


@dataclass
class Files:
    """A certificate and its key on disk, the settings that name them, a client that trusts them."""

    folder: Path
    authority: trustme.CA
    trust: ssl.SSLContext

    @property
    def settings(self) -> dict[str, object]:
        """What `[smtp]` says."""
        return {
            "tls_cert": str(self.folder / "chain.pem"),
            "tls_key": str(self.folder / "key.pem"),
            "listen_tls": ["127.0.0.1:0"],
        }

    def renew(self) -> None:
        """Put another certificate in their place, the chain first, as certbot does."""
        issued = self.authority.issue_cert(DOMAIN)
        chain = b"".join(each.bytes() for each in issued.cert_chain_pems)
        for name, octets in (("chain", chain), ("key", issued.private_key_pem.bytes())):
            fresh = self.folder / f"{name}.new"
            fresh.write_bytes(octets)
            fresh.chmod(0o600)
            fresh.replace(self.folder / f"{name}.pem")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> Files:
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    folder = tmp_path / "tls"
    folder.mkdir()
    found = Files(folder, authority, trust)
    found.renew()
    return found


@contextmanager
def starttls(port: int, trust: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    """A session that began in clear and went over to TLS."""
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        client._host = DOMAIN  # type: ignore[attr-defined]  # the name it asks TLS for
        client.starttls(context=trust)
        client.ehlo()
        yield client


@contextmanager
def implicit(
    port: int, trust: ssl.SSLContext, before: ssl.SSLSession | None = None
) -> Iterator[ssl.SSLSocket]:
    """A session in TLS from the first octet, resumed if there was one before; it was greeted."""
    with (
        socket.create_connection(("127.0.0.1", port), PATIENCE) as connection,
        trust.wrap_socket(connection, server_hostname=DOMAIN, session=before) as client,
    ):
        assert client.recv(1000).startswith(b"220 ")  # and with it came the ticket, in TLS 1.3
        yield client


def asked(client: ssl.SSLSocket, line: str) -> str:
    client.sendall(line.encode() + b"\r\n")
    return client.recv(1000).decode()


def serial(client: ssl.SSLSocket) -> object:
    """Which certificate a session was shown."""
    shown = client.getpeercert()
    assert shown
    return shown["serialNumber"]


def shown(ports: Sequence[int], trust: ssl.SSLContext) -> set[object]:
    """Which certificates new sessions are shown, at both doors."""
    plain, tls = ports
    with starttls(plain, trust) as one, implicit(tls, trust) as other:
        assert isinstance(one.sock, ssl.SSLSocket)
        return {serial(one.sock), serial(other)}


def tls_port(process: Process) -> int:
    """Where it speaks TLS from the first octet."""
    started = next(json.loads(line) for line in process.said if '"started"' in line)
    return int(started["smtp"][1])


async def taken(process: Process) -> bool:
    """Whether the log says that another certificate is shown from now on."""
    lines = (json.loads(line) for line in process.said)
    return any((line["event"], line.get("state")) == ("certificate", "taken") for line in lines)


async def test_a_renewed_certificate_costs_no_session_and_no_mail(
    start_process: StartProcess, files: Files
) -> None:
    """At SIGHUP, as a deploy hook sends it: in the middle of a mail, and between two commands."""
    process = await start_process(smtp=files.settings)
    plain, tls = process.smtp, tls_port(process)
    first = shown((plain, tls), files.trust)
    with ExitStack() as stack:
        mailing = stack.enter_context(starttls(plain, files.trust))
        waiting = stack.enter_context(implicit(tls, files.trust))
        mailing.mail(MACHINE)
        mailing.rcpt(*at("447700900001"))
        assert mailing.docmd("DATA")[0] == 354
        mailing.send(b"Subject: begun before\r\n\r\nended ")

        files.renew()
        assert process.running
        process.running.send_signal(signal.SIGHUP)
        await until(lambda: taken(process))
        second = shown((plain, tls), files.trust)
        assert len(first) == len(second) == 1
        assert first.isdisjoint(second)

        mailing.send(b"behind\r\n.\r\n")
        assert mailing.getreply()[0] == 250
        assert mailing.noop()[0] == 250
        assert asked(waiting, f"EHLO {DOMAIN}").startswith("250")
        assert asked(waiting, f"MAIL FROM:<{MACHINE}>").startswith("250")
        assert {serial(waiting)} == first
    await process.sandbox.wait_for(lambda taken: "ended behind" in taken.text, PATIENCE)


async def test_a_pair_that_does_not_fit_together_leaves_the_daemon_as_it_is(
    open_house: OpenHouse, files: Files
) -> None:
    daemon = (await open_house(smtp=files.settings)).ground.daemon
    first = await asyncio.to_thread(shown, daemon.smtp_ports, files.trust)
    key = (files.folder / "key.pem").read_bytes()
    files.renew()
    (files.folder / "key.pem").write_bytes(key)
    daemon.renew()
    assert await asyncio.to_thread(shown, daemon.smtp_ports, files.trust) == first
    files.renew()
    daemon.renew()
    assert (await asyncio.to_thread(shown, daemon.smtp_ports, files.trust)).isdisjoint(first)


async def test_without_a_certificate_there_is_nothing_to_renew(house: House) -> None:
    house.ground.daemon.renew()
    await house.mail("Still there", "447700900001")


async def test_files_that_change_are_seen_without_a_word(
    open_house: OpenHouse, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeper, "RENEW_EVERY", 0.05)
    house = await open_house(smtp=files.settings)
    ports = house.ground.daemon.smtp_ports
    first = await asyncio.to_thread(shown, ports, files.trust)
    files.renew()

    async def changed() -> bool:
        return (await asyncio.to_thread(shown, ports, files.trust)).isdisjoint(first)

    await until(changed)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_session_is_resumed_by_its_ticket_before_and_after(
    open_house: OpenHouse, files: Files, version: ssl.TLSVersion
) -> None:
    files.trust.minimum_version = files.trust.maximum_version = version
    house = await open_house(smtp=files.settings)
    _, tls = house.ground.daemon.smtp_ports

    def resumed(before: ssl.SSLSession | None) -> tuple[bool | None, ssl.SSLSession | None]:
        with implicit(tls, files.trust, before) as client:
            assert asked(client, f"EHLO {DOMAIN}").startswith("250")
            return client.session_reused, client.session

    new, session = await asyncio.to_thread(resumed, None)
    again, session = await asyncio.to_thread(resumed, session)
    files.renew()
    house.ground.daemon.renew()
    after, session = await asyncio.to_thread(resumed, session)
    at_last, _ = await asyncio.to_thread(resumed, session)
    assert (new, again, after, at_last) == (False, True, True, True)
