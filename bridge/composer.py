"""Composing off the loop: what is small inline, what is large or has pictures in a child process.

There are two children, each with one mail at a time: one for mails of more than `INLINE` octets,
one for small ones whose pictures have to be opened, so that an alert with a chart does not wait
behind somebody's photographs.  A child starts with the first mail for it.  It is bounded in time
and memory, and never outlives the daemon; one that hangs or dies is replaced, and its mail tried
once more.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from multiprocessing.process import BaseProcess
from typing import TypeVar

from bridge.compose import vendor
from bridge.compose.compose import compose, composed_lightly
from bridge.compose.explaining import reply
from bridge.compose.media import Heavy
from bridge.core.events import Explained, Mail
from bridge.core.model import Envelope, Facts, Ids, Refusal
from bridge.core.policy import Policy

INLINE = 64 * 1024
"""Octets of a mail that is composed on the loop: some 10 ms at the worst."""

TIME = 30.0
"""Seconds that one mail may take: the most pixels that are opened for one take some ten."""

MEMORY = 1024 * 1024 * 1024
LOOK_EVERY = 1.0

T = TypeVar("T")


class Composer:
    """`await composer(envelope, facts, now, ids)` is `compose`, wherever it runs.

    `patience` is how long one mail may take, in seconds.
    """

    def __init__(self, policy: Policy, *, patience: float = TIME) -> None:
        self._policy = policy
        self._large = _Child(patience)
        self._small = _Child(patience)

    async def __call__(
        self, envelope: Envelope, facts: Facts, now: float, ids: Ids
    ) -> Mail | Refusal:
        """The mail as understood; raises `BrokenProcessPool` or `TimeoutError` after two tries."""
        if len(envelope.content) > INLINE:
            return await self._large.done(partial(compose, envelope, self._policy, facts, now, ids))
        found = composed_lightly(envelope, self._policy, facts, now, ids)
        if isinstance(found, Heavy):
            return await self._small.done(partial(compose, envelope, self._policy, facts, now, ids))
        return found

    async def form(self, content: bytes) -> vendor.Form | Refusal:
        """`vendor.form`, wherever it runs; raises as composing does."""
        if len(content) > INLINE:
            return await self._large.done(partial(vendor.form, content))
        return vendor.form(content)

    async def explain(
        self, envelope: Envelope, facts: Facts, addresses: Sequence[str]
    ) -> Explained | Refusal:
        """`reply.told`, always in a child: it opens pictures, and is in no hurry."""
        return await self._large.done(partial(reply.told, envelope, self._policy, facts, addresses))

    def close(self) -> None:
        """End the children, if there are any, whatever they do."""
        self._large.close()
        self._small.close()


class _Child:
    """A process that does one mail's work after another's."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._pool: ProcessPoolExecutor | None = None
        self._processes: set[BaseProcess] = set()
        self._turn = asyncio.Semaphore(1)  # a mail that waits here is not copied yet

    async def done(self, work: Callable[[], T]) -> T:
        """What comes of the work, which must be picklable."""
        async with self._turn:
            try:
                return await self._try(work)
            except (BrokenProcessPool, TimeoutError):
                return await self._try(work)

    async def _try(self, work: Callable[[], T]) -> T:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_bounded,
                initargs=(os.getpid(),),
            )
        others = set(multiprocessing.active_children())
        try:
            found = asyncio.get_running_loop().run_in_executor(self._pool, work)
            # the pool starts its process in that call, or has it already
            self._processes |= set(multiprocessing.active_children()) - others
            return await asyncio.wait_for(found, self._patience)
        except (BrokenProcessPool, TimeoutError):
            self.close()
            raise

    def close(self) -> None:
        """End the process, if there is one, whatever it does."""
        if self._pool is None:
            return
        for process in self._processes:
            process.kill()
        self._processes.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None


def _bounded(parent: int) -> None:
    """In the child: limit its memory, and end it once its parent is gone."""
    with suppress(OSError, ValueError):  # a service may have been forbidden to
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os._exit(1)
