"""What outlives the daemons: the gateway, the phones, the inbox, and a ledger of all they saw."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.cli.playground import Ports, merged, tables
from bridge.sandbox import phone
from bridge.sandbox.forwarding import Forwarded
from bridge.sandbox.gateway import Sandbox
from bridge.sandbox.inbox import Inbox, Mailed
from bridge.sandbox.record import Record as Happened
from bridge.sandbox.taken import Taken
from bridge.spool.contract import Spool
from bridge.spool.opening import open_spool
from bridge.spool.views import Record
from tests.flows.conftest import Process, until, written
from tests.proof.ledger import Ledger
from tests.proof.nodes import HASTY, Balancer, Node
from tests.proof.stands import Stand, doubts_of, stands

RETRY = 0.1
"""Seconds until the gateway posts a callback again that was not answered 200."""

REPORT_DELAY = 0.05
SETTLING = 600.0
"""Seconds within which all must have settled once nobody mails and nobody kills any more."""


@dataclass
class Network:
    """The phones' side: some texts are reported on, a few of them as undeliverable, some answered.

    `chance` is a seeded one; `reported` is the share of texts that the gateway reports on.
    """

    sandbox: Sandbox
    ledger: Ledger
    chance: random.Random
    reported: float = 0.5
    undeliverable: float = 0.05
    answered: float = 0.05

    def took(self, text: Taken) -> None:
        """Say what becomes of a text that the gateway took, a little later."""
        asyncio.get_running_loop().call_later(REPORT_DELAY, self._said, text)

    def _said(self, text: Taken) -> None:
        if self.chance.random() < self.reported:
            lost = self.chance.random() < self.undeliverable
            status = phone.UNDELIVERABLE if lost else phone.DELIVERED
            self.sandbox.report(text.id, text.to, status)
        if self.chance.random() < self.answered:
            words = f"answer to {text.id}"
            self.ledger.answers[self.sandbox.text_in(text.to, words)] = text.to


@dataclass
class Ground:
    """Everything between the SMTP clients and the phones."""

    store: str
    sandbox: Sandbox
    inbox: Inbox
    ledger: Ledger
    network: Network
    nodes: list[Node]
    chance: random.Random

    def port(self) -> int:
        """Where a client connects: to any of the nodes, as with several MX."""
        return self.chance.choice(self.nodes).process.smtp

    async def started(self) -> None:
        """Wait until each node runs."""
        for node in self.nodes:
            try:
                await asyncio.wait_for(node.up.wait(), 60)
            except TimeoutError:
                raise RuntimeError("".join(node.process.said[-20:])) from None

    async def settled(self) -> Mapping[str, Sequence[Stand]]:
        """Wait until nothing is left to do but what is an operator's; how all texts stand then."""
        await self.started()
        spool = await open_spool(self.store, daemon=False)
        try:
            await self._rest(spool)
            records = await spool.browse(content=True, limit=10_000_000)
        finally:
            await spool.close()
        said = (line for node in self.nodes for line in node.process.said)
        return stands(records, doubts_of(said))

    async def _rest(self, spool: Spool) -> None:
        try:
            await until(lambda: self._quiet(spool), SETTLING)
        except TimeoutError as error:
            error.add_note(f"left to do: {(await self._left(spool))[:5]}")
            raise

    async def _quiet(self, spool: Spool) -> bool:
        await asyncio.sleep(0.2)
        if self.sandbox.forwarder.waiting:
            return False
        return not await self._left(spool)

    async def _left(self, spool: Spool) -> Sequence[Record]:
        """What waits, but for what an operator holds."""
        waits = await spool.browse(waiting=True, limit=1_000_000)
        return [
            each for each in waits if each.what != "mail" and each.fields.get("state") != "held"
        ]

    async def stopped(self) -> Counter[int]:
        """Stop each node with SIGTERM; the statuses with which nodes ended, all in all."""
        for node in self.nodes:
            node.stopping = True
        ends: Counter[int] = Counter()
        for node in self.nodes:
            before = node.ends.copy()
            node.signal(15)
            assert node.keeping
            await node.keeping
            assert (node.ends - before) == Counter({0: 1}), node.process.said[-20:]
            ends += node.ends
        return ends


@asynccontextmanager
async def ground(
    folder: Path,
    *,
    seed: int,
    nodes: int = 1,
    store: str = "",
    command: Sequence[str] = HASTY,
    **changes: object,
) -> AsyncIterator[Ground]:
    """Start the servers and the nodes, all of the same settings; end them whatever happened."""
    chance = random.Random(seed)
    async with AsyncExitStack() as stack:
        inbox = await stack.enter_async_context(Inbox())
        sandbox = await stack.enter_async_context(
            Sandbox(listen=["127.0.0.1:0"] * 2, retry_interval=RETRY)
        )
        sandbox.account.balance = 1_000_000_000
        sandbox.reporting = False  # `Network` does it
        said = merged(tables(sandbox, inbox, Ports(), folder), _settings(store))
        config = written(merged(said, changes), folder)
        fleet = [Node(Process(config, sandbox, inbox, command)) for _ in range(nodes)]
        balancer = await stack.enter_async_context(Balancer(fleet))
        ledger = Ledger()
        network = Network(sandbox, ledger, chance)
        url = store or fleet[0].process.store
        found = Ground(url, sandbox, inbox, ledger, network, fleet, chance)
        for task in _noted(found):
            stack.callback(task.cancel)
        for node in fleet:
            stack.push_async_callback(node.ended)
            node.start(balancer.port)
        await found.started()
        yield found


def _settings(store: str) -> dict[str, object]:
    said: dict[str, object] = {
        "gateway": {"timeout": "1 s"},
        "limits": {"texts_per_hour": 0, "texts_per_day": 0, "texts_per_number": 0},
        "profiles": {"machine": {"in_doubt": "resend", "fold": False}},
    }
    return said | ({"store": {"url": store}} if store else {})


def _noted(found: Ground) -> list[asyncio.Task[None]]:
    """Keep the ledger."""
    ledger, sandbox = found.ledger, found.sandbox

    async def take(happened: Happened[Taken]) -> None:
        async for text in happened.follow():
            ledger.taken.append(text)
            found.network.took(text)

    async def post(happened: Happened[Forwarded]) -> None:
        async for callback in happened.follow():
            ledger.posted.append(callback)

    async def mail(happened: Happened[Mailed]) -> None:
        async for each in happened.follow():
            ledger.mails.append(each)

    return [
        asyncio.create_task(take(sandbox.taken)),
        asyncio.create_task(post(sandbox.forwarder.forwarded)),
        asyncio.create_task(mail(found.inbox.mails)),
    ]
