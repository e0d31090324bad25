"""What happened in the sandbox, in order: the last of it, and ways to wait for more."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

MOST = 10_000
"""How many items are kept."""

MOST_OCTETS = 256 * 1024 * 1024
"""How many octets of files are kept."""


class Latest(OrderedDict[K, V]):
    """A mapping that forgets its oldest entry where it would grow beyond `MOST`."""

    def __setitem__(self, key: K, value: V) -> None:
        self.pop(key, None)
        super().__setitem__(key, value)
        if len(self) > MOST:
            self.popitem(last=False)


class Record(Generic[T]):
    """The last items that were added: at most `MOST`, of at most `MOST_OCTETS` by `weigh`.

    `total` counts all that ever were.
    """

    def __init__(self, weigh: Callable[[T], int] = lambda _: 0) -> None:
        self.total = 0
        self._weigh = weigh
        self._weight = 0
        self._kept: deque[T] = deque()
        self._waiting: list[tuple[Callable[[], T | None], asyncio.Future[T]]] = []
        self._followers: list[asyncio.Queue[T]] = []

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[T]:
        return iter(self._kept)

    def __getitem__(self, index: int) -> T:
        return self._kept[index]

    def add(self, item: T) -> None:
        """Keep an item and wake whoever waits for it."""
        self.total += 1
        self._kept.append(item)
        self._weight += self._weigh(item)
        while len(self._kept) > MOST or (self._weight > MOST_OCTETS and len(self._kept) > 1):
            self._weight -= self._weigh(self._kept.popleft())
        for queue in self._followers:
            queue.put_nowait(item)
        for found, future in self._waiting:
            match = found()
            if match is not None and not future.done():
                future.set_result(match)

    async def wait_for(
        self,
        predicate: Callable[[T], bool] = lambda _: True,
        timeout: float = 5.0,  # noqa: ASYNC109 - the caller's patience is what this verb is about
    ) -> T:
        """Return the first kept or coming item that satisfies; `TimeoutError` lists the last."""
        for item in self._kept:
            if predicate(item):
                return item
        return await self._awaited(
            lambda: self._kept[-1] if predicate(self._kept[-1]) else None, timeout
        )

    async def wait_total(
        self,
        count: int,
        timeout: float = 5.0,  # noqa: ASYNC109 - as above
    ) -> None:
        """Return when `count` items were added in all; `TimeoutError` lists the last."""
        if self.total < count:
            await self._awaited(lambda: self._kept[-1] if self.total >= count else None, timeout)

    async def follow(self) -> AsyncGenerator[T, None]:
        """Every item that comes from now on."""
        queue: asyncio.Queue[T] = asyncio.Queue()
        self._followers.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._followers.remove(queue)

    async def _awaited(self, found: Callable[[], T | None], patience: float) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        entry = (found, future)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(patience):
                return await future
        except TimeoutError:
            last = list(self._kept)[-3:]
            raise TimeoutError(
                f"not within {patience} s; of {self.total} the last: {last}"
            ) from None
        finally:
            self._waiting.remove(entry)
