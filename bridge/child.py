"""A process that does one mail's work after another's, within limits of time and memory.

A limit of memory is the process's, one of processor time each work's: beyond it the system ends
the process, wherever it hangs, and whether or not its parent lives to see it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from math import ceil
from multiprocessing.process import BaseProcess
from typing import TypeVar

from bridge.core.model import Refusal

TIME = 30.0
"""Seconds of the clock that one work may take; its processor time ends before, unless the machine
is busy with something else."""

PROCESSOR = 10
"""Seconds of processor time: the most pixels that are opened for one mail take some three.

A lighter try has half of what the one before had, so that no mail holds the process for long.
"""

MEMORY = 1024 * 1024 * 1024
"""Octets of addresses, of which a picture of the most pixels uses half."""

LONGEST = 30.0
"""Seconds that a mail is let wait for its turn, as far as its own and others' works foretell."""

CLIENTS = 20
"""So many clients may have one mail waiting each, however long that takes."""

MOST_KNOWN = 1000
WEIGHT = 0.25
"""Of how many clients it is known how long their works take, and how much the last one says."""

LOOK_EVERY = 1.0

BUSY = Refusal(451, "4.3.2", "many large mails are waiting; please try again later")
CLOSING = Refusal(451, "4.3.2", "the bridge is closing down; please try again later")
TOO_MUCH = Refusal(
    554, "5.6.0", "this mail cannot be read: it takes more time or memory than one mail may"
)

T = TypeVar("T")


class Child:
    """The process; it starts with the first work, and is replaced where it dies or hangs.

    `patience` is how long one work may take, in seconds of the clock, and `processor` the first of
    several in seconds of processor time.  Who would wait for longer than `longest` is `BUSY`.
    """

    def __init__(
        self, patience: float = TIME, *, processor: int = PROCESSOR, longest: float = LONGEST
    ) -> None:
        self._patience = patience
        self._processor = processor
        self._pool: ProcessPoolExecutor | None = None
        self._processes: set[BaseProcess] = set()
        self._turns = Turns(longest)  # a mail that waits for its turn is not copied yet
        self._closed = False

    async def done(self, *works: Callable[[], T], of: str) -> T | Refusal:
        """What comes of the first work, or of the next one where it fails; `of` is the client.

        Works must be picklable, each lighter than the one before.  A process that dies may have
        been ended by chance, so that its work is tried once more.  Where all fail it is `TOO_MUCH`
        if one went beyond a limit; else raises `BrokenProcessPool` or `TimeoutError`.
        """
        if not await self._turns.taken(of):
            return BUSY
        try:
            return await self._first_done(works)
        finally:
            self._turns.pass_on()

    async def _first_done(self, works: Iterable[Callable[[], T]]) -> T | Refusal:
        is_beyond = False
        failed: Exception = BrokenProcessPool()
        for tried, work in enumerate(works):
            for _ in range(2):
                try:
                    return await self._try(work, max(self._processor >> tried, 1))
                except BrokenProcessPool as error:
                    failed = error
                except (_Beyond, TimeoutError) as error:
                    failed, is_beyond = error, is_beyond or isinstance(error, _Beyond)
                    break
        if is_beyond:
            return TOO_MUCH
        raise failed

    async def _try(self, work: Callable[[], T], processor: int) -> T | Refusal:
        if self._closed:
            return CLOSING
        began = time.monotonic()
        try:
            return await asyncio.wait_for(self._begun(work, processor), self._patience)
        except (MemoryError, RecursionError) as error:
            self._end()
            raise _Beyond from error
        except BrokenProcessPool as error:
            self._end()
            if time.monotonic() - began < processor:
                raise
            raise _Beyond from error
        except TimeoutError:
            self._end()
            raise
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closed and task and not task.cancelling():  # the work was, not who waits
                return CLOSING
            raise

    def _begun(self, work: Callable[[], T], processor: int) -> asyncio.Future[T]:
        """The work under way in the process, which is started if there is none."""
        limited = partial(_limited, work, processor)
        loop = asyncio.get_running_loop()
        if self._pool is not None:
            return loop.run_in_executor(self._pool, limited)
        self._pool = ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_bounded,
            initargs=(os.getpid(),),
        )
        others = set(multiprocessing.active_children())
        found = loop.run_in_executor(self._pool, limited)  # which starts its process
        self._processes |= set(multiprocessing.active_children()) - others
        return found

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


class _Beyond(Exception):
    """A work went beyond a limit of memory or of processor time."""


class Turns:
    """Who has the turn, and who waits for it: clients in turn, however many mails one of them has.

    Who would wait for longer than `longest` seconds is not let wait, but for the first mail of one
    of `clients` clients.  How long that is each client's own works foretell: a burst of alerts
    waits, and mails that take long are no reason to turn another client's away.
    """

    def __init__(
        self,
        longest: float = LONGEST,
        clients: int = CLIENTS,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._longest = longest
        self._clients = clients
        self._clock = clock
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._holder: str | None = None
        self._since = 0.0
        self._lately: dict[str, float] = {}

    async def taken(self, client: str) -> bool:
        """Wait for the turn, and have it; False at once where that would take too long."""
        if self._holder is None:
            self._give(client)
            return True
        if self._is_long(client):
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it came at the same moment
                self.pass_on()
            raise
        return True

    def pass_on(self) -> None:
        """Give the turn to the next client that waits; its other mails wait behind the others'."""
        self._learn()
        while self._waiting:
            client, waiting = next(iter(self._waiting.items()))
            del self._waiting[client]
            turn = waiting.popleft()
            if waiting:
                self._waiting[client] = waiting
            if not turn.done():
                self._give(client)
                turn.set_result(None)
                return

    def _give(self, client: str) -> None:
        self._holder, self._since = client, self._clock()

    def _learn(self) -> None:
        """The turn is over: how long it was says something of the same client's next."""
        if self._holder is None:
            return
        before = self._lately.pop(self._holder, 0.0)
        took = self._clock() - self._since
        self._lately[self._holder] = before + WEIGHT * (took - before)
        self._holder = None
        if len(self._lately) > MOST_KNOWN:
            del self._lately[next(iter(self._lately))]

    def _is_long(self, client: str) -> bool:
        """Whether so many turns come before a client's next that it would wait for too long."""
        mine = len(self._waiting.get(client, ()))
        if not mine and len(self._waiting) < self._clients:
            return False
        before = ((each, min(len(those), mine + 1)) for each, those in self._waiting.items())
        wait = sum(turns * self._lately.get(each, 0.0) for each, turns in before)
        return wait + self._lately.get(self._holder or "", 0.0) > self._longest


def _bounded(parent: int) -> None:
    """In the child: limit its memory, and end it once its parent is gone."""
    with suppress(OSError, ValueError):  # a service may have been forbidden to
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os._exit(1)


def _limited(work: Callable[[], T], seconds: int) -> T:
    """In the child: do a work within so much more processor time than was used already."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (ceil(time.process_time()) + seconds, most))
    return work()
