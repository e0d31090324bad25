"""`kill -9` of the running daemon, again and again, under load: the promises of every 250.

Two clients mail at once.  The person's texts are never sent again when in doubt, the machine's
once.  In every other round the network reports on the texts, which settles doubts for free.
"""

from __future__ import annotations

import asyncio
import random
import re
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bridge.cli.playground import OWNER
from bridge.spool.contract import Record, Spool
from bridge.spool.opening import open_spool
from tests.flows.conftest import MACHINE, Process, StartProcess, until
from tests.flows.load import Client

KILLS = 20
BETWEEN = 20  # texts acknowledged from a start to the next kill, at least
WITHIN = 0.15  # seconds after that, in which the kill comes at any moment
_GATHERED = re.compile(r"^- 0(\d{4}) (\d{6}): may have been sent", re.MULTILINE)
HASTY = str(Path(__file__).with_name("hasty.py"))


@dataclass(frozen=True, slots=True)
class Stand:
    """How one text stands in the spool at the end."""

    state: str
    resends: int


async def test_every_250_is_accounted_for_after_twenty_kills(start_process: StartProcess) -> None:
    process = await start_process(
        backup=True, command=(HASTY,), profiles={"machine": {"in_doubt": "resend"}}
    )
    process.sandbox.interim = ()
    process.sandbox.account.balance = 1_000_000  # what is counted here is texts
    for door in process.sandbox.doors:
        door.latency = 0.03
    clients = [
        Client(lambda: process.smtp, OWNER, "44770091"),
        Client(lambda: process.smtp, MACHINE, "44770092"),
    ]
    hands = [asyncio.create_task(client.hand()) for client in clients for _ in range(3)]
    await _killed(process, clients)
    for client in clients:
        client.stop()
    await asyncio.gather(*hands)

    spool = await open_spool(process.store, daemon=False)
    try:
        with suppress(TimeoutError):
            await until(lambda: _done(spool), 60)
        assert await _left(spool) == []
        stands = await _stands(spool)
    finally:
        await spool.close()
    await _all_held_were_told(process, stands)
    assert await process.signal(signal.SIGTERM) == 0
    person, machine = clients
    taken = Counter(each.text for each in process.sandbox.taken)
    _count("person, in doubt: tell", person, taken, stands)
    _count("machine, in doubt: resend", machine, taken, stands)

    for client in clients:
        assert len(set(client.acknowledged)) == len(client.acknowledged)
        for text in client.acknowledged:
            assert len(stands[text]) == 1, "a mail that was mailed again joined its first copy"
            (stand,) = stands[text]
            assert taken[text] >= 1 or stand.state == "held"
            assert taken[text] <= 1 + stand.resends <= 2
            assert stand.state in ("submitted", "delivered", "held")
    assert all(stand.resends == 0 for text in person.acknowledged for stand in stands[text])


async def _killed(process: Process, clients: list[Client]) -> None:
    """Kill and start again, under load, at moments that nobody chose."""
    chance = random.Random(20)

    async def loaded() -> bool:
        return sum(len(each.acknowledged) for each in clients) >= enough

    for n in range(KILLS):
        process.sandbox.reporting = n % 2 == 0
        enough = sum(len(each.acknowledged) for each in clients) + BETWEEN
        await until(loaded)
        await asyncio.sleep(chance.uniform(0, WITHIN))
        assert await process.signal(signal.SIGKILL) == -signal.SIGKILL
        await process.start()


async def _left(spool: Spool) -> list[Record]:
    """What still waits, and is not for an operator to decide on."""
    return [
        each
        for each in await spool.browse(waiting=True, limit=100_000)
        if each.what != "mail" and each.fields.get("state") != "held"
    ]


async def _done(spool: Spool) -> bool:
    return not await _left(spool)


async def _stands(spool: Spool) -> dict[str, list[Stand]]:
    found: dict[str, list[Stand]] = {}
    for each in await spool.browse(content=True, limit=1_000_000):
        if each.what == "delivery":
            stand = Stand(str(each.fields["state"]), int(str(each.fields["resends"])))
            found.setdefault(str(each.fields["text"]), []).append(stand)
    return found


async def _all_held_were_told(process: Process, stands: dict[str, list[Stand]]) -> None:
    """Each by itself, with its text, or by its number in a mail that gathers."""
    told = "\n".join(mail.text for mail in process.inbox.mails)
    gathered = {"44" + "".join(each) for each in _GATHERED.findall(told)}
    held = {text for text, found in stands.items() if any(each.state == "held" for each in found)}
    alone = set(told.splitlines())
    print(f"{len(held)} held, {len(held - alone)} of them told with others alone")
    assert {text.split()[-1] for text in held - alone} <= gathered


def _count(name: str, client: Client, taken: Counter[str], stands: dict[str, list[Stand]]) -> None:
    """Print what became of a client's texts."""
    acknowledged = client.acknowledged
    states = Counter(stands[text][0].state for text in acknowledged)
    times = Counter(taken[text] for text in acknowledged)
    resent = sum(stands[text][0].resends for text in acknowledged)
    retried = sum(count > 1 for count in client.tries.values())
    print(
        f"{name}: {len(acknowledged)} acknowledged ({retried} mailed again without a 250);"
        f" taken once {times[1]}, twice {times[2]}, never {times[0]};"
        f" resent {resent}; {dict(states)}"
    )
