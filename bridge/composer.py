"""Composing off the loop: small mails inline, large ones in a child process, one at a time.

The child is bounded in time and memory, and never outlives the daemon; one that hangs or dies is
replaced, and its mail tried once more.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

from bridge.compose.compose import compose
from bridge.core.events import Mail
from bridge.core.model import Envelope, Facts, Ids, Refusal
from bridge.core.policy import Policy

INLINE = 64 * 1024
"""Octets of a mail that is composed on the loop: some 10 ms at the worst."""

TIME = 15.0
MEMORY = 1024 * 1024 * 1024
LOOK_EVERY = 1.0


class Composer:
    """`await composer(envelope, facts, now, ids)` is `compose`, wherever it runs.

    `patience` is how long one mail may take, in seconds.
    """

    def __init__(self, policy: Policy, *, patience: float = TIME) -> None:
        self._policy = policy
        self._patience = patience
        self._pool: ProcessPoolExecutor | None = None
        self._turn = asyncio.Semaphore(1)  # a mail that waits here is not copied yet

    async def __call__(
        self, envelope: Envelope, facts: Facts, now: float, ids: Ids
    ) -> Mail | Refusal:
        """The mail as understood; raises `BrokenProcessPool` or `TimeoutError` after two tries."""
        if len(envelope.content) <= INLINE:
            return compose(envelope, self._policy, facts, now, ids)
        async with self._turn:
            try:
                return await self._in_child(envelope, facts, now, ids)
            except (BrokenProcessPool, TimeoutError):
                return await self._in_child(envelope, facts, now, ids)

    async def _in_child(
        self, envelope: Envelope, facts: Facts, now: float, ids: Ids
    ) -> Mail | Refusal:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_bounded,
                initargs=(os.getpid(),),
            )
        try:
            work = asyncio.get_running_loop().run_in_executor(
                self._pool, compose, envelope, self._policy, facts, now, ids
            )
            return await asyncio.wait_for(work, self._patience)
        except (BrokenProcessPool, TimeoutError):
            self.close()
            raise

    def close(self) -> None:
        """End the child, if there is one, whatever it does."""
        if self._pool is None:
            return
        for child in multiprocessing.active_children():  # no other room has any
            child.kill()
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
