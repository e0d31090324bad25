"""Scenarios of the road back: callbacks until their durable 200, alone and beside mails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from tests.bench import letters, peers
from tests.bench.load import Load, Way, post, request, send
from tests.bench.loops import run
from tests.bench.rounds import Bench, Contender, Mails, Task, alternate, arrived, through
from tests.bench.servers import CALLBACKS

CONNECTIONS = 20


def callbacks(bench: Bench) -> None:
    """Callbacks: texts from phones, and the reports of texts that went out."""
    with bench.bridge() as bridge, bench.peers(peers.AIOHTTP) as others:
        every = [bridge, *others]
        alternate(bench, "sms", every, _posting(bench, lambda: _texts(bench), mailed=True))
        alternate(bench, "reports", every, _posting(bench, lambda: _reports(bench, bridge)))


def both(bench: Bench) -> None:
    """Both directions at once: mails to texts, and as many texts to mails; both are counted.

    The rate is until the last 200 and the last text at the gateway, CPU until the last mail too.
    """
    with bench.bridge() as bridge:
        alternate(bench, "both", [bridge], _both(bench))


def _posting(
    bench: Bench, requests: Callable[[], Sequence[bytes]], *, mailed: bool = False
) -> Task:
    """Callbacks until their 200; those that Bridge mails are mailed before its CPU is read."""
    smarthost = bench.ground.smarthost

    def task(server: Contender) -> Callable[[], Awaitable[Load]]:
        ready = requests()
        port = server.node.http if server.node else server.port
        mails = len(ready) if mailed and server.node else 0

        async def work() -> Load:
            before = smarthost.taken()
            load = await post((port,), ready, connections=CONNECTIONS)
            await arrived(smarthost, before + mails)
            return load

        return work

    return task


def _texts(bench: Bench) -> list[bytes]:
    """Texts from phones, each with its own id."""
    return [
        request(
            CALLBACKS,
            f"from={letters.FIRST_NUMBER + serial}&text=Yes+4pm+works+{serial}&msgid=in{serial}"
            "&sent=2026-11-20+13:50:00",
        )
        for serial in (next(bench.post.serials) for _ in range(bench.size.mails))
    ]


def _reports(bench: Bench, bridge: Contender) -> list[bytes]:
    """Reports of texts that Bridge sends for this, and has noted as sent."""
    before = bench.ground.gateway.taken()
    run(_sent(bench, bridge))
    time.sleep(bench.size.settles)
    return [
        request(CALLBACKS, f"msgid={id_}&toaddr={number}&status=4")
        for number, id_ in bench.ground.gateway.given(before)
    ]


async def _sent(bench: Bench, bridge: Contender) -> None:
    await through(bench, Mails())(bridge)()


def _both(bench: Bench) -> Task:
    gateway, smarthost = bench.ground.gateway, bench.ground.smarthost

    def task(server: Contender) -> Callable[[], Awaitable[Load]]:
        assert server.node
        http = server.node.http
        texts = _texts(bench)
        mails = bench.post.letters(letters.text, bench.size.mails)

        async def work() -> Load:
            before, mailed = gateway.taken(), smarthost.taken()
            began = time.perf_counter()
            loads = await asyncio.gather(
                send((server.port,), mails, Way()),
                post((http,), texts, connections=CONNECTIONS),
            )
            await arrived(gateway, before + len(mails))
            seconds = time.perf_counter() - began
            await arrived(smarthost, mailed + len(texts))
            return Load(
                sum(each.acknowledged for each in loads),
                seconds,
                tuple(each for load in loads for each in load.latencies),
            )

        return work

    return task
