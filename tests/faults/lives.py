"""A fixed scenario that a daemon lives through while something fails, and what must be true after.

Texts go out one after the other, each is answered by a phone, and each answer becomes a mail.
The client mails again until it has its 250, the sandbox posts again until it has its 200, and
whoever ends is started again without the fault, as systemd would.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from bridge.cli.playground import OWNER, TEAM
from bridge.sandbox.inbox import Mailed
from bridge.spool.contract import Spool
from bridge.spool.opening import open_spool
from bridge.spool.views import Record
from tests.faults.injected import HASTY
from tests.flows.conftest import PATIENCE, Process, until
from tests.flows.load import Client

TEXTS = 3
PHONE = "447700900011"


@dataclass
class Life:
    """How it went: the exit statuses on the way, and what stands in the store at the end."""

    process: Process
    client: Client
    statuses: list[int] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    async def live(self) -> None:
        """The scenario, from a start under the fault to a SIGTERM at the end."""
        with suppress(RuntimeError):  # it may end before it says where it listens
            await self.process.start()
        keeper = asyncio.create_task(self._kept_alive())
        scenario = asyncio.create_task(self._scenario())
        async with asyncio.timeout(2 * PATIENCE):
            await asyncio.wait((keeper, scenario), return_when=asyncio.FIRST_COMPLETED)
        if keeper.done():
            scenario.cancel()
            keeper.result()  # raises what kept it from starting again
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await scenario
        assert self.process.running is not None
        status = await self.process.signal(signal.SIGTERM)
        if status:  # the fault met its last writes
            self.statuses.append(status)

    async def _scenario(self) -> None:
        for n in range(TEXTS):
            await self.client.one(f"4477009101{n:02}", f"Text {n}")
            self.process.sandbox.text_in(PHONE, f"Answer {n}")
        await until(self._over)

    async def _kept_alive(self) -> None:
        while True:
            assert self.process.running
            assert self.process.reading
            status = await self.process.running.wait()
            await asyncio.gather(self.process.reading, return_exceptions=True)
            self.statuses.append(status)
            self.process.command = (HASTY,)
            await self.process.start()

    async def _over(self) -> bool:
        answered = {mail.message["Message-ID"] for mail in self.answers()}
        if self.process.sandbox.forwarder.waiting or len(answered) < TEXTS:
            return False
        spool = await open_spool(self.process.store, daemon=False)
        try:
            if await _waiting(spool):
                return False
            self.records = list(await spool.browse(content=True, limit=10_000))
            return True
        finally:
            await spool.close()

    def answers(self) -> list[Mailed]:
        """The mails of the phone's answers, copies and all."""
        return [mail for mail in self.process.inbox.mails if TEAM in mail.forward_paths]

    def nothing_was_lost_or_doubled(self) -> None:
        """Every 250 is a text that went, once but for a doubt; every 200 is one mail."""
        taken = Counter(each.text for each in self.process.sandbox.taken)
        stands = [each.fields for each in self.records if each.what == "delivery"]
        assert sorted(str(each["text"]) for each in stands) == self.client.acknowledged
        for each in stands:
            text, state = str(each["text"]), each["state"]
            assert state in ("submitted", "delivered", "held"), each
            assert taken[text] <= 1 + int(str(each["resends"])), "no more than a resend is counted"
            assert taken[text] or state == "held"
        mails = self.answers()
        words = {mail.message["Message-ID"]: mail.raw for mail in mails}
        assert len(words) == TEXTS, "an answer is one mail"
        assert all(words[mail.message["Message-ID"]] == mail.raw for mail in mails)


async def _waiting(spool: Spool) -> list[Record]:
    found = await spool.browse(waiting=True, limit=10_000)
    return [each for each in found if each.what != "mail" and each.fields.get("state") != "held"]


async def lived(process: Process) -> Life:
    """Live through the scenario with a process that has not been started."""
    life = Life(process, Client(lambda: process.smtp, OWNER))
    await life.live()
    return life
