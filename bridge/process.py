"""The daemon as a process: signals, secrets, systemd's protocol for readiness and watchdogs."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any

from bridge import loglines, maillog
from bridge.daemon import Daemon
from bridge.listeners.sockets import inherited
from bridge.settings.model import Settings
from bridge.settings.sources import PREFIX
from bridge.spool.contract import Broken, Spool, Unavailable

DONE, TRY_LATER = 0, 75
LOOK_EVERY = 1.0
PATIENCE = 20.0
"""Seconds between two looks at the store, and for which its writer may be at work meanwhile."""
TURN = 0.001
"""Seconds that the loop keeps the interpreter while the spool's writer waits to go on with its
next statement; the usual 0.005 made the writer the slowest part of the road."""


class Aside(ThreadPoolExecutor):
    """Threads for what may hang for minutes, as a look-up of a name does: each job has its own.

    None waits for another, and the process does not wait for any at its end.  (The event loop takes
    no executor that is not of this class.)
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Begin a job at once."""
        future: Future[Any] = Future()
        job = partial(fn, *args, **kwargs)
        Thread(target=_carry_out, args=(future, job), name="aside", daemon=True).start()
        return future


def _carry_out(future: Future[Any], job: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(job())
    except BaseException as error:  # noqa: BLE001 - whoever waits for the job hears of it
        future.set_exception(error)


def close_lipped(environ: MutableMapping[str, str]) -> None:
    """Leave no secret lying about: in a core dump, or in what children inherit.

    For a process that has read its settings, and is all ours.
    """
    with suppress(OSError, ValueError):  # a service may have been forbidden to
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in [each for each in environ if each.startswith(PREFIX)]:
        del environ[name]
    loglines.libraries()


async def serve(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT, then drain; the exit status.

    A store whose disk fails ends the daemon with 75: a restart looks at it afresh, and what was
    not committed was never promised.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(Aside())
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, told.set)
    daemon = Daemon(settings)
    context = daemon.context
    loop.set_exception_handler(lambda _, said: context.copy().run(maillog.astray, said))
    await daemon.start(inherited(os.environ))
    loop.add_signal_handler(signal.SIGHUP, daemon.renew)
    sys.setswitchinterval(TURN)
    gc.freeze()  # what is there now stays: the collector need not walk it again and again
    notify("READY=1")
    watch = asyncio.create_task(_watch(daemon.spool), context=context)
    stop = asyncio.create_task(told.wait())
    await asyncio.wait((watch, stop), return_when=asyncio.FIRST_COMPLETED)
    notify("STOPPING=1")
    broken = watch.done()
    watch.cancel()
    stop.cancel()
    await asyncio.gather(watch, stop, return_exceptions=True)
    await daemon.stop()
    return TRY_LATER if broken else DONE


async def _watch(spool: Spool) -> None:
    """Pet systemd's watchdog while the loop runs and the writer thread commits.

    Returns soon after the store is broken.
    """
    asked = os.environ.get("WATCHDOG_USEC", "")
    patience = int(asked) / 3e6 if asked.isdigit() else PATIENCE
    while True:
        try:
            async with asyncio.timeout(patience):  # wait_for may swallow a cancellation
                await spool.alive()
            notify("WATCHDOG=1")
        except Broken as error:
            maillog.fault("store", error)
            return
        except Unavailable as error:  # a lock, a database that is away: no restart brings it back
            maillog.fault("store", error)
            notify("WATCHDOG=1")
        except TimeoutError as error:
            maillog.fault("watchdog", error)
        await asyncio.sleep(min(patience, LOOK_EVERY))


def notify(state: str) -> None:
    """Tell systemd, if it started us (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel, suppress(OSError):
        channel.sendto(state.encode(), address)
