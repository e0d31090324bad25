"""The page that Prometheus reads: facts as they were counted, and how things stand at this look.

However often it is asked for, the spool is asked once a second at most, and waited for as long as
that is bearable: a page without the spool's figures is better than none.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from typing import Final, TypeAlias

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Metric,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.samples import Sample

from bridge.metrics.facts import Facts
from bridge.metrics.series import MOMENTS, Series
from bridge.spool.contract import Unavailable
from bridge.spool.views import Lane

Lanes: TypeAlias = Callable[[], Awaitable[Sequence[Lane]]]

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

FRESH = 1.0
"""Seconds for which a page is good."""

PATIENCE = 2.0
"""Seconds that the spool has to say how it stands."""

PULSE = 0.25
"""Seconds between two looks at how late the event loop is."""


class Page:
    """All series of one daemon; `facts` is the witness to be told of what it does.

    `hosts` are the gateway's.
    """

    def __init__(self, hosts: Collection[str]) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        series = Series(registry)
        self.facts = Facts(series, hosts)
        self._lag = series.histogram("event_loop_lag", "How late the event loop is.", MOMENTS)
        self._store = series.gauge("store_up", "Whether the store answers.")
        self._depth = series.gauge("queue_depth", "What waits in the spool.", "lane")
        self._age = series.gauge("queue_head_age_seconds", "How long its head waits.", "lane")
        self._rests = series.gauge("queue_resting", "Whether a lane rests.", "lane")
        for collector in (_Process, PlatformCollector, GCCollector):
            collector(registry=registry)
        self._lanes: Lanes | None = None
        self._pulse: asyncio.Task[None] | None = None
        self._written: asyncio.Task[bytes] | None = None
        self._written_at = -math.inf

    def open(self, lanes: Lanes) -> None:
        """Begin to look: at the event loop by itself, at the spool's lanes when asked."""
        self._lanes = lanes
        self._pulse = asyncio.create_task(self._watch(), name="pulse")

    def close(self) -> None:
        """Look no more."""
        for task in (self._pulse, self._written):
            if task is not None:
                task.cancel()

    async def read(self) -> bytes:
        """The page, no older than a second; whoever asks meanwhile gets the same one."""
        now = asyncio.get_running_loop().time()
        if self._written is None or (self._written.done() and now - self._written_at >= FRESH):
            self._written = asyncio.create_task(self._write(), name="metrics")
            self._written_at = now
        return await asyncio.shield(self._written)

    async def _write(self) -> bytes:
        self._show(await self._look())
        return generate_latest(_Plain(self._registry))

    async def _look(self) -> Sequence[Lane] | None:
        """How the lanes stand; None if the store does not say."""
        if self._lanes is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._lanes()
        except (Unavailable, TimeoutError):
            return None

    def _show(self, lanes: Sequence[Lane] | None) -> None:
        """Set what is seen; of a store that is away nothing is known, and nothing shown."""
        self._store.set(lanes is not None)
        for gauge in (self._depth, self._age, self._rests):
            gauge.clear()
        for lane in lanes or ():
            self._depth.labels(lane.name).set(lane.waiting)
            self._age.labels(lane.name).set(lane.head_age)
            self._rests.labels(lane.name).set(lane.paused_since is not None)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + PULSE
            await asyncio.sleep(PULSE)
            self._lag.observe(max(0.0, loop.time() - due))


class _Process(ProcessCollector):
    """The library's, for a service that sees of /proc its processes alone (ProcSubset=pid).

    It reads /proc/stat for the boot's instant, and without that says nothing at all.  The method is
    not in its documents: a test looks whether it is still there.
    """

    def _boot_time(self) -> float:
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


class _Plain:
    """A registry without what is unknown, and without the instants at which series began: the text
    format has no place for them but in series of their own.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [each for each in metric.samples if _shown(each)]
            yield metric


def _shown(sample: Sample) -> bool:
    return not (sample.name.endswith("_created") or math.isnan(sample.value))
