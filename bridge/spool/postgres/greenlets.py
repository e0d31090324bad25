"""Plain functions that wait for the event loop: the verbs of the spool know no `await`.

`run` makes a function a greenlet of the calling task.  Where it calls `wait`, it hands what is to
be awaited to the task and goes on with what came of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

A = TypeVar("A")
T = TypeVar("T")


async def run(work: Callable[[A], T], argument: A) -> T:
    """The result of `work(argument)`, which may `wait`."""
    current = getcurrent()
    worker = greenlet(work, parent=current)
    worker.gr_context = copy_context()  # what is set in it is not set for whom it waits for
    found: Any = worker.switch(argument)
    while not worker.dead:
        try:
            value = await found
        except BaseException as error:  # noqa: BLE001 - it is the worker's; `wait` raises it there
            found = worker.throw(error)
        else:
            found = worker.switch(value)
    return found  # type: ignore[no-any-return]


def wait(awaitable: Awaitable[T]) -> T:
    """What an awaitable comes to; only inside of `run`."""
    parent = getcurrent().parent
    if parent is None:
        raise RuntimeError("only a function that `run` runs may wait")
    return parent.switch(awaitable)  # type: ignore[no-any-return]
