"""Composing off the loop: what is small inline, what is large or has pictures in a child process.

There are three children, each with one mail at a time: one for mails of more than `INLINE` octets;
one for small ones whose pictures have to be opened, so that an alert with a chart does not wait
behind somebody's photographs; and one for explanations, so that nothing that is to be sent waits
for what is not.  Where `WAITING` mails wait for a child already, the next client is asked to come
again, at once: it would wait for longer than clients do, and come again beside itself.

A child starts with the first mail for it.  It is bounded in time and memory, and never outlives
the daemon; one that hangs or dies is replaced, and its mail tried once more, and at last without
its pictures, so that its words go.
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
from bridge.core.events import Explained
from bridge.core.model import Envelope, Facts, Ids, Refusal
from bridge.core.policy import Policy
from bridge.core.promises import Mail

INLINE = 64 * 1024
"""Octets of a mail that is composed on the loop: some 10 ms at the worst."""

TIME = 30.0
"""Seconds that one mail may take: the most pixels that are opened for one take some ten."""

WAITING = 20
"""Mails that may wait for one child: a minute's work, at some three seconds for photographs."""

MEMORY = 1024 * 1024 * 1024
LOOK_EVERY = 1.0

BUSY = Refusal(451, "4.3.2", "many large mails are waiting; please try again later")
CLOSING = Refusal(451, "4.3.2", "the bridge is closing down; please try again later")

T = TypeVar("T")


class Composer:
    """`await composer(envelope, facts, now, ids)` is `compose`, wherever it runs.

    `patience` is how long one mail may take, in seconds.
    """

    def __init__(self, policy: Policy, *, patience: float = TIME) -> None:
        self._policy = policy
        self._large = _Child(patience)
        self._small = _Child(patience)
        self._explaining = _Child(patience)

    async def __call__(
        self, envelope: Envelope, facts: Facts, now: float, ids: Ids
    ) -> Mail | Refusal:
        """The mail as understood, or why not; raises `BrokenProcessPool` or `TimeoutError` after
        the third try.
        """
        work = partial(compose, envelope, self._policy, facts, now, ids)
        at_last = partial(work, pictures="left out")
        if len(envelope.content) > INLINE:
            return await self._large.done(work, at_last)
        found = composed_lightly(envelope, self._policy, facts, now, ids)
        if isinstance(found, Heavy):
            return await self._small.done(work, at_last)
        return found

    async def form(self, content: bytes, *, explained: bool = False) -> vendor.Form | Refusal:
        """`vendor.form`, wherever it runs; raises as composing does."""
        work = partial(vendor.form, content)
        if len(content) <= INLINE:
            return work()
        return await (self._explaining if explained else self._large).done(work, work)

    async def explain(
        self, envelope: Envelope, facts: Facts, addresses: Sequence[str]
    ) -> Explained | Refusal:
        """`reply.told`, always in a child: it opens pictures, and is in no hurry."""
        work = partial(reply.told, envelope, self._policy, facts, addresses)
        return await self._explaining.done(work, work)

    def close(self) -> None:
        """End the children, if there are any, whatever they do."""
        for child in (self._large, self._small, self._explaining):
            child.close()


class _Child:
    """A process that does one mail's work after another's."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._pool: ProcessPoolExecutor | None = None
        self._processes: set[BaseProcess] = set()
        self._turn = asyncio.Semaphore(1)  # a mail that waits here is not copied yet
        self._waiting = 0
        self._closed = False

    async def done(self, work: Callable[[], T], at_last: Callable[[], T]) -> T | Refusal:
        """What comes of the work, or of what is done `at_last` where it fails twice.

        Both must be picklable.  Raises `BrokenProcessPool` or `TimeoutError` where that fails too.
        """
        if self._waiting == WAITING:
            return BUSY
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            for _ in range(2):
                with suppress(BrokenProcessPool, TimeoutError):
                    return await self._try(work)
            return await self._try(at_last)
        finally:
            self._turn.release()

    async def _try(self, work: Callable[[], T]) -> T | Refusal:
        if self._closed:
            return CLOSING
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
            self._end()
            raise
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closed and task and not task.cancelling():  # the work was, not who waits
                return CLOSING
            raise

    def close(self) -> None:
        """End the process, if there is one, whatever it does; there will be no other."""
        self._closed = True
        self._end()

    def _end(self) -> None:
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
