"""T34: two bridges, each the other's smarthost, whose phones answer every text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from bridge.cli.playground import Playground, Ports, playground
from tests.flows.conftest import Clock, letter, sent, until

PHONE = "447700900001"


class Relay:
    """A port whose far end is told later, so that two servers can name each other."""

    def __init__(self) -> None:
        self.target = 0

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(_poured(reader, far_writer), _poured(far_reader, writer))


async def _poured(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while octets := await source.read(65536):
        target.write(octets)
        await target.drain()
    target.close()


async def _phones(ground: Playground) -> None:
    """Each phone of a bridge answers every text."""
    seen = 0
    while True:
        texts = list(ground.sandbox.taken)
        for each in texts[seen:]:
            ground.sandbox.text_in(each.to, "I am driving")
        seen = len(texts)
        await asyncio.sleep(0.01)


async def test_t34_two_bridges_that_point_at_each_other_send_two_texts_at_most() -> None:
    clock = Clock()
    async with AsyncExitStack() as stack:
        relays = [await stack.enter_async_context(Relay()) for _ in range(2)]
        grounds = []
        for name, other in (("a", relays[1]), ("b", relays[0])):
            changes = {
                "smtp": {"hostname": f"{name}.example", "domains": [f"{name}.example"]},
                "mail": {
                    "smarthost": other.url,
                    "inbox": f"447700900002@{'ba'[name == 'b']}.example",
                    "postmaster": f"447700900003@{'ba'[name == 'b']}.example",
                },
            }
            opened = playground(Ports(), changes=changes, clock=clock)
            grounds.append(await stack.enter_async_context(opened))
        for relay, ground in zip(relays, grounds, strict=True):
            relay.target = ground.smtp
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_phones(each)) for each in grounds]
            mail = letter("Call me", "Friday")
            sender, to = "447700900009@b.example", [f"{PHONE}@a.example"]
            await asyncio.to_thread(sent, grounds[0].smtp, mail, sender, to)
            await until(lambda: _gave_up(grounds[0]))  # its mail to the other bridge was refused
            await until(partial(_still, grounds))
            for task in tasks:
                task.cancel()
        assert sum(len(each.sandbox.taken) for each in grounds) <= 2


async def _gave_up(ground: Playground) -> bool:
    """Whether a bridge knows that a mail of its own cannot be delivered."""
    found = await ground.daemon.spool.browse()
    return any(each.fields.get("kind") == "Unmailed" for each in found)


async def _still(grounds: Sequence[Playground]) -> bool:
    """Whether no bridge has anything more to do."""
    waiting = [await each.daemon.spool.browse(waiting=True) for each in grounds]
    return not any(waiting) and not any(each.sandbox.forwarder.waiting for each in grounds)
