"""Bridge between a real mail server and the sandbox: Postfix is its smarthost, and its client."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bridge.cli.playground import Ports, playground
from tests.flows.conftest import Clock, House
from tests.mailbox.mailbox import Mailbox
from tests.mailbox.servers import DOMAIN, MAILBOXES, MailServer, lacking, mail_server


@pytest.fixture(scope="session")
def server() -> Iterator[MailServer]:
    """Postfix and Dovecot, started once."""
    if reason := lacking():
        pytest.skip(reason)
    # not tmp_path: its name is too long for sockets, and nobody else may enter it
    with tempfile.TemporaryDirectory(prefix="mail-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with mail_server(Path(folder)) as started:
            yield started


OpenHouse = Callable[..., Awaitable[House]]


@pytest.fixture
async def open_house(server: MailServer) -> AsyncIterator[OpenHouse]:
    """Opens Bridge on the port to which Postfix routes its mail; changes are settings' tables."""
    async with AsyncExitStack() as stack:

        async def opened(**changes: object) -> House:
            clock = Clock()
            said = {
                "smtp": {"trusted_networks": ["127.0.0.1"]},
                "mail": {"smarthost": f"smtp://127.0.0.1:{server.smtp}"},
                "senders": [{"match": f"*@{DOMAIN}", "profile": "person"}],
                "contacts": {"sam": {"number": "447700900123", "name": "Sam Jones"}},
                **changes,
            }
            ports = Ports(smtp=server.bridge)
            ground = await stack.enter_async_context(playground(ports, changes=said, clock=clock))
            return House(ground, clock)

        yield opened


@pytest.fixture
async def house(open_house: OpenHouse) -> House:
    return await open_house()


@pytest.fixture
async def mailboxes(server: MailServer) -> dict[str, Mailbox]:
    """Everybody's mailbox, empty."""
    found = {name: Mailbox(server, name) for name in MAILBOXES}
    await asyncio.gather(*(asyncio.to_thread(each.empty) for each in found.values()))
    return found


@pytest.fixture
def jo(mailboxes: dict[str, Mailbox]) -> Mailbox:
    """Who texts."""
    return mailboxes["jo"]


@pytest.fixture
def max_(mailboxes: dict[str, Mailbox]) -> Mailbox:
    """A colleague of jo's."""
    return mailboxes["max"]


@pytest.fixture
def team(mailboxes: dict[str, Mailbox]) -> Mailbox:
    """The inbox of what answers nobody."""
    return mailboxes["team"]
