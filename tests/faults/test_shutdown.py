"""SIGTERM while mails and callbacks stream in: each 250 and each 200 is kept, and no more."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from bridge.cli.playground import OWNER, TEAM
from bridge.daemon import STOP_WITHIN
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.trouble import Hang
from tests.flows.conftest import (
    MACHINE,
    PATIENCE,
    Process,
    StartProcess,
    at,
    letter,
    sent,
    until,
)
from tests.flows.load import Client
from tests.postgres import QUICK, Server

BRIEF = str(Path(__file__).with_name("brief.py"))
CLIENTS, CALLBACKS_A_SECOND = 20, 50
MAILS, ANSWERS = 100, 50
"""Of each that many have come before the signal."""


async def test_sigterm_under_load_keeps_what_was_answered_and_no_more(
    start_process: StartProcess,
) -> None:
    process = await start_process(profiles={"machine": {"fold": False}})
    process.sandbox.reporting = False
    process.sandbox.account.balance = 100_000
    process.sandbox.primary.latency = 0.05
    client = Client(lambda: process.smtp, MACHINE)
    hands = [asyncio.create_task(client.hand()) for _ in range(CLIENTS)]
    phones = Phones(process.sandbox)
    texting = asyncio.create_task(phones.text())
    await until(lambda: _loaded(client, phones))

    began = time.monotonic()
    ending = asyncio.create_task(process.signal(signal.SIGTERM))
    refused = await _refused(process.smtp) - began
    status = await ending
    took = time.monotonic() - began
    texting.cancel()
    client.stop()
    print(f"refused after {refused:.2f} s, ended after {took:.2f} s;", end=" ")
    print(f"{len(client.acknowledged)} 250s, {len(phones.answered())} of {phones.sent} 200s")
    assert status == 0
    assert refused < 1
    assert took < 30

    promised = set(client.acknowledged)
    process.sandbox.primary.latency = 0
    await process.start()
    await asyncio.gather(*hands)
    await process.inbox.mails.wait_total(phones.sent, 2 * PATIENCE)
    await process.sandbox.taken.wait_total(len(client.acknowledged), 2 * PATIENCE)
    assert await process.signal(signal.SIGTERM) == 0
    texts = Counter(each.text for each in process.sandbox.taken)
    assert promised <= set(texts)
    assert texts == Counter(client.acknowledged), "each once"
    assert _told(process) == {f"Answer {n}": 1 for n in range(phones.sent)}


async def test_sigterm_ends_in_time_while_the_database_and_the_gateway_hang(
    start_process: StartProcess,
) -> None:
    with Server(**QUICK) as server:
        process = await start_process(command=(BRIEF,), store={"url": server.database()})
        process.sandbox.primary.order(Hang(), times=9, only="sendmsg")
        await asyncio.to_thread(sent, process.smtp, letter("Hello"), OWNER, at("447700900001"))
        await until(lambda: _said(process, '"submitting"'))
        stopped = _stopped(server)
        try:
            began = time.monotonic()
            assert await process.signal(signal.SIGTERM) == 0
            assert time.monotonic() - began < (STOP_WITHIN / 8) + 2
        finally:
            for each in stopped:
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGCONT)


def _stopped(server: Server) -> list[int]:
    """A database's processes, which all stand still from now on."""
    head = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{head}/task/{head}/children").read_text().split()
    found = [head, *map(int, children)]
    for each in found:
        os.kill(each, signal.SIGSTOP)
    return found


async def _said(process: Process, words: str) -> bool:
    return any(words in line for line in process.said)


class Phones:
    """Phones that text in, so many a second."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sent = 0
        self._sandbox = sandbox

    async def text(self) -> None:
        """Text until cancelled."""
        while True:
            self._sandbox.text_in(f"44770092{self.sent:04}", f"Answer {self.sent}")
            self.sent += 1
            await asyncio.sleep(1 / CALLBACKS_A_SECOND)

    def answered(self) -> set[str]:
        """The texts whose callbacks had their 200."""
        posted = self._sandbox.forwarder.forwarded
        return {each.fields["text"] for each in posted if each.status == 200}


async def _loaded(client: Client, phones: Phones) -> bool:
    return len(client.acknowledged) >= MAILS and len(phones.answered()) >= ANSWERS


async def _refused(port: int) -> float:
    """When nobody was let in any more."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            return time.monotonic()
        writer.close()
        await asyncio.sleep(0.02)


def _told(process: Process) -> Counter[str]:
    mails = [mail for mail in process.inbox.mails if TEAM in mail.forward_paths]
    return Counter(mail.text.splitlines()[0] for mail in mails)
